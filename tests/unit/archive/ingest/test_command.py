"""``manage.py ingest`` as an operator meets it: exit codes, last lines, and a run that is killed."""

import csv
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from archive.models import Held, Name, Observation, Product
from tests.factories import make_observation
from tests.services.processes import Process, portal_environment
from tests.unit.archive.ingest.inputs import observation, write_csv

MANAGE = str(settings.BASE_DIR / "manage.py")


@pytest.fixture(autouse=True)
def _own_home(settings: object, tmp_path: Path) -> None:
    settings.PORTAL_HOME = tmp_path / "home"  # type: ignore[attr-defined]  # pytest-django's settings take any name
    settings.STORAGE_URL = (tmp_path / "storage").as_uri()  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_fine_input_ends_with_its_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(tmp_path / "a.csv", [observation()])
    call_command("ingest", "observations", str(path))
    assert capsys.readouterr().out.startswith("a.csv: 1 rows read: 1 new, 0 changed, 0 unchanged, 0 rejected (")


@pytest.mark.django_db
def test_rejected_rows_end_with_3_and_say_where_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(tmp_path / "a.csv", [observation(), observation(s_ra="x")])
    with pytest.raises(SystemExit) as stop:
        call_command("ingest", "observations", str(path))
    assert stop.value.code == 3
    place = tmp_path / "home" / "rejects" / "a.csv.rejected.csv"
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"see {place}")
    with place.open(newline="") as file:
        assert [row["rejected_line"] for row in csv.DictReader(file)] == ["3"]
    assert Observation.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "does not exist"), ("", "is empty"), ("a,b\n1,2\n", "has no column"), ("{}\n", "has no column")],
)
def test_unusable_inputs_end_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, word: str
) -> None:
    path = tmp_path / "a.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SystemExit) as stop:
        call_command("ingest", "observations", str(path))
    assert stop.value.code == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert word in errors[0]


@pytest.mark.django_db
def test_one_unusable_file_does_not_stop_the_others(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [observation()])
    with pytest.raises(SystemExit) as stop:
        call_command("ingest", "observations", str(tmp_path / "none.csv"), str(path))
    assert stop.value.code == 2
    assert Observation.objects.count() == 1


@pytest.mark.django_db
def test_constants_and_maps_are_taken_from_the_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [{"who": "M 31", "ra": "10", "dec": "41"}])
    mapping = tmp_path / "map.toml"
    mapping.write_text('[columns]\nname = "who"\nra = "ra"\ndec = "dec"\n')
    call_command("ingest", "names", str(path), "--map", str(mapping), "--set", "resolver=ours")
    assert Name.objects.get().resolver == "ours"


@pytest.mark.django_db
def test_a_constant_for_an_unknown_column_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(tmp_path / "a.csv", [observation()])
    with pytest.raises(SystemExit):
        call_command("ingest", "observations", str(path), "--set", "moon=full")
    assert "moon" in capsys.readouterr().err


@pytest.mark.django_db
def test_an_unwritable_place_for_rejects_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(tmp_path / "a.csv", [observation(), observation(s_ra="x")])
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit) as stop:
        call_command("ingest", "observations", str(path), "--rejects", str(tmp_path / "file" / "rejects.csv"))
    assert stop.value.code == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert not Observation.objects.exists()


@pytest.mark.django_db
def test_stand_ins_are_written_for_listed_files(tmp_path: Path) -> None:
    make_observation(obs_id="jw01073001001_02101_00001_nrcb1", calib_level=2)
    path = write_csv(
        tmp_path / "a.csv", [{"filename": "jw01073001001_02101_00001_nrcb1_cal.fits", "instrume": "NIRCAM"}]
    )
    call_command("ingest", "products", str(path))
    assert Product.objects.get().held == Held.NOT_YET
    call_command("ingest", "products", str(path), "--stand-ins")
    product = Product.objects.get()
    assert (product.held, product.stand_in) == (Held.YES, True)
    assert (tmp_path / "storage" / product.storage_key).stat().st_size == product.size_bytes


@pytest.mark.django_db(transaction=True)
def test_a_run_killed_in_the_middle_leaves_nothing_and_the_next_one_completes(tmp_path: Path) -> None:
    rows = 60_000
    path = write_csv(tmp_path / "many.csv", (observation(obs_id=f"o{number}") for number in range(rows)))
    command = [sys.executable, MANAGE, "ingest", "observations", str(path)]
    process = Process(command, tmp_path / "log", portal_environment())
    process.wait_for(_is_copying, "rows on their way")
    process.kill()
    assert not Observation.objects.exists()
    call_command("ingest", "observations", str(path))
    assert Observation.objects.count() == rows


def _is_copying() -> bool:
    time.sleep(0.05)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(tuples_processed), 0) FROM pg_stat_progress_copy WHERE datname = current_database()"
        )
        found = cursor.fetchone()
    return found is not None and found[0] > 2000
