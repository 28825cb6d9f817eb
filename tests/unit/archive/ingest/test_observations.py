"""Observations into the holdings: identity, what is refused, what is derived."""

import csv
from pathlib import Path

import pytest
from django.db import connection

from archive.ingest import UnusableInputError
from archive.models import Listing, Observation, Program
from basket.models import Basket, BasketObservation
from tests.factories import make_observation, make_product
from tests.unit.archive.ingest.inputs import counts, ingest_rows, observation, reasons, run, write_csv

pytestmark = pytest.mark.django_db


def test_a_row_is_stored_in_the_archive_s_words(tmp_path: Path) -> None:
    report = ingest_rows(
        "observations",
        tmp_path,
        observation(
            obsid="87000001", proposal_id="01073", mtFlag="T", sequence_number="12", em_min="1755", em_max="2227",
            jpegURL="mast:JWST/product/a.jpg", product="a_i2d.fits", objID="42", srcDen="3",
        ),
    )  # fmt: skip
    assert counts(report) == (1, 0, 0, 0)
    stored = Observation.objects.get()
    assert (stored.obsid, stored.obsid_assigned, stored.proposal_id) == (87000001, False, "1073")
    assert (stored.mt_flag, stored.sequence_number, stored.intent_type) == (True, 12, "science")
    assert (stored.jpeg_url, stored.data_url) == ("mast:JWST/product/a.jpg", "mast:JWST/product/a_i2d.fits")
    assert (stored.em_min, stored.obj_id, stored.src_den) == (1755, "42", 3)
    assert stored.hpx is not None
    assert stored.cover_radius_deg == 0


def test_the_same_input_twice_changes_nothing_and_writes_nothing(tmp_path: Path) -> None:
    row = observation(s_region="POLYGON 80 -70 81 -70 81 -69 80 -69")
    first = ingest_rows("observations", tmp_path, row)
    versions = _row_versions()
    second = ingest_rows("observations", tmp_path, row)
    assert (counts(first), counts(second)) == ((1, 0, 0, 0), (0, 0, 1, 0))
    assert versions == _row_versions()


def _row_versions() -> list[tuple[str]]:
    """PostgreSQL's own mark of each stored row, which any writing changes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid::text || xmin::text FROM archive_observation ORDER BY obsid")
        return list(cursor.fetchall())


def test_a_row_without_number_updates_its_observation_and_keeps_the_number(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation())
    number = Observation.objects.get().obsid
    report = ingest_rows("observations", tmp_path, observation(target_name="LMC-2"))
    assert counts(report) == (0, 1, 0, 0)
    assert (Observation.objects.get().obsid, Observation.objects.get().target_name) == (number, "LMC-2")
    assert number >= 10**12


def test_a_row_without_number_finds_the_observation_that_came_with_one(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(obsid="7"))
    report = ingest_rows("observations", tmp_path, observation(target_name="other"))
    assert counts(report) == (0, 1, 0, 0)
    assert Observation.objects.get().obsid == 7


def test_two_bands_of_one_exposure_share_an_obs_id(tmp_path: Path) -> None:
    report = ingest_rows("observations", tmp_path, observation(filters="CH1"), observation(filters="CH2"))
    assert counts(report) == (2, 0, 0, 0)
    assert Observation.objects.values("obs_id").distinct().count() == 1


def test_columns_that_the_input_does_not_have_stay_and_empty_cells_empty(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(proposal_type="GO"))
    ingest_rows("observations", tmp_path, observation(target_name=""))
    stored = Observation.objects.get()
    assert (stored.proposal_type, stored.target_name) == ("GO", "")


def test_contradictions_inside_one_input_are_reported_by_line_and_repeats_are_counted(tmp_path: Path) -> None:
    report = ingest_rows(
        "observations",
        tmp_path,
        observation(),
        observation(),
        observation(target_name="other"),
        observation(filters="F1"),
    )
    assert (counts(report), report.repeated) == ((2, 0, 0, 1), 1)
    assert reasons(report) == {4: "this observation stands already in line 2 with other values: keep one of the two"}


def test_a_number_and_no_number_for_one_observation_in_one_input_are_one_row(tmp_path: Path) -> None:
    report = ingest_rows("observations", tmp_path, observation(), observation(obsid="7"))
    assert (report.inserted, report.repeated) == (1, 1)
    stored = Observation.objects.get()
    assert (stored.obsid, stored.obsid_assigned) == (7, False)


def test_a_given_number_may_not_be_one_that_is_assigned_to_another(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation())
    assigned = Observation.objects.get().obsid
    report = ingest_rows(
        "observations",
        tmp_path,
        observation(obsid=assigned, obs_id="another"),
        observation(obsid="55"),
        observation(obsid=10**12 + 10**9, obs_id="third"),
    )
    assert counts(report) == (0, 0, 0, 3)
    told = reasons(report)
    assert "leave obsid empty" in told[2]
    assert f"already under the assigned number {assigned}" in told[3]
    assert "too large" in told[4]


def test_our_own_table_of_observations_comes_back_unchanged(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation())
    assigned = Observation.objects.get().obsid
    assert counts(ingest_rows("observations", tmp_path, observation(obsid=assigned))) == (0, 0, 1, 0)


def test_a_key_that_fits_several_observations_is_refused(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(obsid="1"), observation(obsid="2"))
    report = ingest_rows("observations", tmp_path, observation())
    assert "2 observations have this mission" in reasons(report)[2]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"obs_id": ""}, "obs_id is empty"),
        ({"obs_collection": " "}, "obs_collection is empty"),
        ({"s_ra": "nan"}, "s_ra 'nan' is not a number"),
        ({"s_ra": "-0.1"}, "s_ra '-0.1' is outside 0 to 360"),
        ({"s_dec": "90.5"}, "outside -90 to 90"),
        ({"s_dec": ""}, "give both, or neither"),
        ({"s_region": "POLYGON 1 2 3"}, "s_region"),
        ({"s_region": "BANANA 1 2 3"}, "s_region"),
        ({"calib_level": "5"}, "outside -1 to 4"),
        ({"calib_level": "high"}, "not a whole number"),
        ({"t_min": "2459700.5"}, "subtract 2400000.5"),
        ({"t_max": "59700.1"}, "lies before t_min"),
        ({"t_exptime": "-3"}, "0 and above"),
        ({"sequence_number": "99999999999"}, "outside"),
        ({"mtFlag": "perhaps"}, "neither true nor false"),
        ({"obsid": "0"}, "obsid 0 is outside"),
        ({"obsid": "99999999999999999999"}, "outside"),
        ({"dataRights": "EXCLUSIVE_ACCESS", "t_obs_release": ""}, "without t_obs_release"),
        ({"dataRights": "PROPRIETARY", "t_obs_release": ""}, "without t_obs_release"),
        ({"dataRights": "OPEN"}, "none of PUBLIC"),
        ({"obs_id": "x" * 10_000}, "10,000 bytes"),
        ({"filters": "F" * 3000}, "3,000 bytes"),
        ({"target_name": "nul\0byte"}, "NUL byte"),
    ],
)
def test_a_bad_row_is_told_with_its_reason_and_the_good_ones_are_kept(
    tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    sound = observation(
        filters="SOUND", mtFlag="", sequence_number="", t_exptime="", obsid="", dataRights="", s_region=""
    )
    report = ingest_rows("observations", tmp_path, sound, {**sound, "filters": "BAD", **cells})
    assert counts(report) == (1, 0, 0, 1)
    assert reason in reasons(report)[3]
    assert Observation.objects.get().filters == "SOUND"


def test_all_that_is_wrong_with_a_row_is_told_at_once(tmp_path: Path) -> None:
    report = ingest_rows("observations", tmp_path, observation(s_ra="x", t_min="y", calib_level="9"))
    assert reasons(report)[2].count(";") >= 2


def test_a_mended_reject_file_can_be_ingested_as_it_is(tmp_path: Path) -> None:
    report = ingest_rows("observations", tmp_path, observation(s_ra="x"), observation(filters="F1"))
    assert report.reject_path is not None
    mended = tmp_path / "mended.csv"
    mended.write_text(report.reject_path.read_text().replace(",x,", ",80.5,"))
    again = run("observations", mended)
    assert counts(again) == (1, 0, 0, 0)
    assert again.notes == []


def test_a_run_without_rejects_removes_the_reject_file_of_the_last(tmp_path: Path) -> None:
    report = ingest_rows("observations", tmp_path, observation(s_ra="x"))
    assert report.reject_path is not None
    place = report.reject_path
    ingest_rows("observations", tmp_path, observation())
    assert not place.exists()


def test_rejected_rows_are_kept_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'obs_collection,obs_id\nJWST,caf\xe9\nJWST,"a""b"\nJWST\n')
    report = run("observations", path)
    assert report.reject_path is not None
    lines = report.reject_path.read_bytes().splitlines()
    assert len(lines) == 3
    assert lines[1].endswith(b"JWST,caf\xe9")


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "=cmd()|'/c calc'!A0", "<script>alert(1)</script>", "two\nlines", "é" * 10_000, "';--"]
)
def test_hostile_text_is_data(tmp_path: Path, text: str) -> None:
    assert counts(ingest_rows("observations", tmp_path, observation(target_name=text))) == (1, 0, 0, 0)
    assert Observation.objects.get().target_name == text
    assert counts(ingest_rows("observations", tmp_path, observation(target_name=text))) == (0, 0, 1, 0)


def test_right_ascension_360_is_0(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(s_ra="360"))
    assert Observation.objects.get().s_ra == 0


def test_the_centre_of_the_footprint_stands_in_for_a_missing_position(tmp_path: Path) -> None:
    region = "POLYGON ICRS 359 -1 1 -1 1 1 359 1"
    ingest_rows("observations", tmp_path, observation(s_ra="", s_dec="", s_region=region))
    stored = Observation.objects.get()
    assert stored.s_ra is not None
    assert min(stored.s_ra, 360 - stored.s_ra) < 1e-6
    assert stored.s_dec == pytest.approx(0, abs=1e-6)


def test_rows_without_any_position_are_kept(tmp_path: Path) -> None:
    ingest_rows("observations", tmp_path, observation(s_ra="", s_dec=""))
    assert Observation.objects.get().hpx is None


def test_planned_rows_may_be_exclusive_without_a_date(tmp_path: Path) -> None:
    row = observation(calib_level="-1", t_obs_release="", dataRights="EXCLUSIVE_ACCESS")
    assert counts(ingest_rows("observations", tmp_path, row)) == (1, 0, 0, 0)


def test_columns_come_in_any_order_and_case_and_unknown_ones_are_named(tmp_path: Path) -> None:
    row = {"T_MIN": "59700", "OBS_ID": "a", "mood": "good", "obs_collection": "HST"}
    report = ingest_rows("observations", tmp_path, row)
    assert counts(report) == (1, 0, 0, 0)
    assert report.notes == ["no column t_obs_release: new rows count as public", "columns that nothing reads: mood"]
    assert Observation.objects.get().t_min == 59700


def test_a_missing_required_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="no column obs_collection"):
        ingest_rows("observations", tmp_path, {"obs_id": "a"})


def test_a_column_named_twice_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("obs_id,obs_collection,obs_id\na,HST,b\n")
    with pytest.raises(UnusableInputError, match="obs_id twice"):
        run("observations", path)


def test_observations_get_pi_and_title_of_their_program_and_keep_their_own(tmp_path: Path) -> None:
    Program.objects.create(mission="JWST", number="1073", pi_name="Hilbert, Bryan", title="Astrometry")
    rows = [observation(), observation(filters="OWN", proposal_pi="Self, Own")]
    ingest_rows("observations", tmp_path, *rows)
    assert list(Observation.objects.order_by("obsid").values_list("proposal_pi", "obs_title")) == [
        ("Hilbert, Bryan", "Astrometry"),
        ("Self, Own", "Astrometry"),
    ]
    assert counts(ingest_rows("observations", tmp_path, *rows)) == (0, 0, 2, 0)


def test_data_of_a_visit_end_its_plan_also_in_baskets(tmp_path: Path) -> None:
    planned = make_observation(obs_id="jw01073001001_xx101_00001_nircam", calib_level=-1)
    other = make_observation(obs_id="jw01073002001_xx101_00001_nircam", calib_level=-1)
    BasketObservation.objects.create(basket=Basket.objects.create(), observation=planned)
    report = ingest_rows("observations", tmp_path, observation())
    assert "1 planned visits have data now" in report.notes[0]
    assert list(Observation.objects.filter(calib_level=-1)) == [other]
    assert not BasketObservation.objects.exists()


def test_a_combined_product_ends_the_plans_of_all_visits_of_its_observation(tmp_path: Path) -> None:
    for visit in ("001", "002"):
        make_observation(obs_id=f"jw01073001{visit}_xx101_00001_nircam", calib_level=-1)
    ingest_rows("observations", tmp_path, observation(obs_id="jw01073-o001_t001_nircam_clear-f200w", calib_level="3"))
    assert not Observation.objects.filter(calib_level=-1).exists()


def test_a_combined_product_that_comes_later_lists_its_exposures(tmp_path: Path) -> None:
    exposure = make_observation(
        obs_id="jw01073001001_02101_00001_nrcb1", calib_level=2, filters="F200W;CLEAR", proposal_id="1073"
    )
    cal = make_product(exposure, filename="jw01073001001_02101_00001_nrcb1_cal.fits")
    ingest_rows(
        "observations",
        tmp_path,
        observation(obs_id="jw01073-o001_t001_nircam_clear-f200w", filters="F200W;CLEAR", calib_level="3"),
    )
    combined = Observation.objects.get(calib_level=3)
    assert Listing.objects.filter(parent=combined, own=exposure, product=cal).exists()


def test_rows_may_come_gzipped_with_a_byte_order_mark_in_windows_lines(tmp_path: Path) -> None:
    import gzip

    path = write_csv(tmp_path / "a.csv", [observation()])
    text = "\ufeff" + path.read_text().replace("\n", "\r\n")
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert counts(run("observations", packed)) == (1, 0, 0, 0)


def test_every_published_column_can_be_ingested_and_is_stored() -> None:
    from archive.columns import OBSERVATION_COLUMNS
    from archive.ingest.kinds.observations import Observations

    fields = {field.name for field in Observation._meta.get_fields()}
    assert {c.name for c in OBSERVATION_COLUMNS} - {"distance"} <= set(Observations.COLUMNS)
    assert all(c.field in fields for c in OBSERVATION_COLUMNS if c.field)


def test_the_published_columns_are_those_of_the_portal_s_configuration() -> None:
    from archive.columns import OBSERVATION_COLUMN
    from tests.shared_data import shared_file

    with shared_file("portal_caom_columns.csv").open(newline="") as file:
        known = {row["column"]: row for row in csv.DictReader(file) if row["removed"] != "True"}
    known.pop("_selected_")
    assert known.keys() - {"objID1"} <= OBSERVATION_COLUMN.keys()
    for name, row in known.items():
        if row["label"] and name != "srcDen":
            assert OBSERVATION_COLUMN[name].label == row["label"]
        if row["unit"]:
            assert OBSERVATION_COLUMN[name].unit == row["unit"]
