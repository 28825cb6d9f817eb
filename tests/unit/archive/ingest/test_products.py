"""Files into the holdings: whose they are, what their names tell, which lists they stand in."""

from pathlib import Path

import pytest

from archive.models import Held, KeywordRow, Listing, Observation, Product
from tests.factories import make_observation
from tests.unit.archive.ingest.inputs import counts, ingest_rows, reasons

pytestmark = pytest.mark.django_db

EXPOSURE = "jw01073001001_02101_00001_nrcb1"
COMBINED = "jw01073-o001_t001_nircam_clear-f200w"
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


@pytest.fixture
def exposure() -> Observation:
    return make_observation(obs_id=EXPOSURE, filters="F200W;CLEAR", calib_level=2, proposal_id="1073")


@pytest.fixture
def combined() -> Observation:
    return make_observation(obs_id=COMBINED, filters="F200W;CLEAR", calib_level=3, proposal_id="1073")


def _file(name: str, **cells: object) -> dict[str, object]:
    """A row of the listing of FITS files."""
    return {"filename": name, "productLevel": "2b", "instrume": "NIRCAM", "fileSize": "1000", "checksum": MD5, **cells}


def test_a_listed_file_is_not_held_yet_and_its_name_tells_the_rest(tmp_path: Path, exposure: Observation) -> None:
    row = _file(f"{EXPOSURE}_cal.fits", publicReleaseDate="2023-05-01T00:00:00", program="1073", pupil="")
    assert counts(ingest_rows("products", tmp_path, row)) == (1, 0, 0, 0)
    product = Product.objects.get()
    assert product.uri == f"mast:JWST/product/{EXPOSURE}_cal.fits"
    assert (product.observation, product.held, product.stand_in) == (exposure, Held.NOT_YET, False)
    assert (product.product_type, product.product_group, product.calib_level) == ("SCIENCE", "CAL", 2)
    assert (product.extension, product.filters) == (".fits", "F200W;CLEAR")
    assert (product.size_bytes, product.listed_size_bytes, product.md5, product.listed_md5) == (1000, 1000, MD5, MD5)
    assert product.t_release == 60065
    record = KeywordRow.objects.get(product=product)
    assert record.service == "nircam"
    assert record.record["program"] == "1073"
    assert "pupil" not in record.record


def test_the_same_listing_twice_changes_nothing(tmp_path: Path, exposure: Observation) -> None:
    row = _file(f"{EXPOSURE}_cal.fits")
    ingest_rows("products", tmp_path, row)
    assert counts(ingest_rows("products", tmp_path, row)) == (0, 0, 1, 0)


def test_a_keyword_that_changed_is_a_change(tmp_path: Path, exposure: Observation) -> None:
    ingest_rows("products", tmp_path, _file(f"{EXPOSURE}_cal.fits", readpatt="RAPID"))
    report = ingest_rows("products", tmp_path, _file(f"{EXPOSURE}_cal.fits", readpatt="BRIGHT1"))
    assert counts(report) == (0, 1, 0, 0)
    assert KeywordRow.objects.get().record["readpatt"] == "BRIGHT1"


def test_what_is_known_of_stored_bytes_outlives_a_new_listing(tmp_path: Path, exposure: Observation) -> None:
    row = _file(f"{EXPOSURE}_cal.fits")
    ingest_rows("products", tmp_path, row)
    stored = {
        "held": Held.YES,
        "stand_in": True,
        "storage_key": "a/b",
        "sha256": "00",
        "crc32": 1,
        "size_bytes": 77,
        "md5": "aa",
    }
    Product.objects.update(**stored)
    assert counts(ingest_rows("products", tmp_path, row)) == (0, 0, 1, 0)
    assert counts(ingest_rows("products", tmp_path, {**row, "fileSize": "2000"})) == (0, 1, 0, 0)
    assert Product.objects.filter(**stored, listed_size_bytes=2000).exists()


def test_the_highest_end_product_of_a_list_is_recommended(
    tmp_path: Path, exposure: Observation, combined: Observation
) -> None:
    names = [f"{EXPOSURE}_uncal.fits", f"{EXPOSURE}_rate.fits", f"{EXPOSURE}_cal.fits", f"{COMBINED}_i2d.fits"]
    ingest_rows("products", tmp_path, *({"filename": name} for name in names))
    lists = {
        parent.obs_id: set(parent.listings.filter(recommended=True).values_list("product__filename", flat=True))
        for parent in (exposure, combined)
    }
    assert lists == {EXPOSURE: {f"{EXPOSURE}_cal.fits"}, COMBINED: {f"{COMBINED}_i2d.fits"}}


def test_a_combined_product_lists_the_files_of_its_exposures(
    tmp_path: Path, exposure: Observation, combined: Observation
) -> None:
    other_band = make_observation(
        obs_id="jw01073001001_02103_00001_nrcb1", filters="F115W;CLEAR", calib_level=2, proposal_id="1073"
    )
    ingest_rows(
        "products",
        tmp_path,
        *({"filename": f"{stem}.fits"} for stem in (f"{COMBINED}_i2d", f"{EXPOSURE}_cal", f"{other_band.obs_id}_cal")),
    )
    listed = set(combined.listings.values_list("product__filename", "own_id"))
    assert listed == {(f"{COMBINED}_i2d.fits", combined.pk), (f"{EXPOSURE}_cal.fits", exposure.pk)}


def test_companions_of_a_visit_stand_in_the_lists_of_its_exposures(
    tmp_path: Path, exposure: Observation, combined: Observation
) -> None:
    second = make_observation(obs_id=EXPOSURE.replace("nrcb1", "nrcb2"), calib_level=2, proposal_id="1073")
    name = "jw01073001001_gs-id_1_image_cal.fits"
    assert counts(ingest_rows("products", tmp_path, {"filename": name})) == (1, 0, 0, 0)
    assert Product.objects.get().product_type == "AUXILIARY"
    assert KeywordRow.objects.get().service == "guidestar"
    parents = set(Listing.objects.values_list("parent_id", flat=True))
    assert parents == {exposure.pk, second.pk, combined.pk}
    assert counts(ingest_rows("products", tmp_path, {"filename": name})) == (0, 0, 1, 0)


def test_the_archive_s_product_record_gives_lists_by_number(
    tmp_path: Path, exposure: Observation, combined: Observation
) -> None:
    record = {
        "obsID": exposure.obsid,
        "obs_collection": "JWST",
        "dataURI": f"mast:JWST/product/{EXPOSURE}_cal.fits",
        "productFilename": f"{EXPOSURE}_cal.fits",
        "productType": "SCIENCE",
        "productSubGroupDescription": "CAL",
        "description": "calibrated by hand",
        "type": "S",
        "size": "42",
        "project": "CALJWST",
        "prvversion": "1.5.3",
        "calib_level": "2",
        "proposal_id": "1073",
    }
    parents = [{**record, "parent_obsid": own.obsid} for own in (exposure, combined)]
    assert counts(ingest_rows("products", tmp_path, *parents)) == (2, 0, 0, 0)
    product = Product.objects.get()
    assert (product.description, product.project, product.pipeline_version) == (
        "calibrated by hand",
        "CALJWST",
        "1.5.3",
    )
    assert set(Listing.objects.values_list("parent_id", "own_id")) == {
        (exposure.pk, exposure.pk),
        (combined.pk, exposure.pk),
    }
    assert counts(ingest_rows("products", tmp_path, *parents)) == (0, 0, 2, 0)


def test_files_of_any_mission_are_taken_by_their_observation_s_number(tmp_path: Path) -> None:
    own = make_observation(obs_collection="HLSP", obs_id="hlsp_x")
    row = {"productFilename": "hlsp_x_cat.txt", "obsID": own.obsid, "obs_collection": "HLSP", "size": "1"}
    assert counts(ingest_rows("products", tmp_path, row)) == (1, 0, 0, 0)
    assert Product.objects.get().uri == "mast:HLSP/product/hlsp_x_cat.txt"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"filename": "jw99999001001_02101_00001_nrcb1_cal.fits"}, "ingest its observations first"),
        ({"filename": "nobody_knows.fits"}, "the name tells no observation"),
        ({"filename": ""}, "no file name"),
        ({"filename": f"{EXPOSURE}_cal.fits", "fileSize": "-1"}, "fileSize -1 is outside"),
        ({"filename": f"{EXPOSURE}_cal.fits", "fileSize": "9" * 25}, "outside"),
        ({"filename": f"{EXPOSURE}_cal.fits", "checksum": "xyz"}, "not an MD5 sum"),
        ({"filename": f"{EXPOSURE}_cal.fits", "productLevel": "7"}, "none of"),
        ({"filename": f"{EXPOSURE}_cal.fits", "publicReleaseDate": "soon"}, "not an ISO time"),
        ({"filename": f"{EXPOSURE}_cal.fits", "obsID": "404"}, "no observation has the obsID 404"),
        ({"filename": f"{EXPOSURE}_cal.fits", "parent_obsid": "404"}, "no observation has the parent_obsid 404"),
        ({"filename": "x" * 10_000 + ".fits", "obsID": "1"}, "10,005 bytes"),
    ],
)
def test_bad_rows_are_told_and_good_ones_kept(
    tmp_path: Path, exposure: Observation, row: dict[str, str], reason: str
) -> None:
    report = ingest_rows("products", tmp_path, {"filename": f"{EXPOSURE}_rate.fits"}, row)
    assert counts(report) == (1, 0, 0, 1)
    assert reason in reasons(report)[3]


def test_an_obs_id_of_two_bands_needs_the_number(tmp_path: Path, exposure: Observation) -> None:
    make_observation(obs_id=EXPOSURE, filters="other", calib_level=2)
    report = ingest_rows("products", tmp_path, {"filename": f"{EXPOSURE}_cal.fits"})
    assert "2 observations have this obs_id" in reasons(report)[2]


def test_a_plan_owns_no_files(tmp_path: Path) -> None:
    make_observation(obs_id=EXPOSURE, calib_level=-1)
    assert ingest_rows("products", tmp_path, {"filename": f"{EXPOSURE}_cal.fits"}).rejected == 1


def test_one_file_with_two_faces_is_a_contradiction(
    tmp_path: Path, exposure: Observation, combined: Observation
) -> None:
    name = f"{EXPOSURE}_cal.fits"
    rows = [
        {"productFilename": name, "size": "1", "parent_obsid": exposure.obsid},
        {"productFilename": name, "size": "2", "parent_obsid": combined.obsid},
        {"productFilename": name, "size": "1", "parent_obsid": exposure.obsid},
    ]
    report = ingest_rows("products", tmp_path, *rows)
    assert (counts(report), report.repeated) == ((1, 0, 0, 1), 1)
    assert "stands already in line 2" in reasons(report)[3]


def test_closed_files_need_a_date_of_release(tmp_path: Path) -> None:
    own = make_observation(obs_id=EXPOSURE, t_obs_release=None)
    row = {"productFilename": f"{EXPOSURE}_cal.fits", "obsID": own.obsid, "dataRights": "EXCLUSIVE_ACCESS"}
    assert "date of release" in reasons(ingest_rows("products", tmp_path, row))[2]


@pytest.mark.parametrize("name", ["../../etc/passwd", "=cmd().fits", "a\nb.fits", "name with blanks .fits", "é.fits"])
def test_hostile_file_names_are_data(tmp_path: Path, exposure: Observation, name: str) -> None:
    assert ingest_rows("products", tmp_path, {"productFilename": name, "obsID": exposure.obsid}).inserted == 1
    assert Product.objects.get().filename == name
