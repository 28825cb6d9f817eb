"""The page of the time series viewer."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive.clock import archive_now
from archive.models import Observation
from basket.bundle_views import file_address
from basket.queries import person_of
from search.compressed import compressed_page
from search.viewers.answers import plain_refusal, private, refused, table
from search.viewers.files import ViewerError
from search.viewers.timeseries import UNITS_OF_PERIOD, SeriesPage, csv_lines, parse_asked, series_page

MAX_OBSID = 2**63
NAME = "Time Series Viewer"


@compressed_page
@require_safe
def timeseries(request: HttpRequest, obsid: int) -> HttpResponseBase:
    """The light curves of one observation."""
    own = Observation.objects.filter(pk=obsid).first() if obsid < MAX_OBSID else None
    if own is None:
        raise Http404(f"The archive holds no observation with the number {obsid}.")
    try:
        page = series_page(parse_asked(request.GET, obsid), person_of(request), archive_now())
    except ViewerError as error:
        return refused(request, error, NAME)
    if request.GET.get("format") == "csv":
        return table(csv_lines(page), "timeseries.csv") if page.curves else plain_refusal(page.problems)
    closed = bool(page.sources) and not any(source.decision.allowed for source in page.sources)
    context = _context(request, page) | {"own": own}
    return private(render(request, "search/viewers/timeseries.html", context, status=403 if closed else 200))


def _context(request: HttpRequest, page: SeriesPage) -> dict[str, object]:
    query = request.GET.copy()
    query.pop("format", None)
    with_peak = query.copy()
    if page.peak:
        with_peak["period"], with_peak["period_unit"] = f"{page.peak.period_d:.8g}", "d"
    return {
        "page": page,
        "asked": page.asked,
        "svg": page.plot.svg() if page.plot else "",
        "folded_svg": page.folded.svg() if page.folded else "",
        "periodogram_svg": page.periodogram.svg() if page.periodogram else "",
        "period": query.get("period", ""),
        "period_unit": query.get("period_unit", "d"),
        "period_units": UNITS_OF_PERIOD,
        "epoch": query.get("epoch", ""),
        "csv_query": f"{query.urlencode()}&format=csv" if query else "format=csv",
        "peak_query": with_peak.urlencode(),
        "files": [(source, file_address(request, source.product)) for source in page.sources],
    }
