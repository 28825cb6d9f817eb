"""`in_cone` against an independent computation (sky_oracle) and against cases that can be told by hand."""

from collections.abc import Iterable

import numpy as np
import pytest
from django.db import connection
from django.db.models import F
from django.db.models.lookups import LessThanOrEqual

from archive.models import Observation
from archive.sky import centred_in_cone, in_cone, near_circle, nearest, reach_arcsec, with_separation
from tests.unit.archive.sky_oracle import Ring, distance_to_circle, distance_to_ring, separation, step_from
from tests.unit.archive.sky_rows import add_rows, polygon

pytestmark = pytest.mark.django_db

ALL = Observation.objects.all


def found(ra: float, dec: float, radius: float) -> list[int]:
    """The rows of a cone, which are those near it by their distance too."""
    numbers = list(in_cone(ALL(), ra, dec, radius).order_by("obsid").values_list("obsid", flat=True))
    near = near_circle(ALL(), ra, dec, radius).filter(LessThanOrEqual(F("distance_arcsec"), reach_arcsec(radius)))
    assert list(near.order_by("obsid").values_list("obsid", flat=True)) == numbers
    return numbers


def distance_deg(obsid: int, ra: float, dec: float) -> float:
    return float(vars(with_separation(ALL(), ra, dec).get(obsid=obsid))["distance_arcsec"]) / 3600


def meets(region: str, ra: float, dec: float, radius: float) -> bool:
    Observation.objects.all().delete()
    add_rows([(None, None, region)])
    return found(ra, dec, radius) == [0]


SQUARE = "POLYGON ICRS 10 -1 12 -1 12 1 10 1"


class TestCasesToldByHand:
    @pytest.mark.parametrize(
        ("ra", "dec", "radius", "expected"),
        [
            (11, 0, 0, True),  # the point lies inside
            (11, 0, 0.01, True),  # the circle lies in the polygon
            (11, 0, 20, True),  # the polygon lies in the circle
            (9, 0, 1.01, True),  # the edge enters, the centre does not
            (9, 0, 0.99, False),
            (9, 0, 1, True),  # touching counts
            (10, -1, 0, True),  # a vertex
            (10, 0.3, 0, True),  # on the edge along a meridian
            (9.999999, 0.3, 0, False),
            (12.5, 1.5, 0.7, False),  # beside the corner, in the box
            (12.5, 1.5, 0.71, True),
            (371, 0, 0, True),
            (-349, 0, 0, True),
            (191, 0, 0, False),  # the antipode
            (191, 0, 178.9, True),
            (191, 0, 178.5, False),
        ],
    )
    def test_a_square_on_the_equator(self, ra: float, dec: float, radius: float, expected: bool) -> None:
        assert meets(SQUARE, ra, dec, radius) is expected

    @pytest.mark.parametrize("ra", [0.0, 359.9999, 360.0, -0.5, 0.5, 720.2])
    def test_a_field_across_zero_hours_is_found_from_both_sides(self, ra: float) -> None:
        assert meets("POLYGON ICRS 359 -1 1 -1 1 1 359 1", ra, 0.0, 0.0)

    @pytest.mark.parametrize("ra", [357.0, 3.0])
    def test_a_circle_across_zero_hours_finds_fields_on_both_sides(self, ra: float) -> None:
        assert meets("POLYGON ICRS 1.5 -1 2 -1 2 1 1.5 1", 357.0, 0.0, 4.6)
        assert meets("POLYGON ICRS 358 -1 358.5 -1 358.5 1 358 1", 3.0, 0.0, 4.6)
        assert not meets("POLYGON ICRS 358 -1 358.5 -1 358.5 1 358 1", 3.0, 0.0, 4.4)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_a_field_around_a_pole(self, sign: int) -> None:
        field = polygon(*((ra, sign * 85.0) for ra in (0.0, 72.0, 144.0, 216.0, 288.0)))
        assert meets(field, 123.0, sign * 90.0, 0.0)
        assert meets(field, 300.0, sign * 87.0, 0.0)
        assert meets(field, 0.0, sign * 85.0, 0.0)
        assert meets(field, 36.0, sign * 80.0, 6.0)
        assert not meets(field, 36.0, sign * 80.0, 5.0)
        assert not meets(field, 36.0, -sign * 90.0, 170.0)

    @pytest.mark.parametrize("sign", [1, -1])
    def test_a_circle_around_a_pole_reaches_all_right_ascensions(self, sign: int) -> None:
        field = f"POLYGON ICRS 200 {sign * 88} 201 {sign * 88} 201 {sign * 88.1}"
        assert meets(field, 20.0, sign * 89.0, 2.95)
        assert not meets(field, 20.0, sign * 89.0, 2.85)

    def test_a_concave_field_does_not_hold_its_notch(self) -> None:
        notched = "POLYGON ICRS 10 0 14 0 14 4 12 1 10 4"
        assert not meets(notched, 12.0, 3.0, 0.0)
        assert not meets(notched, 12.0, 3.0, 1.0)
        assert meets(notched, 12.0, 3.0, 1.2)
        assert meets(notched, 13.8, 3.0, 0.0)
        assert meets(notched, 10.2, 3.0, 0.0)

    def test_a_field_with_a_vertex_on_a_straight_edge(self) -> None:
        field = "POLYGON ICRS 10 0 11 0 12 0 12 2 10 2"
        assert meets(field, 11.0, 1.0, 0.0)
        assert not meets(field, 11.0, -0.1, 0.09)
        assert meets(field, 11.0, -0.1, 0.11)

    def test_circles_larger_than_a_hemisphere(self) -> None:
        assert meets("CIRCLE 0 90 120", 5.0, -29.9, 0.0)
        assert not meets("CIRCLE 0 90 120", 5.0, -30.1, 0.0)
        assert not meets("CIRCLE 0 90 120", 5.0, -90.0, 59.9)
        assert meets("CIRCLE 0 90 120", 5.0, -90.0, 60.0)
        assert meets("CIRCLE 40 -20 180", 220.0, 20.0, 0.0)
        assert meets("CIRCLE 0 0 100", 260.1, 0.0, 0.2)
        assert not meets("CIRCLE 0 0 100", 180.0, 0.0, 79.9)

    def test_a_circle_of_radius_zero_is_a_point(self) -> None:
        assert meets("CIRCLE 40 -20 0", 40.0, -20.0, 0.0)
        assert not meets("CIRCLE 40 -20 0", 40.0, -20.001, 0.0)

    def test_two_parts_do_not_fill_the_gap_between_them(self) -> None:
        pair = "POLYGON ICRS 10 0 11 0 11 1 10 1 POLYGON ICRS 13 0 14 0 14 1 13 1"
        assert not meets(pair, 12.0, 0.5, 0.5)
        assert not meets(pair, 12.0, 0.5, 0.999)
        assert meets(pair, 12.0, 0.5, 1.001)
        assert meets(pair, 13.5, 0.5, 0.0)

    def test_parts_on_opposite_sides_of_the_sky(self) -> None:
        pair = "POLYGON ICRS 10 0 14 0 14 4 12 1 10 4 CIRCLE ICRS 192 -2 1"
        assert meets(pair, 12.0, 0.5, 0.0)
        assert meets(pair, 192.0, -2.0, 0.0)
        assert not meets(pair, 190.5, -0.5, 0.2)
        assert not meets(pair, 100.0, 0.0, 60.0)

    def test_a_strip_too_long_for_a_hemisphere_is_the_smaller_region(self) -> None:
        ra = [float(step) for step in range(0, 260, 10)]
        strip = [(r, -1.0) for r in ra] + [(r, 1.0) for r in reversed(ra)]
        for ring in (strip, strip[::-1], strip[7:] + strip[:7]):
            field = polygon(*ring)
            assert meets(field, 125.0, 0.0, 0.0)
            assert meets(field, 3.0, 0.9, 0.0)
            assert meets(field, 247.0, -0.9, 0.0)
            assert not meets(field, 300.0, 0.0, 49.9)
            assert not meets(field, 305.0, 0.0, 0.0)
            assert not meets(field, 125.0, 10.0, 8.9)
            assert meets(field, 125.0, 10.0, 9.0)

    def test_a_triangle_of_one_octant(self) -> None:
        assert meets("POLYGON ICRS 0 0 90 0 0 90", 45.0, 35.0, 0.0)
        assert not meets("POLYGON ICRS 0 0 90 0 0 90", 225.0, -35.0, 0.0)

    def test_a_row_without_a_footprint_is_its_position(self) -> None:
        add_rows([(359.9, 10.0, "")])
        assert found(0.1, 10.0, 0.1969) == []
        assert found(0.1, 10.0, 0.1970) == [0]
        assert found(359.9, 10.0, 0.0) == [0]
        assert distance_deg(0, 0.1, 10.0) == pytest.approx(separation(0.1, 10.0, 359.9, 10.0), abs=1e-10)

    def test_a_row_without_any_place_is_never_found(self) -> None:
        Observation.objects.create(obsid=1, obs_collection="TEST", obs_id="nowhere")
        assert found(0.0, 0.0, 180.0) == []


def random_ring(rng: np.random.Generator, scale: float, size: int) -> Ring:
    """A star-shaped ring, often concave, around a random place; some lie at the poles and at 0 hours."""
    middle = [
        (float(rng.uniform(0, 360)), float(np.degrees(np.arcsin(rng.uniform(-1, 1))))),
        (float(rng.normal(0, scale / 2)) % 360, float(rng.uniform(-60, 60))),
        (float(rng.uniform(0, 360)), float(rng.choice([-1, 1]) * (90 - abs(rng.normal(0, scale / 2))))),
    ][int(rng.integers(3))]
    bearings = (np.arange(size) + rng.uniform(0, 0.8, size)) * 360 / size
    ring = [step_from(*middle, float(b), float(scale * rng.uniform(0.3, 1))) for b in bearings]
    return ring if rng.random() < 0.5 else ring[::-1]


def points_around(rng: np.random.Generator, ring: Ring, scale: float) -> Iterable[tuple[float, float]]:
    """Places inside, outside, on the edges, beside the edges and beside the vertices."""
    for ra, dec in ring[:3]:
        yield step_from(ra, dec, float(rng.uniform(0, 360)), float(scale * 10 ** rng.uniform(-3, 0.7)))
    yield ring[0]
    yield step_from(*ring[1], float(rng.uniform(0, 360)), scale * 1e-3)
    yield float(rng.uniform(0, 360)), float(rng.uniform(-90, 90))


class TestAgainstTheOracle:
    @pytest.mark.parametrize("size", [3, 4, 5, 9])
    @pytest.mark.parametrize("scale", [3e-5, 0.02, 1.0, 12.0, 24.0, 60.0])
    def test_distances_of_random_polygons(self, scale: float, size: int) -> None:
        rng = np.random.default_rng(int(scale * 1e6) + size)
        rings = [random_ring(rng, scale, size) for _ in range(40)]
        add_rows([(None, None, polygon(*ring)) for ring in rings])
        for obsid, ring in enumerate(rings):
            for ra, dec in points_around(rng, ring, scale):
                expected = distance_to_ring(ra, dec, ring)
                assert distance_deg(obsid, ra, dec) == pytest.approx(expected, abs=1e-9)

    def test_distances_of_random_circles(self) -> None:
        rng = np.random.default_rng(7)
        circles = [
            (float(rng.uniform(0, 360)), float(rng.uniform(-90, 90)), float(10 ** rng.uniform(-5, 2.2)))
            for _ in range(100)
        ]
        add_rows([(None, None, f"CIRCLE {ra!r} {dec!r} {radius!r}") for ra, dec, radius in circles])
        for obsid, circle in enumerate(circles):
            ra, dec = step_from(circle[0], circle[1], float(rng.uniform(0, 360)), float(rng.uniform(0, 180)))
            assert distance_deg(obsid, ra, dec) == pytest.approx(distance_to_circle(ra, dec, circle), abs=1e-9)

    @pytest.mark.parametrize("scale", [3e-5, 0.02, 1.0, 24.0])
    def test_circles_that_miss_or_reach_the_edge_by_a_millionth_of_a_degree(self, scale: float) -> None:
        rng = np.random.default_rng(int(scale * 1e6))
        rings = [random_ring(rng, scale, 4) for _ in range(30)]
        add_rows([(None, None, polygon(*ring)) for ring in rings])
        for obsid, ring in enumerate(rings):
            ra, dec = step_from(*ring[0], float(rng.uniform(0, 360)), scale * 1.5)
            reach = distance_to_ring(ra, dec, ring)
            assert obsid in found(ra, dec, reach)
            assert obsid in found(ra, dec, reach + 1e-6)
            if reach > 1e-6:
                assert obsid not in found(ra, dec, reach - 1e-6)

    def test_a_radius_of_zero_finds_the_whole_edge(self) -> None:
        rng = np.random.default_rng(11)
        rings = [random_ring(rng, scale, 5) for scale in (3e-5, 0.02, 1.0, 24.0) for _ in range(10)]
        add_rows([(None, None, polygon(*ring)) for ring in rings])
        for obsid, ring in enumerate(rings):
            for (ra1, dec1), (ra2, dec2) in zip(ring, ring[1:] + ring[:1], strict=True):
                one, two = (np.radians(angles) for angles in ((ra1, dec1), (ra2, dec2)))
                chord = [
                    np.cos(d) * np.array([np.cos(r), np.sin(r), 0]) + np.array([0, 0, np.sin(d)]) for r, d in (one, two)
                ]
                x, y, z = chord[0] + rng.uniform(0.1, 0.9) * (chord[1] - chord[0])
                on_edge = float(np.degrees(np.arctan2(y, x))), float(np.degrees(np.arctan2(z, np.hypot(x, y))))
                assert obsid in found(*on_edge, 0.0)


class TestTheQuerySet:
    @pytest.fixture(autouse=True)
    def _rows(self) -> None:
        add_rows([(None, None, f"CIRCLE 50 {step / 10} 0.01") for step in range(50)] + [(50.0, 0.05, "")])

    def test_it_composes_with_filters_counts_and_slices(self) -> None:
        cone = in_cone(ALL().filter(obsid__lt=20), 50.0, 0.0, 1.05)
        assert cone.count() == 11
        assert cone.exclude(obsid=3).count() == 10
        assert list(cone.order_by("-obsid").values_list("obsid", flat=True)[:2]) == [10, 9]
        assert cone.values("obs_collection").distinct().count() == 1

    def test_it_orders_by_distance_and_says_it(self) -> None:
        rows = list(in_cone(ALL(), 50.0, 0.0, 0.25).order_by(F("distance_arcsec").asc()))
        assert [row.obsid for row in rows] == [0, 50, 1, 2]
        assert [vars(row)["distance_arcsec"] for row in rows] == pytest.approx([0, 180, 324, 684], abs=1e-6)

    def test_it_says_the_distance_of_the_centre(self) -> None:
        (row,) = in_cone(ALL().filter(obsid=3), 50.0, 0.295, 0.0)
        assert (vars(row)["distance_arcsec"], vars(row)["centre_distance_arcsec"]) == pytest.approx((0, 18), abs=1e-6)

    def test_centres_are_found_by_their_own_search(self) -> None:
        assert centred_in_cone(ALL(), 50.0, 0.0, 0.0999).count() == 2
        assert centred_in_cone(ALL(), 410.0, 0.0, 0.1).count() == 3
        assert centred_in_cone(ALL(), 50.0, 0.3, 0.0).count() == 1
        assert centred_in_cone(ALL(), 230.0, 0.0, 180.0).count() == 51

    @pytest.mark.parametrize(
        ("ra", "dec", "radius", "message"),
        [
            (0, 91, 1, "Dec 91 must lie within -90 and 90"),
            (0, float("nan"), 1, "Dec nan"),
            (float("inf"), 0, 1, "RA inf is not a number of degrees"),
            (0, 0, -1, "radius -1 must lie within 0 and 180"),
            (0, 0, 181, "radius 181"),
            (0, 0, float("nan"), "radius nan"),
        ],
    )
    def test_numbers_outside_their_range_are_refused(self, ra: float, dec: float, radius: float, message: str) -> None:
        for search in (in_cone, centred_in_cone):
            with pytest.raises(ValueError, match=message):
                search(ALL(), ra, dec, radius)

    def test_the_nearest_footprint_is_found_beyond_an_empty_circle(self) -> None:
        answer = nearest(ALL(), 52.0, 0.0)
        assert answer is not None
        assert answer.observation.obsid == 0
        assert answer.separation_deg == pytest.approx(1.99, abs=1e-9)

    def test_nothing_near_is_said_as_nothing(self) -> None:
        assert nearest(ALL(), 230.0, 0.0) is None
        assert nearest(ALL(), 52.0, 0.0, within_deg=1.5) is None
        assert nearest(ALL().none(), 52.0, 0.0) is None

    def test_the_search_for_the_nearest_ends_when_it_takes_too_long(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '7min'")
        slow = ALL().extra(where=["pg_sleep(0.2) IS NOT NULL"])
        assert nearest(slow, 50.0, 0.0, patience_ms=50) is None
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("7min",)
            cursor.execute("RESET statement_timeout")
        assert ALL().count() == 51


def test_a_cone_among_many_rows_is_answered_by_the_index() -> None:
    rng = np.random.default_rng(3)
    where = zip(rng.uniform(0, 360, 4_000).tolist(), rng.uniform(-80, 80, 4_000).tolist(), strict=True)
    add_rows([(None, None, polygon((ra, dec), (ra + 0.1, dec), (ra + 0.1, dec + 0.1))) for ra, dec in where])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE archive_observation")
    for cone in (in_cone(ALL(), 100, 10, 0.5), in_cone(ALL(), 100, 10, 0.5).order_by("obsid")[:100]):
        plan = cone.explain()
        assert "archive_obs_sky_box" in plan
        assert "Seq Scan" not in plan
    plan = centred_in_cone(ALL(), 100, 10, 0.5).explain()
    assert "archive_obs_hpx" in plan
    assert "Seq Scan" not in plan
