"""Numbers in cells, checked against astropy and the calendar."""

import re

import pytest
from astropy import units as u
from astropy.coordinates import Angle
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.columns import OBSERVATION_COLUMN
from search import formats
from search.columns import OBSERVATION_COLUMNS, Kind, by_name
from search.target import parse_radius

COLUMN = by_name(OBSERVATION_COLUMNS)


@given(st.floats(0, 359.9999999))
@settings(max_examples=300, deadline=None)
def test_right_ascensions_are_rounded_like_astropy_does(ra_deg: float) -> None:
    text = formats.sexagesimal_ra(ra_deg)
    assert re.fullmatch(r"([01]\d|2[0-3]) [0-5]\d [0-5]\d\.\d\d", text)
    error = (Angle(text, unit=u.hourangle) - ra_deg * u.deg).wrap_at(180 * u.deg)
    assert abs(error.to_value(u.arcsec)) <= 0.0751


@given(st.floats(-90, 90))
@settings(max_examples=300, deadline=None)
def test_declinations_keep_their_sign_and_never_show_60(dec_deg: float) -> None:
    text = formats.sexagesimal_dec(dec_deg)
    assert re.fullmatch(r"[-+][0-9]{2} [0-5]\d [0-5]\d\.\d", text)
    assert abs(Angle(text, unit=u.deg).to_value(u.arcsec) - dec_deg * 3600) <= 0.0501


@pytest.mark.parametrize(
    ("ra_deg", "dec_deg", "expected"),
    [
        (283.39624, 33.02914, "18 53 35.10 +33 01 44.9"),
        (359.99999999, 89.99999999, "00 00 00.00 +90 00 00.0"),
        (14.999999999, -0.000000001, "01 00 00.00 +00 00 00.0"),
        (0.0, -0.5, "00 00 00.00 -00 30 00.0"),
        (10.68475, 41.26875, "00 42 44.34 +41 16 07.5"),
    ],
)
def test_positions_at_the_edges_of_rounding(ra_deg: float, dec_deg: float, expected: str) -> None:
    assert f"{formats.sexagesimal_ra(ra_deg)} {formats.sexagesimal_dec(dec_deg)}" == expected


@pytest.mark.parametrize(
    ("angle_deg", "expected"),
    [
        (0.2, "12′"),
        (0.6, "36′"),
        (1 / 60, "1′"),
        (30.0, "30°"),
        (1.4819, "1.482°"),
        (0.0, "0″"),
        (0.0006, "2.16″"),
        (1.0, "1°"),
    ],
)
def test_angles_take_the_unit_that_reads_best(angle_deg: float, expected: str) -> None:
    assert formats.angle(angle_deg) == expected


@given(st.floats(1e-7, 29.0))
@settings(max_examples=300, deadline=None)
def test_a_suggested_radius_reaches_at_least_as_far_and_not_much_farther(radius_deg: float) -> None:
    word = formats.radius_word(radius_deg)
    suggested_deg = parse_radius(word.removeprefix("r="), 31.0)
    assert radius_deg * (1 - 1e-9) <= suggested_deg <= radius_deg * 1.11


def test_a_nearest_row_at_three_arc_minutes_and_a_bit_suggests_a_round_radius() -> None:
    assert formats.radius_word(3.17 / 60) == "r=3.2m"


@pytest.mark.parametrize("mjd", [59770.39312, 15020.0, 88069.5, -300000.0])
def test_dates_are_those_of_astropy(mjd: float) -> None:
    # the calendar without leap seconds, which astropy knows for every year
    expected = Time(mjd, format="mjd", scale="tai")
    assert formats.utc_date(mjd) == expected.strftime("%Y-%m-%d")
    assert formats.utc_minute(mjd) == expected.strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("mjd", [1e9, -1e9, 1e300])
def test_days_without_a_calendar_stay_numbers(mjd: float) -> None:
    assert formats.utc_date(mjd).startswith("MJD ")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("t_exptime", 1279.9, "1,279.9"),
        ("t_exptime", 0.0, "0.0"),
        ("t_exptime", 0.001, "0.001"),
        ("t_exptime", None, ""),
        ("filters", "F814W;F606W", "F814W; F606W"),
        ("filters", "", ""),
        ("mtFlag", False, "no"),
        ("mtFlag", None, ""),
        ("calib_level", -1, "-1"),
        ("calib_level", 0, "0"),
        ("distance", 0.0, "0.0"),
        ("distance", 12.345, "12.3"),
        ("state", "exclusive", "Exclusive Access"),
        ("obsid", 71738600, "71738600"),
    ],
)
def test_cells_show_what_the_column_holds(name: str, value: object, text: str) -> None:
    assert COLUMN[name].text(value) == text


def test_numbers_stand_on_the_right() -> None:
    assert {column.name for column in OBSERVATION_COLUMNS if column.align_right} >= {
        "s_ra",
        "s_dec",
        "t_exptime",
        "distance",
    }
    assert not COLUMN["target_name"].align_right


def test_every_published_column_of_the_grid_stands_in_the_archives_table() -> None:
    own = {"centre_distance", "state"}
    assert {column.name for column in OBSERVATION_COLUMNS} - own <= set(OBSERVATION_COLUMN)
    assert [column.name for column in OBSERVATION_COLUMNS if column.kind is Kind.STATE] == ["state"]
