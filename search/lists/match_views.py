"""Cross-matches of a list over HTTP: made, shown, their columns and facets, and their pairs as a file."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.once import answered_once
from archive.clock import archive_now, machine_now
from search.collections import DEFAULT_COLLECTION, collection_of
from search.compressed import compressed_page
from search.criteria import PAGE_SIZES, CriteriaError
from search.exports.choices import obsids_in
from search.exports.formats import FORMAT, FORMATS
from search.exports.query_rows import written
from search.lists import actions
from search.lists.crossmatch import CrossMatchError, cross_match
from search.lists.export import MatchRows, export_of
from search.lists.footprints import footprints_of, shapes_of_footprints
from search.lists.grid_views import chosen_query
from search.lists.grids import match_rows_html
from search.lists.look import MatchLook, parse_match_look
from search.lists.match_columns import match_columns
from search.lists.match_pages import TARGET, MatchPage, match_page, page_with
from search.lists.rows import pairs_looked_at
from search.lists.whose import chosen_numbers, chosen_rows, own_list, own_match, radius_of
from search.messages import SearchError
from search.models import CrossMatch, TargetList
from search.sky.answers import without
from search.sky.policy import with_sky
from search.sky.shapes import shapes_of
from search.tabs.first import carry
from search.tabs.requests import strip_with_tab
from search.tabs.strip import ShownTab

#: Widths of the box to tick and of the actions.
_TICK_PX, _ACTIONS_PX = 30, 92


@require_POST
@answered_once
def match_list(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Cross-Match: a page of its own when there are pairs, else a message on the list's page."""
    own = own_list(request, list_id)
    try:
        radius_arcsec, chosen = _asked(request)
        match = cross_match(own, radius_arcsec, chosen, machine_now())
    except CrossMatchError as error:
        messages.error(request, f"{error.title}. {error.text} {error.remedy}")
        return redirect("search:list", own.pk)
    return redirect("search:match", own.pk, match.pk)


def _asked(request: HttpRequest) -> tuple[float, list[int] | None]:
    """The radius in arc-seconds, and the numbers of the chosen rows, None for all."""
    radius_arcsec = radius_of(request)
    if request.POST.get("rows") != "selected":
        return radius_arcsec, None
    numbers = chosen_rows(request)
    if not numbers:
        raise CrossMatchError("No row is selected.", "Tick rows, or choose all rows.")
    return radius_arcsec, numbers


@require_safe
@with_sky
@compressed_page
def show_match(request: HttpRequest, list_id: uuid.UUID, match_id: uuid.UUID) -> HttpResponse:
    """The page of a cross-match, or for htmx what a filter, a heading or a step to another page renews of it."""
    own = own_list(request, list_id)
    match = own_match(own, match_id)
    actions.touch(own, machine_now())
    shown, refusal = _page(match, without(request.GET, "around"), archive_now(), request.GET.get("around", ""))
    strip = strip_with_tab(request, _tab_of_match(own, match), machine_now())
    is_fragment = bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")
    template = "search/lists/_match.html" if is_fragment else "search/lists/match.html"
    context = {**_context(shown), "refusal": refusal, "tab_strip": strip}
    response = render(request, template, context, status=400 if refusal else 200)
    carry(request, response, strip)
    response["Vary"] = "HX-Request, HX-History-Restore-Request, Cookie"
    if is_fragment:
        response["HX-Push-Url"] = _address(match, shown.look)
    return response


def _page(match: CrossMatch, query: QueryDict, now: dt.datetime, around: str) -> tuple[MatchPage, SearchError | None]:
    """The page, or that with ``around`` on it; what cannot be read of the address is told, and all pairs shown."""
    own = match.target_list
    columns = match_columns(actions.fields_of(own))
    try:
        look = parse_match_look(query, columns)
        if around:
            look = look.at_page(page_with(pairs_looked_at(match, columns, look, now), around))
        return match_page(own, match, look, now), None
    except SearchError as error:
        return match_page(own, match, MatchLook(), now), error


def _context(shown: MatchPage) -> dict[str, object]:
    widths = [_TICK_PX, _ACTIONS_PX, *(column.width_px for column in shown.columns)]
    here = reverse("search:match", args=[shown.own.pk, shown.match.pk])
    sky_rows = [
        *shapes_of({row.observation.pk: row.observation for row in shown.rows}.values()),
        *shapes_of_footprints(footprints_of(shown.targets, actions.roles_of(shown.own)), TARGET),
    ]
    return {
        "shown": shown,
        "here": here,
        "columns_address": f"{here}columns/",
        "export_address": f"{here}export/",
        "rows_html": match_rows_html(shown),
        "widths_px": widths,
        "grid_width_px": sum(widths),
        "chart": shown.chart,
        "sky_rows": sky_rows,
        "sky_address": f"{here}sky/?{shown.look.at_page('').to_query_string()}",
        # more than are on the page as long as other pages have pairs
        "sky_count": len(sky_rows) + shown.count - len(shown.rows),
        "sizes": PAGE_SIZES,
        "formats": FORMATS,
        "column_choices": shown.column_choices,
        "panel": shown.panel,
        "collection": collection_of(DEFAULT_COLLECTION),
    }


def _address(match: CrossMatch, look: MatchLook) -> str:
    query, address = look.to_query_string(), reverse("search:match", args=[match.target_list_id, match.pk])
    return f"{address}?{query}" if query else address


def _tab_of_match(own: TargetList, match: CrossMatch) -> ShownTab:
    address = reverse("search:match", args=[own.pk, match.pk])
    tooltip = f"{own.name} and observations within {match.radius_arcsec:g}″"
    return ShownTab(f"match-{match.pk}", address, f"{own.name} × Observations", tooltip, match.pairs)


@require_POST
def choose_match_columns(request: HttpRequest, list_id: uuid.UUID, match_id: uuid.UUID) -> HttpResponse:
    """Edit Columns and Edit Filters of a cross-match: the choice stands in its address."""
    own = own_list(request, list_id)
    match = own_match(own, match_id)
    try:
        look = parse_match_look(chosen_query(request.POST), match_columns(actions.fields_of(own)))
    except CriteriaError:
        look = MatchLook()
    return redirect(_address(match, look))


# As a file -----------------------------------------------------------------------------------------------------------


@require_safe
def match_file(request: HttpRequest, list_id: uuid.UUID, match_id: uuid.UUID, slug: str) -> HttpResponseBase:
    """The pairs that an address shows as a file with all columns."""
    match = own_match(own_list(request, list_id), match_id)
    return _file(request, match, slug, request.GET, {"export_rows": "filtered"})


@require_POST
def export_match(request: HttpRequest, list_id: uuid.UUID, match_id: uuid.UUID) -> HttpResponseBase:
    """The pairs as a file: all, those that pass the filters, or the ticked ones."""
    match = own_match(own_list(request, list_id), match_id)
    choice = {name: request.POST.get(name, "") for name in ("export_rows", "export_columns")}
    return _file(request, match, request.POST.get("format", ""), QueryDict(request.POST.get("search", "")), choice)


def _file(
    request: HttpRequest, match: CrossMatch, slug: str, query: QueryDict, choice: dict[str, str]
) -> HttpResponseBase:
    form, now = FORMAT.get(slug), archive_now()
    if form is None:
        raise Http404("There is no such format.")
    columns = match_columns(actions.fields_of(match.target_list))
    try:
        look = parse_match_look(query, columns)
        looked = pairs_looked_at(match, columns, look, now)
    except SearchError as error:
        return HttpResponse(f"{error.text} {error.remedy}\n", content_type="text/plain; charset=utf-8", status=400)
    pairs = looked.rows if choice.get("export_rows") == "filtered" else looked.everything.order_by("ordinal")
    if choice.get("export_rows") == "selected":
        ticked = chosen_numbers(request, "pairs")
        pairs = pairs.filter(ordinal__in=ticked) if ticked else pairs.filter(observation__in=obsids_in(request.POST))
    shown = look.shown_columns(columns) if choice.get("export_columns") == "displayed" else None
    rows = MatchRows(match, pairs, shown, now)
    export = export_of(match, rows, request.build_absolute_uri(_address(match, look)), now)
    response = StreamingHttpResponse(written(export, form.write), content_type=form.content_type)
    response["Content-Disposition"] = content_disposition_header(True, f"cross-match{form.extension}") or "attachment"
    response["Cache-Control"] = "no-store"
    return response
