"""The sky's questions over HTTP, answered in JSON."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.http import require_safe
from psycopg.errors import QueryCanceled

from archive.clock import archive_now
from basket.queries import person_of
from search.compressed import compressed_page
from search.criteria import parse_criteria
from search.messages import SearchError
from search.sky.moc import MAX_DRAWN_CELLS, MAX_FILE_CELLS, MocError, as_fits, moc_of_search
from search.sky.overlay import NoOverlayError, overlay_of
from search.sky.view import parse_view, told
from search.viewers.answers import private

MAX_OBSID = 2**63


@require_safe
@compressed_page
def sky_of_search(request: HttpRequest) -> HttpResponse:
    """The rows of a search that lie in a view of the sky."""
    try:
        criteria = parse_criteria(without(request.GET, "at"))
        answer = told(criteria, parse_view(request.GET.get("at", "")), archive_now())
        return HttpResponse(answer, content_type="application/json")
    except SearchError as error:
        return refusal(error)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return too_long()


@require_safe
@compressed_page
def moc_of_results(request: HttpRequest) -> HttpResponse:
    """The coverage of a search: a FITS file, or with ``form=json`` what a sky view draws."""
    form = request.GET.get("form", "fits")
    try:
        if form not in {"fits", "json"}:
            raise MocError("There is no such form of a coverage.", "Write form=fits or form=json.")
        criteria = parse_criteria(without(request.GET, "form"))
        found = moc_of_search(criteria, archive_now(), MAX_DRAWN_CELLS if form == "json" else MAX_FILE_CELLS)
    except SearchError as error:
        return refusal(error, getattr(error, "status", 400))
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return too_long()
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
        return private(refusal(error, error.status))


def without(query: QueryDict, *names: str) -> QueryDict:
    """The search in an address that says more."""
    search = query.copy()
    for name in names:
        search.pop(name, None)
    return search


def refusal(error: SearchError, status: int = 400) -> JsonResponse:
    return JsonResponse({"error": error.text, "remedy": error.remedy}, status=status)


def too_long() -> JsonResponse:
    error = SearchError("The database did not answer in time.", "Search a smaller part of the sky, or fewer programs.")
    return refusal(error, 503)
