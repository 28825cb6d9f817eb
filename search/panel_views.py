"""The filters panel by itself: it is counted while the rows are read. Without a script it comes with a whole page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from archive.clock import archive_now
from search.choices import with_remembered
from search.collections import collection_of
from search.compressed import compressed_page
from search.criteria import Criteria, parse_criteria
from search.facets import FacetPanel
from search.messages import SearchError
from search.page import ResultsPage
from search.results import facet_panel, refused, run
from search.views import HtmxHttpRequest, results_context


@require_safe
@compressed_page
def filters(request: HtmxHttpRequest) -> HttpResponse:
    """All facets of a search."""
    response = _panel(request) if request.htmx else _whole_page(request)
    patch_vary_headers(response, ("HX-Request",))
    return response


def _panel(request: HtmxHttpRequest) -> HttpResponse:
    try:
        criteria = with_remembered(request, parse_criteria(request.GET))
        panel = facet_panel(criteria, archive_now())
    except SearchError as error:
        return HttpResponse(error.text, status=400, content_type="text/plain; charset=utf-8")
    page = _page_of(criteria, panel)
    return render(request, "search/_facets.html", {**results_context(request, page), "panel": panel})


def _page_of(criteria: Criteria, panel: FacetPanel) -> ResultsPage:
    """What the panel's template asks of a page."""
    collection = collection_of(criteria.collection)
    return ResultsPage(criteria, collection, "", panel=panel, clear_filters_query=panel.clear_query)


def _whole_page(request: HtmxHttpRequest) -> HttpResponse:
    """Rows and all facets at once; the panel's form comes back here."""
    try:
        criteria = with_remembered(request, parse_criteria(request.GET))
        page, status = run(criteria, archive_now(), with_panel=True), 200
    except SearchError as error:
        page, status = refused(Criteria(), error), 400
    context = {**results_context(request, page), "panel": page.panel, "filters_action": reverse("search:filters")}
    return render(request, "search/results.html", context, status=status)
