"""What a subscription has to tell: the events that it asks for, and their summary by program."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, Q, QuerySet
from django.urls import reverse

from archive.models import Event, EventKind
from notifications.models import Subscription


@dataclass(frozen=True)
class ProgramNews:
    """The news of one program; ``counts`` by kind in the order of `EventKind`, each above 0."""

    mission: str
    program: str
    files: int
    counts: tuple[tuple[EventKind, int], ...]

    @property
    def words(self) -> str:
        """``3 New, 1 Public``"""
        return ", ".join(f"{count:,} {kind.label}" for kind, count in self.counts)

    @property
    def address(self) -> str:
        return data_address(self.mission, self.program)

    def as_json(self) -> dict[str, object]:
        counts = [[kind.value, count] for kind, count in self.counts]
        return {"mission": self.mission, "program": self.program, "files": self.files, "counts": counts}

    @staticmethod
    def from_json(stored: dict[str, Any]) -> "ProgramNews":
        counts = tuple((EventKind(kind), int(count)) for kind, count in stored["counts"])
        return ProgramNews(stored["mission"], stored["program"], stored["files"], counts)


def data_address(mission: str, program: str) -> str:
    """The path of a program's data in the portal."""
    return f"{reverse('search:results')}?{urlencode({'obs_collection': mission, 'proposal_id': program})}"


def latest_event() -> int:
    """The number of the newest event; every event that is yet to be seen has a higher one (`archive.models.Event`)."""
    return Event.objects.aggregate(latest=Max("pk"))["latest"] or 0


def events_for(own: Subscription, after: int, upto: int) -> QuerySet[Event]:
    """The events that a subscription asks for, with numbers above ``after`` and not above ``upto``."""
    wanted = Q(pk__gt=after, pk__lte=upto, mission=own.mission, program__in=own.programs, kinds__overlap=own.kinds)
    if own.level is not None:
        wanted &= Q(calib_level=own.level) if own.level < 3 else Q(calib_level__gte=own.level)
    return Event.objects.filter(wanted & _of_observation(own)).order_by("pk")


def _of_observation(own: Subscription) -> Q:
    """Observations whose names begin as the subscription says, or that carry its number in a JWST program."""
    if not own.observation:
        return Q()
    if own.mission != "JWST" or not own.observation.isdecimal():
        return Q(observation__obs_id__istartswith=own.observation)
    found = Q(pk__in=())
    for program in own.programs:
        for stem in (f"jw{int(program):05d}{own.observation}", f"jw{int(program):05d}-o{own.observation}_"):
            found |= Q(observation__obs_id__startswith=stem)
    return found


@dataclass(frozen=True)
class Telling:
    """What a subscription tells of each of some events.

    An observation whose files came in later events of the same digest is told of by these: ``by_files`` has the
    observations and kinds of which that is so.
    """

    own: Subscription
    by_files: frozenset[tuple[int, str]]

    @staticmethod
    def of(own: Subscription, events: QuerySet[Event]) -> "Telling":
        bare = events.filter(product=None).order_by().values("observation_id")
        found = events.filter(product__isnull=False, observation_id__in=bare).values_list("observation_id", "kinds")
        return Telling(own, frozenset((observation, kind) for observation, kinds in found for kind in kinds))

    def kinds(self, observation: int, product: int | None, kinds: Iterable[str]) -> list[EventKind]:
        """Of an event's kinds those to tell, in their order; none for an event that says nothing of its own."""
        told = [kind for kind in EventKind if kind in self.own.kinds and kind in kinds]
        return told if product else [kind for kind in told if (observation, kind) not in self.by_files]


def summary(own: Subscription, events: QuerySet[Event]) -> Sequence[ProgramNews]:
    """Counts of events by program and kind, programs in the order of the subscription."""
    telling = Telling.of(own, events)
    counts: Counter[tuple[str, EventKind]] = Counter()
    files: dict[str, set[tuple[int, str]]] = {program: set() for program in own.programs}
    columns = ("program", "observation_id", "product_id", "filename", "kinds")
    for program, observation, product, filename, kinds in events.values_list(*columns):
        told = telling.kinds(observation, product, kinds)
        counts.update((program, kind) for kind in told)
        if told and filename:
            files[program].add((observation, filename))
    news = []
    for program, found in files.items():
        if told_of := tuple((kind, counts[program, kind]) for kind in EventKind if counts[program, kind]):
            news.append(ProgramNews(own.mission, program, len(found), told_of))
    return news
