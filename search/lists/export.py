"""A cross-match as a file: the list's own columns, the separations, and every published column of the observations."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.columns import Column, ColumnType
from search import query
from search.collections import DEFAULT_COLLECTION, collection_of
from search.exports.columns import export_columns
from search.exports.interfaces import Export, Row, TextLength, Value, is_text
from search.exports.query_rows import QueryRows, moment_of
from search.lists.actions import fields_of
from search.lists.table import Cell, Field
from search.models import CrossMatch, CrossMatchPair

BATCH_ROWS = 1000
_PAIR_COLUMNS = (
    Column("list_row", "", ColumnType.INTEGER, "List Row", "Number of the row in the uploaded list."),
    Column("list_ra", "", ColumnType.FLOAT, "List RA", "Right ascension of the row, ICRS.", "deg", "pos.eq.ra"),
    Column("list_dec", "", ColumnType.FLOAT, "List Dec", "Declination of the row, ICRS.", "deg", "pos.eq.dec"),
    Column(
        "separation", "", ColumnType.FLOAT, "Separation",
        "From the row's position to the nearest point of the observation's footprint; 0 inside it.",
        "arcsec", "pos.angDistance",
    ),
    Column(
        "centre_separation", "", ColumnType.FLOAT, "Centre Separation",
        "From the row's position to the centre of the observation.", "arcsec", "pos.angDistance",
    ),
)  # fmt: skip
_OBSID = Column("obsid", "obsid", ColumnType.LONG, "Product Group ID", "")
#: The largest whole number that a column of whole numbers takes in every format.
_LARGEST_WHOLE = 2**31 - 1


def export_of(match: CrossMatch, address: str, now: dt.datetime) -> Export:
    """The pairs of a cross-match as a file, in their order."""
    rows = MatchRows(match, now)
    return Export(f"{match.target_list.name} × observations", address, moment_of(now), rows.columns, rows)


@dataclass(frozen=True)
class _ListRow:
    position: tuple[Value, Value]
    cells: Sequence[Cell]


class MatchRows:
    """The rows of the file: the same at every walk within one snapshot. The list itself is kept in memory."""

    def __init__(self, match: CrossMatch, now: dt.datetime) -> None:
        own = match.target_list
        self._match = match
        self._now = now
        found = own.rows.filter(cells__isnull=False).values_list("number", "ra_deg", "dec_deg", "cells")
        self._list = {number: _ListRow((ra, dec), cells or ()) for number, ra, dec, cells in found}
        grid = collection_of(DEFAULT_COLLECTION).columns
        self._observed = export_columns((), grid, around_a_position=False)
        taken = {column.name.lower() for column in (*_PAIR_COLUMNS, *self._observed)}
        values = list(zip(*(row.cells for row in self._list.values()), strict=True))
        fields = fields_of(own)
        self._own = tuple(column_of(field, column, taken) for field, column in zip(fields, values, strict=True))
        self.columns = (*self._own, *_PAIR_COLUMNS, *self._observed)

    def count(self) -> int:
        return self._match.pairs

    def batches(self) -> Iterator[Sequence[Row]]:
        last = 0
        pairs = CrossMatchPair.objects.filter(cross_match=self._match).order_by("ordinal")
        while batch := list(pairs.filter(ordinal__gt=last)[:BATCH_ROWS]):
            last = batch[-1].ordinal
            observed = self._observations({pair.observation_id for pair in batch})
            yield [self._row(pair, observed[str(pair.observation_id)]) for pair in batch]

    def text_lengths(self, places: Sequence[int]) -> list[TextLength]:
        return longest_texts(self.batches(), places)

    def _observations(self, obsids: set[int]) -> dict[Value, Row]:
        """Published values of some observations, by their number as text."""
        rows = query.observations((), self._now).filter(pk__in=obsids)
        batches = QueryRows(rows, (_OBSID, *self._observed)).batches()
        return {row[0]: row[1:] for batch in batches for row in batch}

    def _row(self, pair: CrossMatchPair, observed: Row) -> Row:
        listed = self._list[pair.number]
        own = [value_of(cell, column) for cell, column in zip(listed.cells, self._own, strict=True)]
        separations = (pair.separation_arcsec, pair.centre_separation_arcsec)
        return [*own, pair.number, *listed.position, *separations, *observed]


def longest_texts(batches: Iterator[Sequence[Row]], places: Sequence[int]) -> list[TextLength]:
    """The lengths of the texts in the columns with these places, by reading every row."""
    longest, total = [0] * len(places), [0] * len(places)
    for batch in batches:
        for row in batch:
            for i, place in enumerate(places):
                length = len(str(row[place]))
                longest[i] = max(longest[i], length)
                total[i] += length
    return [TextLength(*lengths) for lengths in zip(longest, total, strict=True)]


def column_of(field: Field, cells: Sequence[Cell], taken: set[str]) -> Column:
    """A column of the list as a file has it; one that is called as another column gets the word ``list_`` before it."""
    name = field.name
    while name.lower() in taken:
        name = f"list_{name}"
    taken.add(name.lower())
    return Column(name, "", _type_of(cells), field.name, field.description, field.unit, field.ucd)


def _type_of(cells: Sequence[Cell]) -> ColumnType:
    """Numbers where every cell is one; whole ones that no format would cut."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int} and all(abs(cell) <= _LARGEST_WHOLE for cell in cells if isinstance(cell, int)):
        return ColumnType.INTEGER
    return ColumnType.FLOAT if kinds and kinds <= {float} else ColumnType.TEXT


def value_of(cell: Cell, column: Column) -> Value:
    if is_text(column):
        return "" if cell is None else str(cell)
    return cell
