"""The sample archive: facts, footprints, files, and that building it again changes nothing.

Independent of the sample's own geometry: astropy's coordinates and WCS, and the observatory's aperture file.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import ascii as ascii_tables
from astropy.io import fits
from astropy.wcs import WCS
from django.db import transaction
from django.db.models import QuerySet
from PIL import Image
from pytest_django import DjangoDbBlocker

from archive.clock import to_mjd
from archive.models import Held, Listing, Name, Observation, ObservationQuerySet, ObservationState, Product, Program
from archive.names import name_key
from archive.references import read_references, used_by
from archive.sample.build import SampleReport, build_sample, sample_rows
from archive.sample.instruments import NIRCAM_BOTH
from archive.sample.products import facts_of
from archive.sample.programs import PROGRAMS
from archive.storage.posix import PosixStorage
from tests.shared_data import shared_file

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sample")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> PosixStorage:
    return PosixStorage(tmp_path_factory.mktemp("sample-storage"))


@pytest.fixture(scope="module")
def sample(django_db_setup: None, django_db_blocker: DjangoDbBlocker, store: PosixStorage) -> Iterator[SampleReport]:
    """The archive, built once for all tests here, and taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        began = time.process_time()
        report = replace(build_sample(store, NOW), seconds=time.process_time() - began)
        print(f"\n{report}")  # noqa: T201 - what it took of the processor belongs into the test's output
        yield report
        transaction.set_rollback(True)


def regions(s_region: str) -> list[SkyCoord]:
    """The corners of each polygon, read independently of archive.sky."""
    polygons = s_region.split("POLYGON ICRS ")[1:]
    return [SkyCoord(np.array(text.split(), dtype=float).reshape(-1, 2) * u.deg) for text in polygons]


def area_arcsec2(corners: SkyCoord) -> float:
    east, north = (offset.to_value(u.arcsec) for offset in corners[0].spherical_offsets_to(corners))
    return abs(float(np.dot(east, np.roll(north, 1)) - np.dot(north, np.roll(east, 1)))) / 2


def states_of(rows: QuerySet[Observation]) -> Counter[str]:
    """How many of the rows are in which state."""
    stated = ObservationQuerySet(Observation).with_state(to_mjd(NOW)).filter(pk__in=rows)
    return Counter(str(vars(row)["state"]) for row in stated)


def held_files(suffix: str = "") -> list[Product]:
    return list(
        Product.objects.filter(held=Held.YES, filename__endswith=suffix).select_related("observation").order_by("pk")
    )


def test_it_takes_less_than_a_minute_of_the_processor(sample: SampleReport, store: PosixStorage) -> None:
    assert sample.seconds < 60
    assert 1500 <= sample.observations <= 1800
    assert sum(file.stat().st_size for file in store.root.rglob("*") if file.is_file()) < 300e6


def test_it_has_all_states_levels_and_both_missions() -> None:
    rows = Observation.objects.all()
    assert set(states_of(rows)) == {state.value for state in ObservationState}
    assert set(rows.values_list("calib_level", flat=True)) == {-1, 1, 2, 3}
    assert set(rows.values_list("obs_collection", flat=True)) == {"JWST", "HST"}


def test_the_ring_nebula_has_public_exclusive_and_planned_rows() -> None:
    states = states_of(Observation.objects.filter(target_name="NGC-6720"))
    assert all(states[state.value] >= 5 for state in ObservationState)
    assert Name.objects.get(key=name_key("m57")).canonical_name == "M 57"


def test_planned_rows_have_a_place_but_no_dates_and_no_files() -> None:
    for row in Observation.objects.filter(calib_level=-1):
        assert row.s_region
        assert (row.t_min, row.t_max, row.t_exptime, row.t_obs_release) == (None, None, None, None)
        assert not row.listings.exists()


def test_building_it_again_changes_nothing_even_on_another_day(store: PosixStorage) -> None:
    before = list(Observation.objects.order_by("obsid").values_list("obsid", "t_min", "t_obs_release"))
    again = build_sample(store, NOW + dt.timedelta(days=40))
    assert (again.changed_observations, again.changed_products, again.files) == (0, 0, 0)
    assert list(Observation.objects.order_by("obsid").values_list("obsid", "t_min", "t_obs_release")) == before


@pytest.mark.parametrize(
    ("obs_id", "fields_arcsec"),
    [
        ("jw02736001001_02101_00001_nrcb1", [(64, 64)]),
        ("jw02736001001_02101_00001_nrcalong", [(129, 129)]),
        ("jw01558002001_02101_00001_mirimage", [(74, 113)]),
        ("jw99001003001_02101_00001_nis", [(133, 133)]),
        ("jw01558004001_02101_00001_nrs1", [(3, 3)]),
        ("jw01558-o003_t001_miri_ch1-short", [(3.2, 3.7)]),
        ("jw01558-o003_t001_miri_ch4-long", [(6.6, 7.7)]),
        ("j8m81aaaq", [(202, 100), (202, 100)]),
        ("ibh61aaaq", [(162, 80.4), (162, 80.4)]),
        ("ibf33aaaq", [(136, 123)]),
        ("u2lx1aaaq", [(35, 35), (80, 80), (80, 80), (80, 80)]),
    ],
)
def test_footprints_are_as_large_as_the_fields_of_view(obs_id: str, fields_arcsec: list[tuple[float, float]]) -> None:
    observation = Observation.objects.get(obs_id=obs_id)
    areas = [area_arcsec2(corners) for corners in regions(observation.s_region)]
    assert areas == pytest.approx([width * height for width, height in fields_arcsec], rel=1e-3)


def test_the_detectors_lie_as_in_the_observatorys_aperture_file() -> None:
    with shared_file("siaf_apertures.csv").open(encoding="utf-8") as lines:
        apertures = {row["aperture"]: row for row in csv.DictReader(lines)}
    origin = apertures["NRCALL_FULL"]
    for detector, field in NIRCAM_BOTH.items():
        name = detector.upper().replace("LONG", "5")
        corners = np.array(apertures[f"{name}_FULL"]["corners_v2v3_arcsec"].split(), dtype=float).reshape(-1, 2)
        middle = corners.mean(axis=0) - [float(origin["v2_ref_arcsec"]), float(origin["v3_ref_arcsec"])]
        assert (field.x, field.y) == pytest.approx(middle, abs=1.0), detector


def test_a_cosmic_origins_aperture_is_a_circle() -> None:
    row = Observation.objects.filter(instrument_name="COS/FUV").first()
    assert row is not None
    assert row.s_region.startswith("CIRCLE ICRS ")
    assert float(row.s_region.split()[-1]) * 3600 == pytest.approx(1.25, rel=1e-4)


def test_footprints_cross_zero_hours_and_hold_the_pole() -> None:
    crossing = [
        row
        for row in Observation.objects.filter(target_name="SAMPLE-ZERO-HOURS").exclude(s_region="")
        if any(corners.ra.deg.min() < 1 and corners.ra.deg.max() > 359 for corners in regions(row.s_region))
    ]
    assert crossing
    holding = 0
    for row in Observation.objects.filter(target_name="SAMPLE-NORTH-POLE"):
        for corners in regions(row.s_region):
            steps = np.diff(np.append(corners.ra.deg, corners.ra.deg[0]))
            holding += abs(((steps + 180) % 360 - 180).sum()) > 359
    assert holding


def test_every_file_is_stored_as_recorded(store: PosixStorage) -> None:
    files = held_files()
    assert len(files) > 300
    for file in files:
        content = (store.root / file.storage_key).read_bytes()
        recorded = (file.size_bytes, file.sha256, file.crc32, file.stand_in)
        assert recorded == (len(content), hashlib.sha256(content).hexdigest(), zlib.crc32(content), False)


def test_every_image_opens_and_its_corners_are_the_footprints(store: PosixStorage) -> None:
    images = 0
    for file in held_files(".fits"):
        with fits.open(store.root / file.storage_key) as hdus:
            hdus.verify("exception")
            science = [hdu for hdu in hdus if hdu.name == "SCI" and "CRVAL1" in hdu.header]
            for hdu, corners in zip(science, regions(file.observation.s_region), strict=True) if science else ():
                nx, ny = hdu.header["NAXIS1"], hdu.header["NAXIS2"]
                wcs = WCS(hdu.header).celestial
                edges = wcs.pixel_to_world([nx - 0.5, -0.5, -0.5, nx - 0.5], [-0.5, -0.5, ny - 0.5, ny - 0.5])
                apart = [edges.separation(corner).arcsec.min() for corner in corners]
                assert max(apart) < 0.1, file.filename
                images += 1
    assert images > 200


def test_two_exposures_of_one_field_show_the_same_sky(store: PosixStorage) -> None:
    """Dithered exposures, each read at the same positions by its own WCS."""
    values = []
    grid = SkyCoord(283.39623 * u.deg, 33.02913 * u.deg).spherical_offsets_by(
        *(offset * u.arcsec for offset in np.meshgrid(np.linspace(-45, 45, 40), np.linspace(-45, 45, 40)))
    )
    for number in (1, 2):
        file = Product.objects.get(filename=f"jw01558001001_02101_0000{number}_nrcblong_cal.fits")
        with fits.open(store.root / file.storage_key) as hdus:
            x, y = WCS(hdus["SCI"].header).world_to_pixel(grid)
            values.append(hdus["SCI"].data[np.rint(y).astype(int), np.rint(x).astype(int)].ravel())
    assert np.corrcoef(*values)[0, 1] > 0.95


def test_other_files_are_what_their_names_say(store: PosixStorage) -> None:
    def content(ending: str) -> bytes:
        return (store.root / held_files(ending)[0].storage_key).read_bytes()

    assert len(ascii_tables.read(content("_cat.ecsv").decode(), format="ecsv")) > 10
    assert len(ascii_tables.read(content("_whtlt.ecsv").decode(), format="ecsv")) == 300
    assert json.loads(content("_asn.json"))["products"][0]["members"]
    picture = Image.open(io.BytesIO(content("_i2d.jpg")))
    assert (picture.format, max(picture.size)) == ("JPEG", 360)


def test_names_and_rows_agree() -> None:
    for row in sample_rows(61000.0):
        for filename in row.files:
            facts = facts_of(filename)
            if facts.product_group != "ASN" or row.visit.mission == "HST":
                assert facts.own_obs_id == row.obs_id
    assert not Product.objects.exclude(uri__startswith="mast:").exclude(product_type="CALIBRATION").exists()


def test_shared_files_stand_in_several_lists() -> None:
    pool = Product.objects.get(
        filename__startswith="jw02736_", filename__endswith="_pool.csv", observation__obs_id__contains="-o001"
    )
    assert Listing.objects.filter(product=pool).count() == 6


def test_two_programs_have_enough_recommended_files_to_stage() -> None:
    files = Product.objects.filter(
        held=Held.YES, listings__recommended=True, listings__parent__proposal_id__in=["2733", "2736"],
        listings__parent__calib_level=3, observation__t_obs_release__lt=to_mjd(NOW),
    ).distinct()  # fmt: skip
    assert files.count() >= 50


def test_real_programs_have_the_investigators_of_the_real_list() -> None:
    with shared_file("jwst_programs.csv").open(encoding="utf-8") as lines:
        listed = {row["program"]: row for row in csv.DictReader(lines) if row["pi_name"] not in {"", "UNKNOWN"}}
    compared = 0
    for (mission, number), program in PROGRAMS.items():
        if mission == "JWST" and number in listed:
            family = program.pi_name.partition(",")[0].lower()
            assert family.split()[-1] in listed[number]["pi_name"].lower().replace("é", "e"), number
            compared += 1
    assert compared >= 12
    assert Program.objects.filter(mission="HST", number="12058").exists()


def test_the_programs_of_the_sample_itself_say_so() -> None:
    own = Program.objects.filter(number__startswith="990")
    assert own.count() == 6
    assert all("Sample program" in program.title for program in own)
    assert not Observation.objects.filter(t_obs_release__gt=to_mjd(NOW)).exclude(proposal_id__startswith="990").exists()


def test_making_the_rows_alone_is_quick() -> None:
    began = time.process_time()
    sample_rows(61000.0)
    assert time.process_time() - began < 5


def test_the_folder_is_ordered_by_mission_and_program(store: PosixStorage) -> None:
    assert {path.name for path in Path(store.root).iterdir()} == {"jwst", "hst"}
    assert (Path(store.root) / "jwst" / "jw02736").is_dir()


def test_some_programs_turn_public_within_a_fortnight() -> None:
    now = to_mjd(NOW)
    soon = Observation.objects.filter(t_obs_release__gt=now, t_obs_release__lt=now + 14)
    assert len(set(soon.values_list("obs_collection", "proposal_id"))) >= 4
    assert len({int(release) for release in soon.values_list("t_obs_release", flat=True) if release}) >= 5


def test_headers_name_references_that_are_held(store: PosixStorage) -> None:
    """The button's first visitor finds what the headers of a held exposure name; astropy reads both."""
    calibrated = Product.objects.get(filename="jw01558001001_02101_00001_nrcblong_cal.fits")
    readings = read_references(Product.objects.filter(pk=calibrated.pk), store)
    assert (readings.left, readings.unread, readings.unknown) == (0, [], [])
    used = list(used_by(Product.objects.filter(pk=calibrated.pk)))
    assert [one.filename for one in used] == [
        f"jwst_nircam_{kind}_9010.fits" for kind in ("dark", "gain", "mask", "readnoise")
    ]
    header = fits.getheader(io.BytesIO(store.read_range(calibrated.storage_key, 0, 10**8)))
    assert header["R_DARK"] == "crds://jwst_nircam_dark_9010.fits"
    for one in used:
        assert (one.held, one.stand_in) == (Held.YES, False)
        content = store.read_range(one.storage_key, 0, 10**8)
        assert hashlib.sha256(content).hexdigest() == one.sha256
        own = fits.getheader(io.BytesIO(content))
        assert (own["REFTYPE"], own["DETECTOR"], own["PEDIGREE"]) == (one.product_group, "NRCBLONG", "DUMMY")
    assert not Product.objects.filter(product_type="CALIBRATION").exclude(held=Held.YES).exists()
