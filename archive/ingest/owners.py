"""Which observation a file belongs to: by number, by name, or by the visit or association that it accompanies."""

from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Identifier

from archive import jwst
from archive.ingest.listings import add_listings
from archive.ingest.staging import Staged, Staging

OWNER_COLUMNS = (
    Staged("own_obsid", "int8"),
    Staged("parent_obsid", "int8"),
    Staged("mission"),
    Staged("own_obs_id"),
    Staged("beside"),
    Staged("beside_else"),
    Staged("closed", "bool"),
)
#: ``own`` is the observation found; ``companion`` the prefix by which a file was tied to several.
OWNER_MARKS = (Staged("own", "bigint"), Staged("companion", "text"))


def owner_prefixes(filename: str) -> tuple[str, str]:
    """How the names of the observations begin that a JWST companion belongs to: first choice and second.

    A guide-star or MSA file accompanies the exposures of its visit, else what combines the observation; an association
    file its combined products, else the exposures of its observation. Empty for a file with an observation of its own.
    """
    name = jwst.parse_name(filename)
    if name is None:
        return "", ""
    if name.kind in {jwst.Kind.GUIDE_STAR, jwst.Kind.MSA} and name.observation is not None:
        stem = f"jw{int(name.program):05d}"
        return f"{stem}{name.observation:03d}{name.visit or 0:03d}_", f"{stem}-o{name.observation:03d}_"
    if name.kind is jwst.Kind.ASSOCIATION:
        stem = f"jw{int(name.program):05d}"
        exposures = f"{stem}{name.association[1:]}" if name.association.startswith("o") else ""
        return f"{stem}-{name.association}_", exposures
    return "", ""


def find_owners(staging: Staging) -> None:
    """Set ``own`` of every staged file; those without an observation here are rejected."""
    _by_number(staging)
    _by_name(staging)
    for column in ("beside", "beside_else"):
        _by_prefix(staging.cursor, column)
    staging.reject(
        SQL(
            "SELECT s.line, format('no observation %s of %s is here: ingest its observations first',"
            " s.own_obs_id, coalesce(nullif(s.mission, ''), 'a mission that obs_collection must name'))"
            " FROM ingest_row s WHERE s.own IS NULL"
        )
    )
    _refuse_unreleasable(staging)


def list_companions(cursor: CursorWrapper) -> None:
    """List each companion under every observation that it accompanies."""
    add_listings(
        cursor,
        SQL(
            "SELECT o.obsid, s.own, s.product FROM ingest_row s JOIN archive_observation o"
            " ON o.obs_id ~>=~ s.companion AND o.obs_id ~<~ (s.companion || '~')"
            " AND o.obs_collection = s.mission AND o.calib_level >= 0 WHERE s.companion IS NOT NULL"
        ),
    )


def _by_number(staging: Staging) -> None:
    staging.cursor.execute(
        "UPDATE ingest_row s SET own = o.obsid FROM archive_observation o WHERE o.obsid = s.own_obsid"
    )
    for column, target in (("own_obsid", "obsID"), ("parent_obsid", "parent_obsid")):
        staging.reject(
            SQL(
                "SELECT s.line, format('no observation has the {} %s: ingest the observations first', s.{})"
                " FROM ingest_row s WHERE s.{} IS NOT NULL"
                " AND NOT EXISTS (SELECT FROM archive_observation o WHERE o.obsid = s.{})"
            ).format(SQL(target), *[Identifier(column)] * 3)
        )


def _by_name(staging: Staging) -> None:
    found = SQL(
        "SELECT s.line, o.obsid FROM ingest_row s JOIN archive_observation o ON o.obs_id = s.own_obs_id"
        " AND o.obs_collection = s.mission AND o.calib_level >= 0 WHERE s.own IS NULL"
    )
    staging.cursor.execute(
        SQL(
            "UPDATE ingest_row s SET own = f.obsid FROM (SELECT line, min(obsid) AS obsid FROM ({}) AS all_found"
            " GROUP BY line HAVING count(*) = 1) f WHERE f.line = s.line"
        ).format(found)
    )
    staging.reject(
        SQL(
            "SELECT line, format('%s observations have this obs_id (obsid %s …): give the obsID of the one that the"
            " file belongs to', count(*), min(obsid)) FROM ({}) AS all_found GROUP BY line HAVING count(*) > 1"
        ).format(found)
    )


def _by_prefix(cursor: CursorWrapper, column: str) -> None:
    """The lowest of the observations that a companion accompanies owns it."""
    cursor.execute(
        SQL(
            "UPDATE ingest_row r SET own = f.obsid, companion = f.prefix FROM (SELECT DISTINCT ON (s.line)"
            " s.line, o.obsid, s.{0} AS prefix FROM ingest_row s JOIN archive_observation o ON o.obs_id ~>=~ s.{0}"
            " AND o.obs_id ~<~ (s.{0} || '~') AND o.obs_collection = s.mission AND o.calib_level >= 0"
            " WHERE s.own IS NULL AND s.{0} <> '' ORDER BY s.line, o.calib_level, o.obs_id, o.obsid) f"
            " WHERE f.line = r.line"
        ).format(Identifier(column))
    )


def _refuse_unreleasable(staging: Staging) -> None:
    """A file that is said to be exclusive needs a date on which it ceases to be."""
    release = "s.t_release IS NULL AND " if _has_release(staging) else ""
    staging.reject(
        SQL(
            "SELECT s.line, 'dataRights is closed, but neither the file nor its observation has a date of release:"
            " give t_obs_release to the observation' FROM ingest_row s JOIN archive_observation o ON o.obsid = s.own"
            " WHERE s.closed AND {} o.t_obs_release IS NULL AND o.calib_level >= 0"
        ).format(SQL(release))
    )


def _has_release(staging: Staging) -> bool:
    return any(column.name == "t_release" for column in staging.columns)
