"""What happened to calibrated data: files that become public by the clock, and what all writers of events share.

Only calibrated science files tell something; while processing stops at raw or intermediate files, nothing has happened.
"""

import datetime as dt

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composable, Composed, Literal

from archive.clock import to_mjd
from archive.models import Event

#: One writer at a time, until it commits: two ingests would judge the same rows as new, and numbers of events grow in
#: the order of commits.
HOLDINGS_LOCK = 0x1A6E57
#: Monthly digests and mail that is tried for days read events; then only the first of each program is of use.
EVENTS_KEPT = dt.timedelta(days=45)
CALIBRATED_LEVEL = 2
#: Groups of a calibrated level that are steps on the way.
INTERMEDIATE_GROUPS = ("UNCAL", "RATE", "RATEINTS", "RAMP", "TRAPSFILLED", "FITOPT", "DARK")
#: Of a product ``p`` of the observation ``o``.
IS_CALIBRATED: Composed = SQL(
    "(coalesce(p.calib_level, o.calib_level) >= {} AND p.product_type = 'SCIENCE' AND p.product_group <> ALL ({}))"
).format(Literal(CALIBRATED_LEVEL), Literal(list(INTERMEDIATE_GROUPS)))
#: Of an observation ``o``: no list of its files has come.
WITHOUT_FILES = SQL("NOT EXISTS (SELECT FROM archive_product p WHERE p.observation_id = o.obsid)")
#: The name of the main file of an observation ``o``.
MAIN_FILE = SQL("regexp_replace(o.data_url, '^.*/', '')")
COLUMNS = SQL("kinds, mission, program, observation_id, product_id, filename, calib_level, at")


def walk_releases(now: dt.datetime) -> int:
    """Tell of all that became public since the last walk, until ``now``; the number of files.

    Two walks to the same moment tell once. A walk beside an ingest does nothing: the next one does its work.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [HOLDINGS_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        start_release_clock(cursor, now)
        cursor.execute("SELECT reached_mjd FROM archive_releaseclock WHERE id = 1")
        since, until = float(cursor.fetchone()[0]), to_mjd(now)
        told = write_public_files(cursor, _released_files(since, until), now)
        told += write_public_observations(cursor, _released_observations(since, until), now)
        # a clock that was set back walks the same way again; what was told then is told once
        cursor.execute("UPDATE archive_releaseclock SET reached_mjd = %s WHERE id = 1", [until])
    return told


def start_release_clock(cursor: CursorWrapper, now: dt.datetime) -> None:
    """Releases from here on are told, if they were not before."""
    cursor.execute(
        "INSERT INTO archive_releaseclock (id, reached_mjd) VALUES (1, %s) ON CONFLICT DO NOTHING", [to_mjd(now)]
    )


def forget_events(now: dt.datetime) -> int:
    """Remove old events; that a program has begun is kept. The number of events removed."""
    old = Event.objects.filter(at__lt=now - EVENTS_KEPT).exclude(kinds__contains=["first"])
    return old._raw_delete(old.db)


def write_public_files(cursor: CursorWrapper, products: Composable, now: dt.datetime) -> int:
    """Tell of calibrated files that are public at ``now``, unless that was told since their release.

    ``products`` selects the numbers of products.
    """
    release = SQL("greatest(p.t_release, o.t_obs_release)")
    cursor.execute(
        SQL(
            "INSERT INTO archive_event ({columns}) SELECT ARRAY['public'], o.obs_collection, o.proposal_id, o.obsid,"
            " p.id, p.filename, coalesce(p.calib_level, o.calib_level), {now} FROM archive_product p"
            " JOIN archive_observation o ON o.obsid = p.observation_id WHERE p.id IN ({products}) AND {calibrated}"
            " AND coalesce({release} <= {now_mjd}, true) AND NOT {told} ORDER BY o.obsid, p.id"
        ).format(
            columns=COLUMNS,
            products=products,
            calibrated=IS_CALIBRATED,
            release=release,
            told=_told_since(release, SQL("p.filename")),
            now=Literal(now),
            now_mjd=Literal(to_mjd(now)),
        )
    )
    return int(cursor.rowcount)


def write_public_observations(cursor: CursorWrapper, obsids: Composable, now: dt.datetime) -> int:
    """The same for observations that came without a list of files; ``obsids`` selects their numbers."""
    cursor.execute(
        SQL(
            "INSERT INTO archive_event ({columns}) SELECT ARRAY['public'], o.obs_collection, o.proposal_id, o.obsid,"
            " NULL, {main_file}, o.calib_level, {now} FROM archive_observation o WHERE o.obsid IN ({obsids})"
            " AND o.calib_level >= {level} AND {without_files} AND NOT {told} ORDER BY o.obsid"
        ).format(
            columns=COLUMNS,
            main_file=MAIN_FILE,
            obsids=obsids,
            level=Literal(CALIBRATED_LEVEL),
            without_files=WITHOUT_FILES,
            told=_told_since(SQL("o.t_obs_release"), MAIN_FILE),
            now=Literal(now),
        )
    )
    return int(cursor.rowcount)


def _told_since(release: Composable, filename: Composable) -> Composed:
    """Whether it was told after the release (MJD), to the millisecond, that a file of observation ``o`` is public."""
    return SQL(
        "EXISTS (SELECT FROM archive_event e WHERE e.observation_id = o.obsid AND e.filename = {}"
        " AND 'public' = ANY (e.kinds)"
        " AND coalesce(extract(epoch FROM e.at) >= ({} - 40587) * 86400 - 0.001, true))"
    ).format(filename, release)


def _released_files(since: float, until: float) -> Composed:
    """Files whose own date of release, or their observation's, lies after ``since`` (MJD) and not after ``until``."""
    return SQL(
        "SELECT f.id FROM archive_observation r JOIN archive_product f ON f.observation_id = r.obsid"
        " WHERE r.t_obs_release > {0} AND r.t_obs_release <= {1}"
        " UNION SELECT f.id FROM archive_product f WHERE f.t_release > {0} AND f.t_release <= {1}"
    ).format(Literal(since), Literal(until))


def _released_observations(since: float, until: float) -> Composed:
    return SQL("SELECT obsid FROM archive_observation WHERE t_obs_release > {} AND t_obs_release <= {}").format(
        Literal(since), Literal(until)
    )
