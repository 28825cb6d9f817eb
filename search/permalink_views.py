"""Addresses of the original portal lead to the same search here."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from search.criteria import Criteria
from search.permalinks import PARAMETER, PermalinkError, criteria_of
from search.results import refused

Request = TypeVar("Request", bound=HttpRequest)


def follows_permalinks(view: Callable[[Request], HttpResponse]) -> Callable[[Request], HttpResponse]:
    """Let a page answer ``?searchQuery=`` too."""

    @wraps(view)
    def answer(request: Request) -> HttpResponse:
        return permalink(request) if PARAMETER in request.GET else view(request)

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
