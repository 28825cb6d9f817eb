"""The pages of searching: parse, ask, render."""

from dataclasses import replace

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.html import json_script
from django.views.decorators.http import require_safe
from django_htmx.middleware import HtmxDetails

from archive.clock import archive_now, machine_now
from basket.queries import person_of
from notifications.prefill import address_for
from search import holdings
from search.chips import chips_of
from search.choices import with_remembered
from search.collections import DEFAULT_COLLECTION, collection_of
from search.compressed import compressed_page
from search.criteria import (
    CUTOUT_SIZES,
    DEFAULT_SIZE,
    FILTER_PREFIX,
    VIEWS,
    Criteria,
    CriteriaError,
    parse_criteria,
)
from search.details import ObservationDetails, observation_details
from search.grid_columns import column_choices
from search.heads import choices_html, headings_html, sort_menu_html
from search.locator import PANEL_PX, chart
from search.locator.shapes import shape_of
from search.page import ResultsPage
from search.previews import Preview, previews_of
from search.program_people import people_of
from search.programs import program_details
from search.results import refused, run
from search.rows import rows_html, viewers_of
from search.sky.around import page_around
from search.sky.policy import with_sky
from search.sky.searched import searched_regions
from search.sky.shapes import shapes_of_rows
from search.tabs.first import carry
from search.tabs.requests import strip_with
from search.tabs.views import continue_context
from search.viewers.cutouts import cutouts_of

#: Seconds that the home page's counts are kept: they read every observation.
HOLDINGS_KEPT_S = 60


_MISSING = {False: "no preview", True: "No cut-out available"}
#: Width of the column of previews.
PREVIEW_PX = 90
#: Selected rows that Table Display can tell apart: their numbers stand in the address.
MAX_DISPLAYED = 300
#: Where the details of an observation stand beside the grid.
DRAWER = "drawer-body"
#: Width of the column of actions, and of each viewer's place in it.
ACTIONS_PX, SLOT_PX = 92, 20


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


@require_safe
@compressed_page
def home(request: HttpRequest) -> HttpResponse:
    context = {"collection": collection_of(DEFAULT_COLLECTION), **_home_counts(), **continue_context(request)}
    return render(request, "search/home.html", context)


def _home_counts() -> dict[str, object]:
    """Holdings and coming releases, with the moment they were counted."""
    kept: dict[str, object] | None = cache.get("home-counts")
    if kept is None:
        now = archive_now()
        kept = {
            "holdings": holdings.holdings_by_mission(now),
            "releases": holdings.releases_after(now),
            "newest": holdings.newest_observations(now),
            "counted_at": now,
        }
        cache.set("home-counts", kept, HOLDINGS_KEPT_S)
    return kept


@require_safe
@with_sky
@compressed_page
def results(request: HtmxHttpRequest) -> HttpResponse:
    """A search's page, or for htmx the part of it that a search renews."""
    page, status = _page(request)
    fragment = bool(request.htmx) and not request.htmx.history_restore_request
    template = "search/_results.html" if fragment else "search/results.html"
    strip = strip_with(request, page, machine_now())
    response = render(request, template, {**results_context(request, page), "tab_strip": strip}, status=status)
    carry(request, response, strip)
    response["X-Fragment"] = "1" if fragment else "0"
    if fragment and not page.failed:
        response["HX-Push-Url"] = f"{reverse('search:results')}?{page.criteria.to_query_string()}"
    patch_vary_headers(response, ("HX-Request", "HX-History-Restore-Request"))
    return response


def _page(request: HttpRequest) -> tuple[ResultsPage, int]:
    """The page that the address asks for, or the one with the row that it names."""
    now = archive_now()
    try:
        criteria, notice = with_remembered(request, parse_criteria(request.GET)), None
    except CriteriaError as error:
        return refused(Criteria(), error), 400
    if around := request.GET.get("around"):
        criteria, notice = page_around(criteria, around, now)
    page = run(criteria, now)
    return (replace(page, messages=(*page.messages, notice)) if notice else page), 200


def results_context(request: HttpRequest, page: ResultsPage) -> dict[str, object]:
    """What the templates of the results need beside the page itself; only pictures depend on who asks."""
    if page.criteria.view:
        return {"page": page, **_written(page, _previews(request, page))}
    if not page.written:
        page.written.update(_written(page, None))
    return {"page": page, **page.written}


def _written(page: ResultsPage, previews: dict[int, Preview] | None) -> dict[str, object]:
    first_page = list(page.criteria.at_page("").pairs())
    shown = [heading.column for heading in page.headings]
    viewers = viewers_of(page.rows)
    actions_px = ACTIONS_PX + SLOT_PX * len(viewers)
    preview_px = PREVIEW_PX if page.criteria.view else 0
    return {
        "rows_html": rows_html(page.rows, shown, previews, missing=_MISSING["cutout" in page.criteria.view]),
        "views": _views(page.criteria),
        "cutout_sizes": sorted(CUTOUT_SIZES),
        "cutout_fields": [(name, value) for name, value in page.criteria.pairs() if name != "cutout"],
        "sky_rows": json_script(shapes_of_rows(page.rows), "sky-rows"),
        "sky_regions": json_script(regions, "sky-regions") if (regions := searched_regions(page.criteria)) else "",
        "actions_px": actions_px,
        "viewers": viewers,
        "subscribe_address": address_for(row.observation for row in page.rows),
        "chart_limit": settings.LOAD_LIMIT_ROWS,
        "grid_width_px": 30 + actions_px + preview_px + sum(column.width_px for column in shown),
        "sky_query": _rows_query(page.criteria),
        "chips": chips_of(page.criteria),
        "headings_html": headings_html(page.headings, several=len(page.criteria.sort) > 1),
        "sort_menu_html": sort_menu_html(page.headings),
        "choices_html": choices_html(column_choices(page.criteria.all_columns, shown, is_cone=page.target is not None)),
        "most_selected": MAX_DISPLAYED,
        "filter_fields": [(name, value) for name, value in first_page if not name.startswith(FILTER_PREFIX)],
    }


def _rows_query(criteria: Criteria) -> str:
    """The query string of all rows, whatever the page shows of them: the sky asks by it."""
    return replace(
        criteria, facets=(), sort=(), columns=(), view="", size=DEFAULT_SIZE, page="", sky=""
    ).to_query_string()


def _previews(request: HttpRequest, page: ResultsPage) -> dict[int, Preview]:
    if "cutout" in page.criteria.view:
        return _cutouts(request, page)
    return previews_of((row.obsid for row in page.rows), person_of(request), archive_now())


def _cutouts(request: HttpRequest, page: ResultsPage) -> dict[int, Preview]:
    """Pictures around the searched position, without one around each row's own centre."""
    found = cutouts_of((row.obsid for row in page.rows), person_of(request), archive_now())
    pictures = {obsid: Preview("") for obsid in found.available}
    for row in page.rows:
        own, target = row.observation, page.target
        ra_deg, dec_deg = (target.ra_deg, target.dec_deg) if target else (own.s_ra, own.s_dec)
        if row.obsid in found.readable and ra_deg is not None:
            query = f"ra={ra_deg:.7f}&dec={dec_deg:.7f}&size={page.criteria.cutout}"
            pictures[row.obsid] = Preview(f"{reverse('search:cutout', args=[row.obsid])}?{query}")
    return pictures


def _views(criteria: Criteria) -> dict[str, str]:
    """The query strings of the same rows as a plain grid, with previews, and as an album."""
    return {view.replace("-", "_") or "grid": criteria.with_view(view).to_query_string() for view in ("", *VIEWS)}


@require_safe
@compressed_page
def observation(request: HtmxHttpRequest, obsid: int) -> HttpResponse:
    """Everything about one observation: a page, or for htmx the same beside the grid."""
    in_drawer = request.htmx.target == DRAWER
    details = observation_details(obsid, archive_now())
    if details is None and in_drawer:
        return _no_observation(request, obsid)
    if details is None:
        raise Http404(f"The archive holds no observation with the number {obsid}.")
    template = "search/_observation.html" if in_drawer else "search/observation.html"
    response = render(request, template, _details_context(request, details, in_drawer=in_drawer))
    patch_vary_headers(response, ("HX-Target",))
    return response


def _details_context(request: HtmxHttpRequest, details: ObservationDetails, *, in_drawer: bool) -> dict[str, object]:
    own = details.observation
    shape = shape_of(own, details.state.value, details.state_text)
    return {
        "details": details,
        "own": own,
        "chart": chart([shape], size_px=PANEL_PX),
        "preview": previews_of([own.obsid], person_of(request), archive_now()).get(own.obsid),
        "in_drawer": in_drawer,
        "next": (request.htmx.current_url_abs_path or "") if in_drawer else request.path,
    }


def _no_observation(request: HttpRequest, obsid: int) -> HttpResponse:
    response = render(request, "search/_no_observation.html", {"obsid": obsid}, status=404)
    response["X-Fragment"] = "1"
    return response


@require_safe
@compressed_page
def program(request: HttpRequest, mission: str, number: str) -> HttpResponse:
    details = program_details(mission, number, archive_now())
    if details is None:
        raise Http404(f"The archive knows no program {number} of {mission}.")
    people = people_of(details.program, details.mission, details.number, request.user, archive_now())
    response = render(request, "search/program.html", {"details": details, "people": people})
    if people.may_manage:
        response.headers["Cache-Control"] = "private, no-store"  # names and addresses
    return response
