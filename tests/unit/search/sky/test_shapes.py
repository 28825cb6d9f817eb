"""Shapes as the sky draws them."""

import pytest

from archive import sky
from archive.models import Observation, ObservationState
from search.sky.shapes import shapes_of
from tests.factories import observation_fields, with_covers


def observation(state: ObservationState = ObservationState.PUBLIC, **fields: object) -> Observation:
    row = Observation(**with_covers([observation_fields(**fields)])[0])
    row.__dict__["state"] = state.value
    return row


def test_a_polygon_is_a_flat_list_of_its_vertices() -> None:
    region = "POLYGON ICRS 359.9 -0.1 0.1 -0.1 0.1 0.1 359.9 0.1"
    (shape,) = shapes_of([observation(s_region=region, s_ra=0.0, s_dec=0.0, obsid=42)])
    assert shape["id"] == "42"
    assert (shape["m"], shape["s"], shape["c"], shape["o"]) == ("JWST", "public", [0.0, 0.0], [])
    assert shape["p"] == [pytest.approx([359.9, -0.1, 0.1, -0.1, 0.1, 0.1, 359.9, 0.1], abs=1e-6)]


def test_a_circle_stays_one_and_several_parts_are_one_observation() -> None:
    region = "CIRCLE 10 89.9 0.25 POLYGON 20 0 21 0 21 1 CIRCLE 200 -90 3"
    (shape,) = shapes_of([observation(s_region=region)])
    assert shape["o"] == [pytest.approx([10.0, 89.9, 0.25], abs=1e-6), pytest.approx([200.0, -90.0, 3.0], abs=1e-6)]
    assert shape["p"] == [pytest.approx([20, 0, 21, 0, 21, 1], abs=1e-6)]


def test_every_outline_is_the_one_of_the_footprint() -> None:
    region = "POLYGON 10 10 12 10 12 12 11 10.5 POLYGON 30 -80 90 -80 150 -80 CIRCLE 1 2 3"
    row = observation(s_region=region)
    (shape,) = shapes_of([row])
    rings = [
        [angle for vertex in outline.vertices for angle in vertex] for outline in sky.outlines(row.footprint or [])
    ]
    assert shape["p"] == [pytest.approx(ring, abs=1e-6) for ring in rings if ring]


def test_a_label_says_what_it_is_and_its_state() -> None:
    (shape,) = shapes_of([observation(ObservationState.EXCLUSIVE, t_obs_release=61381.0)])
    assert shape["t"].splitlines()[1:] == ["NGC-6720", "exclusive until 2026-12-07 · Program 1558"]
    assert shape["s"] == "exclusive"


def test_a_row_without_a_position_has_no_place() -> None:
    (shape,) = shapes_of([observation(s_ra=None, s_dec=None)])
    assert (shape["c"], shape["p"], shape["o"]) == (None, [], [])


def test_no_rows_have_no_shapes() -> None:
    assert shapes_of([]) == []
