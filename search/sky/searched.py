"""The regions that a search is about, as the sky draws them beside its rows."""

from typing import TypedDict

import numpy as np

from archive.sky import Circle, Polygon
from search import regions
from search.columns import REGION
from search.criteria import Criteria
from search.mocs.outline import outline_of
from search.models import SkyMoc
from search.sky.shapes import DECIMALS


class RegionShape(TypedDict, total=False):
    """A polygon or a circle; degrees, ICRS. A polygon's edges are arcs of great circles."""

    p: list[float]  # corners: ra, dec, ra, dec …
    o: list[float]  # circle: ra, dec, radius
    k: float  # of a ring of a MOC that is drawn by coarser cells around it: their side


def searched_regions(criteria: Criteria) -> list[RegionShape]:
    """The shapes of the search box, the criterion and the filter, a MOC by its border; none of what cannot be read."""
    asked = [*criteria.wanted, *criteria.filters]
    texts = [value for wanted in asked if wanted.column == REGION.name for value in wanted.values]
    if regions.is_region(criteria.q):
        texts.insert(0, criteria.q)
    return [shape for text in texts for shape in _shapes_of(text)]


def _shapes_of(text: str) -> list[RegionShape]:
    try:
        if regions.is_moc(text):
            return _rings_of(regions.moc_of(text))
        return [_shape(part) for part in regions.parse(text).parts]
    except regions.RegionRefusedError:
        return []


def _rings_of(own: SkyMoc) -> list[RegionShape]:
    outline = outline_of(np.stack([own.starts, own.stops], axis=1).astype(np.int64), own.order)
    if outline.order == own.order:
        return [{"p": ring} for ring in outline.rings]
    return [{"p": ring, "k": round(outline.cell_deg, DECIMALS)} for ring in outline.rings]


def _shape(part: Circle | Polygon) -> RegionShape:
    if isinstance(part, Circle):
        return {"o": [round(angle, DECIMALS) for angle in (part.ra_deg, part.dec_deg, part.radius_deg)]}
    return {"p": [round(angle, DECIMALS) for corner in part.vertices for angle in corner]}
