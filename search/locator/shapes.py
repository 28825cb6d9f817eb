"""What of an observation, and of the regions of a search, a chart draws."""

import numpy as np

from archive.models import Observation
from archive.sky.vectors import Floats, unit_vectors
from search.criteria import Criteria
from search.locator.chart import Shape, circle_around
from search.sky.searched import RegionShape, searched_regions


def shape_of(own: Observation, state: str, state_text: str) -> Shape:
    return Shape(
        obsid=own.obsid,
        mission=own.obs_collection,
        state=state,
        label="\n".join(filter(None, (own.obs_id, own.target_name, state_text))),
        footprint=own.footprint or [],
        ra_deg=own.s_ra,
        dec_deg=own.s_dec,
    )


def borders_of(criteria: Criteria) -> list[Floats]:
    """The borders of all regions that were searched: unit vectors of each, shape (n, 3)."""
    return [_border(region) for region in searched_regions(criteria)]


def _border(region: RegionShape) -> Floats:
    if "o" in region:
        ra_deg, dec_deg, radius_deg = region["o"]
        return circle_around(ra_deg, dec_deg, radius_deg)
    corners = np.array(region["p"]).reshape(-1, 2)
    return unit_vectors(corners[:, 0], corners[:, 1])
