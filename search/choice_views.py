"""Edit Columns, Edit Filters and the rows of a page: a choice is kept, and the search comes back with it."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from search.choices import Choice, remember, remember_size
from search.columns import ORIGINAL_ORDER
from search.criteria import PAGE_SIZES, Criteria, CriteriaError, parse_criteria
from search.grid_columns import moved

STEPS = {"earlier": -1, "later": 1}


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Keep the ticked columns in the order in which they were sent; ``earlier`` or ``later`` moves one first.

    ``original`` takes those of the original instead, ``drop`` takes a created column away.
    """
    names = tuple(request.POST.getlist("column"))
    if "drop" in request.POST:
        return _without_created(request, request.POST["drop"])
    if "original" in request.POST:
        names = ORIGINAL_ORDER
    for field, step in STEPS.items():
        if field in request.POST:
            names = moved(names, request.POST[field], step)
    return _back_with(request, Choice.COLUMNS, names)


@require_POST
def choose_filters(request: HttpRequest) -> HttpResponse:
    return _back_with(request, Choice.FACETS, tuple(request.POST.getlist("column")))


@require_POST
def choose_size(request: HttpRequest) -> HttpResponse:
    """Keep how many rows a page has; a number that is not offered changes nothing."""
    criteria = _search_of(request)
    chosen = {str(size): size for size in PAGE_SIZES}.get(request.POST.get("size", ""))
    if criteria is None:
        return redirect("search:home")
    return _to(remember_size(request, criteria, chosen) if chosen else criteria)


def _back_with(request: HttpRequest, choice: Choice, names: tuple[str, ...]) -> HttpResponse:
    criteria = _search_of(request)
    if criteria is None:
        return redirect("search:home")
    return _to(remember(request, criteria, choice, () if "reset" in request.POST else names))


def _without_created(request: HttpRequest, name: str) -> HttpResponse:
    criteria = _search_of(request)
    return _to(criteria.without_created(name)) if criteria else redirect("search:home")


def _search_of(request: HttpRequest) -> Criteria | None:
    """The search that the form came from; its own text is read like any other address."""
    try:
        return parse_criteria(QueryDict(request.POST.get("search", "")))
    except CriteriaError:
        return None


def _to(criteria: Criteria) -> HttpResponse:
    return redirect(f"{reverse('search:results')}?{criteria.to_query_string()}")
