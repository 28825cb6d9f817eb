"""Target names of the observations held here, for what no catalogue knows: the place where they were observed."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from django.db.models import F, Q, QuerySet, TextField, Value, Window
from django.db.models.functions import Replace, RowNumber, Upper

from archive.models import Observation
from archive.names import name_key
from search.resolver.interfaces import Resolution

#: Observations of one target lie within this of each other; a name used all over the sky (DARK, ANY) is no place.
AGREEMENT_DEG = 0.5
MAX_OBSERVATIONS = 500
#: The expression of the index ``archive_obs_target_compact``.
_COMPACT = Upper(Replace("target_name", Value(" "), Value(""), output_field=TextField()))
_CATALOGUE_NAME = re.compile(r"([^\W\d_]+)[-_]?0*(\d+)")


#: With a position that stays.
_FIXED = Q(s_ra__isnull=False, s_dec__isnull=False) & ~Q(mt_flag=True)


class Targets:
    name = "targets"
    network = False
    free = False

    def look_up(self, name: str) -> Resolution | None:
        if not name_key(name):
            return None
        rows = list(_observations_of(name).values_list("target_name", "s_ra", "s_dec")[:MAX_OBSERVATIONS])
        if not rows:
            return None
        return _resolution(rows)

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        return resolutions_of({name: spellings(name) for name in names if name_key(name)})


def resolutions_of(wanted: Mapping[str, set[str]]) -> dict[str, Resolution]:
    """The places of names, given the spellings of each: without blanks and in capitals."""
    if not wanted:
        return {}
    of_target: dict[str, list[TargetPosition]] = {}
    for compact, row in _of_targets(set().union(*wanted.values())):
        of_target.setdefault(compact, []).append(row)
    found: dict[str, Resolution] = {}
    for name, written in wanted.items():
        rows = [row for one in sorted(written) for row in of_target.get(one, [])]
        resolution = _resolution(rows) if rows else None
        if resolution:
            found[name] = resolution
    return found


#: Target name, RA and Dec (deg) of an observation, which are known of those that are asked for.
TargetPosition = tuple[str, float | None, float | None]


def _resolution(rows: Sequence[TargetPosition]) -> Resolution | None:
    centre = _agreed_centre(np.array([row[1:] for row in rows], dtype=float))
    return Resolution(rows[0][0], *centre, "target names", object_type="observed target") if centre else None


def _of_targets(compact_names: set[str]) -> list[tuple[str, TargetPosition]]:
    """The first observations of each of some targets: its name without blanks, name and position."""
    numbered = (
        Observation.objects.annotate(compact=_COMPACT)
        .filter(_FIXED, compact__in=compact_names)
        .annotate(place=Window(RowNumber(), partition_by=F("compact"), order_by=F("obsid").asc()))
        .filter(place__lte=MAX_OBSERVATIONS)
        .order_by("compact", "obsid")
    )
    return [(row[0], row[1:]) for row in numbered.values_list("compact", "target_name", "s_ra", "s_dec")]


def _observations_of(name: str) -> QuerySet[Observation]:
    """Fixed targets whose name is ``name`` in one of its usual spellings, by the index on the name without blanks."""
    return Observation.objects.alias(compact=_COMPACT).filter(_FIXED, compact__in=spellings(name)).order_by("obsid")


def spellings(name: str) -> set[str]:
    """How proposers write ``name``, without blanks and in capitals: NGC6720, NGC-6720, NGC_06720 …"""
    key = name_key(name)
    found = _CATALOGUE_NAME.fullmatch(key)
    if not found:
        return {key, key.replace("-", ""), key.replace("_", "")} - {""}
    letters, digits = found.groups()
    return {f"{letters}{sign}{digits.zfill(width)}" for sign in ("", "-", "_") for width in range(len(digits), 9)} | {
        key
    }


def _agreed_centre(positions_deg: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[float, float] | None:
    """The mean position of shape (n, 2) RA and Dec, or None when some lie farther than `AGREEMENT_DEG` from it."""
    ra, dec = np.radians(positions_deg).T
    vectors = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    mean = vectors.mean(axis=0)
    length = np.linalg.norm(mean)
    if length < 0.5:
        return None
    mean /= length
    chords = np.linalg.norm(vectors - mean, axis=1)
    if np.degrees(2 * np.arcsin(chords.max() / 2)) > AGREEMENT_DEG:
        return None
    return float(np.degrees(np.arctan2(mean[1], mean[0])) % 360), float(np.degrees(np.arcsin(np.clip(mean[2], -1, 1))))
