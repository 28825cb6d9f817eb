"""Addresses of the original portal lead to the same search here."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from search.criteria import Criteria
from search.permalinks import PARAMETER, PermalinkError, criteria_of
from search.results import refused

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def follows_permalinks(view: View[P]) -> View[P]:
    """Let a page answer ``?searchQuery=`` too."""

    @wraps(view)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return permalink(request) if PARAMETER in request.GET else view(request, *args, **kwargs)

    return answer


@require_safe
def permalink(request: HttpRequest) -> HttpResponse:
    """On to the search that a link asks for, or a page that says what of it cannot be carried over."""
    text = request.GET.get(PARAMETER, "")
    if not text.strip():
        return redirect("search:home")
    try:
        criteria = criteria_of(text)
    except PermalinkError as error:
        return render(request, "search/results.html", {"page": refused(Criteria(), error)}, status=400)
    return redirect(f"{reverse('search:results')}?{criteria.to_query_string()}")
