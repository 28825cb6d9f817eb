"""Reading s_region."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.sky import Circle, Polygon, RegionError, parse_s_region

TRIANGLE = Polygon(((10.0, 20.0), (11.0, 20.0), (10.5, 21.0)))


@pytest.mark.parametrize(
    "text",
    [
        "POLYGON 10 20 11 20 10.5 21",
        "POLYGON ICRS 10 20 11 20 10.5 21",
        "polygon icrs 10 20 11 20 10.5 21",
        "Polygon J2000 10.000 20.0 1.1e1 20 10.5 +21",
        "POLYGON GSC1 10 20 11 20 10.5 21",
        "POLYGON ICRS TOPOCENTER SPHERICAL2 10 20 11 20 10.5 21",
        "  POLYGON\tICRS\n10, 20, 11, 20, 10.5, 21  ",
        "POLYGON ICRS (10 20, 11 20, 10.5 21)",
        "POLYGON 10 20 11 20 10.5 21 10 20",
        "POLYGON 10 20 10 20 11 20 11 20 10.5 21",
        "POLYGON 370 20 -349 20 730.5 21",
    ],
)
def test_one_triangle_is_read_in_every_spelling(text: str) -> None:
    assert parse_s_region(text).parts == (TRIANGLE,)


def test_a_circle_keeps_its_radius_beyond_a_hemisphere() -> None:
    assert parse_s_region("CIRCLE ICRS -10 -20 120").parts == (Circle(350.0, -20.0, 120.0),)


@pytest.mark.parametrize("wrapped", ["{0} {1}", "UNION ({0} {1})", "union icrs ( {0}, {1} )"])
def test_several_shapes_of_one_string_are_a_union(wrapped: str) -> None:
    text = wrapped.format("POLYGON 10 20 11 20 10.5 21", "Circle 5 5 1")
    assert parse_s_region(text).parts == (TRIANGLE, Circle(5.0, 5.0, 1.0))


def test_hundreds_of_polygons_are_read() -> None:
    region = parse_s_region(" ".join(f"POLYGON ICRS {n} 0 {n}.5 0 {n}.25 1" for n in range(300)))
    assert len(region.parts) == 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the region is empty"),
        (" \n", "the region is empty"),
        ("ICRS", "names no shape"),
        ("POLYGON", "POLYGON has 0 vertices; it needs at least 3"),
        ("POLYGON 1 2 3 4", "POLYGON has 2 vertices; it needs at least 3"),
        ("POLYGON 1 2 3 4 1 2", "POLYGON has 2 different vertices; it needs at least 3"),
        ("POLYGON 1 2 1 2 1 2", "POLYGON has 1 different vertex; it needs at least 3"),
        ("POLYGON 1 2 3 4 5", "POLYGON has 5 numbers: an RA or Dec is missing"),
        ("POLYGON 1 2 3 4 5 96", "POLYGON has the Dec 96; it must lie within -90 and 90 degrees"),
        ("POLYGON 1 2 3 4 5 nan", "POLYGON contains nan, which is not a finite number"),
        ("POLYGON 1 2 3 4 inf 6", "POLYGON contains inf, which is not a finite number"),
        ("POLYGON 1 2 3 4 5 1e400", "POLYGON contains 1e400, which is not a finite number"),
        ("POLYGON 0 0 180 0 90 5", "neighbouring vertices 180 degrees apart"),
        ("POLYGON 7 90 7 -90 90 5", "neighbouring vertices 180 degrees apart"),
        ("CIRCLE 1 2", "CIRCLE has 2 numbers; it needs 3: RA, Dec and radius"),
        ("CIRCLE 1 2 3 4", "CIRCLE has 4 numbers"),
        ("CIRCLE 1 2 -3", "CIRCLE has the radius -3; it must lie within 0 and 180 degrees"),
        ("CIRCLE 1 2 181", "CIRCLE has the radius 181"),
        ("CIRCLE 1 -91 1", "CIRCLE has the Dec -91"),
        ("POLYGON GALACTIC 1 2 3 4 5 6", "the frame GALACTIC is not read: convert the region to ICRS degrees"),
        ("POLYGON FK4 1 2 3 4 5 6", "the frame FK4 is not read"),
        ("BOX ICRS 1 2 3 4", "the shape BOX is not read: write the region as POLYGON or CIRCLE"),
        ("NOT CIRCLE 1 2 3", "the shape NOT is not read"),
        ("POLYGON 1 2 3 ICRS 4 5 6", "ICRS stands after the numbers of POLYGON"),
        ("hello", "“hello” is neither a shape"),
        ("1 2 3", "“1” is neither a shape"),
        ("POLYGON 1 2 3 4 5 6x", "“6x” is neither a shape"),
        ("POLYGON " + "1 2 " * 10_001, "the region has more than 20000 numbers"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, message: str) -> None:
    with pytest.raises(RegionError) as error:
        parse_s_region(text)
    assert message in str(error.value)


def test_a_message_never_repeats_a_whole_hostile_word() -> None:
    with pytest.raises(RegionError) as error:
        parse_s_region("x" * 100_000)
    assert len(str(error.value)) < 120


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("POLYGNCIREU ()-+.,0123456789einaf\n"), max_size=80))
def test_any_text_is_read_or_refused_with_a_region_error(text: str) -> None:
    try:
        region = parse_s_region(text)
    except RegionError:
        return
    assert region.parts
