"""Edit Columns and Edit Filters: a choice is kept for the person, and the search comes back with it."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from search.choices import Choice, remember
from search.criteria import CriteriaError, parse_criteria
from search.grid_columns import moved

STEPS = {"earlier": -1, "later": 1}


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """Keep the ticked columns in the order in which they were sent; ``earlier`` or ``later`` moves one first."""
    names = tuple(request.POST.getlist("column"))
    for field, step in STEPS.items():
        if field in request.POST:
            names = moved(names, request.POST[field], step)
    return _back_with(request, Choice.COLUMNS, names)


@require_POST
def choose_filters(request: HttpRequest) -> HttpResponse:
    return _back_with(request, Choice.FACETS, tuple(request.POST.getlist("column")))


def _back_with(request: HttpRequest, choice: Choice, names: tuple[str, ...]) -> HttpResponse:
    """To the search that the form came from; its own text is read like any other address."""
    try:
        criteria = parse_criteria(QueryDict(request.POST.get("search", "")))
    except CriteriaError:
        return redirect("search:home")
    chosen = remember(request, criteria, choice, () if "reset" in request.POST else names)
    return redirect(f"{reverse('search:results')}?{chosen.to_query_string()}")
