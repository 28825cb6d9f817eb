"""The columns that `sky_covers` computes."""

import math

import numpy as np
import pytest
from cdshealpix.nested import healpix_to_lonlat

from archive.sky import Outline, RegionError, SkyCover, outlines, sky_covers
from tests.unit.archive.sky_oracle import separation, step_from
from tests.unit.archive.sky_rows import polygon


def cover_of(region: str) -> SkyCover:
    (cover,) = sky_covers([(None, None, region)])
    assert isinstance(cover, SkyCover)
    return cover


def centre_of(cover: SkyCover) -> tuple[float, float]:
    return math.degrees(math.atan2(cover.cover_y, cover.cover_x)) % 360, math.degrees(math.asin(cover.cover_z))


def test_every_kind_of_row_gets_its_own_answer_in_order() -> None:
    covers = sky_covers(
        [
            (10.0, 20.0, ""),
            (None, None, ""),
            (10.0, 20.0, "POLYGON 1 2 3 4"),
            (10.0, 20.0, "POLYGON ICRS 1 1 2 1 2 2 1 2"),
            (10.0, 95.0, ""),
            (float("nan"), 5.0, ""),
            (10.0, 20.0, "CIRCLE 5 5 1"),
            (10.0, None, "  "),
        ]
    )
    kinds = [type(cover) for cover in covers]
    assert kinds == [SkyCover, type(None), RegionError, SkyCover, RegionError, RegionError, SkyCover, type(None)]
    assert str(covers[4]) == "the position 10 95 is not on the sky"


def test_no_rows_give_no_covers() -> None:
    assert sky_covers([]) == []


def test_a_position_is_a_cover_of_radius_zero_without_a_footprint() -> None:
    (cover,) = sky_covers([(370.0, -20.0, "")])
    assert isinstance(cover, SkyCover)
    assert (cover.cover_radius_deg, cover.footprint) == (0.0, None)
    assert (cover.box_ra_min_deg, cover.box_dec_max_deg) == pytest.approx((10.0, -20.0), abs=1e-12)


def test_the_healpix_number_is_that_of_the_centre() -> None:
    cover = cover_of("POLYGON ICRS 83.1 -5.1 83.2 -5.1 83.2 -5.0 83.1 -5.0")
    lon, lat = healpix_to_lonlat(np.array([cover.hpx], dtype=np.uint64), 29)
    assert separation(lon.deg[0], lat.deg[0], *centre_of(cover)) < 1e-6


def test_the_box_of_a_field_across_zero_hours_passes_360_degrees() -> None:
    cover = cover_of("POLYGON ICRS 359 -1 1 -1 1 1 359 1")
    assert cover.box_ra_min_deg == pytest.approx(358.586, abs=1e-3)
    assert cover.box_ra_max_deg == pytest.approx(361.414, abs=1e-3)


@pytest.mark.parametrize("dec", [89.5, -89.5])
def test_the_box_of_a_field_that_reaches_a_pole_spans_all_ra(dec: float) -> None:
    cover = cover_of(polygon((0, dec), (90, dec), (180, dec), (270, dec)))
    assert (cover.box_ra_min_deg, cover.box_ra_max_deg) == (0.0, 360.0)
    assert max(abs(cover.box_dec_min_deg), abs(cover.box_dec_max_deg)) == 90.0


@pytest.mark.parametrize("radius", [0.0, 1.0, 89.0, 90.0, 120.0, 180.0])
def test_a_circle_is_its_own_cover(radius: float) -> None:
    cover = cover_of(f"CIRCLE 200 30 {radius}")
    assert cover.cover_radius_deg == pytest.approx(radius, abs=1e-12)
    assert centre_of(cover) == pytest.approx((200.0, 30.0), abs=1e-9)


def test_a_polygon_means_the_same_whichever_way_round_it_is_listed() -> None:
    vertices = [(10.0, 60.0), (12.0, 60.5), (11.0, 62.0), (9.0, 61.0)]
    one, other = cover_of(polygon(*vertices)), cover_of(polygon(*reversed(vertices)))
    assert one.cover_radius_deg == pytest.approx(other.cover_radius_deg, abs=1e-12)
    assert one.hpx == other.hpx
    rings = [np.array(sorted(outlines(cover.footprint or [])[0].vertices)) for cover in (one, other)]
    assert rings[0] == pytest.approx(rings[1], abs=1e-12)


def test_the_slow_and_the_quick_way_give_the_same_cover() -> None:
    quick = cover_of("POLYGON ICRS 10 60 12 60.5 11 62 9 61")
    slow = cover_of("polygon icrs 10 60 12 60.5 11 62 9 61")
    assert (slow.footprint or [])[1:] == pytest.approx((quick.footprint or [])[1:], abs=1e-15)
    assert separation(*centre_of(slow), *centre_of(quick)) < quick.cover_radius_deg / 2


@pytest.mark.parametrize("size", [3, 4, 5, 12])
@pytest.mark.parametrize("scale", [1e-4, 0.05, 12.0, 40.0])
@pytest.mark.parametrize("parts", [1, 3])
def test_covers_and_boxes_hold_every_point_of_random_footprints(size: int, scale: float, parts: int) -> None:
    rng = np.random.default_rng(size * 100 + parts)
    for _ in range(20):
        middle = (float(rng.uniform(0, 360)), float(np.degrees(np.arcsin(rng.uniform(-1, 1)))))
        rings = []
        for _ in range(parts):
            bearings = np.sort(rng.uniform(0, 360, size))
            rings.append([step_from(*middle, float(b), float(scale * rng.uniform(0.2, 1))) for b in bearings])
        cover = cover_of(" ".join(polygon(*ring) for ring in rings))
        for ra, dec in (vertex for ring in rings for vertex in ring):
            assert separation(ra, dec, *centre_of(cover)) <= cover.cover_radius_deg + 1e-9
            assert cover.box_dec_min_deg - 1e-9 <= dec <= cover.box_dec_max_deg + 1e-9
            turned = cover.box_ra_min_deg + (ra - cover.box_ra_min_deg + 1e-7) % 360 - 1e-7
            assert turned <= cover.box_ra_max_deg + 1e-7


def test_outlines_give_back_the_shapes_in_degrees() -> None:
    region = "POLYGON 1 1 2 1 2 2 1.5 1.2 1 2 CIRCLE 350 -40 3 POLYGON 5 5 6 5 6 6"
    shapes = outlines(cover_of(region).footprint or [])
    rings = sorted((shape.vertices for shape in shapes if shape.vertices), key=len)
    assert np.array(rings[0]) == pytest.approx(np.array([(5, 5), (6, 5), (6, 6)]))
    assert np.array(rings[1]) == pytest.approx(np.array([(1, 1), (2, 1), (2, 2), (1.5, 1.2), (1, 2)]))
    assert [shape.circle for shape in shapes if shape.circle] == [pytest.approx((350.0, -40.0, 3.0))]
    assert outlines([0.0]) == []
    assert Outline() == Outline((), None)


def test_no_number_of_a_cover_is_a_numpy_scalar() -> None:
    for region in ("POLYGON ICRS 1 1 2 1 2 2", "CIRCLE 1 2 3", "POLYGON 1 1 2 1 2 2 CIRCLE 3 3 1"):
        cover = cover_of(region)
        assert type(cover.hpx) is int
        assert {type(number) for number in cover.footprint or []} == {float}
        assert {type(cover.cover_x), type(cover.cover_radius_deg), type(cover.box_ra_max_deg)} == {float}
