"""The synthetic sky's files, as the sky viewer asks for them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import TypeVar

import numpy as np
from astropy.io import fits
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from search.synthetic import hips
from search.synthetic.place import folder, is_complete
from search.synthetic.render import draw, webp
from search.synthetic.tile import tile_count

AnswerT = TypeVar("AnswerT", bound=HttpResponseBase)

_DAY_S = 24 * 3600
#: How many requests of a process wait for a drawing at a time: pages need the threads too, but a browser asks for six
#: tiles together, and one that is refused leaves a hole and an error in its console.
_MOST_WAITING = 6
_PATIENCE_S = 25
_drawing = threading.Lock()
_waiting = threading.BoundedSemaphore(_MOST_WAITING)


class BusyError(Exception):
    """More drawings are asked for than the pages can spare time for."""


@require_safe
def properties(request: HttpRequest) -> HttpResponse:
    """What the survey says of itself, from when it can be shown on."""
    if not is_complete():
        raise Http404("The synthetic sky has not been drawn yet.")
    return _kept(HttpResponse(hips.properties(), content_type="text/plain; charset=utf-8"))


@require_safe
def progress(request: HttpRequest) -> JsonResponse:
    done, total = hips.progress()
    answer = JsonResponse({"done": done, "total": total})
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def coverage(request: HttpRequest) -> HttpResponse:
    """The survey's MOC, which viewers ask for: all of the sky."""
    return _kept(HttpResponse(_whole_sky(), content_type="application/fits"))


@cache
def _whole_sky() -> bytes:
    """The twelve base cells, in the numbering of MOC 1.1 (``NUNIQ``)."""
    table = fits.BinTableHDU.from_columns([fits.Column("UNIQ", "1K", array=np.arange(4, 16, dtype=np.int64))])
    table.header.update({"PIXTYPE": "HEALPIX", "ORDERING": "NUNIQ", "COORDSYS": "C", "MOCVERS": "1.1", "MOCORDER": 0})
    file = BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(file)
    return file.getvalue()


@require_safe
def mosaic(request: HttpRequest, order: int) -> HttpResponseBase:
    return _file(f"Norder{order}/Allsky.webp", order)


@require_safe
def tile(request: HttpRequest, order: int, group: int, number: int) -> HttpResponseBase:
    if order > hips.DEEPEST_ORDER or number >= tile_count(order) or group != number // 10000 * 10000:
        raise Http404("The synthetic sky has no such tile.")
    if order <= hips.KEPT_ORDER:
        return _file(hips.tile_path(order, number), order)
    try:
        with _a_turn():
            return _kept(HttpResponse(webp(draw(order, number)), content_type="image/webp"))
    except BusyError:
        return HttpResponse("Too many tiles are being drawn; ask again.\n", status=503, headers={"Retry-After": "1"})


def _file(path: str, order: int) -> HttpResponseBase:
    place = folder() / path
    if order > hips.KEPT_ORDER or not place.is_file():
        raise Http404("The synthetic sky has no such file.")
    return _kept(FileResponse(place.open("rb"), content_type="image/webp"))


def _kept(answer: AnswerT) -> AnswerT:
    answer["Cache-Control"] = f"public, max-age={_DAY_S}"
    return answer


@contextmanager
def _a_turn() -> Iterator[None]:
    """One drawing at a time in a process, and few requests that wait for theirs."""
    if not _waiting.acquire(blocking=False):
        raise BusyError
    try:
        if not _drawing.acquire(timeout=_PATIENCE_S):
            raise BusyError
        try:
            yield
        finally:
            _drawing.release()
    finally:
        _waiting.release()
