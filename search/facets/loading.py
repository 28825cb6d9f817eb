"""The rows of a search, read once into a narrow set, and counted there.

The search itself (a cone with its footprints, a pattern) runs one time; page numbers, counts and histograms come from
the narrow rows. Where no histogram is asked for, they are part of the statement that counts them. The bars of
histograms depend on the smallest and the largest value, so that two statements need the rows: then they stand in a
temporary table until the end of the transaction.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When
from psycopg import sql

from archive.roundtrip import filled, together
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

    @property
    def sorted_by(self) -> tuple[str, ...]:
        """The names of what the rows are sorted by: what they carry anyway is not computed twice."""
        fields = [step.field for step in self.order.steps]
        return tuple(name if name in self.carried else f"sort_{number}" for number, name in enumerate(fields))


@dataclass(frozen=True)
class Within:
    """Of the rows that are read, those with at most so much in an annotation are meant."""

    name: str
    most: float


@dataclass(frozen=True)
class PageRows:
    """The numbers of a page's observations in reading order, each with what it carries; ``first`` counts from 1."""

    first: int
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Narrow:
    """The narrow rows of a search, at most ``limit`` and one more, as a statement that reads them."""

    columns: tuple[Column, ...]
    masks: dict[str, int]
    statement: sql.Composable
    part: Part | None
    limit: int

    def others(self, name: str) -> int:
        """The bits of every filter but one."""
        return sum(mask for filtered, mask in self.masks.items() if filtered != name)

    @property
    def has_ranges(self) -> bool:
        return any(is_range(column) for column in self.columns)


@dataclass
class Summary:
    """What was counted: rows by the set of filters that they fail (a bit mask), also by value; and the page's rows."""

    by_failed: dict[int, int] = field(default_factory=dict)
    #: Rows beyond the page's key that pass every filter.
    beyond: int = 0
    by_value: dict[str, Counts] = field(default_factory=dict)
    #: The page's rows, in the order that they were read in.
    read: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def shown(self) -> int:
        """Rows that pass every filter."""
        return self.by_failed.get(0, 0)

    @property
    def total(self) -> int:
        return sum(self.by_failed.values())

    def page(self, part: Part) -> PageRows:
        """The rows of the page in reading order, with their place among all."""
        rows, key = tuple(self.read), part.key
        if not rows:
            return PageRows(1, ())
        if not key.backward:
            return PageRows(self.shown - self.beyond + 1 if key.values else 1, rows)
        if not key.values:
            return PageRows(self.shown - len(rows) + 1, rows[::-1])
        # the way back has reached the beginning: a full first page
        return PageRows(self.beyond - len(rows) + 1, rows[::-1]) if self.beyond >= part.size else PageRows(1, rows)


def narrow(
    matched: QuerySet[Any],
    columns: Sequence[Column],
    filters: Mapping[str, Q],
    part: Part | None,
    *,
    limit: int,
    within: Within | None = None,
) -> Narrow:
    """The narrow rows of ``matched``, those ``within`` a bound.

    Their number is called ``obsid``, by a field or an annotation. What has several names is computed once: a distance
    may be a value, part of the order and carried along, and the bound tells which rows are meant.

    Raises
    ------
    EmptyResultSet : a criterion that no row can meet, whatever the table holds.
    """
    masks = {name: 1 << number for number, name in enumerate(filters)}
    named = {f"value_{number}": column.field for number, column in enumerate(columns)}
    if part:
        named |= {name: step.field for name, step in zip(part.sorted_by, part.order.steps, strict=True)}
        named |= {name: name for name in part.carried}
    fields = dict.fromkeys([*named.values(), *([within.name] if within else [])])
    read = {field: f"read_{number}" for number, field in enumerate(fields)}
    beyond = _flag(part.beyond if part else None)
    rows = matched.order_by().values(
        "obsid", **{name: F(field) for field, name in read.items()}, failed=_failed(filters, masks), beyond=beyond
    )
    meant = sql.SQL("{} <= {}").format(sql.Identifier(read[within.name]), within.most) if within else sql.SQL("true")
    statement = _read(rows, {name: read[field] for name, field in named.items()}, meant, limit)
    return Narrow(tuple(columns), masks, statement, part, limit)


def _read(rows: QuerySet[Any, Any], names: Mapping[str, str], meant: sql.Composable, limit: int) -> sql.Composed:
    """The rows that are meant, under the names that counting knows their values by."""
    # OFFSET keeps the planner from writing the expressions again wherever one of their names stands
    return sql.SQL("SELECT {} FROM ({} OFFSET 0) AS near WHERE {} LIMIT {}").format(
        sql.SQL(", ").join(
            [
                *map(sql.Identifier, ("obsid", "failed", "beyond")),
                *(sql.SQL("{} AS {}").format(*map(sql.Identifier, (own, name))) for name, own in names.items()),
            ]
        ),
        filled(*rows.query.sql_with_params()),
        meant,
        limit + 1,
    )


# Counting ------------------------------------------------------------------------------------------------------------


def summary_at_once(rows: Narrow) -> Summary:
    """Counts and page in the statement that runs the search."""
    name = sql.Identifier("loaded_rows")
    within = sql.SQL("WITH {} AS MATERIALIZED ({}) {}").format(name, rows.statement, _summing(rows, name, {}))
    return _summary(rows, {}, together(within, limit_ms=_limit_ms())[0].rows)


def loaded_with_bounds(rows: Narrow) -> tuple[sql.Identifier, int, dict[str, Bounds]]:
    """The rows in a temporary table, their number, and the bounds of the columns with a range; in a transaction."""
    table = sql.Identifier(f"loaded_rows_{next(_numbers)}")
    create = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS {}").format(table, rows.statement)
    ranged = [(number, column) for number, column in enumerate(rows.columns) if is_range(column)]
    wanted: list[sql.Composable] = []
    for number, _ in ranged:
        name = sql.SQL("{}::float8").format(_value(number))
        wanted += [
            sql.SQL("min({0}) FILTER (WHERE {0} > '-infinity')").format(name),
            sql.SQL("max({0}) FILTER (WHERE {0} < 'infinity')").format(name),
            sql.SQL("min({0}) FILTER (WHERE {0} > 0 AND {0} < 'infinity')").format(name),
        ]
    bounding = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(wanted), table)
    made, bounded = together(create, bounding, limit_ms=_limit_ms())
    found = bounded.rows[0]
    bounds = {column.name: _bounds(*found[3 * place : 3 * place + 3]) for place, (_, column) in enumerate(ranged)}
    return table, made.count, {name: bound for name, bound in bounds.items() if bound}


def summary_of_table(rows: Narrow, table: sql.Identifier, axes: Mapping[str, Axis]) -> Summary:
    """Counts and page of rows in a temporary table; values of a range are counted by the numbers of its bars."""
    return _summary(rows, axes, together(_summing(rows, table, axes), limit_ms=_limit_ms())[0].rows)


def _limit_ms() -> int:
    return 1000 * settings.SEARCH_TIMEOUT_S


def _counted(rows: Narrow, axes: Mapping[str, Axis]) -> list[tuple[int, Column]]:
    """The columns whose values are counted, with their places."""
    return [
        (number, column)
        for number, column in enumerate(rows.columns)
        if column.name in axes or not (is_range(column) or is_text(column))
    ]


#: What stands in the place of `grouping()` in the rows of the page.
_OF_THE_PAGE = -1


def _summing(rows: Narrow, source: sql.Identifier, axes: Mapping[str, Axis]) -> sql.Composed:
    """One statement for all counts and for the page.

    Its columns: which values are grouped by, the failed filters, a number of rows (the page: of an observation), rows
    beyond the key (the page: the place), the values, and what the page carries.
    """
    counted = _counted(rows, axes)
    names = [_value(number) for number, _ in counted]
    carried = rows.part.carried if rows.part else ()
    inner = [_group_of(number, axes.get(column.name)) for number, column in counted]
    columns = [sql.SQL("failed"), sql.SQL("count(*)"), sql.SQL("count(*) FILTER (WHERE beyond AND failed = 0)"), *names]
    grouping = sql.SQL("grouping({})").format(sql.SQL(", ").join(names)) if names else sql.SQL("0")
    counting = sql.SQL(
        "SELECT {columns} FROM (SELECT {inner} FROM {source}) AS grouped GROUP BY GROUPING SETS ({sets})"
    ).format(
        columns=sql.SQL(", ").join([grouping, *columns, *[sql.SQL("NULL::float8")] * len(carried)]),
        inner=sql.SQL(", ").join([sql.SQL("failed"), sql.SQL("beyond"), *inner]),
        source=source,
        sets=sql.SQL(", ").join([sql.SQL("(failed)"), *(sql.SQL("({}, failed)").format(name) for name in names)]),
    )
    pages = _pages(rows.part, source, len(names)) if rows.part else []
    return sql.SQL(" UNION ALL ").join([counting, *pages])


def _summary(rows: Narrow, axes: Mapping[str, Axis], found: Sequence[tuple[Any, ...]]) -> Summary:
    counted = _counted(rows, axes)
    every = (1 << len(counted)) - 1
    column_of = {every - (1 << (len(counted) - 1 - place)): place for place in range(len(counted))}
    summary = Summary(by_value={column.name: {} for _, column in counted})
    page: list[tuple[Any, ...]] = []
    for grouping, failed, number, other, *values in found:
        if grouping == _OF_THE_PAGE:
            page.append((other, number, *values[len(counted) :]))
        elif grouping == every:
            summary.by_failed[failed] = number
            summary.beyond += other
        else:
            place = column_of[grouping]
            summary.by_value[counted[place][1].name].setdefault(values[place], {})[failed] = number
    summary.read = [row[1:] for row in sorted(page)]
    return summary


# The page ------------------------------------------------------------------------------------------------------------


def _pages(part: Part, source: sql.Identifier, values: int) -> list[sql.Composed]:
    """The rows of one page; of the two ways that lead back, one gives any."""
    key = part.key
    size = sql.Literal(part.size)
    if key.values and not key.backward:
        return [_page(part, source, values, sql.SQL("beyond"), size)]
    if key.values:
        enough = sql.SQL("(SELECT count(*) FROM {} WHERE beyond AND failed = 0) >= {}").format(source, size)
        back = sql.SQL("beyond AND {}").format(enough)
        return [
            _page(part, source, values, back, size, backward=True),
            _page(part, source, values, sql.SQL("NOT {}").format(enough), size),
        ]
    if key.backward:
        rest = sql.SQL("(SELECT coalesce(nullif(count(*) % {0}, 0), {0}) FROM {1} WHERE failed = 0)").format(
            size, source
        )
        return [_page(part, source, values, sql.SQL("true"), rest, backward=True)]
    return [_page(part, source, values, sql.SQL("true"), size)]


def _page(
    part: Part,
    source: sql.Identifier,
    values: int,
    condition: sql.Composable,
    size: sql.Composable,
    *,
    backward: bool = False,
) -> sql.Composed:
    carried = [sql.Identifier(name) for name in part.carried]
    return sql.SQL(
        "SELECT {outer} FROM (SELECT {inner} FROM {source} WHERE failed = 0 AND {condition} ORDER BY {order}"
        " LIMIT {size}) AS page"
    ).format(
        outer=sql.SQL(", ").join(
            [
                sql.SQL("{}, 0, obsid, row_number() OVER ()").format(sql.Literal(_OF_THE_PAGE)),
                *[sql.SQL("NULL")] * values,
                *carried,
            ]
        ),
        inner=sql.SQL(", ").join([sql.Identifier("obsid"), *carried]),
        source=source,
        condition=condition,
        order=_order_of(part, backward=backward),
        size=size,
    )


def _order_of(part: Part, *, backward: bool) -> sql.Composed:
    """The order of `search.paging` in the names of the narrow rows."""
    ways = {
        False: (sql.SQL("{} ASC NULLS LAST"), sql.SQL("{} DESC NULLS LAST")),
        True: (sql.SQL("{} DESC NULLS FIRST"), sql.SQL("{} ASC NULLS FIRST")),
    }
    return sql.SQL(", ").join(
        ways[backward][step.descending].format(sql.Identifier(name))
        for name, step in zip(part.sorted_by, part.order.steps, strict=True)
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


def _bounds(low: float | None, high: float | None, low_positive: float | None) -> Bounds | None:
    if low is None or high is None:
        return None
    return Bounds(float(low), float(high), None if low_positive is None else float(low_positive))
