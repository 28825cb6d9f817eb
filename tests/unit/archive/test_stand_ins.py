"""Stand-ins: valid files that say what they are, recorded with their own size and checksums."""

import csv
import hashlib
import io
import json
import zlib
from pathlib import Path

import pytest
from astropy.io import ascii as ascii_tables
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archive.jwst import product_facts
from archive.models import Held, KeywordRow, Observation, Product
from archive.standin_files import primary_cards, stand_in_bytes
from archive.standins import write_stand_ins
from archive.storage.keys import storage_key
from archive.storage.posix import PosixStorage
from tests.shared_data import shared_file

REGION = "POLYGON ICRS 283.40 33.02 283.38 33.02 283.38 33.04 283.40 33.04 " * 3
RECORD: dict[str, object] = {
    "program": "1558",
    "observtn": "5",
    "act_id": "1",
    "exposure": "2",
    "instrume": "NIRCAM",
    "targ_ra": "283.39623",
    "tsovisit": "f",
    "nints": "1",
    "expstart": "59794.5",
    "date_obs": "2022-08-04",
    "vststart": "/Date(1659571200000)/",
    "obslabel": "5",
    "s_region": REGION,
    "fileSize": "117573120",
    "checksum": "ad5c8d5d9bb1fef347e3ddc3e555fec4",
}


def observation(**fields: object) -> Observation:
    given_fields = {"obs_collection": "JWST", "obs_id": "jw01558005001_04101_00002_nrcblong", "s_ra": 283.4} | fields
    return Observation(**given_fields, instrument_name="NIRCAM/IMAGE", filters="F300M", target_name="NGC-6720")


def product(filename: str, own: Observation) -> Product:
    facts = product_facts(filename)
    extension = facts.extension if facts else ".fits"
    uri = f"mast:{own.obs_collection}/product/{filename}"
    return Product(uri=uri, filename=filename, observation=own, extension=extension, size_bytes=10**8, md5="a" * 32)


def units_of(content: bytes) -> list[str]:
    with fits.open(io.BytesIO(content)) as hdus:
        hdus.verify("exception")
        return [hdu.name for hdu in hdus]


@pytest.mark.parametrize(
    ("suffix", "units"),
    [
        ("uncal", "SCI GROUP INT_TIMES ASDF"),
        ("rate", "SCI ERR DQ VAR_POISSON VAR_RNOISE ASDF"),
        ("cal", "SCI ERR DQ AREA VAR_POISSON VAR_RNOISE VAR_FLAT ASDF"),
        ("i2d", "SCI ERR CON WHT VAR_POISSON VAR_RNOISE VAR_FLAT ASDF"),
        ("x1d", "EXTRACT1D ASDF"),
        ("s3d", "SCI ERR DQ WMAP HDRTAB ASDF"),
    ],
)
def test_a_stand_in_has_the_units_of_its_kind(suffix: str, units: str) -> None:
    file = product(f"jw01558005001_04101_00002_nrcblong_{suffix}.fits", observation())
    assert units_of(stand_in_bytes(file, RECORD)) == ["PRIMARY", *units.split()]


def test_the_header_is_the_keyword_record() -> None:
    file = product("jw01558005001_04101_00002_nrcblong_cal.fits", observation())
    with fits.open(io.BytesIO(stand_in_bytes(file, RECORD))) as hdus:
        header = hdus[0].header
        assert (header["PROGRAM"], header["OBSERVTN"], header["ACT_ID"], header["EXPOSURE"]) == (
            "01558",
            "005",
            "01",
            "00002",
        )
        assert (header["TARG_RA"], header["NINTS"], header["TSOVISIT"]) == (283.39623, 1, False)
        assert (header["EXPSTART"], header["DATE-OBS"], header["OBSLABEL"]) == (59794.5, "2022-08-04", "5")
        assert header["VSTSTART"] == "2022-08-04T00:00:00.000"
        assert hdus["SCI"].header["S_REGION"] == REGION.strip()
        assert "FILESIZE" not in header
        assert "CHECKSUM" not in header


def test_it_says_clearly_that_it_is_a_stand_in() -> None:
    file = product("jw01558005001_04101_00002_nrcblong_cal.fits", observation())
    with fits.open(io.BytesIO(stand_in_bytes(file, RECORD))) as hdus:
        assert (hdus[0].header["ORIGIN"], hdus[0].header["STANDIN"]) == ("STAND-IN", True)
        assert "no science data" in str(hdus[0].header["HISTORY"])
        assert "stand-in" in str(hdus["SCI"].header["COMMENT"])


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), st.text(max_size=90), max_size=6))
def test_no_record_makes_an_invalid_header(record: dict[str, object]) -> None:
    units_of(stand_in_bytes(product("jw01558005001_04101_00002_nrcblong_cal.fits", observation()), record))


@pytest.mark.parametrize(
    "column",
    ["naxis", "end", "simple", "bitpix", "extend", "bzero", "continue", "history", "comment", "crval1", "date"],
)
def test_a_record_has_no_say_in_the_structure_of_the_file(column: str) -> None:
    file = product("jw01558005001_04101_00002_nrcblong_cal.fits", observation())
    assert len(units_of(stand_in_bytes(file, {column: "3"}))) == 9


@pytest.mark.parametrize("table", ["nircam_imaging", "niriss_imaging", "miri_imaging", "miri_spec", "nirspec_spec"])
def test_headers_of_real_keyword_records_are_valid(table: str) -> None:
    """All keyword columns of every instrument, as the archive serves them."""
    with shared_file(f"jwst_keywords_full_{table}.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))[::8]
    for row in rows:
        record: dict[str, object] = {column: cell for column, cell in row.items() if cell}
        content = stand_in_bytes(product(row["filename"], observation()), record)
        with fits.open(io.BytesIO(content)) as hdus:
            hdus.verify("exception")
            header = hdus[0].header
            assert int(header["PROGRAM"]) == int(row["program"])
            assert header["TARG_RA"] == pytest.approx(float(row["targ_ra"]))
            assert header["DATE-OBS"]
            assert isinstance(header["TSOVISIT"], bool)


def test_other_kinds_of_files_are_valid_too() -> None:
    own = observation()
    association = stand_in_bytes(product("jw01558-o005_20240101t000000_image3_00001_asn.json", own), {})
    assert json.loads(association)["asn_type"] == "image3"
    picture = stand_in_bytes(product("jw01558005001_04101_00002_nrcblong_cal.jpg", own), {})
    assert Image.open(io.BytesIO(picture)).format == "JPEG"
    catalogue = stand_in_bytes(product("jw01558-o005_t001_nircam_clear-f300m_cat.ecsv", own), {})
    assert len(ascii_tables.read(catalogue.decode(), format="ecsv")) == 1
    pool = stand_in_bytes(product("jw01558_20240101t000000_pool.csv", own), {})
    assert pool.startswith(b"file,comment")


def test_a_key_is_readable_and_safe() -> None:
    name = "jw01558005001_04101_00002_nrcblong_cal.fits"
    key = storage_key(f"mast:JWST/product/{name}", "JWST", "jw01558005001_04101_00002_nrcblong", name)
    assert key == f"jwst/jw01558/jw01558005001_04101_00002_nrcblong/{name}"


@given(st.text(), st.text(), st.text(), st.text())
def test_no_name_leaves_the_store(uri: str, mission: str, obs_id: str, filename: str) -> None:
    key = storage_key(
        uri.encode(errors="replace").decode(), mission, obs_id.encode(errors="replace").decode(), filename
    )
    parts = key.split("/")
    assert len(parts) == 4
    assert all(part not in {"", ".", ".."} and len(part) <= 255 and part.isascii() for part in parts)


def test_two_files_of_one_safe_name_have_two_keys() -> None:
    keys = {
        storage_key(f"mast:JWST/product/{name}", "JWST", "x", name) for name in ("a b.fits", "a_b.fits", "a\\b.fits")
    }
    assert len(keys) == 3


@pytest.mark.django_db
def test_stand_ins_are_recorded_with_their_own_size_and_checksums(tmp_path: Path) -> None:
    own = observation()
    own.save()
    file = product("jw01558005001_04101_00002_nrcblong_cal.fits", own)
    file.save()
    KeywordRow.objects.create(product=file, service="nircam", record=RECORD)
    lost = product("jw01558005001_04101_00002_nrcblong_rate.fits", own)
    lost.held = Held.LOST
    lost.save()
    seen: list[int] = []
    report = write_stand_ins(Product.objects.all(), PosixStorage(tmp_path), seen.append)
    file.refresh_from_db()
    content = (tmp_path / file.storage_key).read_bytes()
    assert (report.files, report.size_bytes, seen) == (1, len(content), [1])
    assert (file.held, file.stand_in, file.size_bytes) == (Held.YES, True, len(content))
    assert (file.sha256, file.crc32) == (hashlib.sha256(content).hexdigest(), zlib.crc32(content))
    assert file.md5 == hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert (file.listed_size_bytes, file.listed_md5) == (10**8, "a" * 32)
    assert file.stored_at is not None
    lost.refresh_from_db()
    assert lost.held == Held.LOST
    assert write_stand_ins(Product.objects.all(), PosixStorage(tmp_path)).files == 0


def test_an_observation_without_a_keyword_record_still_makes_a_header() -> None:
    cards = {card.keyword: card.value for card in primary_cards(product("other name.fits", observation()), {})}
    assert (cards["TARGNAME"], cards["FILTER"], cards["TARG_RA"]) == ("NGC-6720", "F300M", 283.4)
