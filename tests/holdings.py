"""Whole holdings for the end-to-end tests: the sample archive, and a slice of the real one with stand-ins."""

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from tests.shared_data import shared_file

REAL_PROGRAMS = {"4571", "3325"}


@dataclass(frozen=True)
class Holdings:
    """What is loaded, and two questions that it answers."""

    cone: str
    proposals: str
    load: Callable[[Path], None]


def load_sample(scratch: Path) -> None:
    call_command("sample")


def load_real(scratch: Path) -> None:
    """Two programs of the real listings, every file a stand-in."""
    call_command("ingest", "programs", str(shared_file("jwst_programs.csv")))
    observations = _slice(shared_file("jwst_caom_observations.csv"), "proposal_id", scratch / "observations.csv")
    products = _slice(shared_file("jwst_files.csv.gz"), "program", scratch / "files.csv")
    call_command("ingest", "observations", str(observations))
    call_command("ingest", "products", str(products), "--stand-ins")


def _slice(source: Path, column: str, target: Path) -> Path:
    """The rows of the chosen programs."""
    with (
        gzip.open(source, "rt", newline="") if source.suffix == ".gz" else source.open(newline="") as lines,
        target.open("w", newline="") as out,
    ):
        rows = csv.DictReader(lines)
        writer = csv.DictWriter(out, rows.fieldnames or [])
        writer.writeheader()
        writer.writerows(row for row in rows if row[column] in REAL_PROGRAMS)
    return target


SAMPLE = Holdings("M57 r=2m", "2733, 2736", load_sample)
REAL = Holdings("NGC 2440 r=3m", "4571, 3325", load_real)
