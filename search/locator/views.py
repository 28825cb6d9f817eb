"""The chart of a page of rows, for browsers without a script: the results frame it where the sky view would be."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from archive.clock import archive_now
from search.compressed import compressed_page
from search.criteria import Criteria, CriteriaError, parse_criteria
from search.locator.chart import Chart, chart
from search.locator.shapes import borders_of, shape_of
from search.page import ResultsPage
from search.results import refused, run


@require_safe
@xframe_options_sameorigin
@compressed_page
def locator(request: HttpRequest) -> HttpResponse:
    """The footprints that the page at the same query string shows."""
    try:
        page, status = run(parse_criteria(request.GET), archive_now()), 200
    except CriteriaError as error:
        page, status = refused(Criteria(), error), 400
    return render(request, "search/locator.html", {"page": page, "chart": _chart(page)}, status=status)


def _chart(page: ResultsPage) -> Chart | None:
    shapes = [shape_of(row.observation, row.state.value, row.state_text) for row in page.rows]
    if not shapes:
        return None
    target, regions = page.target, borders_of(page.criteria)
    if target:
        return chart(shapes, (target.ra_deg, target.dec_deg), target.radius_deg, regions=regions)
    return chart(shapes, regions=regions)
