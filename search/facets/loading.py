"""The rows of a search, read once into a narrow temporary table, and counted there.

The search itself (a cone with its footprints, a pattern) runs one time; page numbers, counts and histograms come from
the narrow copy: one pass for totals and bounds, one with a grouping set a facet. The copy lives until the end of the
transaction.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When
from psycopg import sql

from search.columns import Column
from search.facets.bins import Axis, Bounds
from search.facets.choice import is_range, is_text
from search.paging import Order, PageKey

#: A table is gone with its transaction; within one, each has a name of its own.
_numbers = itertools.count(1)
Counts = dict[object, dict[int, int]]


@dataclass(frozen=True)
class Part:
    """Which of the rows a page shows: ``size`` of them, in an order, from a key on."""

    order: Order
    key: PageKey
    size: int
    #: Annotations that the page's rows carry along: distances.
    carried: tuple[str, ...] = ()

    @property
    def beyond(self) -> Q | None:
        """The rows on the key's side."""
        return self.order.beyond(self.key.values, backward=self.key.backward) if self.key.values else None


@dataclass(frozen=True)
class PageRows:
    """The numbers of a page's observations in reading order, each with what it carries; ``first`` counts from 1."""

    first: int
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Totals:
    """Rows by the set of filters that they fail (a bit mask), those beyond the page's key, and ranges."""

    by_failed: dict[int, int]
    beyond: int
    bounds: dict[str, Bounds]

    @property
    def shown(self) -> int:
        """Rows that pass every filter."""
        return self.by_failed.get(0, 0)


@dataclass(frozen=True)
class Loaded:
    """Rows in the temporary table: at most the limit that was given, and ``rows`` one more when there are others."""

    columns: tuple[Column, ...]
    masks: dict[str, int]
    rows: int
    table: sql.Identifier

    def others(self, name: str) -> int:
        """The bits of every filter but one."""
        return sum(mask for filtered, mask in self.masks.items() if filtered != name)

    def totals(self) -> Totals:
        """One pass: rows by failed filters, and the bounds of the columns with a range."""
        if not self.rows:
            return Totals({}, 0, {})
        ranged = [(number, column) for number, column in enumerate(self.columns) if is_range(column)]
        wanted: list[sql.Composable] = [
            sql.SQL("failed"),
            sql.SQL("count(*)"),
            sql.SQL("count(*) FILTER (WHERE beyond AND failed = 0)"),
        ]
        for number, _ in ranged:
            name = sql.SQL("{}::float8").format(_value(number))
            wanted += [
                sql.SQL("min({0}) FILTER (WHERE {0} > '-infinity')").format(name),
                sql.SQL("max({0}) FILTER (WHERE {0} < 'infinity')").format(name),
                sql.SQL("min({0}) FILTER (WHERE {0} > 0 AND {0} < 'infinity')").format(name),
            ]
        found = _fetch(sql.SQL("SELECT {} FROM {} GROUP BY failed").format(sql.SQL(", ").join(wanted), self.table))
        bounds = {
            column.name: _joined([row[3 + 3 * place : 6 + 3 * place] for row in found])
            for place, (_, column) in enumerate(ranged)
        }
        return Totals(
            {row[0]: row[1] for row in found},
            sum(row[2] for row in found),
            {name: bound for name, bound in bounds.items() if bound},
        )

    def counts(self, axes: Mapping[str, Axis]) -> dict[str, Counts]:
        """One pass: for each column its values, or the numbers of its bars from 1 on, with rows by failed filters."""
        counted = [
            (number, column)
            for number, column in enumerate(self.columns)
            if column.name in axes or not (is_range(column) or is_text(column))
        ]
        if not counted or not self.rows:
            return {}
        inner = sql.SQL(", ").join(_group_of(number, axes.get(column.name)) for number, column in counted)
        names = [_value(number) for number, _ in counted]
        statement = sql.SQL(
            "SELECT grouping({names}), failed, count(*), {names} FROM (SELECT failed, {inner} FROM {table}) AS grouped "
            "GROUP BY GROUPING SETS ({sets})"
        ).format(
            names=sql.SQL(", ").join(names),
            inner=inner,
            table=self.table,
            sets=sql.SQL(", ").join(sql.SQL("({}, failed)").format(name) for name in names),
        )
        found: dict[str, Counts] = {column.name: {} for _, column in counted}
        place_of = {(1 << len(names)) - 1 - (1 << (len(names) - 1 - place)): place for place in range(len(names))}
        for grouping, failed, rows, *values in _fetch(statement):
            place = place_of[grouping]
            found[counted[place][1].name].setdefault(values[place], {})[failed] = rows
        return found

    def page(self, part: Part, totals: Totals) -> PageRows:
        """The rows of one page."""
        key, shown = part.key, totals.shown
        if not shown:
            return PageRows(1, ())
        if key.values and not key.backward:
            rows = self._rows(part, sql.SQL("beyond"), part.size)
            return PageRows(shown - totals.beyond + 1, rows)
        if key.values and totals.beyond >= part.size:
            rows = self._rows(part, sql.SQL("beyond"), part.size, backward=True)
            return PageRows(totals.beyond - len(rows) + 1, rows[::-1])
        if key.backward and not key.values:
            rows = self._rows(part, sql.SQL("true"), shown % part.size or part.size, backward=True)
            return PageRows(shown - len(rows) + 1, rows[::-1])
        return PageRows(1, self._rows(part, sql.SQL("true"), part.size))

    def _rows(
        self, part: Part, condition: sql.SQL, count: int, *, backward: bool = False
    ) -> tuple[tuple[int, ...], ...]:
        carried = [sql.Identifier("obsid"), *map(sql.Identifier, part.carried)]
        statement = sql.SQL("SELECT {} FROM {} WHERE failed = 0 AND {} ORDER BY {} LIMIT {}").format(
            sql.SQL(", ").join(carried),
            self.table,
            condition,
            _order_of(part.order, backward=backward),
            sql.Literal(count),
        )
        return tuple(_fetch(statement))


def load(
    matched: QuerySet[Any], columns: Sequence[Column], filters: Mapping[str, Q], part: Part | None, limit: int
) -> Loaded:
    """The rows of ``matched`` in a temporary table, as far as ``limit`` and one more; inside a transaction.

    Their number is called ``obsid``, by a field or an annotation.

    Raises
    ------
    EmptyResultSet : a criterion that no row can meet, whatever the table holds.
    """
    masks = {name: 1 << number for number, name in enumerate(filters)}
    narrow = {f"value_{number}": F(column.field) for number, column in enumerate(columns)}
    if part:
        narrow |= {f"sort_{number}": F(step.field) for number, step in enumerate(part.order.steps)}
        narrow |= {name: F(name) for name in part.carried}
    beyond = _flag(part.beyond if part else None)
    rows = matched.order_by().values("obsid", **narrow, failed=_failed(filters, masks), beyond=beyond)
    query, parameters = rows[: limit + 1].query.sql_with_params()
    name = f"loaded_rows_{next(_numbers)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {query}", parameters)
        return Loaded(tuple(columns), masks, cursor.rowcount, sql.Identifier(name))


def _order_of(order: Order, *, backward: bool) -> sql.Composed:
    """The order of `search.paging` in the names of the table."""
    ways = {
        False: (sql.SQL("{} ASC NULLS LAST"), sql.SQL("{} DESC NULLS LAST")),
        True: (sql.SQL("{} DESC NULLS FIRST"), sql.SQL("{} ASC NULLS FIRST")),
    }
    return sql.SQL(", ").join(
        ways[backward][step.descending].format(sql.Identifier(f"sort_{number}"))
        for number, step in enumerate(order.steps)
    )


def _failed(filters: Mapping[str, Q], masks: Mapping[str, int]) -> Case | Value:
    """The bits of the filters that a row does not pass."""
    bits = [
        Case(When(condition, then=Value(0)), default=Value(masks[name]), output_field=BigIntegerField())
        for name, condition in filters.items()
    ]
    return reduce(add, bits) if bits else Value(0, output_field=BigIntegerField())


def _flag(condition: Q | None) -> Case | Value:
    return Case(When(condition, then=Value(True)), default=Value(False)) if condition else Value(False)


def _value(number: int) -> sql.Identifier:
    return sql.Identifier(f"value_{number}")


def _group_of(number: int, axis: Axis | None) -> sql.Composable:
    name = _value(number)
    if axis is None:
        return name
    edges = sql.Literal(list(axis.edges[:-1]))
    return sql.SQL("width_bucket({0}::float8, {1}::float8[]) AS {0}").format(name, edges)


def _fetch(statement: sql.Composed) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _joined(parts: Sequence[Sequence[float | None]]) -> Bounds | None:
    lows, highs, positives = ([float(part[i]) for part in parts if part[i] is not None] for i in range(3))  # type: ignore[arg-type]
    if not lows or not highs:
        return None
    return Bounds(min(lows), max(highs), min(positives, default=None))
