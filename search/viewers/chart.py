"""The chart: two numeric columns of all rows of a search against each other, counted and thinned by the database."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.conf import settings
from django.db.models import Count, F, FloatField, Func, IntegerField, Max, Min, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.http import QueryDict

from archive.models import ObservationState
from archive.templatetags.portal import mission_class
from search.columns import Column, Kind
from search.criteria import Criteria, parse_criteria
from search.narrowing import Narrowed, RowCount, count_up_to, too_many_to_load
from search.operators import ConstraintError, Span, operands
from search.query import Observations
from search.results import time_limit
from search.viewers import asked
from search.viewers.asked import axis_holding
from search.viewers.axes import Axis, Floats
from search.viewers.files import ViewerError
from search.viewers.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Plot, Points

#: Points that are drawn one by one; more are drawn as places with their number of rows.
MOST_POINTS = 2_000
#: Pixels of such a place.
CELL_PX = 6
#: Lines of the table beside the picture.
MOST_LINES = 200
NUMERIC = frozenset({Kind.NUMBER, Kind.WHOLE, Kind.DATE, Kind.RA, Kind.DEC})
NOT_MEASURED = frozenset({"obsid", "objID"})
COLOURS = {"state": "Access", "obs_collection": "Mission"}
#: Parameters of the chart; all others say the search.
PARAMETERS = ("chart.x", "chart.y", "chart.colour", "x.from", "x.to", "y.from", "y.to", "xlog", "ylog", "grid", "sent")


@dataclass(frozen=True)
class ChartAsked:
    """The state of the chart, as the address says it."""

    criteria: Criteria
    x: Column
    y: Column
    colour: str
    x_span: asked.Span
    y_span: asked.Span
    grid: bool

    @property
    def x_is_date(self) -> bool:
        return self.x.kind is Kind.DATE

    @property
    def y_is_date(self) -> bool:
        return self.y.kind is Kind.DATE

    @property
    def x_unit(self) -> str:
        return unit_of_box(self.x)

    @property
    def y_unit(self) -> str:
        return unit_of_box(self.y)


def unit_of_box(column: Column) -> str:
    """In which unit the boxes of a range take the column's values."""
    units = {Kind.DATE: "UTC or MJD", Kind.RA: "deg", Kind.DEC: "deg"}
    return units.get(column.kind, column.unit)


@dataclass(frozen=True)
class Group:
    """The rows of one colour that have both numbers: how many, and the ends of their values."""

    name: str
    css_class: str
    count: int
    x_low: float
    x_high: float
    y_low: float
    y_high: float
    x_text: str = ""
    y_text: str = ""


@dataclass(frozen=True)
class Line:
    """A row of the table beside the picture."""

    obsid: int
    obs_id: str
    target: str
    group: str
    x: str
    y: str


@dataclass(frozen=True)
class ChartPage:
    """``places`` above 0: the picture has so many dots, each with the number of rows that it stands for."""

    asked: ChartAsked
    title: str
    choices: tuple[Column, ...]
    count: RowCount
    groups: tuple[Group, ...] = ()
    lines: tuple[Line, ...] = ()
    plot: Plot | None = None
    inside: int = 0
    places: int = 0

    @property
    def without_numbers(self) -> int:
        return self.count.rows - sum(group.count for group in self.groups)

    @property
    def outside(self) -> int:
        return sum(group.count for group in self.groups) - self.inside


def search_of(query: QueryDict) -> Criteria:
    """The search of a chart's address.

    Raises
    ------
    SearchError : an address that says no search.
    """
    own = query.copy()
    for name in PARAMETERS:
        own.pop(name, None)
    return parse_criteria(own).at_page("")


def numeric_columns(narrowed: Narrowed) -> tuple[Column, ...]:
    """The columns that a chart can show: numbers and dates that the search's rows have, created ones among them."""
    around = narrowed.question.target is not None
    return tuple(
        column
        for column in narrowed.criteria.all_columns
        if column.kind in NUMERIC and column.name not in NOT_MEASURED and (around or not column.cones_only)
    )


def chart_asked(query: QueryDict, narrowed: Narrowed) -> ChartAsked:
    """What the address asks of the chart.

    Raises
    ------
    ViewerError : a column without numbers, a box that cannot be used.
    """
    columns = {column.name: column for column in numeric_columns(narrowed)}
    x = asked.choice(query, "chart.x", "Column of the x axis", columns, "t_min")
    y = asked.choice(query, "chart.y", "Column of the y axis", columns, "t_exptime")
    return ChartAsked(
        criteria=narrowed.criteria,
        x=columns[x],
        y=columns[y],
        colour=asked.choice(query, "chart.colour", "Colour by", COLOURS, "state"),
        x_span=asked.span(query, "x", columns[x].label, dates=columns[x].kind is Kind.DATE),
        y_span=asked.span(query, "y", columns[y].label, dates=columns[y].kind is Kind.DATE),
        grid=asked.flag(query, "grid", default=True),
    )


def chart_page(query: QueryDict, now: dt.datetime) -> ChartPage:
    """Count, range and draw.

    Raises
    ------
    SearchError, ViewerError : as they say; more rows than ``LOAD_LIMIT_ROWS``.
    """
    narrowed = Narrowed.of(search_of(query), now)
    wanted = chart_asked(query, narrowed)
    with time_limit():
        count = count_up_to(narrowed.shown, settings.LOAD_LIMIT_ROWS)
        if not count.loads:
            raise too_many_to_load()
        page = ChartPage(wanted, narrowed.question.title, numeric_columns(narrowed), count)
        rows = with_numbers(narrowed.shown, wanted)
        groups = _groups(rows, wanted)
        return _drawn(replace(page, groups=groups), rows) if groups else page


def with_numbers(rows: Observations, wanted: ChartAsked) -> Observations:
    """The rows that have a place on both axes, with ``chart_x`` and ``chart_y``."""
    rows = rows.order_by().annotate(
        chart_x=Cast(F(wanted.x.field), FloatField()), chart_y=Cast(F(wanted.y.field), FloatField())
    )
    for name, span in (("chart_x", wanted.x_span), ("chart_y", wanted.y_span)):
        rows = rows.filter(**({f"{name}__gt": 0.0} if span.log else {f"{name}__isnull": False}))
    return rows


Ends = tuple[float | None, float | None]


def inside_of(rows: Observations, x: Ends, y: Ends) -> Observations:
    """The rows within two ranges; None is an open end."""
    within = Q()
    for name, (low, high) in (("chart_x", x), ("chart_y", y)):
        within &= Q(**{f"{name}__gte": low}) if low is not None else Q()
        within &= Q(**{f"{name}__lte": high}) if high is not None else Q()
    return rows.filter(within)


def _groups(rows: Observations, wanted: ChartAsked) -> tuple[Group, ...]:
    ends = rows.values(wanted.colour).annotate(
        n=Count("pk"), x0=Min("chart_x"), x1=Max("chart_x"), y0=Min("chart_y"), y1=Max("chart_y")
    )
    numbers = ("n", "x0", "x1", "y0", "y1")
    groups = [
        Group(
            _words(wanted, row[wanted.colour]), _css_class(wanted, row[wanted.colour]), *(row[name] for name in numbers)
        )
        for row in ends
    ]
    return tuple(_in_words(group, wanted) for group in sorted(groups, key=lambda group: (-group.count, group.name)))


def _in_words(group: Group, wanted: ChartAsked) -> Group:
    return replace(
        group,
        x_text=f"{wanted.x.text(group.x_low)} to {wanted.x.text(group.x_high)}",
        y_text=f"{wanted.y.text(group.y_low)} to {wanted.y.text(group.y_high)}",
    )


def _words(wanted: ChartAsked, value: str) -> str:
    return str(ObservationState(value).label) if wanted.colour == "state" else value or "none"


def _css_class(wanted: ChartAsked, value: str) -> str:
    return f"state-{value}" if wanted.colour == "state" else mission_class(value)


# Drawing -------------------------------------------------------------------------------------------------------------
def _drawn(page: ChartPage, rows: Observations) -> ChartPage:
    wanted, groups = page.asked, page.groups
    x_ends = np.array([end for group in groups for end in (group.x_low, group.x_high)])
    y_ends = np.array([end for group in groups for end in (group.y_low, group.y_high)])
    x = axis_holding(_heading(wanted.x), [x_ends], wanted.x_span)
    y = axis_holding(_heading(wanted.y), [y_ends], wanted.y_span)
    seen = inside_of(rows, (x.low, x.high), (y.low, y.high))
    inside = seen.count()
    few = inside <= MOST_POINTS
    found = _single(seen, wanted) if few else []
    points = _points(found, wanted) if few else _cells(seen, wanted, x, y)
    label = f"{wanted.y.label} against {wanted.x.label} of {inside:,} observations"
    plot = Plot(x, y, label, points=points, grid=wanted.grid, drags="box", name="chart")
    lines = tuple(_line(wanted, row) for row in (found or _single(seen, wanted, MOST_LINES))[:MOST_LINES])
    return replace(page, plot=plot, inside=inside, lines=lines, places=0 if few else sum(len(one.x) for one in points))


def _heading(column: Column) -> Axis:
    is_date = column.kind is Kind.DATE
    unit = "deg" if column.kind in {Kind.RA, Kind.DEC} else "UTC" if is_date else column.unit
    return Axis(column.label, 0.0, 1.0, unit, dates=is_date)


_FROM_THE_LEFT: tuple[str, ...] = ("chart_x", "chart_y", "pk")
Single = tuple[int, float, float, str, str, str]


def _single(rows: Observations, wanted: ChartAsked, most: int = MOST_POINTS) -> list[Single]:
    """Number, both values, group, obs_id and target of each row."""
    values = rows.order_by(*_FROM_THE_LEFT).values_list(
        "pk", "chart_x", "chart_y", wanted.colour, "obs_id", "target_name"
    )
    return list(values[:most])


def _points(found: Sequence[Single], wanted: ChartAsked) -> tuple[Points, ...]:
    points = []
    for value in sorted({row[3] for row in found}):
        own = [row for row in found if row[3] == value]
        points.append(
            Points(
                _css_class(wanted, value),
                np.array([row[1] for row in own]),
                np.array([row[2] for row in own]),
                texts=[_text(wanted, row) for row in own],
                rows=[row[0] for row in own],
            )
        )
    return tuple(points)


def _text(wanted: ChartAsked, row: Single) -> str:
    _, x, y, value, obs_id, target = row
    numbers = f"{wanted.x.label} {wanted.x.text(x)}\n{wanted.y.label} {wanted.y.text(y)}"
    return "\n".join(filter(None, (obs_id, target, _words(wanted, value), numbers)))


def _line(wanted: ChartAsked, row: Single) -> Line:
    obsid, x, y, value, obs_id, target = row
    return Line(obsid, obs_id, target, _words(wanted, value), wanted.x.text(x), wanted.y.text(y))


def _cells(rows: Observations, wanted: ChartAsked, x: Axis, y: Axis) -> tuple[Points, ...]:
    """One dot for each place of the picture that has rows, with their number; the database counts them."""
    columns, lines = int((WIDTH - LEFT - RIGHT) / CELL_PX), int((HEIGHT - TOP - BOTTOM) / CELL_PX)
    counted = (
        rows.annotate(cell_x=_bucket("chart_x", x, columns), cell_y=_bucket("chart_y", y, lines))
        .values_list(wanted.colour, "cell_x", "cell_y")
        .annotate(n=Count("pk"))
    )
    cells = list(counted)
    points = []
    for value in sorted({cell[0] for cell in cells}):
        own = [cell for cell in cells if cell[0] == value]
        areas = np.array([float(cell[3]) for cell in own])
        points.append(
            Points(
                _css_class(wanted, value),
                _middles(x, np.array([float(cell[1]) for cell in own]), columns),
                _middles(y, np.array([float(cell[2]) for cell in own]), lines),
                texts=[_counted(_words(wanted, value), cell[3]) for cell in own],
                areas=areas,
            )
        )
    return tuple(points)


def _counted(group: str, count: int) -> str:
    return f"{group}: {count:,} observation{'' if count == 1 else 's'}"


def _bucket(name: str, axis: Axis, count: int) -> Func:
    """The part of the axis that a value falls in, from 1 to ``count``."""
    value: Combinable = F(name)
    low, high = axis.low, axis.high
    if axis.log:
        value, low, high = Func(value, function="log"), float(np.log10(low)), float(np.log10(high))
    part = Func(
        value,
        Value(low, output_field=FloatField()),
        Value(high, output_field=FloatField()),
        Value(count, output_field=IntegerField()),
        function="width_bucket",
        output_field=IntegerField(),
    )
    return Func(part, Value(count, output_field=IntegerField()), function="least", output_field=IntegerField())


def _middles(axis: Axis, parts: Floats, count: int) -> Floats:
    """The middle of each part of an axis, as a value."""
    places = (parts - 0.5) / count
    if not axis.log:
        return np.asarray(axis.low + places * (axis.high - axis.low))
    low, high = np.log10(axis.low), np.log10(axis.high)
    return np.asarray(10.0 ** (low + places * (high - low)))


# From the chart back to the rows -------------------------------------------------------------------------------------
def rows_in_box(query: QueryDict, now: dt.datetime, most: int) -> list[int]:
    """The numbers of the rows in the ranges of the address, one more than ``most`` when there are others.

    Raises
    ------
    SearchError, ViewerError : as they say.
    """
    narrowed = Narrowed.of(search_of(query), now)
    wanted = chart_asked(query, narrowed)
    x, y = wanted.x_span, wanted.y_span
    with time_limit():
        rows = inside_of(with_numbers(narrowed.shown, wanted), (x.low, x.high), (y.low, y.high))
        return list(rows.order_by("pk").values_list("pk", flat=True)[: most + 1])


def filtered(query: QueryDict, now: dt.datetime) -> Criteria:
    """The search with the chart's ranges as filters of its two columns, within those that it has.

    Raises
    ------
    SearchError, ViewerError : as they say; no range is given.
    """
    narrowed = Narrowed.of(search_of(query), now)
    wanted = chart_asked(query, narrowed)
    criteria = narrowed.criteria
    ranges = [(wanted.x, wanted.x_span), (wanted.y, wanted.y_span)]
    given = [(column, span) for column, span in ranges if span.low is not None or span.high is not None]
    if not given:
        raise ViewerError("No range is given.", "Drag a box on the chart, or fill the boxes of Range.")
    for column, span in given:
        low, high = _narrower(criteria, column, span)
        text = f"{'' if low is None else repr(low)}..{'' if high is None else repr(high)}"
        criteria = criteria.with_filter(column.name, (text,))
    return criteria


def _narrower(criteria: Criteria, column: Column, span: asked.Span) -> Ends:
    """The range, cut by the one that the column's filter already has."""
    low, high = span.low, span.high
    try:
        read = operands(column, criteria.filter_values(column.name))
    except ConstraintError:
        return low, high
    if len(read) != 1 or read[0].negated or not isinstance(read[0].what, Span):
        return low, high
    own = read[0].what
    lows = [end for end in (low, own.low) if isinstance(end, float)]
    highs = [end for end in (high, own.high) if isinstance(end, float)]
    return max(lows, default=None), min(highs, default=None)
