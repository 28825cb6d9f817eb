"""Closing tabs; saving, renaming and deleting searches."""

from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.once import answered_once
from archive.clock import archive_now, machine_now
from basket.queries import is_row_number
from search.criteria import CriteriaError
from search.models import SavedSearch
from search.tabs import saved as searches
from search.tabs.first import first_tab, forget
from search.tabs.holder import holder_made, holder_of
from search.tabs.identity import told
from search.tabs.news import rows_now
from search.tabs.requests import strip_of
from search.tabs.saved import SavedSearchError
from search.tabs.strip import HOME, TabStrip, close

#: Seconds that the count of new rows is kept.
NEWS_KEPT_S = 300


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


# Tabs ----------------------------------------------------------------------------------------------------------------


@require_POST
def close_tab(request: HtmxHttpRequest) -> HttpResponse:
    """Close a tab and stay; with the tab that was looked at, go to its neighbour."""
    key, current = request.POST.get("key", ""), request.POST.get("current", "")
    before = strip_of(request, current)
    neighbour = before.neighbour_of(key)
    holder = holder_of(request)
    if holder and key in {tab.key for tab in before.tabs}:
        close(holder, key)
    if key == current:
        response = _go(request, neighbour.address if neighbour else reverse("search:home"))
    elif request.htmx:
        response = render(
            request, "search/_tabs.html", {"tab_strip": _without(before, key, request.POST.get("query", ""))}
        )
    else:
        response = redirect(_address_here(request))
    first = first_tab(request)
    if first and first.key == key:
        forget(response)
    return response


def _without(strip: TabStrip, key: str, query: str) -> TabStrip:
    """The strip after a close, with the keyboard on the neighbour."""
    neighbour = strip.neighbour_of(key)
    left = tuple(tab for tab in strip.tabs if tab.key != key)
    return TabStrip(left, strip.current, query=query, focus=neighbour.key if neighbour else HOME)


def _go(request: HtmxHttpRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _address_here(request: HttpRequest) -> str:
    """The page that the form stood on, as far as it is one of ours."""
    address = request.headers.get("Referer", "")
    here = {request.get_host()}
    ours = url_has_allowed_host_and_scheme(address, here, require_https=request.is_secure())
    return address if ours else reverse("search:home")


# Saved searches ------------------------------------------------------------------------------------------------------


@answered_once
def save_search(request: HttpRequest) -> HttpResponse:
    """The form for a name, and what it sends: ``query`` is the search's query string."""
    given = request.POST if request.method == "POST" else request.GET
    name, query = given.get("name", ""), given.get("query", "")
    try:
        criteria = searches.criteria_of(query)
    except CriteriaError as error:
        return _form(request, name, query, f"{error.text} {error.remedy}")
    if request.method != "POST":
        return _form(request, told(criteria)[: searches.MAX_NAME_LENGTH], query, criteria=told(criteria))
    try:
        rows = rows_now(criteria, archive_now()) or 0
        kept = searches.save(holder_made(request), name, query, rows, machine_now())
    except SavedSearchError as error:
        return _form(request, name, query, str(error))
    messages.success(request, f"Saved as “{kept.name}”. Home lists it under Continue.")
    return redirect(f"{reverse('search:results')}?{criteria.to_query_string()}")


def _form(
    request: HttpRequest,
    name: str,
    query: str,
    error: str = "",
    *,
    saved: SavedSearch | None = None,
    criteria: str = "",
) -> HttpResponse:
    longest = searches.MAX_NAME_LENGTH
    context = {"name": name, "query": query, "error": error, "saved": saved, "criteria": criteria, "longest": longest}
    return render(request, "search/save.html", context, status=400 if error else 200)


def edit_saved(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a saved search; its page also offers to delete it."""
    saved = _mine(request, pk)
    if request.method != "POST":
        return _form(request, saved.name, saved.query, saved=saved, criteria=saved.tooltip)
    before = saved.name
    try:
        searches.rename(saved, request.POST.get("name", ""))
    except SavedSearchError as error:
        saved.name = before
        return _form(request, request.POST.get("name", ""), saved.query, str(error), saved=saved)
    return redirect("search:home")


@require_POST
def delete_saved(request: HttpRequest, pk: int) -> HttpResponse:
    searches.delete(_mine(request, pk), machine_now())
    return redirect(f"{reverse('search:home')}?deleted={pk}")


@require_POST
def restore_saved(request: HttpRequest, pk: int) -> HttpResponse:
    searches.restore(_mine(request, pk, deleted=True))
    return redirect("search:home")


@require_safe
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """How many rows a saved search shows more than when it was last opened."""
    saved = _mine(request, pk)
    key = f"saved-news-{saved.pk}-{saved.opened_at.timestamp()}"
    rows: int | None = cache.get(key)
    if rows is None:
        try:
            rows = rows_now(searches.criteria_of(saved.query), archive_now())
        except CriteriaError:
            rows = None
        cache.set(key, rows, NEWS_KEPT_S)
    return render(request, "search/_news.html", {"saved": saved, "news": None if rows is None else rows - saved.rows})


def _mine(request: HttpRequest, pk: int, *, deleted: bool = False) -> SavedSearch:
    """404 for somebody else's as for none."""
    holder = holder_of(request)
    if holder is None:
        raise Http404("Nothing is saved here.")
    return get_object_or_404(SavedSearch, holder.mine, deleted_at__isnull=not deleted, pk=pk)


def continue_context(request: HttpRequest) -> dict[str, object]:
    """What the home page shows of saved searches; nothing, and no query, for somebody new."""
    holder = holder_of(request)
    if holder is None:
        return {"saved_searches": (), "deleted_search": None}
    number = request.GET.get("deleted", "")
    gone = SavedSearch.objects.filter(holder.mine, deleted_at__isnull=False)
    return {
        "saved_searches": searches.saved_searches(holder),
        "deleted_search": gone.filter(pk=number).first() if is_row_number(number) else None,
        "today": machine_now().date(),
    }
