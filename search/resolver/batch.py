"""The chain asked for many names at once: local links with a few queries for all, the network while there is time."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from search.resolver.cache import recall_many, remember
from search.resolver.chain import configured
from search.resolver.interfaces import Link, Resolution, UnreachableError

#: Names in one query of a local link.
BATCH = 500


@dataclass
class Findings:
    """What the chain says of many names.

    ``known`` holds the first answer for each name that has one. ``unasked`` are names that no local link knows and that
    the network was not asked for; ``unreachable`` says why, where the time was not the reason. All others are unknown.
    """

    known: dict[str, Resolution] = field(default_factory=dict)
    unasked: list[str] = field(default_factory=list)
    unreachable: str = ""


def resolve_many(
    names: Iterable[str],
    budget_s: float,
    links: Sequence[Link] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> Findings:
    """The first answer of the chain for each name.

    Parameters
    ----------
    budget_s : how long network links are asked, all names together. A look-up under way is not broken off.
    """
    findings = Findings()
    deadline = monotonic() + budget_s
    left = list(dict.fromkeys(names))
    for link in configured() if links is None else links:
        if link.network:
            _ask_network(link, left, findings, lambda: monotonic() < deadline)
        else:
            for start in range(0, len(left), BATCH):
                findings.known |= link.look_up_many(left[start : start + BATCH])
        left = [name for name in left if name not in findings.known]
    findings.unasked = [name for name in findings.unasked if name not in findings.known]
    return findings


def _ask_network(link: Link, names: Sequence[str], findings: Findings, is_time: Callable[[], bool]) -> None:
    """Kept answers first; then one name after the other, until the time is up or the network fails."""
    kept = recall_many(names)
    findings.known |= {name: cached.resolution for name, cached in kept.items() if cached.resolution}
    for name in names:
        if name in kept:
            continue
        if findings.unreachable or not is_time():
            findings.unasked.append(name)
            continue
        try:
            resolution = link.look_up(name)
        except UnreachableError as error:
            findings.unreachable = str(error)
            findings.unasked.append(name)
            continue
        remember(name, resolution)
        if resolution:
            findings.known[name] = resolution
