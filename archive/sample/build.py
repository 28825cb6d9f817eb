"""Build the sample archive: rows through `archive.ingest`, bytes through `archive.storage`.

Running it again changes nothing: names, numbers, pixels and dates are the same. The days of the sample's own programs
count from the day on which it was first made, which the database remembers by those rows.
"""

import csv
import datetime as dt
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.clock import to_mjd
from archive.ingest import IngestReport, ingest
from archive.models import Held, Observation, Product
from archive.names import name_key
from archive.sample import hst_rows, jwst_rows
from archive.sample.pixels import file_bytes
from archive.sample.products import is_made, listings
from archive.sample.programs import PROGRAMS
from archive.sample.references import store_references, table_lines
from archive.sample.rows import SampleRow
from archive.sample.targets import TARGETS
from archive.sample.visits import VISITS, Visit
from archive.standins import record_stored, store_bytes
from archive.storage import Storage

_BATCH = 100


class SampleError(Exception):
    """The sample made something that the archive does not take: a fault of the sample."""


@dataclass(frozen=True)
class SampleReport:
    """What one run did."""

    observations: int
    changed_observations: int
    products: int
    changed_products: int
    files: int
    size_bytes: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"sample archive: {self.observations:,} observations ({self.changed_observations:,} new or changed), "
            f"{self.products:,} list entries ({self.changed_products:,} new or changed), "
            f"{self.files:,} files written, {self.size_bytes / 1e6:,.1f} MB, {self.seconds:.1f} s"
        )


def build_sample(
    storage: Storage, now: dt.datetime, progress: Callable[[str], object] = lambda step: None
) -> SampleReport:
    """Bring the sample into the archive.

    Parameters
    ----------
    now : the archive's time; on the first run its day is the sample's first day.
    progress : called with each step, in words.

    Raises
    ------
    SampleError, archive.ingest.UnusableInputError, archive.storage.StorageError : as they say.
    """
    started = time.monotonic()
    rows = sample_rows(first_day(now))
    progress(f"{len(rows):,} observations")
    reports = _ingest_tables(rows, now)
    progress("files")
    files, size_bytes = _store_files(rows, storage)
    references, reference_bytes = store_references(rows, storage)
    return SampleReport(
        observations=len(rows),
        changed_observations=_changed(reports["observations"]),
        products=reports["products"].read,
        changed_products=_changed(reports["products"]),
        files=files + references,
        size_bytes=size_bytes + reference_bytes,
        seconds=time.monotonic() - started,
    )


def first_day(now: dt.datetime) -> float:
    """MJD of the sample's first day: the one of the rows that are here, else today."""
    visit = next(visit for visit in VISITS if _is_relative(visit) and not visit.planned)
    probe = _rows_of(visit, 0.0)[0]
    known = Observation.objects.filter(obsid=probe.obsid).values_list("t_min", flat=True).first()
    if known is None or probe.t_min is None:
        return float(int(to_mjd(now)))
    return float(round(known - probe.t_min))


def sample_rows(first: float) -> list[SampleRow]:
    """All observations of the sample, for a first day given as MJD."""
    return [row for visit in VISITS for row in _rows_of(visit, first)]


def _is_relative(visit: Visit) -> bool:
    return PROGRAMS[visit.mission, visit.program].is_sample


def _rows_of(visit: Visit, first: float) -> list[SampleRow]:
    start = visit.start + first if _is_relative(visit) else visit.start
    return jwst_rows.rows(visit, start) if visit.mission == "JWST" else hst_rows.rows(visit, start)


# Tables ---------------------------------------------------------------------------------------------------------------
def _ingest_tables(rows: list[SampleRow], now: dt.datetime) -> dict[str, IngestReport]:
    tables: dict[str, Iterator[dict[str, object]]] = {
        "programs": _program_lines(),
        "names": _name_lines(),
        "observations": (row.published() for row in rows),
        "products": (line for row in rows for line in listings(row)),
        "references": table_lines(rows),
    }
    reports = {}
    with tempfile.TemporaryDirectory(prefix="sample-") as folder:
        for kind, lines in tables.items():
            path = Path(folder) / f"{kind}.csv"
            _write(path, lines)
            reports[kind] = ingest(kind, path, now=now)
            if reports[kind].rejected:
                raise SampleError(f"ingest refused {reports[kind].rejected:,} rows of the sample's {kind}")
    return reports


def _write(path: Path, lines: Iterator[dict[str, object]]) -> None:
    first = next(lines)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(lines)


def _program_lines() -> Iterator[dict[str, object]]:
    for program in PROGRAMS.values():
        yield {
            "mission": program.mission,
            "program": program.number,
            "title": program.title,
            "pi_name": program.pi_name,
            "category": program.category,
            "cycle": program.cycle,
            "exclusive_access_months": program.exclusive_months,
        }


def _name_lines() -> Iterator[dict[str, object]]:
    """The names that people type for the sample's targets; a moving target has no place to resolve to."""
    names = [
        (name, target) for target in TARGETS.values() for name in (target.name, *target.aliases) if not target.moving
    ]
    spellings = {name_key(name): (name, target) for name, target in reversed(names)}
    for name, target in reversed(spellings.values()):
        yield {
            "name": name,
            "canonical_name": target.aliases[0] if target.aliases else target.name,
            "ra": target.ra_deg,
            "dec": target.dec_deg,
            "resolver": "SAMPLE",
            "objectType": target.classification,
        }


def _changed(report: IngestReport) -> int:
    return report.inserted + report.updated


# Files ----------------------------------------------------------------------------------------------------------------
def _store_files(rows: list[SampleRow], storage: Storage) -> tuple[int, int]:
    """Make and store every file of the sample that is not held yet; number of files and bytes."""
    files = size_bytes = 0
    made = [(row, name) for row in rows for name in row.files if is_made(row, name)]
    for begin in range(0, len(made), _BATCH):
        batch = made[begin : begin + _BATCH]
        wanted = {row.uri(name): (row, name) for row, name in batch}
        missing = Product.objects.filter(uri__in=wanted, held=Held.NOT_YET).select_related("observation")
        stored = [
            store_bytes(product, file_bytes(*wanted[product.uri]), storage) for product in _ordered(missing, wanted)
        ]
        record_stored(stored, stand_in=False)
        files += len(stored)
        size_bytes += sum(file.size_bytes for file in stored)
    return files, size_bytes


def _ordered(products: Iterable[Product], wanted: dict[str, tuple[SampleRow, str]]) -> list[Product]:
    """In the order of the rows, so that an observation's image is drawn once for its file and its previews."""
    order = {uri: number for number, uri in enumerate(wanted)}
    return sorted(products, key=lambda product: order[product.uri])
