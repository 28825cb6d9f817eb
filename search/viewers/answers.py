"""Answers of all viewers: refusals, streamed tables, and headers that keep them out of shared caches."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render

from search.viewers.files import ViewerError

Response = TypeVar("Response", bound=HttpResponseBase)
_LINES_A_PIECE = 500


def private(response: Response) -> Response:
    """What was drawn for one person is kept by no cache."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def refused(request: HttpRequest, error: ViewerError, name: str, status: int = 400) -> HttpResponse:
    """A page that says why nothing is drawn, and what to do instead."""
    return private(render(request, "search/viewers/refused.html", {"error": error, "name": name}, status=status))


def plain_refusal(problems: Iterable[ViewerError]) -> HttpResponse:
    """The same for whoever asked for a table."""
    text = "\n".join(f"{problem.text} {problem.remedy}".strip() for problem in problems) or "Nothing is drawn."
    return private(HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=403))


def table(lines: Iterator[str], filename: str) -> StreamingHttpResponse:
    """A CSV file, sent while it is written."""
    response = StreamingHttpResponse(_pieces(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return private(response)


def csv_row(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()


def csv_number(value: float) -> str:
    """All digits of a number; empty for none."""
    return "" if math.isnan(value) else repr(value)


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    held: list[str] = []
    for line in lines:
        held.append(line)
        if len(held) == _LINES_A_PIECE:
            yield "".join(held)
            held.clear()
    yield "".join(held)
