"""MAST Observations by Observation ID: one or more ids, of whatever mission."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from search.collections.collection import Collection, Question, QuestionError
from search.columns import OBSERVATION_COLUMNS, SortKey
from search.messages import Message, Tone
from search.query import Observations

MAX_IDS = 100
#: Before a wildcard: fewer characters would name a whole mission.
MIN_BEFORE_WILDCARD = 4
_SEPARATORS = re.compile(r"[\s,;]+")
SORT = (SortKey("obs_collection", descending=True), SortKey("obs_id"), SortKey("t_min"))


@dataclass(frozen=True)
class WantedId:
    """One entry of the list: an id, or with ``prefix`` the beginning of some."""

    text: str
    prefix: bool = False

    def __str__(self) -> str:
        return f"{self.text}*" if self.prefix else self.text

    @property
    def spellings(self) -> frozenset[str]:
        """As typed, and in the small or capital letters that a mission's ids are all of."""
        return frozenset({self.text, self.text.lower(), self.text.upper()})

    @property
    def condition(self) -> Q:
        """Found by the index on ``obs_id``."""
        if not self.prefix:
            return Q(obs_id__in=sorted(self.spellings))
        return reduce(or_, (Q(obs_id__startswith=spelling) for spelling in sorted(self.spellings)))


def ask(text: str) -> Question:
    """The observations whose ids ``text`` lists."""
    wanted = observation_ids(text)
    shown = ", ".join(map(str, wanted[:2])) + (f" and {len(wanted) - 2} more" if len(wanted) > 2 else "")
    return Question(
        title=f"Observation {'ID' if len(wanted) == 1 else 'IDs'} {shown}",
        constraints=(lambda rows: rows.filter(reduce(or_, (each.condition for each in wanted))),),
        sort=SORT,
        remark=lambda around, total, link: _missing(wanted, around, total),
    )


def _missing(wanted: Sequence[WantedId], around: Observations, total: int) -> tuple[Message, ...]:
    """The ids that no observation has, when there are such."""
    missing = list(map(str, _not_among(wanted, around) if total else wanted))
    if not missing:
        return ()
    shown = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
    return (
        Message(
            Tone.NOTICE if total else Tone.EMPTY,
            "no-rows",
            f"No observation has the ID {shown}" if len(missing) == 1 else f"No observations have the IDs {shown}",
            "The archive holds none that suits the search.",
            "Check the spelling, or end a shorter ID with * to find all that begin with it.",
        ),
    )


def _not_among(wanted: Sequence[WantedId], around: Observations) -> list[WantedId]:
    plain = [spelling for each in wanted if not each.prefix for spelling in each.spellings]
    held = set(around.filter(obs_id__in=plain).order_by().values_list("obs_id", flat=True).distinct())
    return [
        each
        for each in wanted
        if (not around.filter(each.condition).exists() if each.prefix else held.isdisjoint(each.spellings))
    ]


def observation_ids(text: str) -> tuple[WantedId, ...]:
    """The ids of a list such as ``tess-s0015-4-1, n4ro01020, jw02733*``, each once, in the order given.

    Raises
    ------
    QuestionError : none at all, more than `MAX_IDS`, a wildcard anywhere but after a few characters at the end.
    """
    wanted = tuple(dict.fromkeys(_wanted_id(word) for word in _SEPARATORS.split(text) if word))
    if not wanted:
        raise QuestionError("observation-id", "No observation ID was given", "The search box is empty.", "Give an ID.")
    if len(wanted) > MAX_IDS:
        raise QuestionError(
            "observation-id-many",
            "Too many observation IDs",
            f"{len(wanted):,} IDs were given; one search takes up to {MAX_IDS}.",
            "Search in several steps.",
        )
    return wanted


def _wanted_id(word: str) -> WantedId:
    begin = word.rstrip("*%")
    if "*" in begin or "%" in begin or (begin != word and len(begin) < MIN_BEFORE_WILDCARD):
        raise QuestionError(
            "observation-id-wildcard",
            "The wildcard cannot be used here",
            f"“{word[:60]}” has it elsewhere than at the end, or after fewer than {MIN_BEFORE_WILDCARD} characters.",
            "Give the beginning of the ID and then *, for instance jw02733*.",
        )
    return WantedId(begin, prefix=begin != word)


COLLECTION = Collection(
    slug="obsids",
    label="MAST Observations by Observation ID",
    hint="Observation IDs, for instance tess-s0015-4-1, n4ro01020",
    help_text="Observation IDs, separated by commas, of any missions. A * at the end finds all that begin so.",
    examples=("tess-s0015-4-1, n4ro01020", "jw02736-o001_t001_nircam_clear-f200w", "jw02733*"),
    forms=(
        ("tess-s0015-4-1, n4ro01020", "up to 100 IDs of any missions, separated by commas or blanks"),
        ("jw02733*", "all IDs that begin so: one * at the end, after at least four characters"),
    ),
    columns=OBSERVATION_COLUMNS,
    ask=ask,
    sort=SORT,
)
