"""Opening files in Jdaviz: it runs on the reader's own machine, so the page gives the lines to type there."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive.clock import archive_now
from archive.models import Listing, Observation
from basket.bundle_views import file_address
from basket.names import safe_name
from basket.queries import person_of
from search.compressed import compressed_page
from search.viewers.answers import private
from search.viewers.files import Source, jdaviz_sources
from search.viewers.groups import jdaviz_name, jdaviz_of

MAX_OBSID = 2**63


@dataclass(frozen=True)
class Opening:
    """How one file is opened. ``address`` is where it is downloaded; empty when the person may not have it."""

    source: Source
    address: str

    @property
    def configuration(self) -> str:
        return jdaviz_of(self.source.product.product_group)

    @property
    def name(self) -> str:
        return jdaviz_name(self.configuration)

    @property
    def filename(self) -> str:
        return safe_name(self.source.product.filename)

    @property
    def download(self) -> str:
        return f'curl -L -o "{self.filename}" "{self.address}"'

    @property
    def command(self) -> str:
        return f"jdaviz --layout={self.configuration} {self.filename}"

    @property
    def notebook(self) -> str:
        """Lines for a notebook that fetch the file and show it."""
        return "\n".join(
            (
                "from urllib.request import urlretrieve",
                f"from jdaviz import {self.name}",
                "",
                f'urlretrieve("{self.address}", "{self.filename}")',
                f"viewer = {self.name}()",
                f'viewer.load_data("{self.filename}")',
                "viewer.show()",
            )
        )


@compressed_page
@require_safe
def jdaviz(request: HttpRequest, obsid: int) -> HttpResponse:
    """The Minimum Recommended Products first, then the other files of the observation that Jdaviz opens."""
    own = Observation.objects.filter(pk=obsid).first() if obsid < MAX_OBSID else None
    if own is None:
        raise Http404(f"The archive holds no observation with the number {obsid}.")
    sources = jdaviz_sources(obsid, person_of(request), archive_now())
    listed = Listing.objects.filter(parent=own, recommended=True, product__in=[source.product for source in sources])
    recommended = set(listed.values_list("product_id", flat=True))
    openings = [Opening(source, _address(request, source)) for source in sources]
    context = {
        "own": own,
        "sections": [
            ("Display default MRP", [one for one in openings if one.source.product.pk in recommended]),
            (
                "Other data products related to this observation",
                [one for one in openings if one.source.product.pk not in recommended],
            ),
        ],
    }
    return private(render(request, "search/viewers/jdaviz.html", context))


def _address(request: HttpRequest, source: Source) -> str:
    return request.build_absolute_uri(file_address(request, source.product)) if source.decision.allowed else ""
