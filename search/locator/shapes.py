"""What of an observation a chart draws."""

from archive.models import Observation
from search.locator.chart import Shape


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
