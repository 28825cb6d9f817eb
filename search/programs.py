"""Everything about one program: its facts, its observations in numbers, and when they become public."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Count, F, Max, Min, Sum

from archive.clock import to_mjd
from archive.models import Observation, ObservationState, Program
from search import formats
from search.criteria import Criteria, Wanted
from search.query import Observations
from search.release_calendar import ReleaseCalendar, Searching, release_calendar

GROUPED = ("instrument_name", "state")
#: How many lines of targets the page shows.
SHOWN_TARGETS = 200


@dataclass(frozen=True)
class StateCount:
    """A program's observations in one state, and the query string of a search for them."""

    state: ObservationState
    count: int
    query: str


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

    ``program`` is None where only observations tell of it. ``states`` are the three states in their order. ``query`` is
    the query string of a search for all its observations.
    """

    mission: str
    number: str
    program: Program | None
    title: str
    facts: tuple[ProgramFact, ...]
    observations: int
    states: tuple[StateCount, ...]
    instruments: tuple[InstrumentCount, ...]
    observed_from: str
    observed_to: str
    calendar: ReleaseCalendar
    targets: tuple[ObservedTarget, ...]
    query: str

    @property
    def taken(self) -> int:
        """How many observations are no plans."""
        return sum(line.count for line in self.states if line.state is not ObservationState.PLANNED)

    @property
    def exclusive(self) -> int:
        """How many observations are under exclusive access."""
        return sum(line.count for line in self.states if line.state is ObservationState.EXCLUSIVE)


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
    searching = partial(_search, mission, number)
    taken = sum(group["count"] for group in groups if group["state"] != ObservationState.PLANNED)
    ended = [group["last"] for group in groups if group["last"] is not None]
    return ProgramDetails(
        mission=mission,
        number=number,
        program=program,
        title=program.title if program else "",
        facts=_facts(program) if program else (),
        observations=sum(group["count"] for group in groups),
        states=_states(groups, searching),
        instruments=_instruments(groups),
        observed_from=formats.utc_date(min(begun)) if begun else "",
        observed_to=formats.utc_date(max(ended)) if ended else "",
        calendar=release_calendar(rows, now.date(), taken, searching),
        targets=_targets(rows),
        query=searching(),
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


def _states(groups: Sequence[Mapping[str, Any]], searching: Searching) -> tuple[StateCount, ...]:
    return tuple(
        StateCount(state, _sum(groups, "state", state.value), searching(Wanted("state", (state.value,))))
        for state in ObservationState
    )


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


def _search(mission: str, number: str, *more: Wanted) -> str:
    """The query string of a search for the program's observations, or those that satisfy ``more`` too."""
    wanted = (Wanted("obs_collection", (mission,)), Wanted("proposal_id", (number,)), *more)
    return Criteria(wanted=wanted).to_query_string()
