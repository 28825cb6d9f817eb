"""The real tables, whole: counts against the files themselves, and a second run that changes nothing."""

import csv
import gzip
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F, Q, Sum

from archive.clock import to_mjd
from archive.ingest import IngestReport, read_map
from archive.models import KeywordRow, Listing, Name, Observation, Product, Program
from tests.shared_data import shared_file
from tests.unit.archive.ingest.inputs import NOW, counts, reasons, run

pytestmark = pytest.mark.django_db

Ingest = Callable[..., IngestReport]


@pytest.fixture
def take(tmp_path: Path) -> Ingest:
    """Ingest a file of the real data, with the example map of its name where it needs one."""

    def ingest_file(kind: str, name: str, map_name: str = "") -> IngestReport:
        path = shared_file(name)
        mapping = read_map(settings.BASE_DIR / "examples" / "maps" / map_name) if map_name else None
        return run(kind, path, mapping=mapping, reject_path=tmp_path / f"{name}.rejected.csv")

    return ingest_file


def _rows(name: str) -> list[dict[str, str]]:
    path = shared_file(name)
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_jwst_observations_files_programs_and_plans(take: Ingest, capsys: pytest.CaptureFixture[str]) -> None:
    rows, files = _rows("jwst_caom_observations.csv"), _rows("jwst_files.csv.gz")
    assert counts(take("programs", "jwst_programs.csv")) == (len(_rows("jwst_programs.csv")), 0, 0, 0)
    started = time.monotonic()
    assert counts(take("observations", "jwst_caom_observations.csv")) == (len(rows), 0, 0, 0)
    seconds = time.monotonic() - started
    with capsys.disabled():
        print(f"\n{len(rows):,} observations ingested, {len(rows) / seconds:,.0f} rows/s")  # noqa: T201 - a measure
    assert counts(take("products", "jwst_files.csv.gz")) == (len(files), 0, 0, 0)

    _check_observations(rows)
    _check_files(files)
    first = take("plans", "jwst_visit_windows_2023.csv")
    _check_plans(first)

    for kind, name, size in (
        ("programs", "jwst_programs.csv", Program.objects.count()),
        ("observations", "jwst_caom_observations.csv", len(rows)),
        ("products", "jwst_files.csv.gz", len(files)),
        ("plans", "jwst_visit_windows_2023.csv", first.inserted),
    ):
        assert counts(take(kind, name)) == (0, 0, size, 0), name


def _check_observations(rows: list[dict[str, str]]) -> None:
    now_mjd = to_mjd(NOW)
    states = Counter(row.state for row in Observation.objects.with_state(now_mjd).only("obsid"))  # type: ignore[attr-defined]  # annotated
    exclusive = sum(float(row["t_obs_release"]) > now_mjd for row in rows)
    assert states == {"exclusive": exclusive, "public": len(rows) - exclusive}
    assert Observation.objects.filter(footprint__isnull=False).count() == sum(bool(row["s_region"]) for row in rows)
    assert not Observation.objects.filter(hpx=None).exists()
    assert set(Observation.objects.values_list("proposal_id", flat=True)) == {
        row["proposal_id"].lstrip("0") for row in rows
    }
    known = {row["program"]: row["pi_name"] for row in _rows("jwst_programs.csv")}
    with_pi = sum(bool(known.get(row["proposal_id"].lstrip("0"))) for row in rows)
    assert Observation.objects.exclude(proposal_pi="").count() == with_pi
    sample = rows[::997]
    for row in sample:
        stored = Observation.objects.get(
            obs_id=row["obs_id"], instrument_name=row["instrument_name"], filters=row["filters"]
        )
        assert stored.s_region == row["s_region"]
        assert (stored.t_min, stored.t_obs_release) == (float(row["t_min"]), float(row["t_obs_release"]))
        assert stored.data_url == f"mast:JWST/product/{row['product']}"


def _check_files(files: list[dict[str, str]]) -> None:
    assert Product.objects.count() == KeywordRow.objects.count() == len(files)
    listed = Product.objects.aggregate(size_bytes=Sum("listed_size_bytes"))["size_bytes"]
    assert listed == sum(int(row["fileSize"]) for row in files)
    assert Listing.objects.filter(parent=F("own"), product__observation=F("own")).count() == len(files)
    # by the listing's own word for the level, where the names decide otherwise
    levels = {"1b": 1, "2a": 2, "2b": 2, "3": 3}
    told = {row["filename"]: levels[row["productLevel"]] for row in files}
    assert all(told[name] == level for name, level in Product.objects.values_list("filename", "calib_level").iterator())
    recommended = Listing.objects.filter(recommended=True).values_list("product__product_group", flat=True).distinct()
    assert set(recommended) >= {"CAL", "S3D", "S2D"}
    assert not Listing.objects.filter(recommended=True).exclude(product__product_type="SCIENCE").exists()


def _check_plans(report: IngestReport) -> None:
    """A plan is of no visit with data, by the names of the observations alone."""
    executed = {
        obs_id[:13]
        for obs_id in Observation.objects.filter(calib_level__lt=3, calib_level__gte=0).values_list("obs_id", flat=True)
    }
    plans = Observation.objects.filter(calib_level=-1)
    assert plans.count() == report.inserted > 3000
    assert report.read == report.inserted + report.skipped == 6617
    assert not {obs_id[:13] for obs_id in plans.values_list("obs_id", flat=True)} & executed
    assert not plans.filter(~Q(t_min=None) | ~Q(t_obs_release=None)).exists()
    # fixed days that have passed are not planned: 2023-08-07 and earlier
    assert not plans.filter(plan_window_end__lte=60164, plan_window_end=F("plan_window_start") + 1).exists()


@pytest.mark.parametrize(
    ("kind", "name", "map_name", "stored"),
    [
        ("observations", "hst_observations_m31.csv", "hst_observations_m31.toml", Observation),
        ("observations", "tess_ffi_footprints.csv", "tess_ffi_footprints.toml", Observation),
        ("observations", "k2_footprints.csv", "k2_footprints.toml", Observation),
        ("programs", "hst_programs.csv", "hst_programs.toml", Program),
    ],
)
def test_tables_of_other_shapes_come_in_through_the_example_maps(
    take: Ingest, kind: str, name: str, map_name: str, stored: type[Observation | Program]
) -> None:
    size = len(_rows(name))
    assert counts(take(kind, name, map_name)) == (size, 0, 0, 0)
    assert stored.objects.count() == size
    assert counts(take(kind, name, map_name)) == (0, 0, size, 0)


def test_hubble_s_columns_are_turned_into_the_archive_s(take: Ingest) -> None:
    take("observations", "hst_observations_m31.csv", "hst_observations_m31.toml")
    row = Observation.objects.get(obs_id="hst_09634_9c_wfpc2_f300w_pc")
    assert (row.obs_collection, row.calib_level, row.proposal_id) == ("HLA", 3, "9634")
    # 2002-06-29 19:24:07 UTC
    assert row.t_obs_release == pytest.approx(52454.8084143519, abs=1e-8)
    assert (row.em_min, row.em_max, row.mt_flag) == (254.97, 328.99, False)


def test_k2_channels_have_names_and_centres(take: Ingest) -> None:
    take("observations", "k2_footprints.csv", "k2_footprints.toml")
    row = Observation.objects.get(obs_id="ktwo-c00-ch01")
    # the mean of the four corners in the table
    assert row.s_ra == pytest.approx(104.2663, abs=0.01)
    assert row.s_dec == pytest.approx(19.0056, abs=0.01)


def test_targets_become_names_and_clashes_are_told(take: Ingest) -> None:
    report = take("names", "targets.csv", "targets.toml")
    size = len(_rows("targets.csv"))
    assert report.inserted == Name.objects.count() == size - report.rejected
    # "Background" is a target of two programs, "V-GQ-Lup" differs by case alone from another
    assert sorted(reasons(report)) == [257, 1186]
