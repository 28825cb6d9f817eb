"""Names in bundles, staged folders and headers are safe on every system."""

import datetime as dt
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basket.names import MAX_NAME_BYTES, Folder, bundle_name, safe_name

DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"COM{n}" for n in range(10)), *(f"LPT{n}" for n in range(10))}
HOSTILE = st.text(max_size=300) | st.sampled_from(
    [
        "../../etc/passwd",
        "..",
        ".",
        "",
        "-rf",
        "con",
        "NUL.fits",
        "a\0b",
        "a\r\nb",
        "é" * 130,
        "x" * 500 + ".fits",
        "a.",
    ]
)


@given(HOSTILE)
def test_a_name_is_made_of_the_allowed_signs_and_is_no_trap(text: str) -> None:
    name = safe_name(text)
    assert re.fullmatch(r"[A-Za-z0-9._+-]+", name)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name[0] not in ".-"
    assert not name.endswith(".")
    assert name.split(".")[0].upper() not in DEVICES


@given(HOSTILE)
def test_a_safe_name_stays_as_it_is(text: str) -> None:
    assert safe_name(safe_name(text)) == safe_name(text)


@given(st.text(max_size=50))
def test_composed_and_decomposed_text_give_one_name(text: str) -> None:
    assert safe_name(unicodedata.normalize("NFD", text)) == safe_name(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    "name",
    [
        "jw02738002001_04101_00001_nrca4_cal.fits",
        "jw00689-o001_t001_nircam_clear-f356w_i2d.fits",
        "hst_9999_01_wfc3_ir_f160w+f110w_drz.fits",
        "x",
    ],
)
def test_names_of_the_archive_are_kept(name: str) -> None:
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/evil", "__.._etc_evil"),
        (".hidden", "_hidden"),
        ("-rf", "_rf"),
        ("con.fits", "_con.fits"),
        ("a b.fits", "a_b.fits"),
        ("", "_"),
        ("...", "_"),
        ("name.", "name_"),
        ("y" * 200 + ".fits", "y" * 115 + ".fits"),
    ],
)
def test_other_text_is_mapped(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.lists(HOSTILE | st.sampled_from(["a.fits", "A.fits", "a-2.fits", "x" * 120, "X" * 121]), max_size=40))
def test_names_in_one_folder_differ_even_where_case_is_ignored(texts: list[str]) -> None:
    folder = Folder(["MANIFEST.HTML"])
    names = [folder.take(text) for text in texts]
    assert len({name.casefold() for name in names} | {"manifest.html"}) == len(names) + 1
    assert all(safe_name(name) == name for name in names)


def test_thousands_of_equal_names_take_no_time() -> None:
    folder = Folder()
    assert len({folder.take("same.fits") for _ in range(20_000)}) == 20_000


def test_a_bundle_is_named_by_the_utc_minute() -> None:
    moment = dt.datetime(2026, 1, 20, 13, 4, 59, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert bundle_name(moment) == "MAST_2026-01-20T1204"
