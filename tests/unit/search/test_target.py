"""The grammar of the search box. Positions are checked against astropy, names against the vectors of the manual."""

import math

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from search.messages import SearchError
from search.target import Name, Position, parse_target, without_radius

M101 = SkyCoord("14h03m12.6s", "+54d20m56.7s")


def parse(text: str) -> Name | Position:
    return parse_target(text, max_radius_deg=30.0)


def position(text: str) -> Position:
    found = parse(text)
    assert isinstance(found, Position), f"{text} was read as {found}"
    return found


def refusal(text: str) -> SearchError:
    with pytest.raises(SearchError) as caught:
        parse(text)
    assert caught.value.text
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "M101",
        "NGC45",
        "Antennae",
        "Eta Carinae",
        "T Tau",
        "BD+19 706",
        "png 000.8-07.6",
        "2MASS J04215943+1932063",
        "TYC 1272-470-1",
        "mu eri",
        "3C 273",
        "4U 1820-30",
        "0957+561",
        "1H 0707-495",
        "J140312.6+542056.7",
        "G 29-38",
        "G29-38",
        "47 Tuc",
        "30 Dor",
        "R136",
        "30 Dor R136",
        "SN 1987A",
        "* alf Lyr",
        "V* RR Lyr",
        "Barnard's star",
        "TIC 52031993",
        "52031993",
        "TOI 172 b",
        "LP 876-10",
        "N5128-X-1",
        "HD 189733b",
    ],
)
def test_names_with_signs_dots_and_numbers_are_not_coordinates(text: str) -> None:
    assert parse(text) == Name(text)


@pytest.mark.parametrize(
    "text",
    [
        "14 03 12.6 54 20 56.7",
        "14:03.210 54:20.945",
        "14h03m12.6s +54d20m56.7s",
        "14h03m12.6s+54d20m56.7s",
        "14:03:12.6+54:20:56.7",
        "14 03 12.6 +54 20 56.7",
        "14:03:12.6, 54:20:56.7",
        "14h 03m 12.6s, +54° 20′ 56.7″",
        "14ʰ03ᵐ12.6ˢ +54°20′56.7″",
        "14h03m12.6s +54°20'56.7\"",
        "14H03M12.6S +54D20M56.7S",
        "14 03.210 54 20.945",
        "210d48m09s +54d20m56.7s",
        "210.8025 54.349083",
        "210.8025,54.349083",
        "210.8025 , +54.349083",
        "210.8025d 54.349083d",
        "210.8025° +54.349083°",
        "14.0535h 54.349083",
        "g102.0373+59.7711",
        "G102.0373+59.7711",
        "-149.1975 54.349083",
        "570.8025 54.349083",
        "\ufeff14 03 12.6\u00a0+54\u200920 56.7",
        "１４ ０３ １２.６ ５４ ２０ ５６.７",
    ],
)
def test_every_spelling_of_a_position_gives_the_same_centre(text: str) -> None:
    found = position(text)
    separation = M101.separation(SkyCoord(found.ra_deg, found.dec_deg, unit="deg"))
    assert separation < 0.1 * u.arcsec
    assert 0 <= found.ra_deg < 360


def test_southern_declinations_keep_their_sign_even_within_a_degree_of_the_equator() -> None:
    assert position("180.468 -18.866") == Position(180.468, -18.866)
    assert position("05 00 00 -00 30 00").dec_deg == -0.5
    assert position("05 00 00 \u221200 30 00").dec_deg == -0.5


@given(l_deg=st.floats(0, 359.99), b_deg=st.floats(-89.9, 89.9))
@settings(max_examples=50, deadline=None)
def test_galactic_positions_agree_with_astropy(l_deg: float, b_deg: float) -> None:
    found = position(f"g{l_deg:.5f}{b_deg:+.5f}")
    expected = SkyCoord(float(f"{l_deg:.5f}"), float(f"{b_deg:.5f}"), unit="deg", frame="galactic").icrs
    assert expected.separation(SkyCoord(found.ra_deg, found.dec_deg, unit="deg")) < 1e-4 * u.arcsec


@given(ra_deg=st.floats(0, 359.999), dec_deg=st.floats(-89.99, 89.99))
@settings(max_examples=100, deadline=None)
def test_what_astropy_writes_is_read_back(ra_deg: float, dec_deg: float) -> None:
    written = SkyCoord(ra_deg, dec_deg, unit="deg")
    for style in ("hmsdms", "decimal"):
        found = position(written.to_string(style, precision=7))
        assert written.separation(SkyCoord(found.ra_deg, found.dec_deg, unit="deg")) < 1e-2 * u.arcsec


@pytest.mark.parametrize(
    ("text", "target", "radius_deg"),
    [
        ("m57 r=1m", "m57", 1 / 60),
        ("m57 R=1M", "m57", 1 / 60),
        ("m57 r=30s", "m57", 30 / 3600),
        ("m57 r=0.5", "m57", 0.5),
        ("m57 r=.5d", "m57", 0.5),
        ("m57 r=1d", "m57", 1.0),
        ("m57 r = 5 ′", "m57", 5 / 60),
        ("m57 r=5'", "m57", 5 / 60),
        ('m57 r=5"', "m57", 5 / 3600),
        ("m57 r=5″", "m57", 5 / 3600),
        ("m57 r=0", "m57", 0.0),
        ("m57 r=30", "m57", 30.0),
        ("m57 r=6e-3", "m57", 0.006),
        ("m57 radius=0.0006", "m57", 0.0006),
        ("m57 r0.0167", "m57", 0.0167),
        ("m57 r2m", "m57", 2 / 60),
        ("m57, r=2m", "m57", 2 / 60),
    ],
)
def test_a_radius_has_a_unit_or_is_degrees(text: str, target: str, radius_deg: float) -> None:
    found = parse(text)
    assert isinstance(found, Name)
    assert found.text == target
    assert found.radius_deg == pytest.approx(radius_deg, rel=1e-12)


@pytest.mark.parametrize(("radius", "radius_deg"), [("r=0.5", 0.5), ("r=1d", 1.0), ("r=1.2m", 0.02), ("r0.5", 0.5)])
def test_a_radius_follows_coordinates_too(radius: str, radius_deg: float) -> None:
    assert position(f"14:03.210 54:20.945 {radius}").radius_deg == pytest.approx(radius_deg)


def test_without_a_radius_there_is_none() -> None:
    assert parse("m57").radius_deg is None


def test_the_target_can_be_had_without_its_radius() -> None:
    assert without_radius("M57 r=1m") == "M57"
    assert without_radius("210.8 54.3 r0.5") == "210.8 54.3"
    assert without_radius("M57") == "M57"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("m57 r=", "radius"),
        ("m57 r=abc", "radius"),
        ("m57 r=1x", "radius"),
        ("m57 r=nan", "radius"),
        ("m57 r=inf", "radius"),
        ("m57 r=1,5", "radius"),
        ("m57 r=1 r=2", "radius"),
        ("m57 r=-1", "radius"),
        ("m57 r=31", "radius-large"),
        ("m57 r=1801m", "radius-large"),
        ("m57 r=1e300", "radius-large"),
        ("r=1m", "target"),
        ("10 95", "coordinates"),
        ("10 -90.0001", "coordinates"),
        ("14 03 12 +91 00 00", "coordinates"),
        ("14 60 12 +54 00 00", "coordinates"),
        ("14 03 60 +54 00 00", "coordinates"),
        ("14 03 12 +54 61 00", "coordinates"),
        ("g102.5+95.5", "coordinates"),
        ("12 26 1", "coordinates"),
        ("1 2 3 4 5 6 7", "coordinates"),
        ("M1*", "wildcard"),
        ("M*1", "wildcard"),
        ("%57", "wildcard"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_a_remedy(text: str, code: str) -> None:
    assert refusal(text).code == code


def test_a_wildcard_offers_the_search_of_target_names() -> None:
    assert refusal("JUPITER*").query == "collection=observations&target_name=JUPITER*"


@pytest.mark.parametrize("text", ["", "   ", "M57\0", "\0", "x" * 10_000, "\ud800", "M57\x1b[31m", "1" * 5000])
def test_hostile_text_is_refused_in_words(text: str) -> None:
    refusal(text)


def test_marks_of_writing_direction_are_dropped() -> None:
    assert parse("\u202eM57\u202c \u2066r=1m\u2069") == Name("M57", 1 / 60)


def test_right_ascension_stays_below_360_after_rounding() -> None:
    assert position("-1e-20 0".replace("1e-20", "0." + "0" * 40 + "1")).ra_deg == 0.0
    assert position("360 0").ra_deg == 0.0
    assert position("24 00 00 +10 00 00").ra_deg == 0.0


@given(st.text(max_size=260))
@settings(max_examples=400, deadline=None)
def test_any_text_gives_a_target_or_a_refusal(text: str) -> None:
    check(text)


@given(st.text(alphabet="0123456789.+-:hdms°′″ ,gr=", max_size=40))
@settings(max_examples=1500, deadline=None)
def test_any_heap_of_coordinate_signs_gives_a_target_or_a_refusal(text: str) -> None:
    check(text)


def check(text: str) -> None:
    try:
        found = parse(text)
    except SearchError:
        return
    if isinstance(found, Position):
        assert 0 <= found.ra_deg < 360
        assert -90 <= found.dec_deg <= 90
    else:
        assert found.text
    assert found.radius_deg is None or (0 <= found.radius_deg <= 30 and math.isfinite(found.radius_deg))
