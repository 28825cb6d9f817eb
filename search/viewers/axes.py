"""The axis of a plot: where a value stands on it, and round numbers to write beside it."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.clock import from_mjd, to_mjd
from search import formats

Floats = NDArray[np.float64]

_WANTED = 7  # ticks on an axis, about
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_DAY_STEPS = (1.0, 2.0, 5.0, 10.0, 20.0)
_MONTHS = (1, 2, 3, 6)
#: MJD outside of which no calendar date is written.
_CALENDAR = (-678_575.0, 2_973_483.0)
MAX_DECADES = 40


@dataclass(frozen=True)
class Tick:
    """A place on the axis, 0 at its beginning and 1 at its end, and what is written there."""

    place: float
    text: str


@dataclass(frozen=True)
class Axis:
    """A range of values with its heading.

    Parameters
    ----------
    low, high : the ends, ``low < high``; with ``log`` both above 0.
    dates : the values are MJD UTC and are written as days.
    """

    label: str
    low: float
    high: float
    unit: str = ""
    log: bool = False
    dates: bool = False

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def places(self, values: NDArray[Any]) -> Floats:
        """Where values stand, any shape; NaN for what a logarithmic axis does not have."""
        numbers = np.asarray(values, dtype=np.float64)
        if not self.log:
            return np.asarray((numbers - self.low) / (self.high - self.low))
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(numbers > 0, np.log10(np.where(numbers > 0, numbers, 1.0)), np.nan)
        low, high = math.log10(self.low), math.log10(self.high)
        return np.asarray((logs - low) / (high - low))

    def ticks(self) -> tuple[Tick, ...]:
        if self.dates and _CALENDAR[0] < self.low and self.high < _CALENDAR[1]:
            marks = _date_marks(self.low, self.high)
        elif self.log and self.high / self.low > 10:
            marks = _log_marks(self.low, self.high)
        else:
            marks = _linear_marks(self.low, self.high)
        places = self.places(np.array([value for value, _ in marks]))
        return tuple(
            Tick(float(place), text)
            for place, (_, text) in zip(places, marks, strict=True)
            if -1e-9 <= place <= 1 + 1e-9
        )

    def text(self, value: float) -> str:
        """A value as the axis would write it."""
        return formats.utc_minute(value) if self.dates else f"{value:.6g}"


def spanning(values: NDArray[Any], *, log: bool = False, margin: float = 0.03) -> tuple[float, float]:
    """Ends of an axis that hold every finite value with a margin; (0, 1) when there is none.

    With ``log`` only values above 0 count, and the ends are at most `MAX_DECADES` apart.
    """
    finite = np.asarray(values, dtype=np.float64)
    finite = finite[np.isfinite(finite)]
    finite = finite[finite > 0] if log else finite
    if not finite.size:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if log:
        low = max(low, high * 10.0**-MAX_DECADES, 5e-324)
        widened = (high / low) ** margin if high > low else 2.0
        return max(low / widened, 1e-300), min(high * widened, 1e300)
    room = (high - low) * margin if high > low else abs(high) * 0.05 or 1.0
    return low - room, high + room


# Marks: values with their texts --------------------------------------------------------------------------------------
Mark = tuple[float, str]


def _round_step(wanted: float, steps: tuple[float, ...] = _STEPS) -> float:
    power = 10.0 ** math.floor(math.log10(wanted))
    return next((step * power for step in steps if step * power >= wanted * (1 - 1e-9)), 10.0 * power)


def _linear_marks(low: float, high: float) -> list[Mark]:
    step = _round_step((high - low) / _WANTED)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first > 4 * _WANTED:  # an axis so far from zero that its numbers have no room for the step
        return []
    return [(number * step, _number(number * step, step)) for number in range(first, last + 1)]


def _number(value: float, step: float) -> str:
    """With as many decimals as the step needs; powers of ten where that is shorter."""
    largest = max(abs(value), step)
    below = (0 if _is_one_digit(step) else 1) - math.floor(math.log10(step))
    if 1e-3 <= largest < 1e6:
        return f"{value:.{max(0, below)}f}"
    digits = max(0, math.floor(math.log10(largest)) + below)
    return "0" if value == 0 else f"{value:.{digits}e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")


def _is_one_digit(step: float) -> bool:
    lead = step / 10.0 ** math.floor(math.log10(step))
    return abs(lead - round(lead)) < 1e-6


def _log_marks(low: float, high: float) -> list[Mark]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil((last - first) / _WANTED))
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    powers = range(first, last + 1, stride)
    return [(factor * 10.0**power, _power_text(factor, power)) for power in powers for factor in factors]


def _power_text(factor: int, power: int) -> str:
    value = factor * 10.0**power
    return f"{value:.10g}" if -4 <= power <= 5 else f"{factor}e{power}"


def _date_marks(low: float, high: float) -> list[Mark]:
    span = high - low
    if span > 366 * 2:
        return _year_marks(low, high)
    if span > 62:
        return _month_marks(low, high)
    if span > 2:
        step = _round_step(span / _WANTED, _DAY_STEPS)
        return [(day, formats.utc_date(day)) for day in _multiples(low, high, max(1.0, step))]
    hours = next((hours for hours in (1, 2, 3, 6, 12) if span * 24 / hours <= _WANTED + 1), 12)
    if span * 24 < 3:
        return [(value, f"{value:.4f}") for value, _ in _linear_marks(low, high)]
    return [(moment, formats.utc_minute(moment + 1e-7)[5:]) for moment in _multiples(low, high, hours / 24)]


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _year_marks(low: float, high: float) -> list[Mark]:
    first, last = from_mjd(low).year, from_mjd(high).year
    stride = max(1, round(_round_step((last - first + 1) / _WANTED, (1.0, 2.0, 5.0, 10.0))))
    years = [year for year in range(first, last + 1) if year % stride == 0]
    return [(to_mjd(dt.datetime(year, 1, 1, tzinfo=dt.UTC)), str(year)) for year in years]


def _month_marks(low: float, high: float) -> list[Mark]:
    start, end = from_mjd(low), from_mjd(high)
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    stride = next((stride for stride in _MONTHS if len(months) / stride <= _WANTED + 1), 6)
    days = [dt.datetime(month // 12, month % 12 + 1, 1, tzinfo=dt.UTC) for month in months if month % stride == 0]
    return [(to_mjd(day), f"{day:%Y-%m}") for day in days]
