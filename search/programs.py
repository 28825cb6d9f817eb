"""Everything about one program: its facts, its observations in numbers, and when they become public."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Count, DateTimeField, ExpressionWrapper, F, FloatField, Func, Max, Min, Q, Sum
from django.db.models.functions import TruncDay, TruncMonth

from archive.clock import to_mjd
from archive.models import Observation, ObservationState, Program
from search import formats
from search.criteria import Criteria, Wanted
from search.query import Observations

GROUPED = ("instrument_name", "state")
UNIX_EPOCH_MJD = 40587
#: The days that the calendars of the database and of Python share.
LAST_CALENDAR_MJD = 2_973_000.0
#: How many days of releases, and how many lines of targets, the page shows.
CALENDAR_DAYS, SHOWN_TARGETS = 240, 200


@dataclass(frozen=True)
class ReleaseMonth:
    """Exclusive observations that become public in one month; ``month`` is its first day."""

    month: dt.date
    count: int


@dataclass(frozen=True)
class ReleaseDay:
    """Observations that became or become public on one UTC day."""

    day: dt.date
    count: int
    released: bool


@dataclass(frozen=True)
class CalendarMonth:
    """A line of the release calendar."""

    month: dt.date
    days: tuple[ReleaseDay, ...]


@dataclass(frozen=True)
class ObservedTarget:
    """Observations of one target with one instrument in one state; dates are empty where there are none."""

    target_name: str
    instrument_name: str
    state: ObservationState
    count: int
    start: str
    release: str


@dataclass(frozen=True)
class InstrumentCount:
    instrument_name: str
    count: int
    t_exptime_s: float


@dataclass(frozen=True)
class ProgramFact:
    label: str
    value: str


@dataclass(frozen=True)
class ProgramDetails:
    """One program of a mission.

    ``program`` is None where only observations tell of it. ``states`` are the three states in their order; ``releases``
    the months in which exclusive observations become public, the soonest first. ``query`` is the query string of a
    search for all its observations.
    """

    mission: str
    number: str
    program: Program | None
    title: str
    facts: tuple[ProgramFact, ...]
    observations: int
    states: tuple[tuple[ObservationState, int], ...]
    instruments: tuple[InstrumentCount, ...]
    observed_from: str
    observed_to: str
    releases: tuple[ReleaseMonth, ...]
    calendar: tuple[CalendarMonth, ...]
    targets: tuple[ObservedTarget, ...]
    query: str

    @property
    def exclusive(self) -> int:
        """How many observations are under exclusive access."""
        return dict(self.states)[ObservationState.EXCLUSIVE]

    @property
    def next_release(self) -> ReleaseDay | None:
        return next((day for month in self.calendar for day in month.days if not day.released), None)


def program_details(mission: str, number: str, now: dt.datetime) -> ProgramDetails | None:
    """The program of a mission, its number padded or not, at ``now``; None when nothing is known of it."""
    if "\0" in mission + number:
        return None
    number = number.lstrip("0") or number
    program = Program.objects.filter(mission=mission, number=number).first()
    rows = Observation.objects.with_state(to_mjd(now)).filter(obs_collection=mission, proposal_id=number)
    groups = _groups(rows)
    if program is None and not groups:
        return None
    begun = [group["first"] for group in groups if group["first"] is not None]
    ended = [group["last"] for group in groups if group["last"] is not None]
    return ProgramDetails(
        mission=mission,
        number=number,
        program=program,
        title=program.title if program else "",
        facts=_facts(program) if program else (),
        observations=sum(group["count"] for group in groups),
        states=tuple((state, _sum(groups, "state", state.value)) for state in ObservationState),
        instruments=_instruments(groups),
        observed_from=formats.utc_date(min(begun)) if begun else "",
        observed_to=formats.utc_date(max(ended)) if ended else "",
        releases=_releases(rows),
        calendar=_calendar(rows),
        targets=_targets(rows),
        query=_all_observations(mission, number),
    )


def _groups(rows: Observations) -> Sequence[Mapping[str, Any]]:
    """Counts, exposure and dates by instrument and state."""
    return list(
        rows.order_by()
        .values(*GROUPED)
        .annotate(
            count=Count("*"), exposure_s=Sum("t_exptime", default=0.0), first=Min("t_min"), last=Max("t_max")
        )
    )  # fmt: skip


def _sum(groups: Sequence[Mapping[str, Any]], key: str, value: str, what: str = "count") -> Any:
    return sum(group[what] for group in groups if group[key] == value)


def _instruments(groups: Sequence[Mapping[str, Any]]) -> tuple[InstrumentCount, ...]:
    names = sorted({group["instrument_name"] for group in groups})
    return tuple(
        InstrumentCount(
            name, _sum(groups, "instrument_name", name), float(_sum(groups, "instrument_name", name, "exposure_s"))
        )
        for name in names
    )


def _facts(program: Program) -> tuple[ProgramFact, ...]:
    """What is known of the program, in the order of its cover page."""
    months, hours = program.exclusive_access_months, program.allocation_hours
    facts = (
        ("Principal Investigator", program.pi_name),
        ("Program type", program.category),
        ("Cycle", program.cycle),
        ("Science category", program.science_category),
        ("Sub-category", program.sub_category),
        ("Allocation", f"{hours:g} h" if hours is not None else ""),
        ("Exclusive access", f"{months:g} months" if months is not None else ""),
    )
    return tuple(ProgramFact(label, value) for label, value in facts if value)


def _moment() -> Func:
    seconds = ExpressionWrapper((F("t_obs_release") - UNIX_EPOCH_MJD) * 86400.0, output_field=FloatField())
    return Func(seconds, function="to_timestamp", output_field=DateTimeField())


def _calendar(rows: Observations) -> tuple[CalendarMonth, ...]:
    """The days on which observations became or become public, the newest `CALENDAR_DAYS`, by month."""
    days = (
        rows.filter(~Q(state=ObservationState.PLANNED), t_obs_release__lt=LAST_CALENDAR_MJD)
        .annotate(day=TruncDay(_moment(), tzinfo=dt.UTC))
        .order_by("-day")
        .values("day", "state")
        .annotate(count=Count("*"))[:CALENDAR_DAYS]
    )
    found = [ReleaseDay(row["day"].date(), row["count"], row["state"] == ObservationState.PUBLIC) for row in days]
    months = groupby(reversed(found), key=lambda day: day.day.replace(day=1))
    return tuple(CalendarMonth(month, tuple(inside)) for month, inside in months)


def _targets(rows: Observations) -> tuple[ObservedTarget, ...]:
    """What was and will be observed, in the order of observing, plans last."""
    groups = (
        rows.order_by()
        .values("target_name", *GROUPED)
        .annotate(count=Count("*"), first=Min("t_min"), release=Max("t_obs_release"))
        .order_by(F("first").asc(nulls_last=True), "target_name", "instrument_name")[:SHOWN_TARGETS]
    )
    return tuple(
        ObservedTarget(
            group["target_name"],
            group["instrument_name"],
            ObservationState(group["state"]),
            group["count"],
            formats.utc_date(group["first"]) if group["first"] is not None else "",
            formats.utc_date(group["release"]) if group["release"] is not None else "",
        )
        for group in groups
    )


def _releases(rows: Observations) -> tuple[ReleaseMonth, ...]:
    """Exclusive observations by the month of their release."""
    months = (
        rows.filter(Q(state=ObservationState.EXCLUSIVE), t_obs_release__lt=LAST_CALENDAR_MJD)
        .annotate(month=TruncMonth(_moment(), tzinfo=dt.UTC))
        .order_by("month")
        .values("month")
        .annotate(count=Count("*"))
    )
    return tuple(ReleaseMonth(group["month"].date(), group["count"]) for group in months)


def _all_observations(mission: str, number: str) -> str:
    wanted = (Wanted("obs_collection", (mission,)), Wanted("proposal_id", (number,)))
    return Criteria(wanted=wanted).to_query_string()
