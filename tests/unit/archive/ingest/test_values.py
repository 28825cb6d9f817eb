"""Cells into values: `archive.ingest.values`."""

import pytest
from astropy.time import Time

from archive.ingest.values import flag, mjd, mjd_of_iso, number, one_of, text, unpadded, whole
from archive.names import name_key


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "inf", "-Infinity", "1e999", "1_000", "0x10", "1,5", "--", "12 34", "١٢"]
)
def test_what_is_no_finite_decimal_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the cell is the case
        number()(cell)


@pytest.mark.parametrize(("cell", "value"), [("1", 1.0), ("-.5", -0.5), ("+2.", 2.0), ("1e-3", 0.001)])
def test_numbers_are_read(cell: str, value: float) -> None:
    assert number()(cell) == value


def test_ranges_are_closed() -> None:
    assert number(0, 360)("360") == 360
    with pytest.raises(ValueError, match="outside 0 to 360"):
        number(0, 360)("360.0001")
    with pytest.raises(ValueError, match="outside -1 to 4"):
        whole(-1, 4)("5")


def test_whole_numbers_may_carry_an_empty_fraction() -> None:
    assert whole(0, 10)("7.0") == 7
    with pytest.raises(ValueError, match="not a whole number"):
        whole(0, 10)("7.5")
    assert whole(1, 2**63 - 1)(str(2**63 - 1)) == 2**63 - 1


def test_a_julian_date_is_told_from_an_mjd() -> None:
    assert mjd("59700.25") == 59700.25
    with pytest.raises(ValueError, match=r"subtract 2400000\.5"):
        mjd("2459700.75")
    with pytest.raises(ValueError, match="no MJD"):
        mjd("-5")


@pytest.mark.parametrize(
    "cell", ["2002-06-29 19:24:07.0", "2002-06-29T19:24:07.597", "2014-03-08", "1994-11-21 08:08:00.123456"]
)
def test_iso_times_are_mjd_as_astropy_has_them(cell: str) -> None:
    assert mjd_of_iso(cell) == pytest.approx(Time(cell.replace(" ", "T"), scale="utc").mjd, abs=1e-9)


def test_an_offset_of_an_iso_time_is_kept() -> None:
    assert mjd_of_iso("2020-01-01T02:00:00+02:00") == mjd_of_iso("2020-01-01T00:00:00Z")


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("F", False), ("1", True), ("False", False)])
def test_flags_have_three_spellings(cell: str, value: bool) -> None:
    assert flag(cell) is value
    with pytest.raises(ValueError, match="neither true nor false"):
        flag("maybe")


def test_text_for_an_index_has_a_limit_in_bytes() -> None:
    assert text(4)("éé") == "éé"
    with pytest.raises(ValueError, match="6 bytes"):
        text(4)("ééé")
    assert text()("x" * 10**6) == "x" * 10**6


def test_words_of_a_list_are_exact() -> None:
    assert one_of("PUBLIC", "RESTRICTED")("PUBLIC") == "PUBLIC"
    with pytest.raises(ValueError, match="none of PUBLIC, RESTRICTED"):
        one_of("PUBLIC", "RESTRICTED")("SECRET")


@pytest.mark.parametrize(("given", "stored"), [("01073", "1073"), ("1073", "1073"), ("0", "0"), ("GO-012", "GO-012")])
def test_program_numbers_lose_their_padding(given: str, stored: str) -> None:
    assert unpadded(given) == stored


@pytest.mark.parametrize(
    ("one", "other"), [("M 31", "m31"), ("M 031", "M31"), ("NGC 0224", "ngc224"), ("  eta\tCar ", "ETA CAR")]
)
def test_spellings_of_a_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("M31", "M310"), ("K2-18", "K218"), ("J0042", "J0042+41"), ("M 0", "M")])
def test_other_names_have_other_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)
