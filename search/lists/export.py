"""A cross-match as a file: the list's own columns, the separations, and every published column of the observations."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import QuerySet

from archive.columns import Column, ColumnType
from search import query
from search.collections import DEFAULT_COLLECTION, collection_of
from search.columns import Column as GridColumn
from search.exports.columns import export_columns
from search.exports.interfaces import Export, Row, TextLength, Value, is_text
from search.exports.query_rows import BATCH_ROWS, QueryRows, moment_of
from search.lists.actions import fields_of
from search.lists.columns import place_of
from search.lists.match_columns import field_of_observation
from search.lists.table import Cell, Field
from search.models import CrossMatch, CrossMatchPair

#: Columns of a pair under their names in the grid.
_OF_THE_GRID = {"row_name": "list_name", "row_ra": "list_ra", "row_dec": "list_dec"}
_PAIR_COLUMNS = (
    Column("list_row", "", ColumnType.INTEGER, "List Row", "Number of the row in the uploaded list."),
    Column("list_name", "", ColumnType.TEXT, "List Name", "The name that the row of the list goes by."),
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


def export_of(match: CrossMatch, rows: "MatchRows", address: str, now: dt.datetime) -> Export:
    """Pairs of a cross-match as a file."""
    return Export(f"{match.target_list.name} × observations", address, moment_of(now), rows.columns, rows)


@dataclass(frozen=True)
class _ListRow:
    name: str
    position: tuple[Value, Value]
    cells: Sequence[Cell]


class MatchRows:
    """The rows of the file: the same at every walk within one snapshot. The list itself is kept in memory.

    ``pairs`` stand in the order of the file. With ``shown`` there are only these columns of the grid, after the number
    of the list's row.
    """

    def __init__(
        self, match: CrossMatch, pairs: QuerySet[CrossMatchPair], shown: Sequence[GridColumn] | None, now: dt.datetime
    ) -> None:
        own = match.target_list
        self._pairs = pairs
        self._now = now
        found = own.rows.filter(cells__isnull=False).values_list("number", "name", "ra_deg", "dec_deg", "cells")
        self._list = {number: _ListRow(name, (ra, dec), cells or ()) for number, name, ra, dec, cells in found}
        grid = collection_of(DEFAULT_COLLECTION).columns
        of_grid = [column.name for column in shown or () if field_of_observation(column)]
        none_shown = shown is not None and not of_grid
        self._observed = () if none_shown else export_columns(of_grid, grid, around_a_position=False)
        taken = {column.name.lower() for column in (*_PAIR_COLUMNS, *self._observed)}
        values = list(zip(*(row.cells for row in self._list.values()), strict=True))
        fields = fields_of(own)
        self._own = tuple(column_of(field, column, taken) for field, column in zip(fields, values, strict=True))
        every = (*self._own, *_PAIR_COLUMNS, *self._observed)
        self._places = range(len(every)) if shown is None else self._places_of(shown)
        self.columns = tuple(every[place] for place in self._places)

    def _places_of(self, shown: Sequence[GridColumn]) -> list[int]:
        """Where the grid's columns stand in a whole row."""
        fixed = [column.name for column in _PAIR_COLUMNS]
        after = len(self._own) + len(fixed)
        observed = {column.name: after + place for place, column in enumerate(self._observed)}
        places = [len(self._own)]
        for column in shown:
            place = place_of(column)
            if place is not None:
                places.append(place)
            elif field_of_observation(column):
                places.append(observed[column.name])
            else:
                places.append(len(self._own) + fixed.index(_OF_THE_GRID.get(column.name, column.name)))
        return places

    def count(self) -> int:
        return self._pairs.order_by().count()

    def batches(self) -> Iterator[Sequence[Row]]:
        fields = ("number", "observation_id", "separation_arcsec", "centre_separation_arcsec")
        walk = self._pairs.values_list(*fields).iterator(chunk_size=BATCH_ROWS)
        while batch := list(islice(walk, BATCH_ROWS)):
            observed = self._observations({obsid for _, obsid, _, _ in batch})
            yield [self._row(number, observed[str(obsid)], apart) for number, obsid, *apart in batch]

    def text_lengths(self, places: Sequence[int]) -> list[TextLength]:
        return longest_texts(self.batches(), places)

    def _observations(self, obsids: set[int]) -> dict[Value, Row]:
        """Published values of some observations, by their number as text."""
        rows = query.observations((), self._now).filter(pk__in=obsids)
        batches = QueryRows(rows, (_OBSID, *self._observed)).batches()
        return {row[0]: row[1:] for batch in batches for row in batch}

    def _row(self, number: int, observed: Row, separations: Sequence[float]) -> Row:
        listed = self._list[number]
        own = [value_of(cell, column) for cell, column in zip(listed.cells, self._own, strict=True)]
        row = [*own, number, listed.name, *listed.position, *separations, *observed]
        return [row[place] for place in self._places]


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
