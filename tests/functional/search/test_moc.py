"""The coverage of a search over HTTP; what is in it is told by the navigator's formulas."""

import io
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from django.test import Client
from mocpy import MOC

from archive import sky
from archive.sky.encoding import CONCAVE
from search.sky import moc as search_moc
from tests.factories import make_observation, make_observations, square
from tests.unit.archive.sky_oracle import distance_to_circle, distance_to_ring, step_from

pytestmark = pytest.mark.django_db
DjangoAssertNumQueries = Any


def moc_of(client: Client, query: str = "obs_collection=JWST") -> Any:
    response = client.get(f"/search/moc/?{query}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/fits"
    assert response["Content-Disposition"] == 'attachment; filename="coverage.moc.fits"'
    return MOC.from_fits(io.BytesIO(response.content))


def refused(client: Client, query: str, status: int = 400) -> str:
    response = client.get(f"/search/moc/?{query}")
    assert response.status_code == status, response.content
    told = response.json()
    assert set(told) == {"error", "remedy"}
    return f"{told['error']} {told['remedy']}"


def holds(moc: Any, ra_deg: float, dec_deg: float) -> bool:
    return bool(moc.contains_lonlat(np.array([ra_deg]) * u.deg, np.array([dec_deg]) * u.deg)[0])


RINGS = {
    "notched": [(10.0, 0.0), (11.0, 0.0), (11.0, 1.0), (10.5, 0.2), (10.0, 1.0)],
    "across 0 hours": [(359.7, -0.3), (0.3, -0.3), (0.3, 0.3), (359.7, 0.3)],
    "around the pole": [(0.0, 89.0), (90.0, 89.2), (180.0, 89.0), (270.0, 89.4)],
    "around the other": [(0.0, -89.0), (270.0, -89.2), (180.0, -89.0), (90.0, -89.4)],
    "wide": [(100.0, -10.0), (124.0, -10.0), (124.0, 14.0), (100.0, 14.0)],
    "thin": [(50.0, 20.0), (53.0, 20.0), (53.0, 20.002), (50.0, 20.002)],
    "crossing itself": [(200.0, 0.0), (201.0, 1.0), (201.0, 0.0), (200.0, 1.0)],
}


@pytest.mark.parametrize("name", RINGS)
def test_it_holds_the_footprint_and_nothing_farther_than_a_cell(client: Client, name: str) -> None:
    ring = RINGS[name]
    numbers = " ".join(f"{ra} {dec}" for ra, dec in ring)
    own = make_observation(s_region=f"POLYGON {numbers}", s_ra=ring[0][0], s_dec=ring[0][1])
    moc = moc_of(client)
    cell_deg = 1.5 * 58.6 / 2**moc.max_order
    assert moc.max_order >= 7
    rng = np.random.default_rng(4)
    middle = SkyCoord(own.cover_x, own.cover_y, own.cover_z, representation_type="cartesian").spherical
    size = (own.cover_radius_deg or 0.0) * 1.5
    for _ in range(400):
        ra, dec = step_from(middle.lon.deg, middle.lat.deg, rng.uniform(0, 360), size * float(np.sqrt(rng.uniform())))
        away = distance_to_ring(ra, dec, ring)
        assert away > 0 or holds(moc, ra, dec)
        assert away < cell_deg or not holds(moc, ra, dec)


CIRCLES = (
    (30.0, 40.0, 0.5), (0.0, 90.0, 1.0), (200.0, -30.0, 60.0), (10.0, -90.0, 89.5), (10.0, 50.0, 91.0),
    (80.0, 10.0, 170.0), (80.0, 10.0, 179.9), (0.0, 0.0, 180.0),
)  # fmt: skip


@pytest.mark.parametrize("circle", CIRCLES)
def test_circles_count_as_circles(client: Client, circle: tuple[float, float, float]) -> None:
    ra_deg, dec_deg, radius_deg = circle
    make_observation(s_region=f"CIRCLE {ra_deg} {dec_deg} {radius_deg}", s_ra=ra_deg, s_dec=dec_deg)
    moc = moc_of(client)
    cell_deg = 4 * 58.6 / 2**moc.max_order
    rng = np.random.default_rng(5)
    for _ in range(200):
        ra, dec = step_from(ra_deg, dec_deg, rng.uniform(0, 360), min(180.0, 1.5 * radius_deg) * rng.uniform())
        away = distance_to_circle(ra, dec, circle)
        assert away > 0 or holds(moc, ra, dec)
        assert away < cell_deg or not holds(moc, ra, dec)


def test_a_guess_of_the_wrong_side_is_put_right(client: Client) -> None:
    """Small crossing rings: none of them covers half of the sky."""
    rng = np.random.default_rng(3)
    rows = []
    for _ in range(60):
        ra, dec = rng.uniform(0, 360), rng.uniform(-80, 80)
        corners = [step_from(ra, dec, rng.uniform(0, 360), 0.03 * rng.uniform(0.2, 1)) for _ in range(7)]
        region = "POLYGON " + " ".join(f"{a} {b}" for a, b in corners)
        rows.append({"s_region": region, "s_ra": ra, "s_dec": dec})
    made = make_observations(rows)
    assert any((row.footprint or [0, 0])[1] == CONCAVE for row in made)
    assert moc_of(client).sky_fraction < 1e-4


def test_rows_without_a_footprint_count_by_their_position(client: Client) -> None:
    make_observation(s_ra=12.0, s_dec=-3.0)
    make_observation(s_ra=None, s_dec=None)
    moc = moc_of(client)
    assert holds(moc, 12.0, -3.0)
    assert len(moc.uniq_hpx) == 1


def test_filters_apply(client: Client) -> None:
    make_observation(s_ra=12.0, s_dec=-3.0, filters="F200W")
    make_observation(s_ra=80.0, s_dec=-3.0, filters="F444W")
    moc = moc_of(client, "obs_collection=JWST&f.filters=F444W")
    assert holds(moc, 80.0, -3.0)
    assert not holds(moc, 12.0, -3.0)


def test_no_rows_make_an_empty_coverage(client: Client) -> None:
    make_observation()
    assert moc_of(client, "obs_collection=HST").empty()
    assert not any(client.get("/search/moc/?obs_collection=HST&form=json").json().values())


def test_json_tells_the_same_cells(client: Client) -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    told = client.get("/search/moc/?obs_collection=JWST&form=json").json()
    assert all(order.isdigit() and isinstance(cells, list) for order, cells in told.items())
    assert MOC.from_json(told) == moc_of(client)


def test_cells_grow_when_there_would_be_too_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    fine = moc_of(client)
    monkeypatch.setattr("search.sky.views.MAX_FILE_CELLS", 20)
    coarse = moc_of(client)
    assert len(coarse.uniq_hpx) <= 20
    assert fine.difference(coarse).empty()


def test_many_rows_have_coarser_cells(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_observations([{"s_region": square(ra, 0, 0.1), "s_ra": float(ra), "s_dec": 0.0} for ra in range(50)])
    fine = moc_of(client)
    monkeypatch.setattr(search_moc, "MAX_WORK_CELLS", 2000)
    assert 5 < moc_of(client).max_order < fine.max_order


def test_batches_make_one_area(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_observations([{"s_region": square(ra, 0, 0.1), "s_ra": float(ra), "s_dec": 0.0} for ra in range(10)])
    whole = moc_of(client)
    monkeypatch.setattr(search_moc, "_BATCH", 3)
    assert moc_of(client) == whole


def test_too_many_rows_are_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_moc, "MAX_ROWS", 2)
    make_observations([{}] * 3)
    words = refused(client, "obs_collection=JWST")
    assert "3 rows" in words
    assert "Filter the rows" in words


def test_what_takes_too_long_is_refused(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_observation()
    moments = iter([0.0, 1e9])
    monkeypatch.setattr(search_moc, "monotonic", lambda: next(moments))
    assert "not made within" in refused(client, "obs_collection=JWST", 503)


@pytest.mark.parametrize("query", ["", "nonsense=1", "collection=x", "obs_collection=JWST&form=png", "region=CIRCLE+1"])
def test_what_cannot_be_run_is_refused(client: Client, query: str) -> None:
    assert refused(client, query)


@pytest.mark.parametrize("rows", [1, 30])
def test_it_takes_few_statements_whatever_the_rows(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    make_observations([{"s_region": square(10, 0, 0.1), "s_ra": 10.0, "s_dec": 0.0}] * rows)
    # set_config, sums, shapes; the savepoint's two
    with django_assert_num_queries(5):
        moc_of(client)


def test_shapes_of_one_row_are_one_thing() -> None:
    (cover,) = sky.sky_covers([(None, None, f"{square(10, 0, 0.1)} CIRCLE 12 0 0.1 {square(14, 0, 0.1)}")])
    assert isinstance(cover, sky.SkyCover)
    moc = sky_moc_of(cover)
    assert all(holds(moc, ra, 0.0) for ra in (10.0, 12.0, 14.0))
    assert not holds(moc, 13.0, 0.0)


def sky_moc_of(cover: sky.SkyCover) -> Any:
    from archive.sky.moc import moc_of_footprints

    return moc_of_footprints([cover.footprint or []], 10)
