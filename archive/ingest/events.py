"""Events of an ingest: what came in new, in another version, or public, told in the ingest's own transaction.

Before the holdings are written it is noted how they were (`note_…`), afterwards it is told what has changed (`tell_…`).
"""

import datetime as dt
from collections.abc import Iterable

from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composable, Identifier, Literal

from archive.clock import to_mjd
from archive.events import (
    CALIBRATED_LEVEL,
    COLUMNS,
    IS_CALIBRATED,
    MAIN_FILE,
    WITHOUT_FILES,
    write_public_files,
    write_public_observations,
)
from archive.ingest.staging import Staging

#: The mission whose programs tell of their first data.
_FIRST_MISSION = "JWST"
#: What tells one version of a file from another.
_VERSION = ("listed_md5", "listed_size_bytes", "pipeline_version")


def note_observations(staging: Staging, now: dt.datetime) -> None:
    """Note which stored observations were raw or exclusive and are not any more, and which programs have begun."""
    names = {column.name for column in staging.columns}
    raw = SQL("t.calib_level < {0} AND s.calib_level >= {0}").format(Literal(CALIBRATED_LEVEL))
    closed = SQL("t.t_obs_release > {0} AND coalesce(s.t_obs_release <= {0}, true)").format(Literal(to_mjd(now)))
    _note(
        staging.cursor,
        SQL(
            "SELECT s.line, {raw} AS is_new, false AS replaced, coalesce({closed}, false) AS opened FROM ingest_row s"
            " JOIN archive_observation t ON t.obsid = s.target WHERE NOT s.is_new AND ({raw} OR {closed})"
        ).format(
            raw=raw if "calib_level" in names else SQL("false"),
            closed=closed if "t_obs_release" in names else SQL("false"),
        ),
    )
    _note_begun(
        staging.cursor,
        SQL("SELECT s.proposal_id FROM ingest_row s WHERE s.obs_collection = {}").format(Literal(_FIRST_MISSION))
        if "proposal_id" in names
        else SQL("SELECT o.proposal_id FROM ingest_row s JOIN archive_observation o ON o.obsid = s.target"),
        SQL("o.calib_level >= {}").format(Literal(CALIBRATED_LEVEL)),
    )


def tell_observations(staging: Staging, now: dt.datetime) -> None:
    """Tell of observations by their main files; the files of those that had some tell for themselves."""
    _tell(
        staging.cursor,
        SQL(
            "SELECT s.line, o.obs_collection, o.proposal_id, o.obsid, NULL::bigint, {main_file}, o.calib_level,"
            " s.is_new OR f.is_new, false, coalesce(o.t_obs_release <= {now_mjd}, true)"
            " FROM ingest_row s JOIN archive_observation o ON o.obsid = s.target"
            " LEFT JOIN ingest_former f ON f.line = s.line"
            " WHERE o.calib_level >= {level} AND (s.is_new OR (f.is_new AND {without_files}))"
        ).format(
            main_file=MAIN_FILE,
            now_mjd=Literal(to_mjd(now)),
            level=Literal(CALIBRATED_LEVEL),
            without_files=WITHOUT_FILES,
        ),
        now,
    )
    opened = SQL("SELECT s.target FROM ingest_row s JOIN ingest_former f ON f.line = s.line WHERE f.opened")
    files = SQL("SELECT f.id FROM archive_product f WHERE f.observation_id IN ({})").format(opened)
    write_public_files(staging.cursor, files, now)
    write_public_observations(staging.cursor, opened, now)


def note_products(staging: Staging, now: dt.datetime) -> None:
    """Note which stored files come in another version or were exclusive, and which programs have files."""
    names = {column.name for column in staging.columns}
    replaced = _any(
        SQL("(t.{0} IS NOT NULL AND t.{0}::text <> '' AND s.{0}::text <> '' AND s.{0} <> t.{0})").format(
            Identifier(name)
        )
        for name in _VERSION
        if name in names
    )
    opened = SQL("t.t_release > {0} AND coalesce(s.t_release <= {0}, true)").format(Literal(to_mjd(now)))
    closed: Composable = opened if "t_release" in names else SQL("false")
    _note(
        staging.cursor,
        SQL(
            "SELECT s.line, false AS is_new, coalesce({replaced}, false) AS replaced,"
            " coalesce({closed}, false) AS opened"
            " FROM ingest_row s JOIN archive_product t ON t.uri = s.uri WHERE {replaced} OR {closed}"
        ).format(replaced=replaced, closed=closed),
    )
    _note_begun(
        staging.cursor,
        SQL("SELECT o.proposal_id FROM ingest_row s JOIN archive_observation o ON o.obsid = s.own"),
        SQL("EXISTS (SELECT FROM archive_product p WHERE p.observation_id = o.obsid AND {})").format(IS_CALIBRATED),
    )


def tell_products(staging: Staging, now: dt.datetime) -> None:
    """Tell of files; ``is_new`` still marks new files only, one row each."""
    _tell(
        staging.cursor,
        SQL(
            "SELECT DISTINCT ON (p.id) s.line, o.obs_collection, o.proposal_id, o.obsid, p.id, p.filename,"
            " coalesce(p.calib_level, o.calib_level), s.is_new, coalesce(f.replaced, false),"
            " (s.is_new OR f.opened) AND coalesce(greatest(p.t_release, o.t_obs_release) <= {now_mjd}, true)"
            " FROM ingest_row s JOIN archive_product p ON p.id = s.product"
            " JOIN archive_observation o ON o.obsid = p.observation_id LEFT JOIN ingest_former f ON f.line = s.line"
            " WHERE {calibrated} AND o.calib_level >= 0 AND (s.is_new OR f.line IS NOT NULL)"
            " ORDER BY p.id, s.is_new DESC, s.line"
        ).format(now_mjd=Literal(to_mjd(now)), calibrated=IS_CALIBRATED),
        now,
    )
    # what was queued for reprocessing has come
    staging.cursor.execute(
        "UPDATE archive_observation o SET is_stale = false WHERE o.is_stale AND o.obsid IN ("
        "SELECT p.observation_id FROM ingest_row s JOIN ingest_former f ON f.line = s.line AND f.replaced"
        " JOIN archive_product p ON p.id = s.product)"
    )


def _any(conditions: Iterable[Composable]) -> Composable:
    found = list(conditions)
    return SQL("({})").format(SQL(" OR ").join(found)) if found else SQL("false")


def _note(cursor: CursorWrapper, rows: Composable) -> None:
    cursor.execute("DROP TABLE IF EXISTS ingest_former, ingest_begun")
    cursor.execute(SQL("CREATE TEMPORARY TABLE ingest_former ON COMMIT DROP AS {}").format(rows))


def _note_begun(cursor: CursorWrapper, programs: Composable, has_data: Composable) -> None:
    """Programs that have calibrated data, or have told of their first."""
    cursor.execute(
        SQL(
            "CREATE TEMPORARY TABLE ingest_begun ON COMMIT DROP AS SELECT g.program FROM"
            " (SELECT DISTINCT program FROM ({programs}) AS touched (program)) AS g WHERE g.program = ''"
            " OR EXISTS (SELECT FROM archive_observation o WHERE o.obs_collection = {mission}"
            " AND o.proposal_id = g.program AND {has_data})"
            " OR EXISTS (SELECT FROM archive_event e WHERE e.mission = {mission} AND e.program = g.program"
            " AND 'first' = ANY (e.kinds))"
        ).format(programs=programs, mission=Literal(_FIRST_MISSION), has_data=has_data)
    )


def _tell(cursor: CursorWrapper, happened: Composable, now: dt.datetime) -> None:
    """Write events.

    Parameters
    ----------
    happened : selects (line, mission, program, obsid, product, filename, level, is new, is replaced, is public).
    """
    cursor.execute(
        SQL(
            "INSERT INTO archive_event ({columns}) SELECT array_remove(ARRAY[CASE WHEN is_new THEN 'new' END,"
            " CASE WHEN is_new AND place = 1 AND mission = {mission} AND program <> ''"
            " AND program NOT IN (SELECT program FROM ingest_begun) THEN 'first' END,"
            " CASE WHEN replaced THEN 'reprocessed' END, CASE WHEN is_public THEN 'public' END], NULL),"
            " mission, program, obsid, product, filename, level, {now}"
            " FROM (SELECT *, row_number() OVER (PARTITION BY mission, program ORDER BY NOT is_new, line) AS place"
            " FROM ({happened}) AS h"
            " (line, mission, program, obsid, product, filename, level, is_new, replaced, is_public)) AS e"
            " WHERE (is_new OR replaced OR is_public) AND NOT (is_new AND EXISTS (SELECT FROM archive_event b"
            " WHERE b.observation_id = e.obsid AND b.filename = e.filename AND 'new' = ANY (b.kinds)))"
            " ORDER BY line"
        ).format(columns=COLUMNS, mission=Literal(_FIRST_MISSION), happened=happened, now=Literal(now))
    )
