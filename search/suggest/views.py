"""Suggestions as the options of a list box."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from search.suggest.suggestions import suggest

#: Seconds that a browser keeps an answer.
KEPT_S = 60


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    groups = suggest(request.GET.get("collection", ""), request.GET.get("q", ""))
    response = render(request, "search/_suggestions.html", {"groups": groups})
    patch_cache_control(response, private=True, max_age=KEPT_S)
    return response
