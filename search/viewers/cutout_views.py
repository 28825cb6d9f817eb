"""The picture of a cut-out."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import Reason
from archive.clock import archive_now
from basket.queries import person_of
from search.viewers.asked import number
from search.viewers.cutouts import DEFAULT_ARCSEC, SIZES_ARCSEC, cutout_png, image_of
from search.viewers.files import ViewerError, local_path

MAX_OBSID = 2**63
OPEN = frozenset({Reason.PUBLIC, Reason.RELEASED})
_NONE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 144 144" width="144" height="144">'
    '<rect width="144" height="144" fill="#808c93" fill-opacity="0.2"/><text x="72" y="68" text-anchor="middle"'
    ' font-family="sans-serif" font-size="15" fill="#808c93">No cut-out'
    '<tspan x="72" dy="18">available</tspan></text></svg>'
)


@require_safe
def cutout(request: HttpRequest, obsid: int) -> HttpResponse:
    """A square of the observation's image around ``ra``, ``dec``; a picture that says so where there is none.

    What is public may be kept by the reader's own browser; nothing else is kept at all.
    """
    source = image_of(obsid, person_of(request), archive_now()) if obsid < MAX_OBSID else None
    if source is None:
        raise Http404(f"The archive holds no image of an observation with the number {obsid}.")
    if not source.decision.allowed:
        return _answer(f"Not authorized: {source.decision.text}.\n", "text/plain; charset=utf-8", "no-store", 403)
    try:
        ra_deg, dec_deg, size_arcsec = _asked(request)
    except ViewerError as error:
        return _answer(f"{error.text} {error.remedy}\n", "text/plain; charset=utf-8", "no-store", 400)
    kept = "max-age=86400" if source.decision.reason in OPEN else "no-store"
    try:
        with local_path(source) as path:
            return _answer(cutout_png(path, ra_deg, dec_deg, size_arcsec), "image/png", kept)
    except ViewerError:
        return _answer(_NONE, "image/svg+xml", "no-store")


def _asked(request: HttpRequest) -> tuple[float, float, float]:
    ra_deg, dec_deg = number(request.GET, "ra", "RA"), number(request.GET, "dec", "Dec")
    if ra_deg is None or dec_deg is None or not 0 <= ra_deg <= 360 or not -90 <= dec_deg <= 90:
        raise ViewerError("A cut-out needs a position.", "Give ra from 0 to 360 and dec from -90 to 90, in degrees.")
    size = number(request.GET, "size", "Size")
    if size is not None and not SIZES_ARCSEC[0] <= size <= SIZES_ARCSEC[-1]:
        raise ViewerError(
            f"A cut-out of {size:g}″ is not made.",
            f"Give a size from {SIZES_ARCSEC[0]} to {SIZES_ARCSEC[-1]} arc-seconds.",
        )
    return ra_deg, dec_deg, DEFAULT_ARCSEC if size is None else size


def _answer(content: bytes | str, kind: str, kept: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(content, content_type=kind, status=status)
    response.headers["Cache-Control"] = f"private, {kept}"
    return response
