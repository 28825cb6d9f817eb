"""The rows of a search, read once into a narrow temporary table, and counted there.

The search itself (a cone with its footprints, a pattern) runs one time; page numbers, counts and histograms come from
the narrow copy: one pass for totals and bounds, one with a grouping set a facet. The copy lives until the end of the
transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import add

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, Value, When
from psycopg import sql

from search.columns import Column
from search.facets.bins import Axis, Bounds
from search.facets.choice import is_range, is_text
from search.query import Observations

TABLE = sql.Identifier("loaded_rows")
Counts = dict[object, dict[int, int]]


@dataclass(frozen=True)
class Totals:
    """Rows by the set of filters that they fail (a bit mask), how many of them come before the page, and ranges."""

    by_failed: dict[int, int]
    before: int
    bounds: dict[str, Bounds]


@dataclass(frozen=True)
class Loaded:
    """Rows in the temporary table: at most the limit that was given, and ``rows`` one more when there are others."""

    columns: tuple[Column, ...]
    masks: dict[str, int]
    rows: int

    def others(self, name: str) -> int:
        """The bits of every filter but one."""
        return sum(mask for filtered, mask in self.masks.items() if filtered != name)

    def totals(self) -> Totals:
        """One pass: rows by failed filters, and the bounds of the columns with a range."""
        ranged = [(number, column) for number, column in enumerate(self.columns) if is_range(column)]
        wanted: list[sql.Composable] = [
            sql.SQL("failed"),
            sql.SQL("count(*)"),
            sql.SQL("count(*) FILTER (WHERE before AND failed = 0)"),
        ]
        for number, _ in ranged:
            name = _value(number)
            wanted += [
                sql.SQL("min({0}) FILTER (WHERE {0} > '-infinity')").format(name),
                sql.SQL("max({0}) FILTER (WHERE {0} < 'infinity')").format(name),
                sql.SQL("min({0}) FILTER (WHERE {0} > 0 AND {0} < 'infinity')").format(name),
            ]
        found = _fetch(sql.SQL("SELECT {} FROM {} GROUP BY failed").format(sql.SQL(", ").join(wanted), TABLE))
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
        if not counted:
            return {}
        inner = sql.SQL(", ").join(_group_of(number, axes.get(column.name)) for number, column in counted)
        names = [_value(number) for number, _ in counted]
        statement = sql.SQL(
            "SELECT grouping({names}), failed, count(*), {names} FROM (SELECT failed, {inner} FROM {table}) AS grouped "
            "GROUP BY GROUPING SETS ({sets})"
        ).format(
            names=sql.SQL(", ").join(names),
            inner=inner,
            table=TABLE,
            sets=sql.SQL(", ").join(sql.SQL("({}, failed)").format(name) for name in names),
        )
        found: dict[str, Counts] = {column.name: {} for _, column in counted}
        place_of = {(1 << len(names)) - 1 - (1 << (len(names) - 1 - place)): place for place in range(len(names))}
        for grouping, failed, rows, *values in _fetch(statement):
            place = place_of[grouping]
            found[counted[place][1].name].setdefault(values[place], {})[failed] = rows
        return found


@contextmanager
def loading(
    matched: Observations, columns: Sequence[Column], filters: Mapping[str, Q], before: Q | None, limit: int
) -> Iterator[Loaded]:
    """The rows of ``matched`` in the temporary table, as far as ``limit`` and one more."""
    masks = {name: 1 << number for number, name in enumerate(filters)}
    narrow = {f"value_{number}": F(column.field) for number, column in enumerate(columns)}
    rows = matched.order_by().values(**narrow, failed=_failed(filters, masks), before=_flag(before))
    query, parameters = rows[: limit + 1].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE loaded_rows ON COMMIT DROP AS {query}", parameters)
        count = cursor.rowcount
    yield Loaded(tuple(columns), masks, count)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE loaded_rows")


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
