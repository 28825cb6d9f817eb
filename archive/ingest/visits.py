"""Planned visits and what has been observed of them, told by the names of JWST observations."""

from django.db.backends.utils import CursorWrapper

from archive.models import Observation

_DELETE_AT_ONCE = 1000


def remove_superseded(cursor: CursorWrapper) -> int:
    """Remove the planned rows of visits of which new staged observations bring data; how many they were."""
    # an exposure jw01176361001_… tells its visit, a combined product jw01176-o361_… its whole observation
    cursor.execute(
        r"""
        WITH observed AS (
            SELECT o.obs_id FROM ingest_row s JOIN archive_observation o ON o.obsid = s.target
            WHERE s.is_new AND o.obs_collection = 'JWST' AND o.calib_level >= 0
        )
        SELECT p.obsid FROM archive_observation p
        WHERE p.calib_level = -1 AND p.obs_collection = 'JWST' AND (
            left(p.obs_id, 13) IN (SELECT substring(obs_id from '^(jw\d{11})_\d{5}_') FROM observed)
            OR left(p.obs_id, 7) || '-o' || substr(p.obs_id, 8, 3)
               IN (SELECT substring(obs_id from '^(jw\d{5}-o\d{3})_') FROM observed)
        )
        """
    )
    return _remove_planned(cursor)


def drop_executed(cursor: CursorWrapper) -> tuple[int, int]:
    """Drop staged plans of executed visits, and the rows planned for them earlier: how many of each."""
    cursor.execute(
        """
        UPDATE ingest_row s SET executed = true
        WHERE NOT executed AND (
            EXISTS (
                SELECT FROM archive_observation o
                WHERE o.obs_id ~>=~ left(s.obs_id, 14) AND o.obs_id ~<~ (left(s.obs_id, 14) || '~')
                AND o.calib_level >= 0 AND o.obs_collection = 'JWST'
            ) OR EXISTS (
                SELECT FROM archive_observation o
                WHERE o.obs_id ~>=~ (left(s.obs_id, 7) || '-o' || substr(s.obs_id, 8, 3) || '_')
                AND o.obs_id ~<~ (left(s.obs_id, 7) || '-o' || substr(s.obs_id, 8, 3) || '_~')
                AND o.calib_level >= 0 AND o.obs_collection = 'JWST'
            )
        )
        """
    )
    cursor.execute("SELECT target FROM ingest_row WHERE executed AND NOT is_new")
    removed = _remove_planned(cursor)
    cursor.execute("DELETE FROM ingest_row WHERE executed")
    return cursor.rowcount, removed


def forget_other_plans(cursor: CursorWrapper) -> int:
    """Remove what was planned for the staged visits in another configuration; how many rows that were."""
    cursor.execute(
        """
        SELECT DISTINCT o.obsid FROM ingest_row s JOIN archive_observation o
        ON o.obs_id ~>=~ (left(s.obs_id, 14) || 'xx') AND o.obs_id ~<~ (left(s.obs_id, 14) || 'xx~')
        WHERE o.calib_level = -1 AND o.obs_collection = 'JWST'
        AND NOT EXISTS (SELECT FROM ingest_row k WHERE k.target = o.obsid)
        """
    )
    return _remove_planned(cursor)


def _remove_planned(cursor: CursorWrapper) -> int:
    """Delete the observations that the cursor has selected, by the ORM, which also takes them out of baskets."""
    obsids = [obsid for (obsid,) in cursor.fetchall()]
    for start in range(0, len(obsids), _DELETE_AT_ONCE):
        Observation.objects.filter(obsid__in=obsids[start : start + _DELETE_AT_ONCE], own_products=None).delete()
    return len(obsids)
