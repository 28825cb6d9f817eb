"""Ranges over HTTP: one part of something whose length and ETag are known, so that a broken download can go on.

Source: RFC 9110, sections 13 (conditions) and 14 (ranges). Of a request for several ranges the whole is sent.
"""

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from basket.bundles.stretch import Piece
from basket.sending import sent

#: Questions about our ETag, which a server in front cannot answer.
_CONDITIONS = ("If-Match", "If-None-Match", "If-Range")
_SINGLE_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


class Streamable(Protocol):
    """What can be sent in part: a bundle, a file."""

    @property
    def length(self) -> int: ...

    @property
    def etag(self) -> str: ...

    @property
    def media_type(self) -> str: ...

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[Piece]: ...


class Whole(Protocol):
    """What can be sent as a whole only, since its length is not known beforehand."""

    @property
    def etag(self) -> str: ...

    @property
    def media_type(self) -> str: ...

    def stream(self) -> Iterator[bytes]: ...


#: Wraps the pieces of an answer.
Guard = Callable[[Iterator[bytes]], Iterator[bytes]]


class UnsatisfiableRangeError(Exception):
    """The range asked for begins behind the end."""


def parse_range(header: str, length: int) -> tuple[int, int] | None:
    """First byte and the byte after the last of a Range header; None where the whole is to be sent.

    Raises
    ------
    UnsatisfiableRangeError
    """
    match = _SINGLE_RANGE.fullmatch(header.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:  # the last n bytes
        if int(last) == 0 or length == 0:
            raise UnsatisfiableRangeError
        return max(length - int(last), 0), length
    if last and int(last) < int(first):
        return None
    if int(first) >= length:
        raise UnsatisfiableRangeError
    return int(first), min(int(last) + 1, length) if last else length


def ranged_response(
    request: HttpRequest,
    whole: Streamable,
    filename: str,
    *,
    inline: bool = False,
    guard: Guard | None = None,
    at_end: Callable[[], None] | None = None,
    internal: str = "",
) -> HttpResponseBase:
    """Answer GET or HEAD with the whole or with the range asked for: 200, 206, 304, 412 or 416.

    Parameters
    ----------
    guard : wraps the pieces, for example to ask again while they are sent whether they may be.
    at_end : called when the last byte of the whole was taken.
    internal : where the server in front has the same bytes (`accel.internal_address`); it then sends them, or a range.
    """
    if internal and request.method == "GET" and not any(name in request.headers for name in _CONDITIONS):
        return _with_headers(HttpResponse(headers={"X-Accel-Redirect": internal}), whole, filename, inline)
    if _names(request.headers.get("If-None-Match", ""), whole.etag):
        return _with_headers(HttpResponse(status=304), whole, filename, inline)
    if "If-Match" in request.headers and not _names(request.headers["If-Match"], whole.etag):
        return _with_headers(HttpResponse(status=412), whole, filename, inline)
    try:
        part = _wanted_part(request, whole)
    except UnsatisfiableRangeError:
        refusal = _with_headers(HttpResponse(status=416), whole, filename, inline)
        refusal.headers["Content-Range"] = f"bytes */{whole.length}"
        return refusal
    start, stop = part or (0, whole.length)
    at_end = at_end if stop == whole.length else None
    response = _body(request, lambda: sent(request, whole.pieces(start, stop)), guard, at_end)
    if part:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{whole.length}"
    response.headers["Content-Length"] = str(stop - start)
    return _with_headers(response, whole, filename, inline)


def _wanted_part(request: HttpRequest, whole: Streamable) -> tuple[int, int] | None:
    """The range, unless there is none or If-Range says that the person has part of something else."""
    condition = request.headers.get("If-Range")
    if request.method != "GET" or (condition is not None and condition.strip() != whole.etag):
        return None
    return parse_range(request.headers.get("Range", ""), whole.length)


def whole_response(
    request: HttpRequest,
    whole: Whole,
    filename: str,
    *,
    guard: Guard | None = None,
    at_end: Callable[[], None] | None = None,
) -> HttpResponseBase:
    """Answer GET or HEAD with all of it: 200 or 304. A range is not given, and the headers say so."""
    if _names(request.headers.get("If-None-Match", ""), whole.etag):
        return _with_headers(HttpResponse(status=304), whole, filename, False, "none")
    return _with_headers(_body(request, whole.stream, guard, at_end), whole, filename, False, "none")


def _body(
    request: HttpRequest,
    pieces: Callable[[], Iterator[bytes]],
    guard: Guard | None,
    at_end: Callable[[], None] | None,
) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse()
    guarded = guard(pieces()) if guard else pieces()
    return StreamingHttpResponse(_followed(guarded, at_end) if at_end else guarded)


def _followed(pieces: Iterator[bytes], at_end: Callable[[], None]) -> Iterator[bytes]:
    yield from pieces
    at_end()


def _with_headers(
    response: HttpResponseBase, whole: Streamable | Whole, filename: str, inline: bool, ranges: str = "bytes"
) -> HttpResponseBase:
    response.headers["ETag"] = whole.etag
    response.headers["Accept-Ranges"] = ranges
    response.headers["Cache-Control"] = "private, no-store"
    if response.status_code in {200, 206}:
        response.headers["Content-Type"] = whole.media_type
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Disposition"] = str(content_disposition_header(not inline, filename))
    return response


def _names(header: str, etag: str) -> bool:
    """Whether a list of entity tags names ours; ``*`` names any."""
    tags = {tag.strip().removeprefix("W/") for tag in header.split(",")}
    return "*" in tags or etag in tags
