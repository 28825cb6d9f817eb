"""Files of exposures in the lists of the JWST products that combine them, told by names (`archive.jwst`)."""

from collections import defaultdict
from collections.abc import Iterator

from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composable

from archive.ingest.listings import add_listings, refresh_recommended, watch_lists
from archive.jwst import combined_keys, exposure_keys, parse_name

#: Exposures lie inside the time of what combines them; times in tables are rounded to about a second.
_TIME_MARGIN_DAYS = 60 / 86400
_NO_TARGET = frozenset({"", "UNKNOWN"})


def list_members(cursor: CursorWrapper, touched: Composable) -> None:
    """Complete the lists of the combined products in the programs of some observations, and what they recommend.

    Parameters
    ----------
    touched : selects the obsids of the observations.
    """
    watch_lists(cursor)
    add_members(cursor, touched)
    refresh_recommended(cursor)


def add_members(cursor: CursorWrapper, touched: Composable) -> None:
    """The same inside a larger change of lists, which refreshes the recommendations itself."""
    cursor.execute("DROP TABLE IF EXISTS ingest_member")
    cursor.execute(
        "CREATE TEMPORARY TABLE ingest_member (parent bigint, own bigint, within_time boolean) ON COMMIT DROP"
    )
    programs = _programs_with_combined(cursor, touched)
    for program in programs:
        pairs = list(_members(cursor, program))
        with cursor.copy("COPY ingest_member FROM STDIN") as copy:
            for pair in pairs:
                copy.write_row(pair)
    if programs:
        add_listings(
            cursor,
            SQL(
                "SELECT m.parent, m.own, l.product_id FROM ingest_member m"
                " JOIN archive_listing l ON l.parent_id = m.own AND l.own_id = m.own"
                " JOIN archive_observation c ON c.obsid = m.parent JOIN archive_observation e ON e.obsid = m.own"
                " WHERE NOT m.within_time OR coalesce(e.t_min >= c.t_min - {margin} AND e.t_max <= c.t_max + {margin},"
                " true)"
            ).format(margin=_TIME_MARGIN_DAYS),
        )


def _programs_with_combined(cursor: CursorWrapper, touched: Composable) -> list[str]:
    """Programs of the touched observations that have combined products and files to list under them."""
    cursor.execute(
        SQL(
            "SELECT program FROM (SELECT DISTINCT o.proposal_id AS program FROM archive_observation o"
            " WHERE o.obsid IN ({}) AND o.obs_collection = 'JWST') AS t"
            " WHERE EXISTS (SELECT FROM archive_observation o WHERE o.obs_collection = 'JWST'"
            " AND o.proposal_id = t.program AND o.calib_level = 3)"
            " AND EXISTS (SELECT FROM archive_observation o JOIN archive_product p ON p.observation_id = o.obsid"
            " WHERE o.obs_collection = 'JWST' AND o.proposal_id = t.program AND o.calib_level BETWEEN 0 AND 2)"
            " ORDER BY program"
        ).format(touched)
    )
    return [program for (program,) in cursor.fetchall()]


def _members(cursor: CursorWrapper, program: str) -> Iterator[tuple[int, int, bool]]:
    """(combined, exposure, whether only if inside its time) by the keys that both names give."""
    exposures: defaultdict[str, list[int]] = defaultdict(list)
    for obsid, keys in _exposures(cursor, program):
        for key in keys:
            exposures[key].append(obsid)
    cursor.execute(
        "SELECT obsid, obs_id, target_name FROM archive_observation"
        " WHERE obs_collection = 'JWST' AND proposal_id = %s AND calib_level = 3",
        [program],
    )
    for obsid, obs_id, target in cursor.fetchall():
        name = parse_name(obs_id)
        if name is None:
            continue
        for own in {own for key in combined_keys(name, _known(target)) for own in exposures.get(key, ())}:
            yield obsid, own, not name.association.startswith("o")


def _exposures(cursor: CursorWrapper, program: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The exposures of a program that have files, with their keys."""
    cursor.execute(
        "SELECT o.obsid, o.obs_id, o.filters, o.target_name, max(k.record ->> 'asntable')"
        " FROM archive_observation o JOIN archive_product p ON p.observation_id = o.obsid"
        " LEFT JOIN archive_keywordrow k ON k.product_id = p.id"
        " WHERE o.obs_collection = 'JWST' AND o.proposal_id = %s AND o.calib_level BETWEEN 0 AND 2"
        " GROUP BY o.obsid",
        [program],
    )
    for obsid, obs_id, filters, target, asntable in cursor.fetchall():
        name = parse_name(obs_id)
        if name is not None:
            yield obsid, exposure_keys(name, filters, _known(target), asntable or "")


def _known(target: str) -> str:
    return "" if target.upper() in _NO_TARGET else target
