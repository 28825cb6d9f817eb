"""Bringing holdings in: `ingest` reads one file of one kind. The command is ``manage.py ingest``; see docs/ingest.md.

A run goes through `reading` (lines), `table` (columns), a kind of `kinds` (values), `staging` (COPY and SQL) in `run`.
"""

from archive.ingest.kinds import KINDS
from archive.ingest.mapping import ColumnMap, read_map
from archive.ingest.report import IngestReport, Outcome, UnusableInputError
from archive.ingest.run import ingest

__all__ = ["KINDS", "ColumnMap", "IngestReport", "Outcome", "UnusableInputError", "ingest", "read_map"]
