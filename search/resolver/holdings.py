"""What the archive itself knows by name: ingested names, and observations by their ids."""

import re
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from archive.compiled import Compiled
from archive.models import Name, Observation
from archive.names import name_key
from search.resolver.interfaces import Resolution

#: Nine characters name an HST exposure, six the visit it belongs to.
_HST_VISIT = re.compile(r"[a-z][a-z0-9]{5}", re.IGNORECASE)
_OBSERVATION_ID = re.compile(r"(?=\S*[0-9])[\w.+-]{6,100}", re.ASCII)


class Holdings:
    name = "holdings"
    network = False
    free = False

    def look_up(self, name: str) -> Resolution | None:
        return _by_name(name) or _by_observation_id(name)

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        keys = {name: name_key(name) for name in names}
        kept = {
            key: values for key, *values in Name.objects.filter(key__in=set(keys.values())).values_list("key", *_READ)
        }
        known = {name: _named(kept[key]) for name, key in keys.items() if key in kept}
        return _by_observation_ids([name for name in names if name not in known]) | known


#: What a resolution is made of.
_READ = ("canonical_name", "ra_deg", "dec_deg", "resolver", "radius_deg", "object_type")
#: Every search by name asks this.
_BY_KEY = Compiled(lambda: Name.objects.filter(key="name as compared").values_list(*_READ), {"key": "name as compared"})


def _by_name(text: str) -> Resolution | None:
    found = _BY_KEY(key=name_key(text))
    return _named(found[0]) if found else None


def _named(values: Sequence[Any]) -> Resolution:
    canonical_name, ra_deg, dec_deg, resolver, radius_deg, object_type = values
    return Resolution(canonical_name, ra_deg, dec_deg, resolver or "holdings", radius_deg, object_type)


def _by_observation_id(text: str) -> Resolution | None:
    """An observation's own position; HLA ids go without their ``hst_``, HST visits by their first six characters."""
    if not _OBSERVATION_ID.fullmatch(text):
        return None
    matches = _placed().filter(obs_id__in=_spellings(text))
    if _HST_VISIT.fullmatch(text):
        matches = matches | _placed().filter(obs_collection="HST", obs_id__startswith=text.lower())
    found = matches.first()
    return _observed(found) if found else None


def _by_observation_ids(texts: Sequence[str]) -> dict[str, Resolution]:
    """As `_by_observation_id` for many: whole ids first, then visits of HST."""
    wanted = {text: _spellings(text) for text in texts if _OBSERVATION_ID.fullmatch(text)}
    rows: dict[str, Observation] = {}
    for row in _placed().filter(obs_id__in=set().union(*wanted.values())):
        rows.setdefault(row.obs_id, row)
    found = {
        text: _observed(rows[min(spellings & rows.keys())])
        for text, spellings in wanted.items()
        if spellings & rows.keys()
    }
    visits = {text: text.lower() for text in wanted if text not in found and _HST_VISIT.fullmatch(text)}
    exposures = _first_of_visits(sorted(set(visits.values())))
    observed = found | {text: _observed(exposures[visit]) for text, visit in visits.items() if visit in exposures}
    return {text: resolution for text, resolution in observed.items() if resolution}


def _first_of_visits(visits: Sequence[str]) -> dict[str, Observation]:
    """An exposure of each visit of HST that was observed, some tens of visits with a query."""
    first: dict[str, Observation] = {}
    for start in range(0, len(visits), 50):
        begins = reduce(or_, (Q(obs_id__startswith=visit) for visit in visits[start : start + 50]))
        for row in _placed().filter(begins, obs_collection="HST"):
            first.setdefault(row.obs_id[:6], row)
    return first


def _placed() -> QuerySet[Observation]:
    placed = Observation.objects.filter(s_ra__isnull=False, s_dec__isnull=False).order_by("obs_id", "obsid")
    return placed.only("obs_id", "s_ra", "s_dec")


def _spellings(text: str) -> set[str]:
    return {text, text.lower(), text.upper(), f"hst_{text.lower()}"}


def _observed(found: Observation) -> Resolution | None:
    if found.s_ra is None or found.s_dec is None:
        return None
    return Resolution(found.obs_id, found.s_ra, found.s_dec, "holdings", object_type="observation")
