"""OpenNGC, the catalogue of NGC, IC and Messier objects that comes with pyongc: names without a network."""

import bisect
import difflib
import heapq
import math
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from typing import NamedTuple

import pyongc

from archive.names import name_key
from search.resolver.interfaces import Resolution

#: Everyday names that the catalogue lists under a longer one.
ALIASES = {
    "Andromeda": "NGC0224",
    "Antennae": "NGC4038",
    "LMC": "ESO056-115",
    "SMC": "NGC0292",
    "47 Tuc": "NGC0104",
    "30 Dor": "NGC2070",
    "30 Doradus": "NGC2070",
    "Tarantula": "NGC2070",
    "Omega Cen": "NGC5139",
    "Cen A": "NGC5128",
    "Per A": "NGC1275",
    "For A": "NGC1316",
    "Whirlpool": "NGC5194",
    "Sombrero": "NGC4594",
    "Subaru": "Mel022",
}
#: Proposers write NGC-6720; the catalogue does not.
_HYPHEN = re.compile(r"^([A-Z]+)[-_]([0-9]+)$")
_SUGGESTED_NUMBER = re.compile(r"(M|NGC|IC)\d+")
_CATALOGUE_NAME = re.compile(r"([A-Za-z]+)0*(\d.*)")


class _Entry(NamedTuple):
    """A row of the catalogue: radians and arc-minutes as it keeps them."""

    name: str
    ra_rad: float | None
    dec_rad: float | None
    major_axis_arcmin: float | None
    kind: str


class OpenNgc:
    name = "openngc"
    network = False
    free = True

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        found = ((name, self.look_up(name)) for name in names)
        return {name: resolution for name, resolution in found if resolution}

    def look_up(self, name: str) -> Resolution | None:
        key = name_key(name)
        own_name = _index().get(key) or _index().get(name_key(_HYPHEN.sub(r"\1\2", key)))
        entry = _entry(own_name) if own_name else None
        if entry is None or entry.ra_rad is None or entry.dec_rad is None:
            return None
        return Resolution(
            canonical_name=_spaced(entry.name),
            ra_deg=math.degrees(entry.ra_rad),
            dec_deg=math.degrees(entry.dec_rad),
            resolver="OpenNGC",
            radius_deg=entry.major_axis_arcmin / 120 if entry.major_axis_arcmin else None,
            object_type=entry.kind,
        )


def beginning_with(key: str, most: int) -> list[str]:
    """Everyday names, and Messier, NGC and IC numbers, whose key begins with ``key``, the shortest first."""
    names = _suggested_names()
    first = bisect.bisect_left(names, (key, ""))
    last = bisect.bisect_left(names, (key + "\U0010ffff", ""))
    return [shown for _, shown in heapq.nsmallest(most, names[first:last], key=lambda name: (len(name[0]), name[0]))]


@cache
def _suggested_names() -> list[tuple[str, str]]:
    """Key and spelling of the names that people type, in the order of their keys."""
    everyday = {name_key(name): name for name in (*_common_names(), *ALIASES)}
    numbers = {key: _spaced(key) for key in _index() if _SUGGESTED_NUMBER.fullmatch(key)}
    return sorted((numbers | everyday).items())


def similar(name: str) -> list[str]:
    """Names of the catalogue that ``name`` may be a slip of the pen for, the most alike first."""
    by_key = {name_key(common): common for common in (*_common_names(), *ALIASES)}
    return [by_key[key] for key in difflib.get_close_matches(name_key(name)[:100], by_key, n=3, cutoff=0.75)]


def read_catalogue() -> None:
    """Read the names now, so that nobody's first search waits for them and worker processes share them."""
    _suggested_names()


def _catalogue() -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"file:{pyongc.DBPATH}?mode=ro", uri=True))


@cache
def _index() -> dict[str, str]:
    """Every identifier and everyday name, as compared, with the catalogue's own name of the object."""
    with _catalogue() as catalogue:
        doubles = catalogue.execute(
            "SELECT name, CASE WHEN ngc != '' THEN 'NGC' || ngc WHEN ic != '' THEN 'IC' || ic ELSE 'M' || messier END"
            " FROM objects WHERE type = 'Dup'"
        ).fetchall()
        objects = catalogue.execute(
            "SELECT CASE WHEN messier != '' THEN 'M' || messier ELSE name END, name FROM objects WHERE type != 'Dup'"
        ).fetchall()
        identifiers = catalogue.execute("SELECT identifier, name FROM objIdentifiers").fetchall()
        joined = catalogue.execute("SELECT identifiers, name FROM objects WHERE identifiers != ''").fetchall()
    others = ((identifier, own_name) for text, own_name in joined for identifier in text.split(","))
    index: dict[str, str] = {}
    for known_as, own_name in (*objects, *_common_names().items(), *ALIASES.items()):
        index.setdefault(name_key(known_as), own_name)
    for known_as, same_as in doubles:
        index[name_key(known_as)] = index.get(name_key(same_as), known_as)
    for known_as, own_name in (*identifiers, *others):
        index.setdefault(name_key(known_as), own_name)
    index.pop("", None)
    return index


@cache
def _common_names() -> dict[str, str]:
    """Names such as Ring Nebula; of a pair that shares one, the first, which is the brighter."""
    with _catalogue() as catalogue:
        rows = catalogue.execute(
            "SELECT commonnames, name FROM objects WHERE commonnames != '' ORDER BY coalesce(vmag, bmag, 99), name"
        ).fetchall()
    names: dict[str, str] = {}
    for joined, own_name in rows:
        for common in joined.split(","):
            names.setdefault(common.strip().removeprefix("the "), own_name)
    return names


@cache
def _entry(own_name: str) -> _Entry | None:
    with _catalogue() as catalogue:
        row = catalogue.execute(
            "SELECT name, ra, dec, majax, typedesc FROM objects JOIN objTypes USING (type)"
            " WHERE name = ? AND type != 'NonEx'",
            [own_name],
        ).fetchone()
    return _Entry(*row) if row else None


def _spaced(own_name: str) -> str:
    """``NGC0224`` as people write it: ``NGC 224``."""
    found = _CATALOGUE_NAME.fullmatch(own_name)
    return f"{found[1]} {found[2]}" if found else own_name
