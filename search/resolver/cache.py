"""Answers of network resolvers, kept in the database.

Ages are real time, by the database's clock: an archive whose "now" is pinned still asks anew one day.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Q
from django.db.models.functions import Now

from archive.compiled import Compiled
from archive.names import name_key
from search.models import CachedResolution
from search.resolver.interfaces import Resolution

KNOWN_FOR = dt.timedelta(days=90)
UNKNOWN_FOR = dt.timedelta(hours=6)


class Cached:
    """A kept answer; ``resolution`` None says that the resolver did not know the name."""

    def __init__(self, resolution: Resolution | None) -> None:
        self.resolution = resolution


def recall(name: str) -> Cached | None:
    """What was answered for ``name``, None when that was never asked or too long ago."""
    rows = _RECALLING(key=name_key(name))
    return _cached(_row(rows[0])) if rows else None


#: What an answer is read of.
_READ = ("canonical_name", "ra_deg", "dec_deg", "radius_deg", "object_type", "resolver", "others")
#: Every search by name asks this.
_RECALLING = Compiled(
    lambda: CachedResolution.objects.filter(_fresh(), key="name as compared").values_list(*_READ),
    {"key": "name as compared"},
)


def _row(values: tuple[Any, ...]) -> CachedResolution:
    *facts, others = values
    return CachedResolution(**dict(zip(_READ, facts, strict=False)), others=json.loads(others))


def recall_many(names: Sequence[str]) -> dict[str, Cached]:
    """What was answered for those of ``names`` that `recall` knows."""
    keys = {name: name_key(name) for name in names}
    rows = {row.key: row for row in CachedResolution.objects.filter(_fresh(), key__in=set(keys.values()))}
    return {name: _cached(rows[key]) for name, key in keys.items() if key in rows}


def _fresh() -> Q:
    return Q(asked_at__gt=Now() - KNOWN_FOR) & (~Q(canonical_name="") | Q(asked_at__gt=Now() - UNKNOWN_FOR))


def _cached(row: CachedResolution) -> Cached:
    if not row.canonical_name or row.ra_deg is None or row.dec_deg is None:
        return Cached(None)
    others = tuple(Resolution(**other) for other in row.others)
    return Cached(
        Resolution(row.canonical_name, row.ra_deg, row.dec_deg, row.resolver, row.radius_deg, row.object_type, others)
    )


def remember(name: str, resolution: Resolution | None) -> None:
    """Keep an answer, "not known" too, in place of an older one; forget old unknown names on the way."""
    CachedResolution.objects.filter(canonical_name="", asked_at__lt=Now() - UNKNOWN_FOR).delete()
    facts = (
        {
            "canonical_name": resolution.canonical_name,
            "ra_deg": resolution.ra_deg,
            "dec_deg": resolution.dec_deg,
            "radius_deg": resolution.radius_deg,
            "object_type": resolution.object_type,
            "resolver": resolution.resolver,
            "others": [_as_json(other) for other in resolution.others],
        }
        if resolution
        else {
            "canonical_name": "",
            "ra_deg": None,
            "dec_deg": None,
            "radius_deg": None,
            "object_type": "",
            "resolver": "",
            "others": [],
        }
    )
    CachedResolution.objects.update_or_create(key=name_key(name), defaults={**facts, "asked_at": Now()})


def _as_json(other: Resolution) -> dict[str, object]:
    facts = asdict(other)
    del facts["others"]
    return facts
