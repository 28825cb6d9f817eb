"""How many records match, and how they are spread over the values of the open dialogs.

The rows of the search box (all rows while it is empty) are read once into the narrow table of `search.facets.loading`;
every count comes from there. A dialog's own criterion is left out of its counts, so that a tick can be judged
beforehand. When there are very many rows the dialogs count a part of them, spread evenly, and say so; how many records
match is counted exactly all the same.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_

from django.core.cache import cache
from django.db import OperationalError
from django.db.models import F, Q
from django.db.models.functions import Mod
from psycopg.errors import QueryCanceled

from search import query
from search.columns import Column, Kind
from search.facets.bins import Axis, axis_of
from search.facets.choice import is_range
from search.facets.loading import Loaded, loading
from search.query import Constraint, Observations
from search.results import time_limit

#: Rows that the dialogs count exactly; of more, every second, third … row.
COUNTED_ROWS = 150_000
#: Seconds that an answer is kept: going back, folding and sorting ask for the same counts again.
KEPT_S = 30


@dataclass(frozen=True)
class Bars:
    """Rows in each bar of a histogram, between the edges of ``axis``."""

    axis: Axis
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Counts:
    """``count`` of ``total`` records match; None when they were not counted, for ``reason``.

    ``values`` are rows by value, ``bars`` rows by bar, for the columns asked for. They count every ``one_in``-th row.
    """

    count: int | None
    total: int | None
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    bars: Mapping[str, Bars] = field(default_factory=dict)
    one_in: int = 1
    reason: str = ""


NOT_COUNTED = Counts(None, None)


def counted(
    constraints: Sequence[Constraint],
    criteria: Mapping[str, Q],
    asked: Sequence[Column],
    now: dt.datetime,
) -> Counts:
    """What matches ``constraints`` and all ``criteria`` (conditions by column), spread over the columns ``asked``."""
    rows = query.observations(constraints, now)
    try:
        with time_limit():
            return _kept(rows, criteria, asked)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Counts(None, None, reason="Counting took too long. Add a criterion, or hide some dialogs.")


def _kept(rows: Observations, criteria: Mapping[str, Q], asked: Sequence[Column]) -> Counts:
    """The counts, from the cache when the same ones were asked for within `KEPT_S`."""
    said = [str(rows.query), str(_all_of(rows, criteria).query), *sorted(column.name for column in asked)]
    key = "advanced-" + hashlib.sha256("\n".join(said).encode()).hexdigest()
    kept: Counts | None = cache.get(key)
    if kept is None:
        kept = _count(rows, criteria, asked)
        cache.set(key, kept, KEPT_S)
    return kept


def _all_of(rows: Observations, criteria: Mapping[str, Q]) -> Observations:
    return rows.filter(reduce(and_, criteria.values(), Q()))


def _count(rows: Observations, criteria: Mapping[str, Q], asked: Sequence[Column]) -> Counts:
    total = rows.order_by().count()
    one_in = -(-total // COUNTED_ROWS) or 1
    part = rows if one_in == 1 else rows.annotate(_part=Mod(F("obsid"), one_in)).filter(_part=0)
    with loading(part, asked, criteria, None, total) as loaded:
        totals = loaded.totals()
        count = totals.by_failed.get(0, 0) if one_in == 1 else _all_of(rows, criteria).order_by().count()
        axes = {
            column.name: axis_of(column.kind, totals.bounds[column.name])
            for column in asked
            if column.name in totals.bounds
        }
        found = loaded.counts(axes)
    return Counts(
        count=count,
        total=total,
        values={column.name: _values(column, loaded, found[column.name]) for column in asked if not is_range(column)},
        bars={
            column.name: _bars(column, axes[column.name], loaded, found[column.name])
            for column in asked
            if column.name in axes
        },
        one_in=one_in,
    )


Found = Mapping[object, Mapping[int, int]]


def _kept_rows(column: Column, loaded: Loaded, failed: Mapping[int, int]) -> int:
    """Rows that pass every criterion but the column's own."""
    others = sum(mask for name, mask in loaded.masks.items() if name != column.name)
    return sum(rows for mask, rows in failed.items() if not mask & others)


def _values(column: Column, loaded: Loaded, found: Found) -> dict[str, int]:
    """Rows by value; a text of several parts counts for each of them, once."""
    counts: dict[str, int] = {}
    for value, failed in found.items():
        rows = _kept_rows(column, loaded, failed)
        for part in _parts(column, value):
            counts[part] = counts.get(part, 0) + rows
    return counts


def _parts(column: Column, value: object) -> set[str]:
    if value is None:
        return set()
    if column.kind is Kind.LIST:
        return {part.strip() for part in str(value).split(";")}
    return {str(value).lower() if column.kind is Kind.FLAG else str(value)}


def _bars(column: Column, axis: Axis, loaded: Loaded, found: Found) -> Bars:
    rows = [0] * (len(axis.edges) - 1)
    for bar, failed in found.items():
        if isinstance(bar, int) and 1 <= bar <= len(rows):
            rows[bar - 1] += _kept_rows(column, loaded, failed)
    return Bars(axis, tuple(rows))
