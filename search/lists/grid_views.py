"""The grid of a list over HTTP: its page, its columns and facets, and its rows as a file."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from archive.clock import archive_now, machine_now
from search.collections import DEFAULT_COLLECTION, collection_of
from search.compressed import compressed_page
from search.criteria import PAGE_SIZES, CriteriaError
from search.exports.formats import FORMAT, FORMATS
from search.exports.query_rows import written
from search.grid_columns import moved
from search.lists import actions, limits
from search.lists.columns import list_columns
from search.lists.grids import list_rows_html
from search.lists.list_export import list_export
from search.lists.look import ListLook, parse_list_look
from search.lists.pages import ListPage, list_page
from search.lists.rows import looked_at
from search.lists.whose import chosen_rows, own_list
from search.messages import SearchError
from search.models import TargetList
from search.sky.policy import with_sky
from search.tabs.first import carry
from search.tabs.requests import strip_with_tab
from search.tabs.strip import ShownTab

#: Widths of the boxes to tick and of the state.
_TICK_PX, _STATE_PX = 30, 120
_STEPS = {"earlier": -1, "later": 1}


@require_safe
@with_sky
@compressed_page
def show_list(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """The page of a list, or for htmx what a filter, a heading or a step to another page renews of it."""
    own = own_list(request, list_id)
    actions.touch(own, machine_now())
    shown, refusal = _page(own, request.GET)
    strip = strip_with_tab(request, _tab_of_list(own, shown.total), machine_now())
    is_fragment = bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")
    template = "search/lists/_list.html" if is_fragment else "search/lists/list.html"
    response = render(
        request, template, {**_context(shown), "refusal": refusal, "tab_strip": strip}, status=400 if refusal else 200
    )
    carry(request, response, strip)
    response["Vary"] = "HX-Request, HX-History-Restore-Request, Cookie"
    if is_fragment:
        response["HX-Push-Url"] = _address(own, shown.look)
    return response


def _page(own: TargetList, query: QueryDict) -> tuple[ListPage, SearchError | None]:
    """The page; what cannot be read of the address is told, and the whole list shown."""
    try:
        return list_page(own, parse_list_look(query, list_columns(actions.fields_of(own)))), None
    except SearchError as error:
        return list_page(own, ListLook()), error


def _context(shown: ListPage) -> dict[str, object]:
    widths = [_TICK_PX, _STATE_PX, *(column.width_px for column in shown.columns)]
    here, all_rows = reverse("search:list", args=[shown.own.pk]), shown.look.at_page("").to_query_string()
    return {
        "shown": shown,
        "here": here,
        "columns_address": f"{here}columns/",
        "export_address": f"{here}export/",
        "rows_html": list_rows_html(shown),
        "widths_px": widths,
        "grid_width_px": sum(widths),
        "chart": shown.chart,
        "sky_rows": shown.sky_rows,
        "sky_address": f"{here}sky/?{all_rows}" if shown.roles.region is not None else "",
        "sky_count": shown.count,
        "sizes": PAGE_SIZES,
        "limits": limits,
        "formats": FORMATS,
        "column_choices": shown.column_choices,
        "panel": shown.panel,
        "collection": collection_of(DEFAULT_COLLECTION),
    }


def _address(own: TargetList, look: ListLook) -> str:
    query, address = look.to_query_string(), reverse("search:list", args=[own.pk])
    return f"{address}?{query}" if query else address


def _tab_of_list(own: TargetList, rows: int) -> ShownTab:
    address = reverse("search:list", args=[own.pk])
    return ShownTab(f"list-{own.pk}", address, own.name, f"Target list, {own.format}", rows)


@require_POST
def choose_columns(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Edit Columns and Edit Filters of a list: the choice stands in its address."""
    own = own_list(request, list_id)
    try:
        look = parse_list_look(chosen_query(request.POST), list_columns(actions.fields_of(own)))
    except CriteriaError:
        look = ListLook()
    return redirect(_address(own, look))


def chosen_query(form: QueryDict) -> QueryDict:
    """The address's words with the columns or facets that a form chose."""
    names = [] if "reset" in form else form.getlist("column")
    for field, step in _STEPS.items():
        if field in form:
            names = list(moved(names, str(form[field]), step))
    query = QueryDict(form.get("search", ""), mutable=True)
    query["facets" if "facets" in form else "columns"] = ",".join(names)
    return query


@require_POST
def export_list(request: HttpRequest, list_id: uuid.UUID) -> HttpResponseBase:
    """The rows of a list as a file: all, those that pass the filters, or the ticked ones."""
    own = own_list(request, list_id)
    form = FORMAT.get(request.POST.get("format", ""))
    if form is None:
        raise Http404("There is no such format.")
    columns = list_columns(actions.fields_of(own))
    try:
        look = parse_list_look(QueryDict(request.POST.get("search", "")), columns)
        rows = looked_at(own, columns, look)
    except SearchError as error:
        return HttpResponse(f"{error.text} {error.remedy}\n", content_type="text/plain; charset=utf-8", status=400)
    wanted = rows.rows if request.POST.get("export_rows") != "all" else rows.everything.order_by("number")
    if request.POST.get("export_rows") == "selected":
        wanted = rows.everything.filter(number__in=chosen_rows(request)).order_by("number")
    shown = look.shown_columns(columns) if request.POST.get("export_columns") == "displayed" else None
    export = list_export(own, wanted, shown, request.build_absolute_uri(_address(own, look)), archive_now())
    response = StreamingHttpResponse(written(export, form.write), content_type=form.content_type)
    name = f"{own.name.rpartition('.')[0] or own.name}{form.extension}"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    return response
