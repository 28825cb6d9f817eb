"""A list as a file: what the portal knows of each row, and the columns that it came with."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice

from django.db.models import QuerySet

from archive.columns import Column, ColumnType
from search.columns import Column as GridColumn
from search.exports.interfaces import Export, Row, TextLength, Value
from search.exports.query_rows import BATCH_ROWS, moment_of
from search.lists.actions import fields_of
from search.lists.columns import place_of
from search.lists.export import column_of, longest_texts, value_of
from search.models import TargetList, TargetRow

_ROW_COLUMNS = {
    "number": Column("list_row", "number", ColumnType.INTEGER, "List Row", "Number of the row in the list."),
    "state": Column("list_state", "state", ColumnType.TEXT, "State", "Resolved, unresolved, or a bad line."),
    "name": Column("list_name", "name", ColumnType.TEXT, "Name", "The name that the row goes by."),
    "ra_deg": Column(
        "list_ra", "ra_deg", ColumnType.FLOAT, "List RA", "Right ascension, ICRS.", "deg", "pos.eq.ra;meta.main"
    ),
    "dec_deg": Column(
        "list_dec", "dec_deg", ColumnType.FLOAT, "List Dec", "Declination, ICRS.", "deg", "pos.eq.dec;meta.main"
    ),
    "origin": Column("list_from", "origin", ColumnType.TEXT, "From", "What gave the position, or why there is none."),
    "line": Column("list_line", "line", ColumnType.INTEGER, "Line", "Line of the file."),
}


def list_export(
    own: TargetList, rows: QuerySet[TargetRow], shown: Sequence[GridColumn] | None, address: str, now: dt.datetime
) -> Export:
    """The rows as a file; with ``shown`` only these columns of the grid, after the row's number."""
    found = ListRows(own, rows, shown)
    return Export(own.name, address, moment_of(now), found.columns, found)


class ListRows:
    """The rows of the file: the same at every walk within one snapshot."""

    def __init__(self, own: TargetList, rows: QuerySet[TargetRow], shown: Sequence[GridColumn] | None) -> None:
        self._rows = rows
        names = ["number", *(column.field for column in shown if place_of(column) is None)] if shown else _ROW_COLUMNS
        fields = fields_of(own)
        chosen = [place_of(column) for column in shown] if shown else range(len(fields))
        self._places = [place for place in chosen if place is not None]
        self._fields = [name for name in _ROW_COLUMNS if name in names]
        taken = {column.name for column in _ROW_COLUMNS.values()}
        cells = list(zip(*own.rows.filter(cells__isnull=False).values_list("cells", flat=True), strict=True))
        self._own = [column_of(fields[place], cells[place] if cells else (), taken) for place in self._places]
        self.columns = (*(_ROW_COLUMNS[name] for name in self._fields), *self._own)

    def count(self) -> int:
        return self._rows.order_by().count()

    def batches(self) -> Iterator[Sequence[Row]]:
        walk = self._rows.values_list("cells", *self._fields).iterator(chunk_size=BATCH_ROWS)
        while batch := list(islice(walk, BATCH_ROWS)):
            yield [[*known, *self._cells(cells)] for cells, *known in batch]

    def _cells(self, cells: Sequence[Value] | None) -> list[Value]:
        """A line that could not be read has none."""
        values = [cells[place] for place in self._places] if cells else [None] * len(self._places)
        return [value_of(value, column) for value, column in zip(values, self._own, strict=True)]

    def text_lengths(self, places: Sequence[int]) -> list[TextLength]:
        return longest_texts(self.batches(), places)
