"""Which stored observation a row is: by its ``obsid`` when given, else by mission, name, instrument and filters."""

from collections.abc import Sequence

from psycopg.sql import SQL, Composed, Literal

from archive.ingest.staging import Staging, commas, staged

#: The key of a row without a number of its own.
KEY_FIELDS = ("obs_collection", "obs_id", "instrument_name", "filters")
#: Numbers from here on are given by this archive (the sequence ``archive_assigned_obsid``).
FIRST_ASSIGNED_OBSID = 10**12

_SAME_KEY = SQL(" AND ").join(SQL("o.{0} = s.{0}").format(SQL(name)) for name in KEY_FIELDS)


def settle_identity(staging: Staging, compared: Sequence[str], given_key: Sequence[str]) -> int:
    """Set ``target`` (the obsid) and ``is_new`` of every staged row; the number of repeated rows.

    Rows whose number or name contradicts the holdings, or another row of the input, are rejected.

    Parameters
    ----------
    compared : staged columns that make up a row's content.
    given_key : the columns of the key that the input has.
    """
    _find_by_number(staging, given_key)
    _find_by_key(staging)
    repeated = staging.drop_repeats([_identity()], compared, "this observation")
    _number_the_new(staging)
    return repeated


def _identity() -> Composed:
    """One expression that is equal for rows of one observation."""
    key = commas(staged(name) for name in KEY_FIELDS)
    return SQL(
        "coalesce(s.target, s.obsid)::text, CASE WHEN coalesce(s.target, s.obsid) IS NULL THEN ROW({})::text END"
    ).format(key)


def _find_by_number(staging: Staging, given_key: Sequence[str]) -> None:
    staging.cursor.execute(
        "UPDATE ingest_row s SET target = o.obsid FROM archive_observation o WHERE o.obsid = s.obsid"
    )
    same = SQL(" AND ").join(SQL("o.{0} = s.{0}").format(SQL(name)) for name in given_key)
    staging.reject(
        SQL(
            "SELECT s.line, format('obsid %s is the number that this archive assigned to %s: leave obsid empty',"
            " s.obsid, o.obs_id) FROM ingest_row s JOIN archive_observation o ON o.obsid = s.target"
            " WHERE o.obsid_assigned AND NOT ({})"
        ).format(same)
    )
    staging.reject(
        SQL(
            "SELECT s.line, format('this observation is here already under the assigned number %s: leave obsid empty"
            " to update it', o.obsid) FROM ingest_row s JOIN archive_observation o ON {} AND o.obsid_assigned"
            " WHERE s.obsid IS NOT NULL AND s.target IS NULL"
        ).format(_SAME_KEY)
    )
    staging.reject(
        SQL(
            "SELECT s.line, format('obsid %s is too large: numbers from {} on are assigned by this archive;"
            " leave obsid empty', s.obsid) FROM ingest_row s WHERE s.obsid >= {} AND s.target IS NULL"
        ).format(SQL(str(FIRST_ASSIGNED_OBSID)), Literal(FIRST_ASSIGNED_OBSID))
    )


def _find_by_key(staging: Staging) -> None:
    """Rows without a number are the stored, or staged, observation of the same key, where there is exactly one."""
    candidates = SQL(
        "SELECT s.line, o.obsid, true AS stored FROM ingest_row s JOIN archive_observation o ON {same}"
        " WHERE s.obsid IS NULL UNION ALL SELECT s.line, o.obsid, false FROM ingest_row s"
        " JOIN ingest_row o ON {same} AND o.obsid IS NOT NULL WHERE s.obsid IS NULL"
    ).format(same=_SAME_KEY)
    staging.cursor.execute(
        SQL(
            "UPDATE ingest_row s SET target = CASE WHEN c.stored THEN c.obsid END,"
            " obsid = CASE WHEN NOT c.stored THEN c.obsid END FROM"
            " (SELECT line, min(obsid) AS obsid, bool_or(stored) AS stored FROM ({}) AS found"
            " GROUP BY line HAVING count(DISTINCT obsid) = 1) c WHERE c.line = s.line"
        ).format(candidates)
    )
    staging.reject(
        SQL(
            "SELECT line, format('%s observations have this mission, obs_id, instrument and filters (obsid %s …):"
            " give the obsid of the one that is meant', count(DISTINCT obsid), min(obsid)) FROM ({}) AS found"
            " GROUP BY line HAVING count(DISTINCT obsid) > 1"
        ).format(candidates)
    )


def _number_the_new(staging: Staging) -> None:
    """Rows without a stored observation are new; numbers are assigned in the order of lines."""
    staging.cursor.execute(
        "UPDATE ingest_row s SET is_new = true, target = coalesce(s.obsid, n.assigned) FROM"
        " (SELECT line, CASE WHEN obsid IS NULL THEN nextval('archive_assigned_obsid') END AS assigned"
        " FROM (SELECT line, obsid FROM ingest_row WHERE target IS NULL ORDER BY line) AS fresh) n"
        " WHERE n.line = s.line"
    )
