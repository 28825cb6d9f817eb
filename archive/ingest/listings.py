"""Lists of files: adding to them set-wise, and what each recommends."""

from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composable

from archive.ingest.staging import refresh_statistics


def watch_lists(cursor: CursorWrapper) -> None:
    """Begin to remember whose lists change."""
    cursor.execute("DROP TABLE IF EXISTS ingest_parent")
    cursor.execute("CREATE TEMPORARY TABLE ingest_parent (obsid bigint PRIMARY KEY) ON COMMIT DROP")


def touch_lists(cursor: CursorWrapper, parents: Composable) -> None:
    """Remember that the lists of these observations change; ``parents`` selects their obsids."""
    cursor.execute(SQL("INSERT INTO ingest_parent {} ON CONFLICT DO NOTHING").format(parents))


def add_listings(cursor: CursorWrapper, triples: Composable) -> None:
    """List files; ``triples`` selects (parent, own, product). What is listed already stays as it is."""
    cursor.execute(
        SQL(
            "WITH added AS (INSERT INTO archive_listing (parent_id, own_id, product_id, recommended)"
            " SELECT DISTINCT parent, own, product, false FROM ({}) AS triple (parent, own, product)"
            " ON CONFLICT DO NOTHING RETURNING parent_id)"
            " INSERT INTO ingest_parent SELECT DISTINCT parent_id FROM added ON CONFLICT DO NOTHING"
        ).format(triples)
    )
    parents = int(cursor.rowcount)
    for table in ("ingest_parent", "archive_listing"):
        refresh_statistics(cursor, table, parents)


def refresh_recommended(cursor: CursorWrapper) -> None:
    """Recommend, in each changed list, the end products of its highest level of science."""
    cursor.execute("SELECT EXISTS (SELECT FROM ingest_parent)")
    if not cursor.fetchone()[0]:
        return
    # the planner takes a new table for a large one, and judged the lists anew for each file
    cursor.execute("ANALYZE ingest_parent")
    cursor.execute(
        "WITH listed AS (SELECT l.id, l.recommended, p.calib_level, p.end_product,"
        " p.product_type = 'SCIENCE' AS science,"
        " max(p.calib_level) FILTER (WHERE p.product_type = 'SCIENCE') OVER (PARTITION BY l.parent_id) AS highest"
        " FROM ingest_parent t JOIN archive_listing l ON l.parent_id = t.obsid"
        " JOIN archive_product p ON p.id = l.product_id),"
        " judged AS MATERIALIZED (SELECT id, recommended,"
        " coalesce(science AND end_product AND calib_level = highest, false) AS verdict FROM listed)"
        " UPDATE archive_listing l SET recommended = j.verdict FROM judged j"
        " WHERE j.id = l.id AND j.recommended <> j.verdict"
    )
