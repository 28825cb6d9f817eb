"""What the home page says of the archive: holdings by mission, and what becomes public soon."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Floor

from archive.clock import from_mjd, to_mjd
from archive.models import PLANNED_LEVEL, Observation, Program

#: Days ahead that the list of releases looks, and the lines it shows.
RELEASE_DAYS = 14
RELEASE_LINES = 15


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
    lines: tuple[Release, ...]
    observations: int
    programs: int
    days: int = RELEASE_DAYS


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
    """What becomes public within `RELEASE_DAYS` of ``now``, by day and program."""
    now_mjd = to_mjd(now)
    coming = Observation.objects.filter(
        calib_level__gt=PLANNED_LEVEL, t_obs_release__gt=now_mjd, t_obs_release__lte=now_mjd + RELEASE_DAYS
    )
    totals = coming.aggregate(
        observations=Count("pk"), programs=Count("proposal_id", distinct=True, filter=~Q(proposal_id=""))
    )
    groups = (
        coming.annotate(day=Floor("t_obs_release"))
        .values_list("day", "obs_collection", "proposal_id")
        .annotate(observations=Count("pk"))
        .order_by("day", "obs_collection", "proposal_id")[:RELEASE_LINES]
    )
    lines = list(groups)
    programs = _programs({(mission, number) for _, mission, number, _ in lines})
    return Releases(
        tuple(
            _release(day, mission, number, observations, programs.get((mission, number)))
            for day, mission, number, observations in lines
        ),
        totals["observations"],
        totals["programs"],
    )


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
