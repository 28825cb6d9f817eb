"""`meets_region` against an independent computation (sky_oracle, branch and bound) and against cases told by hand."""

from collections.abc import Iterator

import numpy as np
import pytest

from archive.models import Observation
from archive.sky import meets_region, parse_region
from tests.unit.archive.sky_oracle import Ring, distance_to_ring, rings_meet, step_from
from tests.unit.archive.sky_rows import add_rows, polygon

pytestmark = pytest.mark.django_db


def found(region: str) -> list[int]:
    return sorted(Observation.objects.filter(meets_region(parse_region(region))).values_list("obsid", flat=True))


def meets(footprint: str, region: str) -> bool:
    Observation.objects.all().delete()
    add_rows([(None, None, footprint)])
    return found(region) == [0]


SQUARE = "POLYGON ICRS 10 -1 12 -1 12 1 10 1"
#: Open to the north: its notch reaches from 10.5 to 11.5, down to Dec -0.5.
NOTCHED = "POLYGON 10 -1 12 -1 12 1 11.5 1 11.5 -0.5 10.5 -0.5 10.5 1 10 1"
#: A band of four sides around the south pole, 60 to 70 degrees away from it, as one ring: out, and back beside itself.
HALF_RING = "POLYGON 0 -30 60 -30 120 -30 180 -30 180 -20 120 -20 60 -20 0 -20"


class TestCasesToldByHand:
    @pytest.mark.parametrize(
        ("region", "expected"),
        [
            ("POLYGON 10.9 -0.1 11.1 -0.1 11.1 0.1 10.9 0.1", True),  # the region lies in the footprint
            ("POLYGON 5 -5 17 -5 17 5 5 5", True),  # the footprint lies in the region
            ("POLYGON 11 0 20 -1 20 1", True),  # a corner reaches in
            ("POLYGON 9 -0.1 13 -0.1 13 0.1 9 0.1", True),  # a strip across: no corner of either lies in the other
            ("POLYGON 12 -1 14 -1 14 1 12 1", True),  # touching along an edge
            ("POLYGON 12 1 13 1 13 2 12 2", True),  # touching in a corner
            ("POLYGON 12.0001 -1 14 -1 14 1 12.0001 1", False),
            ("POLYGON 13 -1 15 -1 15 1 13 1", False),
            ("POLYGON 190 -1 192 -1 192 1 190 1", False),  # the antipode
            ("BOX 11 0 0.5 0.5", True),
            ("BOX 14 0 3.99 1", False),
            ("BOX 14 0 4.01 1", True),
            ("CIRCLE 9 0 1.01", True),
            ("CIRCLE 9 0 0.99", False),
            ("CIRCLE 191 0 178.9", True),
            ("CIRCLE 100 0 1 POLYGON 13 0 14 0 14 1 CIRCLE 9 0 1.5", True),  # any of several shapes
            ("CIRCLE 100 0 1 POLYGON 13 0 14 0 14 1 CIRCLE 9 0 0.5", False),
        ],
    )
    def test_a_square_on_the_equator(self, region: str, expected: bool) -> None:
        assert meets(SQUARE, region) is expected

    @pytest.mark.parametrize(
        ("region", "expected"),
        [
            ("POLYGON 10.6 0 11.4 0 11.4 0.5 10.6 0.5", False),  # in the notch
            ("POLYGON 10.6 0 11.6 0 11.6 0.5 10.6 0.5", True),
            ("CIRCLE 11 0.3 0.49", False),
            ("CIRCLE 11 0.3 0.51", True),
            ("POLYGON 10.2 0 11.8 0 11.8 0.1 10.2 0.1", True),  # across the notch
        ],
    )
    def test_a_footprint_or_region_with_a_notch(self, region: str, expected: bool) -> None:
        assert meets(NOTCHED, region) is expected
        if region.startswith("POLYGON"):
            assert meets(region, NOTCHED) is expected

    @pytest.mark.parametrize("start", [-0.5, 0.5, 359.2, 719.4])
    def test_a_region_across_zero_hours(self, start: float) -> None:
        region = f"POLYGON {start - 1} -1 {start + 1} -1 {start + 1} 1 {start - 1} 1"
        assert meets("POLYGON 359.5 -0.2 0.5 -0.2 0.5 0.2 359.5 0.2", region)
        assert not meets("POLYGON 2 -0.2 3 -0.2 3 0.2 2 0.2", region)
        assert meets("CIRCLE 358.5 0 1.6", region)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_regions_around_a_pole(self, sign: int) -> None:
        cap = polygon(*((ra, sign * 85.0) for ra in (0.0, 72.0, 144.0, 216.0, 288.0)))
        assert meets(f"CIRCLE 200 {sign * 89} 0.1", cap)
        assert meets(f"POLYGON 0 {sign * 89.9} 120 {sign * 89.9} 240 {sign * 89.9}", cap)
        assert meets(cap, f"POLYGON 10 {sign * 89.99} 130 {sign * 89.99} 250 {sign * 89.99}")
        assert not meets(f"POLYGON 30 {sign * 79} 40 {sign * 79} 40 {sign * 80} 30 {sign * 80}", cap)
        assert meets(cap, f"BOX 30 {sign * 80} 3 12")
        assert meets(f"CIRCLE 10 {sign * 90} 0.001", f"BOX 77 {sign * 89.5} 1 1.1")

    def test_a_region_too_wide_for_a_hemisphere(self) -> None:
        assert meets("POLYGON 90 -26 91 -26 91 -25 90 -25", HALF_RING)
        assert not meets("POLYGON 90 -60 91 -60 91 -59 90 -59", HALF_RING)
        assert not meets("POLYGON 270 -26 271 -26 271 -25 270 -25", HALF_RING)
        assert meets("CIRCLE 0 90 115", HALF_RING)

    def test_a_ring_that_crosses_itself_has_two_halves(self) -> None:
        bow = "POLYGON 10 -1 12 1 12 -1 10 1"
        assert meets("CIRCLE 10.2 0 0.05", bow)
        assert meets("CIRCLE 11.8 0 0.05", bow)
        assert not meets("CIRCLE 11 0.5 0.3", bow)

    @pytest.mark.parametrize(
        ("ra", "dec", "expected"),
        [(11, 0, True), (12, 0.3, True), (12.000001, 0.3, False), (11, 1.5, False), (191, 0, False)],
    )
    def test_a_bare_position(self, ra: float, dec: float, expected: bool) -> None:
        add_rows([(ra, dec, "")])
        assert bool(found(SQUARE)) is expected
        assert bool(found("BOX 11 0 2 2")) is expected

    def test_several_parts_of_a_footprint_are_tried(self) -> None:
        footprint = "POLYGON 100 0 101 0 101 1 CIRCLE 50 50 0.1 POLYGON 10.9 -0.1 11.1 -0.1 11.1 0.1"
        assert meets(footprint, SQUARE)
        assert meets(footprint, "POLYGON 49 49.95 51 49.95 51 50.05")
        assert not meets(footprint, "POLYGON 70 20 71 20 71 21")

    @pytest.mark.parametrize("size", [1e-5, 0.01, 1.0, 30.0])
    def test_a_box_is_what_lies_within_half_its_sides(self, size: float) -> None:
        """Along the arms of its cross the sides are met at half the width and half the height."""
        ra, dec = 40.0, 50.0
        box = f"BOX {ra} {dec} {size} {size / 2}"
        for towards, reach in ((0.0, size / 4), (90.0, size / 2), (180.0, size / 4), (270.0, size / 2)):
            for factor, expected in ((0.999, True), (1.001, False)):
                there = step_from(ra, dec, towards, reach * factor)
                assert meets(f"CIRCLE {there[0]!r} {there[1]!r} 0", box) is expected


def star(generator: np.random.Generator, ra: float, dec: float, size: float, corners: int) -> Ring:
    """A ring around a place, its corners at irregular distances: seldom convex."""
    bearings = np.sort(generator.uniform(0, 360, corners))
    return [step_from(ra, dec, float(towards), size * float(generator.uniform(0.15, 1))) for towards in bearings]


def pairs(generator: np.random.Generator, size: float, count: int) -> Iterator[tuple[Ring, Ring]]:
    for _ in range(count):
        ra = float(generator.uniform(0, 360))
        dec = float(np.degrees(np.arcsin(generator.uniform(-1, 1))))
        other = step_from(ra, dec, float(generator.uniform(0, 360)), float(generator.uniform(0, 1.8)) * size)
        yield (
            star(generator, ra, dec, size, int(generator.integers(3, 9))),
            star(generator, *other, size * float(generator.uniform(0.3, 1)), int(generator.integers(3, 12))),
        )


@pytest.mark.parametrize("size", [0.1 / 3600, 0.01, 0.5, 12.0, 35.0])
def test_polygons_meet_exactly_when_the_oracle_says(size: float) -> None:
    generator = np.random.default_rng(int(size * 36_000) + 7)
    made = list(pairs(generator, size, 30))
    add_rows([(None, None, polygon(*one)) for one, _ in made])
    seen = set()
    for number, (one, other) in enumerate(made):
        expected = rings_meet(one, other, doubt=max(1e-7 * size, 1e-9))
        if expected is None:
            continue
        seen.add(expected)
        assert (number in found(polygon(*other))) is expected, (number, one, other)
    assert seen == {True, False}


@pytest.mark.parametrize("size", [0.01, 2.0, 30.0])
def test_circles_meet_polygons_exactly_when_the_oracle_says(size: float) -> None:
    generator = np.random.default_rng(int(size * 100) + 11)
    made = list(pairs(generator, size, 30))
    radii = generator.uniform(0, size, 30).tolist()
    add_rows(
        [(None, None, f"CIRCLE {one[0][0]!r} {one[0][1]!r} {r!r}") for (one, _), r in zip(made, radii, strict=True)]
    )
    for number, ((one, other), radius) in enumerate(zip(made, radii, strict=True)):
        away = distance_to_ring(*one[0], other)
        if abs(away - radius) > 1e-6:
            assert (number in found(polygon(*other))) is (away < radius)


def test_many_corners_and_many_rows_agree_with_the_oracle() -> None:
    """A lasso of sixty corners over a field of small footprints: cells decide most of them."""
    generator = np.random.default_rng(5)
    lasso = star(generator, 0.3, 5.0, 2.0, 60)
    made = []
    for _ in range(80):
        place = step_from(0.3, 5.0, float(generator.uniform(0, 360)), float(generator.uniform(0, 2.4)))
        made.append(star(generator, *place, 0.05, 4))
    add_rows([(None, None, polygon(*ring)) for ring in made])
    expected = {number: rings_meet(ring, lasso, doubt=1e-7) for number, ring in enumerate(made)}
    doubtful = {number for number, answer in expected.items() if answer is None}
    assert set(found(polygon(*lasso))) - doubtful == {number for number, answer in expected.items() if answer}
