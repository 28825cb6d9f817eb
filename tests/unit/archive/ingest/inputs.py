"""Small input files and runs for the tests of ingest."""

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from archive.ingest import IngestReport, ingest

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)


def write_csv(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    """A CSV of rows; its columns are all that any row has."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(kind: str, path: Path, **options: Any) -> IngestReport:
    """One ingest at the tests' time, with the rejects beside the input."""
    options.setdefault("reject_path", path.with_suffix(".rejected.csv"))
    return ingest(kind, path, now=options.pop("now", NOW), **options)


def ingest_rows(kind: str, folder: Path, *rows: Mapping[str, object], **options: Any) -> IngestReport:
    return run(kind, write_csv(folder / f"{kind}.csv", rows), **options)


def reasons(report: IngestReport) -> dict[int, str]:
    """Line → reason of the rejected rows."""
    if report.reject_path is None:
        return {}
    with report.reject_path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return {int(row["rejected_line"]): row["rejected_reason"] for row in csv.DictReader(file)}


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    """(new, changed, unchanged, rejected)."""
    return report.inserted, report.updated, report.unchanged, report.rejected


def observation(**cells: object) -> dict[str, object]:
    """A sound row of observations."""
    return {
        "obs_collection": "JWST",
        "obs_id": "jw01073001001_02101_00001_nrcb1",
        "instrument_name": "NIRCAM/IMAGE",
        "filters": "F200W",
        "target_name": "LMC",
        "s_ra": "80.5",
        "s_dec": "-69.5",
        "calib_level": "2",
        "t_min": "59700.5",
        "t_max": "59700.6",
        "t_obs_release": "60065.5",
        "proposal_id": "1073",
        **cells,
    }
