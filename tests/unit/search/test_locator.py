"""The locator's geometry, against astropy's own tangent projection (WCS "TAN") and pixel arithmetic."""

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from astropy.wcs import WCS

from archive.sky import SkyCover, sky_covers
from archive.sky.vectors import unit_vectors
from search.locator import PANE_PX, Chart, Shape, chart
from search.locator.tangent import Tangent, View

POSITIONS = [(283.39624, 33.02914), (0.01, -0.3), (359.99, 41.3), (120.0, 89.5), (120.0, -89.99), (180.0, 0.0)]


def tan_wcs(ra_deg: float, dec_deg: float) -> WCS:
    """Plane coordinates in degrees, xi to the east."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra_deg, dec_deg]
    wcs.wcs.crpix = [0, 0]
    wcs.wcs.cdelt = [1, 1]
    return wcs


def shape(vertices: list[tuple[float, float]], obsid: int = 1, state: str = "public", **fields: float) -> Shape:
    return Shape(obsid, "JWST", state, f"row {obsid}", footprint(polygon(vertices)) if vertices else [], **fields)


def polygon(vertices: list[tuple[float, float]]) -> str:
    return "POLYGON ICRS " + " ".join(f"{ra} {dec}" for ra, dec in vertices)


def footprint(s_region: str) -> list[float]:
    """As it is stored."""
    cover = sky_covers([(None, None, s_region)])[0]
    assert isinstance(cover, SkyCover)
    assert cover.footprint
    return cover.footprint


def box(ra_deg: float, dec_deg: float, half_deg: float) -> list[tuple[float, float]]:
    across = half_deg / np.cos(np.radians(dec_deg))
    return [(ra_deg + x * across, dec_deg + y * half_deg) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]


def points(path: str) -> np.ndarray:
    return np.array([[float(word) for word in pair.split()] for pair in re.split("[MLZ]", path) if pair.strip()])


def in_order(pixels: np.ndarray) -> np.ndarray:
    """Around their middle: the stored form may list vertices the other way round."""
    turn = np.arctan2(*(pixels - pixels.mean(axis=0)).T)
    return pixels[np.argsort(turn)]


def drawn_chart(*args: object, **kwargs: object) -> Chart:
    made = chart(*args, **kwargs)  # type: ignore[arg-type]  # the tests pass what they mean to
    assert made is not None
    return made


@pytest.mark.parametrize(("ra_deg", "dec_deg"), POSITIONS)
def test_the_tangent_plane_is_the_one_of_astropy(ra_deg: float, dec_deg: float) -> None:
    rng = np.random.default_rng(20260120)
    dec = np.clip(dec_deg + rng.uniform(-8, 8, 200), -90, 90)
    ra = rng.uniform(0, 360, 200) if abs(dec_deg) > 80 else ra_deg + rng.uniform(-20, 20, 200)
    expected = np.radians(tan_wcs(ra_deg, dec_deg).wcs_world2pix(np.stack([ra, dec], axis=1), 0) + 1)
    near = np.hypot(*expected.T) < 1.0
    assert near.sum() > 20
    drawn = View(Tangent(ra_deg, dec_deg), 1.0, (200.0, 200.0)).points(unit_vectors(ra[near], dec[near]))
    np.testing.assert_allclose(drawn, 100.0 - 100.0 * expected[near], atol=1e-9)


def test_what_lies_behind_the_plane_has_no_place_on_it() -> None:
    behind = unit_vectors(np.array([190.0, 100.0, 200.0]), np.array([-20.0, 0.0, 5.0]))
    assert not len(View(Tangent(10.0, 20.0), 1.0, (200.0, 200.0)).points(behind))


@pytest.mark.parametrize(("ra_deg", "dec_deg"), POSITIONS[:4])
def test_footprints_stand_where_astropy_puts_them_with_north_up_and_east_left(ra_deg: float, dec_deg: float) -> None:
    field = box(ra_deg, dec_deg, 0.03)
    made = drawn_chart([shape(field)], (ra_deg, dec_deg), 0.05)
    plane = tan_wcs(ra_deg, dec_deg).wcs_world2pix(np.array(field), 0) + 1
    expected = np.array(PANE_PX) / 2 - np.radians(plane) * made.px_per_radian
    np.testing.assert_allclose(in_order(points(made.footprints[0].path)), in_order(expected), atol=0.051)


def test_a_line_through_ra_zero_is_not_torn() -> None:
    made = drawn_chart([shape([(359.99, -0.01), (0.01, -0.01), (0.01, 0.01), (359.99, 0.01)])])
    drawn = points(made.footprints[0].path)
    assert np.ptp(drawn, axis=0) == pytest.approx([PANE_PX[0] / 1.12] * 2, rel=0.01)


def test_the_chart_is_centred_on_the_search_and_shows_its_circle() -> None:
    made = drawn_chart([], (10.0, 20.0), 0.5)
    circle = points(made.searched)
    assert circle.mean(axis=0) == pytest.approx(np.array(PANE_PX) / 2, abs=0.1)
    assert np.ptp(circle[:, 0]) == pytest.approx(PANE_PX[0] / 1.12, rel=0.01)


def test_searched_regions_are_drawn_where_astropy_puts_their_corners() -> None:
    corners = np.array(box(10.0, 20.0, 0.2))
    away = np.array(box(200.0, -20.0, 0.2))
    regions = [unit_vectors(*border.T) for border in (corners, away)]
    made = drawn_chart([shape(box(10.0, 20.0, 0.3))], (10.0, 20.0), regions=regions)
    assert made.searched.count("Z") == 1  # the other lies behind the plane
    wanted = np.array(PANE_PX) / 2 - np.radians(tan_wcs(10.0, 20.0).wcs_world2pix(corners, 0) + 1) * made.px_per_radian
    assert points(made.searched) == pytest.approx(wanted, abs=0.06)


def test_one_huge_footprint_does_not_make_dots_of_the_others() -> None:
    small = [shape(box(10.0, 20.0, 0.02), obsid) for obsid in range(1, 11)]
    made = drawn_chart([*small, shape(box(10.0, 20.0, 12.0), 99)], (10.0, 20.0), 0.01)
    assert np.ptp(points(made.footprints[0].path), axis=0).max() > 100


def test_a_row_far_away_does_not_pull_the_chart_off_the_others() -> None:
    near = [shape(box(10.0, 20.0, 0.02), obsid) for obsid in range(1, 6)]
    made = drawn_chart([*near, shape(box(240.0, -50.0, 0.02), 99)])
    assert (made.centre_ra_deg, made.centre_dec_deg) == pytest.approx((10.0, 20.0), abs=0.01)
    assert [drawn.shape.obsid for drawn in made.footprints] == [1, 2, 3, 4, 5]
    assert made.left_out == 1


def test_a_footprint_that_passes_behind_the_plane_is_cut_not_turned_over() -> None:
    wide = [(ra, dec) for ra, dec in ((300.0, 0.0), (60.0, 0.0), (60.0, 5.0), (300.0, 5.0))]
    made = drawn_chart([shape(box(0.0, 2.0, 5.0), 1), shape(wide, 2)], (0.0, 2.0), 5.0)
    band = points(made.footprints[1].path)
    assert len(band) >= 4
    assert np.isfinite(band).all()
    assert np.abs(band).max() < 20 * PANE_PX[1]


def test_a_row_without_a_footprint_is_a_mark_at_its_position() -> None:
    made = drawn_chart([shape([], ra_deg=10.0, dec_deg=20.0)], (10.0, 20.0), 0.1)
    mark = made.footprints[0]
    assert mark.path == ""
    assert (mark.x, mark.y) == (PANE_PX[0] / 2, PANE_PX[1] / 2)


def test_a_row_without_a_place_is_counted_as_left_out() -> None:
    assert chart([shape([])]) is None
    assert drawn_chart([shape([])], (10.0, 20.0), 0.1).left_out == 1


def test_a_footprint_of_many_parts_is_its_hull() -> None:
    rng = np.random.default_rng(7)
    places = rng.uniform(-0.02, 0.02, (121, 2))
    text = " ".join(polygon(box(150 + x, 2 + y, 0.0005)) for x, y in places)
    made = drawn_chart([Shape(1, "JWST", "public", "msa", footprint(text))])
    path = made.footprints[0].path
    assert path.count("M") == 1
    hull = points(path)
    across_px = (np.ptp(places, axis=0) + 0.001) * np.radians(made.px_per_radian)
    assert np.ptp(hull, axis=0) == pytest.approx(across_px, abs=0.3)
    turn = np.roll(hull, -1, axis=0) - hull
    after = np.roll(turn, -1, axis=0)
    assert (np.sign(turn[:, 0] * after[:, 1] - turn[:, 1] * after[:, 0]) != -1).all()


def test_grid_labels_are_round_and_lie_on_the_chart() -> None:
    made = drawn_chart([shape(box(10.6847, 41.2688, 0.2))], (10.6847, 41.2688), 0.3)
    assert all(re.fullmatch(r"[+-]\d\d°( \d\d′)?( \d\d″)?", label.text) for label in made.dec_labels)
    assert all(re.fullmatch(r"\d\dh( \d\dm)?( \d\d(\.\d)?s)?", label.text) for label in made.ra_labels)
    assert made.dec_labels
    assert all(0 <= label.y <= PANE_PX[1] for label in made.dec_labels)
    plane = tan_wcs(10.6847, 41.2688)
    for label in made.dec_labels:
        degrees, minutes = (float(part) for part in re.findall(r"\d+", label.text)[:2])
        along = plane.wcs_world2pix([[10.9, degrees + minutes / 60]], 0)[0] + 1
        assert label.y + 4 == pytest.approx(PANE_PX[1] / 2 - np.radians(along[1]) * made.px_per_radian, abs=3)


@pytest.mark.parametrize("dec_deg", [89.99, -90.0, 0.0])
@pytest.mark.parametrize("radius_deg", [30.0, 1.0, 1e-5])
def test_any_place_and_size_can_be_drawn(dec_deg: float, radius_deg: float) -> None:
    made = drawn_chart([shape(box(0.0, min(max(dec_deg, -89), 89), 0.1))], (0.0, dec_deg), radius_deg)
    assert "nan" not in "".join((made.searched, *made.grid, *(drawn.path for drawn in made.footprints)))
    assert len(made.grid) < 120
    assert 0 < made.scale_px <= PANE_PX[0] / 4


def test_the_scale_is_as_long_as_its_angle_across_the_middle() -> None:
    made = drawn_chart([], (0.0, 0.0), 30.0)
    half_deg = float(made.scale_text.removesuffix("°")) / 2
    (left, _), (right, _) = (
        tan_wcs(0.0, 0.0).wcs_world2pix([[ra, 0.0]], 0)[0] + 1 for ra in (half_deg, 360 - half_deg)
    )
    assert made.scale_px == pytest.approx(np.radians(abs(right - left)) * made.px_per_radian, abs=0.06)


def test_the_legend_names_missions_in_their_order_whatever_comes_first() -> None:
    rows = [
        replace(shape(box(10.0, 20.0, 0.02), n), mission=mission) for n, mission in enumerate(("TESS", "HST", "JWST"))
    ]
    assert drawn_chart(rows).missions == ("HST", "JWST", "TESS")


def test_a_thousand_rows_are_drawn_in_a_fraction_of_a_second() -> None:
    rng = np.random.default_rng(3)
    rows = [shape(box(10 + x, 20 + y, 0.02), i) for i, (x, y) in enumerate(rng.uniform(-0.2, 0.2, (1000, 2)))]
    begun = time.process_time()
    assert len(drawn_chart(rows, (10.0, 20.0), 0.2).footprints) == 1000
    assert time.process_time() - begun < 1.5
