"""Answers of searches, kept by a process for as long as the holdings stay what they were.

A page is asked for again by reloading, by the way back, by another tab, by the next person with the same target. What
searches tell is the same for everybody: nothing here depends on who asks.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from django.conf import settings

from archive.changes import holdings_state
from search import regions
from search.columns import REGION
from search.narrowing import Narrowed

#: Rows of all answers of a kind that a process keeps, and about what a row takes.
MOST_ROWS = 2_500
ROW_BYTES = 10_000


Answer = TypeVar("Answer")


class Kept(Generic[Answer]):
    """The answers of one kind; ``rows_of`` says how many rows an answer holds. Those not asked for longest go first."""

    def __init__(self, rows_of: Callable[[Answer], int]) -> None:
        self._rows_of = rows_of
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._rows = 0
        self._lock = Lock()

    def of(self, narrowed: Narrowed, make: Callable[[], Answer]) -> Answer:
        """The answer to a search, made anew unless the same search found the same holdings."""
        if _tells_of_a_moc(narrowed):
            return make()
        limits = settings.LOAD_LIMIT_ROWS, settings.EXPORT_LIMIT_ROWS
        asked = narrowed.criteria, narrowed.question.title, narrowed.question.target
        key = holdings_state(narrowed.now), asked, limits
        kept = self._get(key)
        if kept is None:
            kept = make()
            self._put(key, kept)
        return kept

    def _get(self, key: Hashable) -> Answer | None:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def _put(self, key: Hashable, answer: Answer) -> None:
        with self._lock:
            if key in self._answers:  # another thread was as quick
                return
            self._answers[key] = answer
            self._rows += self._rows_of(answer)
            while self._rows > MOST_ROWS:
                self._rows -= self._rows_of(self._answers.popitem(last=False)[1])


def _tells_of_a_moc(narrowed: Narrowed) -> bool:
    """An uploaded coverage map is named by the search, and what it covers may change under its name."""
    criteria = narrowed.criteria
    regional = (value for wanted in criteria.wanted if wanted.column == REGION.name for value in wanted.values)
    filtered = (value for wanted in criteria.filters if wanted.column == REGION.name for value in wanted.values)
    return any(map(regions.is_moc, (criteria.q, *regional, *filtered)))
