"""Cross-Match of a search's own rows over HTTP: what to match them with, and the match."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.once import answered_once
from archive.clock import archive_now, machine_now
from search.criteria import Criteria, parse_criteria
from search.exports.choices import obsids_in
from search.lists import actions, limits
from search.lists.crossmatch import CrossMatchError
from search.lists.search_rows import match_list, match_observations, search_rows
from search.lists.whose import radius_of
from search.messages import SearchError
from search.models import CrossMatch, TargetList
from search.tabs.holder import holder_made, holder_of

#: What the form says for all observations, where a list has its number.
OBSERVATIONS = "observations"


@require_http_methods(["GET", "HEAD", "POST"])
@answered_once
def cross_match_search(request: HttpRequest) -> HttpResponse:
    """The dialog; with a ``radius``, the match: a page of its own when there are pairs, else a message."""
    try:
        criteria = parse_criteria(request.GET).at_page("")
    except SearchError as error:
        messages.error(request, f"{error.title}. {error.text} {error.remedy}")
        return redirect("search:home")
    if "radius" not in request.POST:
        return _dialog(request, criteria)
    try:
        match = _matched(request, criteria)
    except SearchError as error:
        messages.error(request, f"{error.title}. {error.text} {error.remedy}")
        return redirect(f"{reverse('search:results')}?{criteria.to_query_string()}")
    return redirect("search:match", match.target_list_id, match.pk)


def _dialog(request: HttpRequest, criteria: Criteria) -> HttpResponse:
    """A fragment for a page that opens it, else a page."""
    holder = holder_of(request)
    lists = TargetList.objects.filter(holder.mine) if holder else TargetList.objects.none()
    in_dialog = bool(request.headers.get("HX-Request"))
    context = {
        "query": criteria.to_query_string(),
        "obsids": obsids_in(request.POST),
        "lists": actions.counted(lists).order_by("-created_at"),
        "limits": limits,
        "in_dialog": in_dialog,
    }
    return render(request, "search/lists/_match_dialog.html" if in_dialog else "search/lists/match_rows.html", context)


def _matched(request: HttpRequest, criteria: Criteria) -> CrossMatch:
    radius_arcsec = radius_of(request)
    obsids = obsids_in(request.POST) if request.POST.get("rows") == "selected" else ()
    if request.POST.get("rows") == "selected" and not obsids:
        raise CrossMatchError("No row is selected.", "Tick rows, or choose all rows.")
    found = search_rows(criteria, obsids, archive_now())
    against = request.POST.get("against", OBSERVATIONS)
    if against == OBSERVATIONS:
        return match_observations(found, radius_arcsec, holder_made(request), machine_now())
    return match_list(_list_of(request, against), found, radius_arcsec, machine_now())


def _list_of(request: HttpRequest, number: str) -> TargetList:
    holder = holder_of(request)
    try:
        own = TargetList.objects.filter(holder.mine, pk=uuid.UUID(number)).first() if holder else None
    except ValueError:
        own = None
    if own is None:
        raise CrossMatchError("You have no such target list.", "Choose one of your lists, or all observations.")
    return own
