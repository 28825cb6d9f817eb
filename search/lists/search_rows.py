"""The rows of a search as a target list, to be matched with the observations or with a list of the person's."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from archive.models import Observation
from search.collections import collection_of
from search.columns import Column, Kind, by_name
from search.criteria import Criteria
from search.lists import actions
from search.lists.crossmatch import CrossMatchError, cross_match
from search.lists.limits import MAX_ROWS
from search.lists.table import Cell, Field, FieldType, Format, Line, Table
from search.models import CrossMatch, TargetList
from search.narrowing import Narrowed, rows_of
from search.tabs.holder import Holder

#: What every list of search rows has, whatever the grid shows.
_FIXED = ("obsid", "obs_id", "target_name", "s_ra", "s_dec")
_TYPES = {Kind.NUMBER: FieldType.FLOAT, Kind.WHOLE: FieldType.INT, Kind.DATE: FieldType.FLOAT}

_SELF_PAIRS = """
DELETE FROM search_crossmatchpair AS pair USING unnest(%(numbers)s::int[], %(obsids)s::bigint[]) AS own (number, obsid)
WHERE pair.cross_match_id = %(match)s AND pair.number = own.number AND pair.observation_id = own.obsid
"""
_OTHER_PAIRS = """
DELETE FROM search_crossmatchpair WHERE cross_match_id = %(match)s AND observation_id <> ALL(%(obsids)s::bigint[])
"""
# in two steps, since no two pairs may have one ordinal at any moment
_RENUMBER = """
UPDATE search_crossmatchpair AS pair SET ordinal = -counted.place
FROM (
    SELECT id, row_number() OVER (ORDER BY ordinal) AS place FROM search_crossmatchpair WHERE cross_match_id = %(match)s
) AS counted
WHERE pair.id = counted.id
"""
_UPRIGHT = "UPDATE search_crossmatchpair SET ordinal = -ordinal WHERE cross_match_id = %(match)s"
_COUNTS = """
SELECT count(*), count(DISTINCT number), count(DISTINCT observation_id)
FROM search_crossmatchpair WHERE cross_match_id = %(match)s
"""


@dataclass(frozen=True)
class SearchRows:
    """Rows of a search that have a position, in its order; ``unplaced`` others have none."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Observation, ...]
    unplaced: int

    @property
    def obsids(self) -> list[int]:
        return [row.obsid for row in self.rows]


def search_rows(criteria: Criteria, obsids: Sequence[int], now: dt.datetime) -> SearchRows:
    """The rows that a search shows, or those of them that are selected.

    Raises
    ------
    SearchError : as `rows_of`; no row, or more than a list takes.
    """
    rows = rows_of(criteria, now)
    if obsids:
        rows = rows.filter(pk__in=obsids)
    found = list(rows[: MAX_ROWS + 1])
    if not found:
        raise CrossMatchError("The search has no such rows.", "Select rows that it shows, or change its filters.")
    if len(found) > MAX_ROWS:
        raise CrossMatchError(
            f"The search has more than {MAX_ROWS:,} rows; one cross-match takes no more.",
            "Select rows, or filter them.",
        )
    placed = tuple(row for row in found if row.s_ra is not None and row.s_dec is not None)
    if not placed:
        raise CrossMatchError("None of the rows has a position.", "Choose other rows.")
    columns = _columns(criteria, is_cone=Narrowed.of(criteria, now).question.target is not None)
    return SearchRows(criteria.q or "Search", columns, placed, len(found) - len(placed))


def _columns(criteria: Criteria, *, is_cone: bool) -> tuple[Column, ...]:
    """The fixed ones, then those that the grid shows."""
    every = collection_of(criteria.collection).columns
    named = by_name(every)
    shown = criteria.columns or tuple(column.name for column in every if column.shown)
    names = dict.fromkeys((*_FIXED, *shown))
    return tuple(named[name] for name in names if name in named and (is_cone or not named[name].cones_only))


def match_observations(found: SearchRows, radius_arcsec: float, holder: Holder, now: dt.datetime) -> CrossMatch:
    """The observations around the rows' positions, but no row with itself. Nothing is kept when there are none.

    Raises
    ------
    CrossMatchError, ListError : as `cross_match` and `actions.create`.
    """
    with transaction.atomic():
        own = actions.create(holder, f"Rows of {found.title}", _table(found), now)
        match = cross_match(own, radius_arcsec, None, now)
        numbers = list(range(1, len(found.rows) + 1))
        _keep_but(match, _SELF_PAIRS, {"numbers": numbers, "obsids": found.obsids}, "No other observation")
    return match


def match_list(own: TargetList, found: SearchRows, radius_arcsec: float, now: dt.datetime) -> CrossMatch:
    """The rows of a list, each with the search's rows around it.

    Raises
    ------
    CrossMatchError : as `cross_match`; no row of the search is near one of the list.
    """
    with transaction.atomic():
        match = cross_match(own, radius_arcsec, None, now)
        _keep_but(match, _OTHER_PAIRS, {"obsids": found.obsids}, "No row of the search")
    return match


def _keep_but(match: CrossMatch, unwanted: str, parameters: dict[str, list[int]], nothing: str) -> None:
    """Take pairs out of a cross-match, and count the others anew."""
    own = {"match": match.pk}
    with connection.cursor() as cursor:
        cursor.execute(unwanted, {**parameters, **own})
        if cursor.rowcount:
            cursor.execute(_RENUMBER, own)
            cursor.execute(_UPRIGHT, own)
        cursor.execute(_COUNTS, own)
        match.pairs, match.targets_matched, match.observations = cursor.fetchone()
    if not match.pairs:
        raise CrossMatchError(f"{nothing} lies within {match.radius_arcsec:g}″ of them.", "Give a larger radius.")
    match.save(update_fields=["pairs", "targets_matched", "observations"])


def _table(found: SearchRows) -> Table:
    fields = tuple(_field(column) for column in found.columns)
    lines = tuple(
        Line(number, tuple(_cell(column, getattr(row, column.field)) for column in found.columns))
        for number, row in enumerate(found.rows, start=1)
    )
    notes = (f"{found.unplaced:,} rows of the search have no position and were left out.",) if found.unplaced else ()
    return Table(Format.CSV, fields, lines, notes)


def _field(column: Column) -> Field:
    """A column of the grid as one of a list; positions are in degrees there."""
    if column.name in {"s_ra", "s_dec"}:
        return Field(column.name, FieldType.RA if column.name == "s_ra" else FieldType.DEC, "deg")
    if column.name == "obsid":  # a name made of digits
        return Field(column.name, description=column.description)
    unit = "d" if column.kind is Kind.DATE else {"″": "arcsec"}.get(column.unit, column.unit)
    return Field(column.name, _TYPES.get(column.kind, FieldType.STRING), unit, description=column.description)


def _cell(column: Column, value: object) -> Cell:
    if value is None or isinstance(value, bool | float):
        return value
    return value if isinstance(value, int) and column.name != "obsid" else str(value)
