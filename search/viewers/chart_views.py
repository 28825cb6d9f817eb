"""The pages of the chart."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from archive.clock import archive_now
from search.compressed import compressed_page
from search.messages import SearchError
from search.selection_views import MAX_SELECTED
from search.viewers.answers import refused
from search.viewers.chart import (
    COLOURS,
    MOST_LINES,
    MOST_POINTS,
    ChartPage,
    chart_page,
    filtered,
    rows_in_box,
    search_of,
)
from search.viewers.files import ViewerError

NAME = "Chart"


@compressed_page
@require_safe
def chart(request: HttpRequest) -> HttpResponse:
    """Two columns of a search's rows against each other."""
    try:
        page = chart_page(request.GET, archive_now())
    except (SearchError, ViewerError) as error:
        return _refused(request, error)
    return render(request, "search/viewers/chart.html", _context(request, page))


def _context(request: HttpRequest, page: ChartPage) -> dict[str, object]:
    criteria = page.asked.criteria
    return {
        "page": page,
        "asked": page.asked,
        "criteria": criteria,
        "svg": page.plot.svg() if page.plot else "",
        "colours": COLOURS,
        "most_points": MOST_POINTS,
        "most_lines": MOST_LINES,
        "results": f"{reverse('search:results')}?{criteria.to_query_string()}",
        "kept": list(criteria.pairs()),
    }


@require_safe
def chart_filter(request: HttpRequest) -> HttpResponse:
    """The search with the chart's ranges as filters."""
    try:
        criteria = filtered(request.GET, archive_now())
    except (SearchError, ViewerError) as error:
        return _refused(request, error)
    return redirect(f"{reverse('search:results')}?{criteria.to_query_string()}")


@require_safe
def chart_rows(request: HttpRequest) -> HttpResponse:
    """The numbers of the rows in the chart's ranges as JSON, or why there are too many."""
    try:
        obsids = rows_in_box(request.GET, archive_now(), MAX_SELECTED)
    except (SearchError, ViewerError) as error:
        return JsonResponse({"refusal": f"{error.text} {error.remedy}".strip()}, status=400)
    if len(obsids) > MAX_SELECTED:
        text = f"A selection takes at most {MAX_SELECTED:,} rows. Choose a smaller box, or filter by it."
        return JsonResponse({"refusal": text}, status=409)
    return JsonResponse({"obsids": [str(obsid) for obsid in obsids]})


def _refused(request: HttpRequest, error: SearchError | ViewerError) -> HttpResponse:
    """Why nothing is drawn, with the way back to the search where the address says one."""
    told = ViewerError(error.text, error.remedy)
    try:
        back = f"{reverse('search:results')}?{search_of(request.GET).to_query_string()}"
    except SearchError:
        return refused(request, told, NAME)
    context = {"error": told, "name": NAME, "back": back}
    return render(request, "search/viewers/refused.html", context, status=400)
