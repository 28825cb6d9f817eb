"""Timing methods that take turns, so that whatever else the machine does falls on all of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Case = TypeVar("Case")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Timings(Generic[Answer]):
    """Of one method: for each case its answer and the median seconds of its rounds."""

    seconds: list[float]
    answers: list[Answer]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.seconds) * 1e3

    @property
    def p95_ms(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))] * 1e3


def in_turns(
    methods: Mapping[str, Callable[[Case], Answer]], cases: Sequence[Case], rounds: int
) -> dict[str, Timings[Answer]]:
    """Time every method on every case; within a case the methods follow each other, another one first each round."""
    names = list(methods)
    seconds: dict[str, list[list[float]]] = {name: [[] for _ in cases] for name in names}
    answers: dict[str, list[Answer]] = {}
    for turn in range(rounds):
        answers = {name: [] for name in names}
        for number, case in enumerate(cases):
            first = (turn + number) % len(names)
            for name in names[first:] + names[:first]:
                started = time.perf_counter()
                answers[name].append(methods[name](case))
                seconds[name][number].append(time.perf_counter() - started)
    return {name: Timings([statistics.median(times) for times in seconds[name]], answers[name]) for name in names}


def as_after_a_change() -> None:
    """What the portal keeps of earlier answers is theirs no longer: otherwise the second round measures memory."""
    from archive.models import Observation

    Observation.objects.filter(pk=0, obs_id="").update(obs_title="")
