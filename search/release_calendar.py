"""When the observations of one program became and become public: months as lines, days as columns."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Q
from django.db.models.functions import Floor

from archive.clock import from_mjd
from archive.models import ObservationState
from search.criteria import Wanted
from search.query import Observations

#: The days that the calendars of the database and of Python share, MJD.
FIRST_CALENDAR_MJD, LAST_CALENDAR_MJD = -678_575.0, 2_973_000.0
#: The newest lines that the calendar shows.
MAX_LINES = 36
#: So many months without a release in a row, and more, share one line.
FOLDED_MONTHS = 3
_DAY = dt.timedelta(days=1)
COLUMNS = 31
#: What a calendar counts: plans are no observations that become public.
_TAKEN = Wanted("state", (ObservationState.PUBLIC.value, ObservationState.EXCLUSIVE.value))

#: Further constraints in, the query string of a search of the program's observations out.
Searching = Callable[..., str]


@dataclass(frozen=True)
class CalendarDay:
    """A UTC day: observations that became public on it, and that will; ``query`` searches both, "" where none is."""

    day: dt.date
    released: int = 0
    coming: int = 0
    is_today: bool = False
    query: str = ""

    @property
    def count(self) -> int:
        return self.released + self.coming

    @property
    def text(self) -> str:
        """What screen readers hear, and a tool tip shows."""
        parts = [f"{self.released:,} released"] if self.released else []
        parts += [f"{self.coming:,} will become public"] if self.coming else []
        return f"{self.day.isoformat()}: {', '.join(parts)}"

    @property
    def short(self) -> str:
        """The number in at most four signs, thousands rounded down: a day is a narrow column."""
        return str(self.count) if self.count < 1000 else f"{self.count // 1000}k"


@dataclass(frozen=True)
class CalendarLine:
    """A month, its first day, with all its days; or without any the months to ``last``, that have no release."""

    month: dt.date
    last: dt.date
    days: tuple[CalendarDay, ...] = ()
    query: str = ""

    @property
    def count(self) -> int:
        return sum(day.count for day in self.days)

    @property
    def blank_days(self) -> int:
        """Columns for which the month has no day."""
        return COLUMNS - len(self.days)


@dataclass(frozen=True)
class ColumnDay:
    """A day of the month at the head of a column; not all are written where people see them."""

    number: int
    is_written: bool


@dataclass(frozen=True)
class ReleaseCalendar:
    """The newest `MAX_LINES` lines; ``earlier`` observations were released before them, ``undated`` have no day."""

    lines: tuple[CalendarLine, ...] = ()
    next_release: CalendarDay | None = None
    days_to_next: int = 0
    earlier: int = 0
    earlier_query: str = ""
    undated: int = 0

    @property
    def column_days(self) -> tuple[ColumnDay, ...]:
        """The first day, every fifth, and the last."""
        return tuple(ColumnDay(day, day in {1, 31} or day in range(5, 30, 5)) for day in range(1, COLUMNS + 1))


def release_calendar(rows: Observations, today: dt.date, total: int, searching: Searching) -> ReleaseCalendar:
    """The calendar of a program's observations, with their ``state``.

    Parameters
    ----------
    rows : the observations, planned ones too.
    today : the archive's day, UTC.
    total : how many of them are not planned.
    searching : makes the query string of the program's observations that satisfy further constraints.
    """
    found = _days(rows, today, searching)
    coming = [day for day in found.values() if day.coming]
    months = {day.replace(day=1) for day in found} | ({today.replace(day=1)} if coming else set())
    lines = tuple(_lines(sorted(months)[-MAX_LINES:], found, today, searching))[-MAX_LINES:]
    earlier = sum(day.count for date, day in found.items() if date < lines[0].month) if lines else 0
    return ReleaseCalendar(
        lines=lines,
        next_release=coming[0] if coming else None,
        days_to_next=(coming[0].day - today).days if coming else 0,
        earlier=earlier,
        earlier_query=searching(_TAKEN, _released(f"<{_iso(lines[0].month)}")) if earlier else "",
        undated=total - sum(day.count for day in found.values()),
    )


def _released(when: str) -> Wanted:
    return Wanted("t_obs_release", (when,))


def _days(rows: Observations, today: dt.date, searching: Searching) -> dict[dt.date, CalendarDay]:
    """The days with releases, the first first, by one statement."""
    days = (
        rows.filter(
            ~Q(state=ObservationState.PLANNED),
            t_obs_release__gte=FIRST_CALENDAR_MJD,
            t_obs_release__lt=LAST_CALENDAR_MJD,
        )
        .order_by()
        .annotate(day=Floor("t_obs_release"))
        .values("day")
        .annotate(
            released=Count("pk", filter=Q(state=ObservationState.PUBLIC)),
            coming=Count("pk", filter=Q(state=ObservationState.EXCLUSIVE)),
        )
        .order_by("day")
    )
    found = {}
    for row in days:
        day = from_mjd(row["day"]).date()
        query = searching(_TAKEN, _released(day.isoformat()))
        found[day] = CalendarDay(day, row["released"], row["coming"], day == today, query)
    return found


def _lines(
    months: Sequence[dt.date], found: Mapping[dt.date, CalendarDay], today: dt.date, searching: Searching
) -> Iterator[CalendarLine]:
    """Every month from the first to the last; long runs of empty ones as one line."""
    wanted = set(months)
    for is_empty, run in groupby(_months(months), key=lambda month: month not in wanted):
        together = list(run)
        if is_empty and len(together) >= FOLDED_MONTHS:
            yield CalendarLine(together[0], together[-1])
            continue
        for month in together:
            days = tuple(found.get(day) or CalendarDay(day, is_today=day == today) for day in _days_of(month))
            query = "" if is_empty else searching(_TAKEN, _released(_iso(month)))
            yield CalendarLine(month, month, days, query)


def _months(months: Sequence[dt.date]) -> Iterator[dt.date]:
    """The first days of all months from the first to the last of ``months``, which are in order."""
    if not months:
        return
    for number in range(_number(months[0]), _number(months[-1]) + 1):
        yield dt.date(number // 12, number % 12 + 1, 1)


def _iso(month: dt.date) -> str:
    return month.isoformat()[:7]


def _number(month: dt.date) -> int:
    return month.year * 12 + month.month - 1


def _days_of(month: dt.date) -> Iterator[dt.date]:
    day = month
    while day.month == month.month:
        yield day
        day += _DAY
