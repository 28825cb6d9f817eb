"""The pages of the spectral viewer."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from archive.clock import archive_now
from archive.models import Observation
from basket.bundle_views import file_address
from basket.queries import person_of
from search.compressed import compressed_page
from search.viewers.answers import plain_refusal, private, refused, table
from search.viewers.asked import numbers_of
from search.viewers.files import ViewerError
from search.viewers.lines import LINE_LISTS
from search.viewers.spectrum import (
    FLUX_UNITS,
    MOST_OBSERVATIONS,
    SHOWN_UNITS,
    SpectrumPage,
    csv_lines,
    observations_of,
    parse_asked,
    spectrum_page,
)

MAX_OBSID = 2**63
NAME = "Spectral Viewer"


@compressed_page
@require_safe
def spectrum(request: HttpRequest, obsid: int) -> HttpResponseBase:
    """The spectra of one observation, with up to nine others over them."""
    if obsid >= MAX_OBSID or not Observation.objects.filter(pk=obsid).exists():
        raise Http404(f"The archive holds no observation with the number {obsid}.")
    return _answer(request, obsid)


@require_http_methods(["GET", "HEAD", "POST"])
def spectra(request: HttpRequest) -> HttpResponseBase:
    """The spectra of the ticked rows: a posted selection becomes an address that can be sent on."""
    if request.method != "POST":
        return _answer(request, None)
    try:
        obsids = numbers_of(request.POST, "obsid", "Observations", MOST_OBSERVATIONS)
    except ViewerError as error:
        return refused(request, error, NAME)
    return redirect(f"{reverse('search:spectra')}?{urlencode([('obsid', obsid) for obsid in obsids])}")


def _answer(request: HttpRequest, obsid: int | None) -> HttpResponseBase:
    try:
        wanted = parse_asked(request.GET, obsid)
        if not wanted.obsids:
            raise ViewerError("No observation was chosen.", "Tick up to ten rows of the grid that have spectra.")
        page = spectrum_page(wanted, person_of(request), archive_now())
    except ViewerError as error:
        return refused(request, error, NAME)
    if request.GET.get("format") == "csv":
        return table(csv_lines(page), "spectrum.csv") if page.traces else plain_refusal(page.problems)
    closed = bool(page.sources) and not any(source.decision.allowed for source in page.sources)
    status = 403 if closed else 200
    return private(render(request, "search/viewers/spectrum.html", _context(request, page), status=status))


def _context(request: HttpRequest, page: SpectrumPage) -> dict[str, object]:
    query = request.GET.copy()
    query.pop("format", None)
    return {
        "page": page,
        "asked": page.asked,
        "observations": observations_of(page.asked.obsids),
        "svg": page.plot.svg() if page.plot else "",
        "line_lists": LINE_LISTS,
        "wavelength_units": SHOWN_UNITS,
        "flux_units": FLUX_UNITS,
        "shift": query.get("shift", ""),
        "shift_unit": query.get("shift_unit", "z"),
        "csv_query": f"{query.urlencode()}&format=csv" if query else "format=csv",
        "kept": [("obsid", obsid) for obsid in page.asked.obsids] + [("file", file) for file in page.asked.files],
        "files": [(source, file_address(request, source.product)) for source in page.sources],
    }
