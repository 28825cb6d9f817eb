"""Selecting every row of a search, of which a page shows only some."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from archive.clock import archive_now
from basket.actions import MAX_OBSERVATIONS
from basket.views import HtmxHttpRequest, add_chosen
from search.criteria import parse_criteria
from search.messages import SearchError
from search.narrowing import rows_of
from search.results import time_limit

#: A selection travels as one form field a row; some fields of the form are left for other things.
MAX_SELECTED = min(MAX_OBSERVATIONS, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or MAX_OBSERVATIONS) - 100


def _obsids(query: QueryDict, limit: int) -> list[str]:
    """The rows of a search in its order, one more than ``limit`` when there are others."""
    rows = rows_of(parse_criteria(query), archive_now())
    with time_limit():
        return [str(obsid) for obsid in rows.values_list("obsid", flat=True)[: limit + 1]]


@require_safe
def row_numbers(request: HttpRequest) -> HttpResponse:
    """The numbers of all rows of a search as JSON, or why there are too many."""
    try:
        obsids = _obsids(request.GET, MAX_SELECTED)
    except SearchError as error:
        return JsonResponse({"refusal": f"{error.text} {error.remedy}"}, status=400)
    if len(obsids) > MAX_SELECTED:
        return JsonResponse({"refusal": _too_many("A selection", MAX_SELECTED)}, status=409)
    return JsonResponse({"obsids": obsids})


def _too_many(what: str, limit: int) -> str:
    return f"{what} takes at most {limit:,} rows. Narrow the search with filters; an export takes all of its rows."


@require_POST
def add_all_rows(request: HtmxHttpRequest) -> HttpResponse:
    """Put every row of the posted ``search`` into the basket."""
    text = request.POST.get("search", "")
    try:
        obsids = _obsids(QueryDict(text), MAX_OBSERVATIONS)
    except SearchError as error:
        messages.error(request, f"{error.text} {error.remedy}")
        return redirect("search:home")
    if len(obsids) > MAX_OBSERVATIONS:
        messages.error(request, _too_many("The basket", MAX_OBSERVATIONS))
        return redirect(f"{reverse('search:results')}?{text}")
    return add_chosen(request, obsids)
