"""What every page's search panel needs."""

from functools import cache

from django.http import HttpRequest
from django.urls import reverse

from search.collections import COLLECTIONS
from search.tabs.requests import strip_of
from search.tabs.strip import HOME, TabStrip


def search_box(request: HttpRequest) -> dict[str, object]:
    """The collections, and the open tabs; these are asked for only by a page that shows them."""

    @cache
    def tab_strip() -> TabStrip:
        return strip_of(request, HOME if request.path == reverse("search:home") else "")

    return {"search_collections": COLLECTIONS, "tab_strip": tab_strip}
