"""What the home page says of the archive: holdings by mission, and what becomes public soon."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Floor

from archive.clock import from_mjd, to_mjd
from archive.models import PLANNED_LEVEL, Observation, Program

#: Days ahead that the list of releases looks, and the lines that a list shows.
RELEASE_DAYS = 14
NEWEST_DAYS = 365
LINES = 15


@dataclass(frozen=True)
class MissionHoldings:
    """One mission's observations: their numbers by state, and the months that they cover (None: no times known)."""

    mission: str
    observations: int
    exclusive: int
    planned: int
    first: dt.datetime | None
    last: dt.datetime | None

    @property
    def covers(self) -> str:
        if self.first is None or self.last is None:
            return ""
        first, last = f"{self.first:%Y-%m}", f"{self.last:%Y-%m}"
        return first if first == last else f"{first} – {last}"


@dataclass(frozen=True)
class Release:
    """A program's observations that become public on one day, UTC."""

    day: dt.date
    mission: str
    number: str
    title: str
    pi_name: str
    observations: int


@dataclass(frozen=True)
class Releases:
    """What becomes public: within ``days``, or with ``days`` 0 the next to do so, whenever that is."""

    lines: tuple[Release, ...]
    observations: int
    programs: int
    days: int


@dataclass(frozen=True)
class Observed:
    """A program's observations of one day, UTC, with one instrument."""

    day: dt.date
    mission: str
    number: str
    title: str
    instrument_name: str
    observations: int


def holdings_by_mission(now: dt.datetime) -> list[MissionHoldings]:
    """Every mission with its counts at ``now``, the largest first."""
    planned = Q(calib_level=PLANNED_LEVEL)
    rows = (
        Observation.objects.values("obs_collection")
        .annotate(
            observations=Count("pk"),
            exclusive=Count("pk", filter=~planned & Q(t_obs_release__gt=to_mjd(now))),
            planned=Count("pk", filter=planned),
            first=Min("t_min"),
            last=Max("t_max"),
        )
        .order_by("-observations", "obs_collection")
    )
    return [
        MissionHoldings(
            row["obs_collection"],
            row["observations"],
            row["exclusive"],
            row["planned"],
            _moment(row["first"]),
            _moment(row["last"]),
        )
        for row in rows
    ]


def releases_after(now: dt.datetime) -> Releases:
    """What becomes public within `RELEASE_DAYS` of ``now``, by day and program; where nothing does, what does next."""
    now_mjd = to_mjd(now)
    exclusive = Observation.objects.filter(calib_level__gt=PLANNED_LEVEL, t_obs_release__gt=now_mjd)
    soon = exclusive.filter(t_obs_release__lte=now_mjd + RELEASE_DAYS)
    lines = _release_lines(soon)
    coming, days = (soon, RELEASE_DAYS) if lines else (exclusive, 0)
    totals = coming.aggregate(
        observations=Count("pk"), programs=Count("proposal_id", distinct=True, filter=~Q(proposal_id=""))
    )
    return Releases(lines or _release_lines(exclusive), totals["observations"], totals["programs"], days)


def _release_lines(coming: QuerySet[Observation]) -> tuple[Release, ...]:
    groups = list(
        coming.annotate(day=Floor("t_obs_release"))
        .values_list("day", "obs_collection", "proposal_id")
        .annotate(observations=Count("pk"))
        .order_by("day", "obs_collection", "proposal_id")[:LINES]
    )
    programs = _programs({(mission, number) for _, mission, number, _ in groups})
    return tuple(
        _release(day, mission, number, observations, programs.get((mission, number)))
        for day, mission, number, observations in groups
    )


def newest_observations(now: dt.datetime) -> tuple[Observed, ...]:
    """The newest observations at ``now``, by day, program and instrument, of the last `NEWEST_DAYS`."""
    observed = Observation.objects.filter(calib_level__gt=PLANNED_LEVEL, t_min__lte=to_mjd(now))
    last: float | None = observed.aggregate(last=Max("t_min"))["last"]
    if last is None:
        return ()
    groups = list(
        observed.filter(t_min__gt=last - NEWEST_DAYS)
        .annotate(day=Floor("t_min"))
        .values_list("day", "obs_collection", "proposal_id", "instrument_name")
        .annotate(observations=Count("pk"))
        .order_by("-day", "obs_collection", "proposal_id", "instrument_name")[:LINES]
    )
    programs = _programs({(mission, number) for _, mission, number, _, _ in groups})
    return tuple(
        Observed(
            day=from_mjd(day).date(),
            mission=mission,
            number=number,
            title=_title(programs.get((mission, number))),
            instrument_name=instrument,
            observations=observations,
        )
        for day, mission, number, instrument, observations in groups
    )


def _title(program: Program | None) -> str:
    return program.title if program else ""


def _release(day_mjd: float, mission: str, number: str, observations: int, program: Program | None) -> Release:
    title, pi_name = (program.title, program.pi_name) if program else ("", "")
    return Release(from_mjd(day_mjd).date(), mission, number, title, pi_name, observations)


def _programs(keys: set[tuple[str, str]]) -> dict[tuple[str, str], Program]:
    missions, numbers = {mission for mission, _ in keys}, {number for _, number in keys}
    found = Program.objects.filter(mission__in=missions, number__in=numbers)
    return {(program.mission, program.number): program for program in found}


def _moment(mjd: float | None) -> dt.datetime | None:
    """The date of an MJD; None for none, and for one that no calendar reaches."""
    try:
        return None if mjd is None else from_mjd(mjd)
    except OverflowError:
        return None
