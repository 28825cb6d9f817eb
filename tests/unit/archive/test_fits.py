"""The FITS writer against astropy, which must find nothing to complain about."""

import io
import math

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from archive.fits import Card, Column, card_bytes, header_bytes, image_hdu, plain_text, primary_hdu, table_hdu


def opened(content: bytes) -> fits.HDUList:
    assert len(content) % 2880 == 0
    hdus = fits.open(io.BytesIO(content))
    hdus.verify("exception")
    return hdus


def test_values_come_back_with_their_types() -> None:
    cards = [
        Card("PROGRAM", "02733", "number"),
        Card("TARG_RA", 283.39623, "deg"),
        Card("NINTS", 3),
        Card("TSOVISIT", False),
        Card("SUBARRAY", None),
        Card("TINY", 1e-300),
        Card("HISTORY", "made_for_a_test." * 10),
    ]
    with opened(primary_hdu(cards)) as hdus:
        header = hdus[0].header
        assert (header["PROGRAM"], header["TARG_RA"], header["NINTS"]) == ("02733", 283.39623, 3)
        assert header["TSOVISIT"] is False
        assert header["SUBARRAY"] is None
        assert header["TINY"] == 1e-300
        assert "".join(header["HISTORY"]) == "made_for_a_test." * 10
        assert header.comments["PROGRAM"] == "number"


@given(st.text(max_size=300))
def test_any_string_survives_as_plain_text(value: str) -> None:
    with opened(primary_hdu([Card("TITLE", value, "a comment")])) as hdus:
        assert hdus[0].header["TITLE"].rstrip() == plain_text(value).rstrip(" ")


@given(st.text(alphabet="a'", min_size=60, max_size=220))
def test_quotes_are_never_torn_apart(value: str) -> None:
    with opened(primary_hdu([Card("TITLE", value)])) as hdus:
        assert hdus[0].header["TITLE"] == value


@given(st.floats() | st.integers(min_value=-(2**63), max_value=2**63))
def test_any_number_survives(value: float) -> None:
    with opened(primary_hdu([Card("NUMBER", value)])) as hdus:
        found = hdus[0].header["NUMBER"]
    assert found == (value if math.isfinite(value) else None)


def test_a_bad_keyword_is_refused_with_the_rule() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        card_bytes(Card("too long a keyword", 1))


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "u4", "i8", "f4", "f8"])
def test_images_come_back(kind: str) -> None:
    data = np.arange(24).reshape(2, 3, 4).astype(kind)
    with opened(primary_hdu([]) + image_hdu("SCI", data, [Card("BUNIT", "MJy/sr")], version=2)) as hdus:
        assert hdus["SCI", 2].header["BUNIT"] == "MJy/sr"
        assert np.array_equal(hdus["SCI", 2].data, data)


def test_tables_come_back() -> None:
    columns = [
        Column("WAVELENGTH", np.array([1.0, 2.0, 3.0]), "um"),
        Column("N", np.array([1, 2, 3], dtype="i4")),
        Column("NAME", np.array([b"one", b"two", b"three"])),
    ]
    with opened(primary_hdu([]) + table_hdu("EXTRACT1D", columns)) as hdus:
        table = hdus["EXTRACT1D"]
        assert table.columns["WAVELENGTH"].unit == "um"
        assert list(table.data["WAVELENGTH"]) == [1.0, 2.0, 3.0]
        assert list(table.data["NAME"]) == ["one", "two", "three"]


def test_a_header_fills_whole_blocks() -> None:
    assert len(header_bytes([Card("HISTORY", "x")] * 40)) == 2 * 2880
