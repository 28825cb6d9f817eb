"""Cross-match: the observations whose footprint meets a circle around each row of a list, all rows in one statement.

The same circle as in a cone search, with the same index and the same exact geometry (`archive.sky.query`): the rows'
positions go to the database as arrays, and each looks up the boxes around the observations.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from psycopg.errors import QueryCanceled

from archive.sky.query import BOX_MARGIN_DEG, TOUCH_DEG
from archive.sky.vectors import circle_boxes, squared_chord, unit_vectors
from search.lists.limits import MAX_MATCHES, MAX_PAIRS, MAX_RADIUS_ARCSEC
from search.messages import SearchError
from search.models import CrossMatch, CrossMatchPair, RowState, TargetList, TargetRow

#: `SEARCH_TIMEOUT_S` is for one circle; ten thousand may take a few of it.
PATIENCE = 3

# The first box is the index's expression, word by word (archive migration 0002). A target's box is asked on every turn
# of RA that can meet one; a pair that the turn before has found as well is left to that.
_PAIRS = """
INSERT INTO search_crossmatchpair
    (cross_match_id, ordinal, number, target_id, observation_id, separation_arcsec, centre_separation_arcsec)
SELECT
    %(match)s, row_number() OVER (ORDER BY number, separation, centre, obsid), number, row_id, obsid, separation, centre
FROM (
    SELECT
        target.number,
        target.row_id,
        o.obsid,
        archive_sky_separation_arcsec(o.cover_x, o.cover_y, o.cover_z, o.footprint, target.x, target.y, target.z)
            AS separation,
        archive_sky_separation_arcsec(o.cover_x, o.cover_y, o.cover_z, NULL, target.x, target.y, target.z) AS centre
    FROM unnest(
        %(number)s::int[], %(row_id)s::bigint[], %(x)s::float8[], %(y)s::float8[], %(z)s::float8[],
        %(ra_min)s::float8[], %(ra_max)s::float8[], %(dec_min)s::float8[], %(dec_max)s::float8[]
    ) AS target (number, row_id, x, y, z, ra_min, ra_max, dec_min, dec_max)
    JOIN archive_observation AS o
        ON box(point(o.box_ra_min_deg, o.box_dec_min_deg), point(o.box_ra_max_deg, o.box_dec_max_deg))
        && box(point(target.ra_min, target.dec_min), point(target.ra_max, target.dec_max))
        AND archive_sky_meets(
            o.cover_x, o.cover_y, o.cover_z, o.cover_radius_deg, o.footprint,
            target.x, target.y, target.z, %(chord)s, %(chord2)s
        ) = 1
        AND NOT box(point(o.box_ra_min_deg, o.box_dec_min_deg), point(o.box_ra_max_deg, o.box_dec_max_deg))
        && box(point(target.ra_min - 360, target.dec_min), point(target.ra_max - 360, target.dec_max))
    LIMIT %(limit)s
) AS found
"""

_COUNTS = """
SELECT count(*), count(DISTINCT number), count(DISTINCT observation_id)
FROM search_crossmatchpair WHERE cross_match_id = %s
"""


class CrossMatchError(SearchError):
    code = "cross-match"
    title = "No cross-match was made"


@dataclass(frozen=True)
class Target:
    """A row to look around: its number in the list and in the table, and its position in degrees, ICRS."""

    number: int
    row_id: int
    ra_deg: float
    dec_deg: float


def cross_match(own: TargetList, radius_arcsec: float, chosen: Sequence[int] | None, now: dt.datetime) -> CrossMatch:
    """Find and keep the observations around the rows of a list.

    Parameters
    ----------
    radius_arcsec : 0 to `MAX_RADIUS_ARCSEC`; 0 asks for the footprints that contain the position.
    chosen : numbers of rows; None for all.

    Raises
    ------
    CrossMatchError : the radius, no row with a position, no pair, or more pairs or time than there may be. Nothing is
        kept then.
    """
    _check_radius(radius_arcsec)
    targets = _targets(own, chosen)
    if not targets:
        raise CrossMatchError(
            "None of the chosen rows has a position." if chosen is not None else "No row of the list has a position.",
            "Choose the columns of the position, or resolve the names again.",
        )
    with transaction.atomic(), _patience():
        match = CrossMatch.objects.create(
            target_list=own,
            radius_arcsec=radius_arcsec,
            chosen=sorted(set(chosen)) if chosen is not None else None,
            targets=len(targets),
            created_at=now,
        )
        _find_pairs(match, targets)
        if match.pairs > MAX_PAIRS:
            raise CrossMatchError(
                f"There are more than {MAX_PAIRS:,} pairs.", "Give a smaller radius, or choose fewer rows."
            )
        if not match.pairs:
            raise CrossMatchError(_nothing(len(targets), radius_arcsec), "Give a larger radius.")
        _forget_oldest(own)
    return match


def _check_radius(radius_arcsec: float) -> None:
    if not 0 <= radius_arcsec <= MAX_RADIUS_ARCSEC:
        raise CrossMatchError(
            f"The radius {radius_arcsec:g}″ cannot be used.", f"Give a radius from 0 to {MAX_RADIUS_ARCSEC:,.0f}″."
        )


def _nothing(targets: int, radius_arcsec: float) -> str:
    rows = "the row" if targets == 1 else f"any of the {targets:,} rows"
    return f"No observation lies within {radius_arcsec:g}″ of {rows}."


def _targets(own: TargetList, chosen: Sequence[int] | None) -> list[Target]:
    rows = own.rows.filter(state=RowState.RESOLVED, ra_deg__isnull=False, dec_deg__isnull=False)
    if chosen is not None:
        rows = rows.filter(number__in=chosen)
    found = rows.order_by("number").values_list("number", "pk", "ra_deg", "dec_deg")
    return [Target(number, pk, ra, dec) for number, pk, ra, dec in found if ra is not None and dec is not None]


@contextmanager
def _patience() -> Iterator[None]:
    """No statement inside takes longer than `PATIENCE` searches; none is compiled, which would take seconds itself."""
    limit_s = PATIENCE * settings.SEARCH_TIMEOUT_S
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true)", [f"{limit_s}s"]
        )
    try:
        yield
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise CrossMatchError(
            f"The database did not answer within {limit_s} s.", "Give a smaller radius, or choose fewer rows."
        ) from None


def _find_pairs(match: CrossMatch, targets: Sequence[Target]) -> None:
    radius_deg = match.radius_arcsec / 3600.0
    chord2 = squared_chord(radius_deg + TOUCH_DEG)
    parameters = _arrays(targets, radius_deg) | {
        "match": match.pk,
        "chord": chord2**0.5,
        "chord2": chord2,
        "limit": MAX_PAIRS + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, parameters)
        cursor.execute(_COUNTS, [match.pk])
        match.pairs, match.targets_matched, match.observations = cursor.fetchone()
    match.save(update_fields=["pairs", "targets_matched", "observations"])


def _arrays(targets: Sequence[Target], radius_deg: float) -> dict[str, Any]:
    """The targets as columns: a target is there once for every turn of RA on which its box can meet another."""
    numbers = np.array([target.number for target in targets])
    row_ids = np.array([target.row_id for target in targets])
    ra_deg = np.array([target.ra_deg for target in targets])
    dec_deg = np.array([target.dec_deg for target in targets])
    ra_min, ra_max, dec_min, dec_max = circle_boxes(ra_deg, dec_deg, np.full(len(targets), radius_deg + BOX_MARGIN_DEG))
    turns = np.repeat([-360.0, 0.0, 360.0], len(targets))
    around = np.tile(np.arange(len(targets)), 3)
    lows, highs = ra_min[around] + turns, ra_max[around] + turns
    kept = (highs >= 0.0) & (lows < 720.0)  # boxes of observations begin in [0, 360) and end before 720
    around, lows, highs = around[kept], lows[kept], highs[kept]
    vectors = unit_vectors(ra_deg, dec_deg)[around]
    columns = (numbers[around], row_ids[around], *vectors.T, lows, highs, dec_min[around], dec_max[around])
    names = ("number", "row_id", "x", "y", "z", "ra_min", "ra_max", "dec_min", "dec_max")
    return {name: column.tolist() for name, column in zip(names, columns, strict=True)}


def _forget_oldest(own: TargetList) -> None:
    kept = own.matches.order_by("-created_at", "-pk").values("pk")[:MAX_MATCHES]
    own.matches.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def unmatched(match: CrossMatch) -> QuerySet[TargetRow]:
    """The rows that were looked around without finding anything."""
    found = CrossMatchPair.objects.filter(cross_match=match, number=OuterRef("number"))
    rows = match.target_list.rows.filter(~Exists(found), state=RowState.RESOLVED)
    return (rows.filter(number__in=match.chosen) if match.chosen is not None else rows).order_by("number")
