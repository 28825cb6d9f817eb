"""What a kind of input is: its columns, how a batch becomes staged rows, and how these become holdings.

One module a kind lies in `archive.ingest.kinds`, all of this shape.
"""

import abc
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import ClassVar

from archive.ingest.report import IngestReport
from archive.ingest.staging import Staged, Staging
from archive.ingest.table import Batch, Table
from archive.ingest.values import InputColumn, Value


class Kind(abc.ABC):
    """One run over one input."""

    NAME: ClassVar[str]
    COLUMNS: ClassVar[dict[str, InputColumn]]
    #: Of each group of columns at least one must be there.
    REQUIRED: ClassVar[tuple[tuple[str, ...], ...]]
    #: Columns of the staging table that the merge fills.
    MARKS: ClassVar[tuple[Staged, ...]] = ()

    def __init__(self, table: Table, now: dt.datetime) -> None:
        self.table = table
        self.given = frozenset(table.given)
        self.now = now

    def prepare(self) -> None:  # noqa: B027 - most kinds need nothing
        """What must be known of the holdings before rows are read."""

    def ignored(self) -> Sequence[str]:
        """Columns of the input that are not taken."""
        return self.table.ignored

    @abc.abstractmethod
    def staged(self) -> Sequence[Staged]:
        """The columns that `convert` gives, in its order."""

    @abc.abstractmethod
    def convert(self, batch: Batch) -> Iterator[Sequence[Value]]:
        """The sound rows as (line, column, …); the others are rejected in the batch."""

    @abc.abstractmethod
    def merge(self, staging: Staging, report: IngestReport) -> None:
        """Judge the staged rows together and bring them into the holdings."""


def rows_of(batch: Batch, columns: Sequence[Sequence[Value]]) -> Iterator[Sequence[Value]]:
    """The sound rows of a batch, put together from its columns."""
    for index in batch.sound():
        yield [batch.lines[index], *(column[index] for column in columns)]


def columns_by_name(*columns: InputColumn) -> dict[str, InputColumn]:
    return {column.name: column for column in columns}
