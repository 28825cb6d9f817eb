"""Spectral lines: hydrogen against Rydberg's formula, shifts against astropy's."""

import pytest
from astropy import units as u

from search.viewers.lines import LIGHT_KM_S, LINE_LISTS, redshift_of_velocity, shifted_nm

RYDBERG_H_PER_NM = 1.0967758e-2  # of the hydrogen atom, CODATA
SERIES = {"Ly": 1, "H": 2, "Pa": 3, "Br": 4, "Pf": 5, "Hu": 6}


def test_hydrogen_is_where_rydberg_says() -> None:
    hydrogen = next(one for one in LINE_LISTS if one.slug == "hydrogen")
    for line in hydrogen.lines:
        lower = SERIES[line.name[:-1]]
        upper = lower + "αβγδ".index(line.name[-1]) + 1
        expected = 1 / (RYDBERG_H_PER_NM * (1 / lower**2 - 1 / upper**2))
        assert line.rest_nm == pytest.approx(expected, rel=2e-5), line.name


def test_every_list_is_in_order_and_named_once() -> None:
    assert len({one.slug for one in LINE_LISTS}) == len(LINE_LISTS)
    for one in LINE_LISTS:
        places = [line.rest_nm for line in one.lines]
        assert places == sorted(places), one.slug


@pytest.mark.parametrize("velocity", [-250_000.0, -30.0, 0.0, 12.5, 200_000.0])
def test_a_velocity_shifts_as_the_relativistic_formula_of_astropy(velocity: float) -> None:
    rest = 656.461 * u.nm
    seen = (velocity * u.km / u.s).to(u.nm, u.doppler_relativistic(rest))
    hydrogen = next(one for one in LINE_LISTS if one.slug == "hydrogen")
    alpha = next(line for line in hydrogen.lines if line.name == "Hα")
    assert shifted_nm(alpha, redshift_of_velocity(velocity)) == pytest.approx(seen.value, rel=1e-12)


@pytest.mark.parametrize("velocity", [LIGHT_KM_S, -LIGHT_KM_S, 1e9])
def test_nothing_is_faster_than_light(velocity: float) -> None:
    with pytest.raises(ValueError, match="km/s"):
        redshift_of_velocity(velocity)
