"""Tabs of a request: which to show, and whether anything is to be kept."""

import datetime as dt

from django.http import HttpRequest

from search.page import ResultsPage
from search.tabs.first import came_back, first_tab
from search.tabs.holder import holder_made, holder_of
from search.tabs.strip import ShownTab, TabStrip, opened, read_strip, tab_of


def strip_of(request: HttpRequest, current: str = "") -> TabStrip:
    """The tabs of whoever asks, on a page that is no search itself."""
    holder = holder_of(request)
    if holder:
        return read_strip(holder, current)
    first = first_tab(request)
    return TabStrip((first,) if first else (), current)


def strip_with(request: HttpRequest, page: ResultsPage, now: dt.datetime) -> TabStrip:
    """The tabs with that of the search on ``page``; a search that failed opens none."""
    if page.failed:
        return strip_of(request)
    return strip_with_tab(request, tab_of(page), now, page.criteria.bare().to_query_string(), page.count)


def strip_with_tab(request: HttpRequest, tab: ShownTab, now: dt.datetime, query: str = "", shown: int = 0) -> TabStrip:
    """The tabs with ``tab`` as the current one, for pages of any kind; ``query`` and ``shown`` are of a search."""
    if _only_looks(request):
        return strip_of(request)
    first = first_tab(request)
    holder = holder_of(request) or (holder_made(request) if came_back(request) else None)
    if holder is None:
        return TabStrip((tab,), tab.key, query=query, first=tab)
    return opened(holder, [first, tab] if first and first.key != tab.key else [tab], now, query, shown)


def _only_looks(request: HttpRequest) -> bool:
    """A browser that fetches ahead, or a question for the headers: nobody sees this page yet."""
    return request.method != "GET" or "prefetch" in request.headers.get("Sec-Purpose", "")
