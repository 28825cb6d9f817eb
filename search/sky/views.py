"""The sky's questions over HTTP, answered in JSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from archive.clock import archive_now
from basket.queries import person_of
from search.compressed import compressed_page
from search.criteria import parse_criteria
from search.sky.answers import refusal, refusing, without
from search.sky.moc import MAX_DRAWN_CELLS, MAX_FILE_CELLS, MocError, as_fits, moc_of_search
from search.sky.overlay import NoOverlayError, overlay_of
from search.sky.view import parse_view, seen_of_search
from search.viewers.answers import private

MAX_OBSID = 2**63


@require_safe
@compressed_page
@refusing
def sky_of_search(request: HttpRequest) -> HttpResponse:
    """The rows of a search that lie in a view of the sky."""
    criteria = parse_criteria(without(request.GET, "at"))
    answer = seen_of_search(criteria, parse_view(request.GET.get("at", "")), archive_now())
    return HttpResponse(answer, content_type="application/json")


@require_safe
@compressed_page
@refusing
def moc_of_results(request: HttpRequest) -> HttpResponse:
    """The coverage of a search: a FITS file, or with ``form=json`` what a sky view draws."""
    form = request.GET.get("form", "fits")
    if form not in {"fits", "json"}:
        raise MocError("There is no such form of a coverage.", "Write form=fits or form=json.")
    criteria = parse_criteria(without(request.GET, "form"))
    found = moc_of_search(criteria, archive_now(), MAX_DRAWN_CELLS if form == "json" else MAX_FILE_CELLS)
    if form == "json":
        return JsonResponse(found.serialize("json"))
    response = HttpResponse(as_fits(found), content_type="application/fits")
    response["Content-Disposition"] = 'attachment; filename="coverage.moc.fits"'
    return response


@require_safe
def overlay(request: HttpRequest, obsid: int) -> JsonResponse:
    """Where an observation's preview lies on the sky."""
    try:
        if obsid >= MAX_OBSID:
            raise NoOverlayError(f"The archive holds no observation with the number {obsid}.", "Search it by its ID.")
        return private(JsonResponse(overlay_of(obsid, person_of(request), archive_now())))
    except NoOverlayError as error:
        return private(refusal(error))
