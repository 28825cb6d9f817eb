"""Suggestions for what stands in the search box, in groups, the likeliest first."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.functions import Length
from psycopg.errors import QueryCanceled

from archive.models import Name, Program
from archive.names import name_key
from search.collections import observations, obsids, proposals
from search.resolver import openngc
from search.suggest.prefixes import NAME_KEYS, OBSERVATION_IDS, PROGRAM_NUMBERS, TARGET_NAMES, beginning_with
from search.text import TextError, cleaned

MIN_LENGTH = 2
#: Fewer characters begin too many IDs, and stand in too many titles.
MIN_WORD_LENGTH = 3
MAX_LENGTH = 120
NAMES, PROGRAMS, IDS = 5, 4, 3
#: A suggestion that comes late is none.
TIMEOUT_MS = 300
_LISTED = re.compile(r"^(?P<before>.*[\s,;])?(?P<last>[^\s,;]*)$", re.DOTALL)
_RADIUS = re.compile(r"\sr(adius)?\s*=?\s*[\d.]*\S?$", re.IGNORECASE)


@dataclass(frozen=True)
class Suggestion:
    """``text`` goes into the box and ``collection`` into the menu; ``label`` and ``detail`` are shown."""

    label: str
    text: str
    collection: str
    detail: str = ""


@dataclass(frozen=True)
class Group:
    title: str
    suggestions: tuple[Suggestion, ...]


def suggest(collection: str, typed: str) -> tuple[Group, ...]:
    """Up to twelve suggestions; none for what is too short, cannot be typed, or takes too long to look up."""
    try:
        text = cleaned(typed, MAX_LENGTH)
    except TextError:
        return ()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{TIMEOUT_MS}ms"])
            groups = _groups(collection, text)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return ()
    return tuple(group for group in groups if group.suggestions)


def _groups(collection: str, text: str) -> tuple[Group, ...]:
    match collection:
        case obsids.COLLECTION.slug:
            before, last = _last_of_list(text)
            return (Group("Observation IDs", tuple(_observation_ids(last, NAMES + PROGRAMS, before))),)
        case proposals.COLLECTION.slug:
            before, last = _last_of_list(text)
            return (Group("Programs", tuple(_programs(last if last.isdigit() else text, NAMES + PROGRAMS, before))),)
        case observations.COLLECTION.slug:
            if _RADIUS.search(text):
                return ()
            return (
                Group("Names", tuple(_names(text))),
                Group("Programs", tuple(_programs(text, PROGRAMS))),
                Group("Observation IDs", tuple(_observation_ids(text, IDS))),
            )
        case _:
            return ()


def _last_of_list(text: str) -> tuple[str, str]:
    """What a comma list holds before its last entry, and that entry."""
    found = _LISTED.match(text)
    return (found["before"] or "", found["last"]) if found else ("", text)


# Names ---------------------------------------------------------------------------------------------------------------


def _names(text: str) -> list[Suggestion]:
    key = name_key(text)
    if len(key) < MIN_LENGTH:
        return []
    own = Name.objects.in_bulk(beginning_with(NAME_KEYS, key, NAMES), field_name="key")
    found = [(own[each].name, own[each].object_type or "name") for each in sorted(own)]
    found += [(name, "OpenNGC") for name in openngc.beginning_with(key, NAMES)]
    found += [(name, "target name") for name in beginning_with(TARGET_NAMES, key, NAMES)]
    slug = observations.COLLECTION.slug
    ranked = sorted(_each_once(found), key=lambda item: name_key(item[0]) != key)
    return [Suggestion(name, name, slug, detail) for name, detail in ranked[:NAMES]]


def _each_once(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    by_key: dict[str, tuple[str, str]] = {}
    for name, detail in found:
        by_key.setdefault(name_key(name), (name, detail))
    return list(by_key.values())


# Programs and observations -------------------------------------------------------------------------------------------


def _programs(text: str, most: int, before: str = "") -> list[Suggestion]:
    found = _by_number(text, most) if text.isdigit() else _by_words(text, most)
    slug = proposals.COLLECTION.slug
    return [Suggestion(label, before + number, slug, detail) for label, number, detail in found]


def _by_number(text: str, most: int) -> list[tuple[str, str, str]]:
    """Programs whose number begins so, the shortest first; those too that only observations tell of."""
    number = text.lstrip("0")
    if not number:
        return []
    known = Program.objects.filter(number__startswith=number).order_by(Length("number"), "number", "mission")[:most]
    found = [_told(program) for program in known]
    listed = {number for _, number, _ in found}
    others = beginning_with(PROGRAM_NUMBERS, number, most)
    found += [(f"Program {other}", other, "") for other in others if other not in listed]
    return sorted(found, key=lambda item: (len(item[1]), item[1]))[:most]


def _by_words(text: str, most: int) -> list[tuple[str, str, str]]:
    """Programs whose PI's name or title has the text, the beginning of a PI's name first."""
    if len(text) < MIN_WORD_LENGTH:
        return []
    rank = Case(
        When(pi_name__istartswith=text, then=Value(0)),
        When(title__istartswith=text, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    holding = Program.objects.filter(Q(pi_name__icontains=text) | Q(title__icontains=text))
    return [_told(program) for program in holding.order_by(rank, Length("number").desc(), "-number", "mission")[:most]]


def _told(program: Program) -> tuple[str, str, str]:
    detail = " · ".join(filter(None, (program.pi_name, program.title)))
    return f"{program.mission} {program.number}", program.number, detail


def _observation_ids(text: str, most: int, before: str = "") -> list[Suggestion]:
    """IDs that begin as typed, or with the same in small letters, which most missions write."""
    if len(text) < MIN_WORD_LENGTH or " " in text:
        return []
    spellings = dict.fromkeys((text, text.lower()))
    found = [each for spelling in spellings for each in beginning_with(OBSERVATION_IDS, spelling, most)]
    slug = obsids.COLLECTION.slug
    return [Suggestion(obs_id, before + obs_id, slug) for obs_id in found[:most]]
