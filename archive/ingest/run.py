"""One ingest from file to holdings, in one transaction: all good rows come in, or nothing changes."""

import csv
import datetime as dt
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from archive.events import HOLDINGS_LOCK, start_release_clock
from archive.ingest.kind import Kind
from archive.ingest.kinds import KINDS
from archive.ingest.mapping import ColumnMap, Rule
from archive.ingest.progress import Progress, Quiet
from archive.ingest.reading import CsvSource
from archive.ingest.rejects import write_rejects
from archive.ingest.report import IngestReport, UnusableInputError
from archive.ingest.signals import holdings_changed
from archive.ingest.staging import Staging
from archive.ingest.table import Table
from archive.ingest.values import Value


def ingest(
    kind: str,
    path: Path,
    *,
    now: dt.datetime,
    mapping: ColumnMap | None = None,
    constants: Mapping[str, Rule] | None = None,
    reject_path: Path | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Bring a table into the holdings.

    Parameters
    ----------
    kind : observations, products, programs, names, plans or references.
    now : the archive's time, by which plans are told from what has happened.
    mapping, constants : where the published columns come from, when not from columns of their own names.
    reject_path : where rejected rows are written; without it they are only counted. A file of an earlier run there is
        removed when this run rejects nothing.

    Raises
    ------
    UnusableInputError : the input as a whole cannot be taken. Nothing was changed.
    """
    if kind not in KINDS:
        raise UnusableInputError(f"{kind!r} is no kind of input; known are {', '.join(KINDS)}")
    started = time.monotonic()
    report = IngestReport(kind, path)
    with CsvSource(path) as source, transaction.atomic(), connection.cursor() as cursor:
        table = Table(source, KINDS[kind].COLUMNS, mapping, constants)
        table.require(*KINDS[kind].REQUIRED)
        _Run(KINDS[kind](table, now), table, source, report, progress or Quiet()).run(cursor, reject_path)
    report.seconds = time.monotonic() - started
    return report


class _Run:
    """The steps of one ingest, inside its transaction."""

    def __init__(self, kind: Kind, table: Table, source: CsvSource, report: IngestReport, progress: Progress) -> None:
        self.kind = kind
        self.table, self.source, self.report, self.progress = table, source, report, progress

    def run(self, cursor: CursorWrapper, reject_path: Path | None) -> None:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [HOLDINGS_LOCK])
        start_release_clock(cursor, self.kind.now)
        self.kind.prepare()
        staging = Staging(cursor, self.kind.staged(), self.kind.MARKS)
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape", newline="") as spool:
            staging.copy(self._rows(spool))
            spool.seek(0)
            staging.copy_rejects((int(line), reason) for line, reason in csv.reader(spool))
        self.progress.say("comparing with the holdings")
        self.kind.merge(staging, self.report)
        counts = staging.counts()
        self.report.inserted, self.report.updated, self.report.unchanged = counts
        self.report.rejected = staging.reject_count()
        if self.report.updated and self.report.kind in {"observations", "products"}:
            holdings_changed.send(IngestReport)
        self._note_columns()
        self._write_rejects(staging, reject_path)

    def _rows(self, spool: IO[str]) -> Iterator[Sequence[Value]]:
        """The staged rows; those rejected on the way go to the spool."""
        rejects = csv.writer(spool)

        def reject(line: int, reason: str) -> None:
            self.report.read += 1
            rejects.writerow([line, reason])

        for batch in self.table.batches(reject):
            yield from self.kind.convert(batch)
            self.report.read += len(batch)
            for index, reasons in batch.problems.items():
                rejects.writerow([batch.lines[index], "; ".join(reasons)])
            self.progress.at(self.report.read, self.source.bytes_read, self.source.bytes_total)

    def _note_columns(self) -> None:
        if ignored := self.kind.ignored():
            self.report.notes.append(f"columns that nothing reads: {', '.join(ignored)}")

    def _write_rejects(self, staging: Staging, place: Path | None) -> None:
        if place is None:
            return
        if not self.report.rejected:
            place.unlink(missing_ok=True)
            return
        write_rejects(place, self.source.path, staging.rejects())
        self.report.reject_path = place
