"""Rows on the sky that several browser tests look at."""

import pytest

from archive.models import Observation
from tests.factories import make_observation, make_planned, square

#: A search with all of `stacked`, and where they lie, degrees.
RING = "/search/?q=283.39624+33.02914+r%3D10m"
CENTRE = (283.39624, 33.02914)


@pytest.fixture
def stacked(transactional_db: None) -> dict[str, Observation]:
    """Three squares, one in the other, and one beside them of another kind."""
    ra, dec = CENTRE
    return {
        "large": make_observation(obs_id="large", s_region=square(ra, dec, 0.06), s_ra=ra, s_dec=dec),
        "middle": make_observation(obs_id="middle", s_region=square(ra, dec, 0.03), s_ra=ra, s_dec=dec),
        "small": make_observation(obs_id="small", s_region=square(ra, dec, 0.01), s_ra=ra, s_dec=dec),
        "beside": make_planned(obs_id="beside", s_region=square(ra, dec - 0.1, 0.02), s_ra=ra, s_dec=dec - 0.1),
    }
