"""Where the bars of a histogram begin and end: round numbers, decades where values span several, calendar steps."""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from archive.clock import from_mjd, to_mjd
from search.columns import Kind
from search.facets.model import Tick
from search.formats import utc_date, utc_minute

MOST_BARS = 40
#: Values that span so much stand on a logarithmic axis.
LOG_RATIO = 300.0
_DAYS = (1 / 1440, 5 / 1440, 15 / 1440, 1 / 24, 6 / 24, 1.0, 7.0)


@dataclass(frozen=True)
class Bounds:
    """The values of a column: the smallest, the largest, the smallest above zero."""

    low: float
    high: float
    low_positive: float | None


@dataclass(frozen=True)
class Axis:
    """Edges in increasing order, one more than there are bars."""

    edges: tuple[float, ...]
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value lies, 0 at the left end and 1 at the right; bars are equally wide."""
        bars = len(self.edges) - 1
        for number, (low, high) in enumerate(pairwise(self.edges)):
            if value < high or number == bars - 1:
                within = (value - low) / (high - low) if high > low else 0.0
                return min(1.0, max(0.0, (number + min(1.0, max(0.0, within))) / bars))
        return 1.0


def axis_of(kind: Kind, bounds: Bounds) -> Axis:
    """Up to `MOST_BARS` bars that hold every value from ``bounds.low`` to ``bounds.high``."""
    if bounds.low == bounds.high:
        return Axis((bounds.low, bounds.high))
    if kind is Kind.DATE:
        edges = _date_edges(bounds.low, bounds.high)
    elif _is_logarithmic(kind, bounds):
        return Axis(_closed(_log_edges(bounds), bounds), logarithmic=True)
    else:
        edges = _linear_edges(bounds.low, bounds.high, 1.0 if kind is Kind.WHOLE else 0.0)
    return Axis(_closed(edges, bounds))


def _is_logarithmic(kind: Kind, bounds: Bounds) -> bool:
    if kind not in {Kind.NUMBER, Kind.WHOLE} or bounds.low < 0 or bounds.low_positive is None:
        return False
    return bounds.high / bounds.low_positive >= LOG_RATIO


def _log_edges(bounds: Bounds) -> list[float]:
    """Equal parts of decades; a bar of its own for zero."""
    low = bounds.low_positive or 1.0
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(bounds.high))
    decades = max(1, last - first)
    parts = next((parts for parts in (10, 5, 2, 1) if parts * decades <= MOST_BARS), 0)
    if parts:
        powers = [first + step / parts for step in range(decades * parts + 1)]
    else:
        stride = math.ceil(decades / MOST_BARS)
        powers = [float(power) for power in range(first, last + stride, stride)]
    edges = [_power(power) for power in powers]
    below = [edge for edge in edges if edge <= low]
    edges = [edge for edge in edges if edge >= below[-1]] if below else edges
    return [0.0, *edges] if bounds.low <= 0 else edges


def _power(exponent: float) -> float:
    return float(f"{10.0**exponent:.3g}")


def _linear_edges(low: float, high: float, least_step: float) -> list[float]:
    """Round steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / MOST_BARS
    if not math.isfinite(rough) or rough <= 0:
        return [low, high]
    power = 10.0 ** math.floor(math.log10(rough))
    step = max(least_step, next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9)))
    first = math.floor(low / step)
    count = min(2 * MOST_BARS, math.ceil(high / step) - first)
    digits = max(0, -math.floor(math.log10(step)) + 1)
    return [round((first + number) * step, digits) for number in range(count + 1)]


def _date_edges(low: float, high: float) -> list[float]:
    """Minutes, hours, days, weeks, months, quarters or years, whichever gives enough bars."""
    span = high - low
    for step in _DAYS:
        if span / step <= MOST_BARS - 2:
            first = math.floor(low / step)
            return [(first + number) * step for number in range(math.ceil(high / step) - first + 1)]
    try:
        first_day, last_day = from_mjd(low), from_mjd(high)
    except OverflowError:
        return _linear_edges(low, high, 0.0)
    months = (last_day.year - first_day.year) * 12 + last_day.month - first_day.month + 1
    stride = next((stride for stride in (1, 3, 12, 60, 120, 1200) if months / stride <= MOST_BARS - 1), 12_000)
    begin = (first_day.year * 12 + first_day.month - 1) // stride * stride
    end = last_day.year * 12 + last_day.month
    return [_month_mjd(month) for month in range(begin, end + stride, stride)]


def _month_mjd(month: int) -> float:
    """The beginning of a month counted from year 0; the calendar's ends beyond them."""
    year, index = divmod(month, 12)
    if year < 1:
        return to_mjd(dt.datetime(1, 1, 1, tzinfo=dt.UTC))
    if year > 9999:
        return to_mjd(dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
    return to_mjd(dt.datetime(year, index + 1, 1, tzinfo=dt.UTC))


def _closed(edges: Iterable[float], bounds: Bounds) -> tuple[float, ...]:
    """Increasing edges around all values, whatever rounding did to the outermost; no empty bar at an end."""
    inner = sorted({edge for edge in edges if bounds.low < edge < bounds.high})
    outer = sorted(set(edges))
    first = max((edge for edge in outer if edge <= bounds.low), default=bounds.low)
    last = min((edge for edge in outer if edge >= bounds.high), default=bounds.high)
    return (first, *inner, last)


# Marks ---------------------------------------------------------------------------------------------------------------


def ticks_of(kind: Kind, axis: Axis) -> tuple[Tick, ...]:
    """Three to five marks with their words."""
    edges: Sequence[float] = axis.edges
    if axis.logarithmic:
        decades = [edge for edge in edges if edge > 0 and abs(math.log10(edge) - round(math.log10(edge))) < 1e-3]
        edges = decades if len(decades) > 1 else edges
    stride = max(1, math.ceil((len(edges) - 1) / 4))
    words = _words_of(kind, axis.edges[-1] - axis.edges[0])
    return tuple(Tick(axis.place(edge), words(edge)) for edge in edges[::stride])


def _words_of(kind: Kind, span: float) -> Callable[[float], str]:
    if kind is not Kind.DATE:
        return lambda value: f"{value:,.6g}" if abs(value) < 1e6 else f"{value:.3g}"
    if span > 400:
        return lambda value: utc_date(value)[:7]
    return utc_date if span > 3 else utc_minute
