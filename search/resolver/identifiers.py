"""Identifiers of the TESS, Kepler and K2 input catalogues: the stars that these missions observed under them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from search.resolver.interfaces import Resolution
from search.resolver.targets import resolutions_of

#: In the order of asking: who is named as the resolver, what an identifier looks like, how its missions' target
#: names spell it (no blanks, capitals).
_CATALOGUES: tuple[tuple[str, re.Pattern[str], Callable[[int], set[str]]], ...] = (
    ("TIC", re.compile(r"TIC[\s-]*([0-9]{1,12})", re.IGNORECASE), lambda n: {f"TIC{n}", f"TIC-{n}", str(n)}),
    (
        "KEPLER",
        re.compile(r"(?:KIC|KPLR|KEPLER\s?ID)[\s-]*([0-9]{1,9})", re.IGNORECASE),
        lambda n: {f"KPLR{n:09d}", f"KPLR{n}", f"KIC{n}", f"KIC-{n}", f"KIC{n:09d}"},
    ),
    (
        "K2",
        re.compile(r"(?:EPIC|KTWO|K2\s?ID|K2\s?EPIC)[\s-]*([0-9]{1,9})", re.IGNORECASE),
        lambda n: {f"KTWO{n:09d}", f"KTWO{n}", f"EPIC{n}", f"EPIC-{n}"},
    ),
)
_CATALOGUE_OF = {"TIC": "TIC", "KEPLER": "KIC", "K2": "EPIC"}


class Identifiers:
    name = "identifiers"
    network = False
    free = False

    def look_up(self, name: str) -> Resolution | None:
        return self.look_up_many([name]).get(name)

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        wanted: dict[str, set[str]] = {}
        resolvers: dict[str, str] = {}
        for name in names:
            for resolver, pattern, spellings in _CATALOGUES:
                if found := pattern.fullmatch(name.strip()):
                    wanted[name], resolvers[name] = spellings(int(found[1])), resolver
        found_here = resolutions_of(wanted)
        return {
            name: replace(resolution, canonical_name=_canonical(name, resolvers[name]), resolver=resolvers[name])
            for name, resolution in found_here.items()
        }


def _canonical(name: str, resolver: str) -> str:
    """``TIC 261136679``, ``KIC 8462852``, ``EPIC 212779563``, whatever way it was typed."""
    number = int(re.sub(r".*\D", "", name.strip()))
    return f"{_CATALOGUE_OF[resolver]} {number}"
