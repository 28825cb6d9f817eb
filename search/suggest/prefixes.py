"""The first distinct values of a column that begin with some text, without reading every row that has one.

An index on a column of a million rows holds each value thousands of times. The statement jumps in it from one value to
the next greater one, so that twelve values cost twelve steps, however many rows there are. The indexes are in the order
of the characters' codes (``text_pattern_ops``), and so are the comparisons: the database's collation does not matter.
"""

from dataclasses import dataclass

from django.db import connection

#: Sorts after every character that a value can go on with.
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Indexed:
    """An expression of a table that has an index in the order of codes; ``shown`` is what a row says for a value.

    ``among`` are the rows that may be suggested.
    """

    table: str
    expression: str
    shown: str
    among: str = "TRUE"


OBSERVATION_IDS = Indexed("archive_observation", "obs_id", "obs_id", "obsid >= 0")
PROGRAM_NUMBERS = Indexed("archive_observation", "proposal_id", "proposal_id")
#: Without blanks and in capitals, as index ``archive_obs_target_compact`` has them.
TARGET_NAMES = Indexed("archive_observation", "UPPER(REPLACE(target_name, ' ', ''))", "target_name")
NAME_KEYS = Indexed("archive_name", "key", "key")

# only the constants above are spelled into it; shelves of reference files are rows with numbers below 0
_STATEMENT = """
WITH RECURSIVE found (value, shown, place) AS (
    (
        SELECT {expression}, {shown}, 1 FROM {table}
        WHERE {among} AND {expression} ~>=~ %(prefix)s AND {expression} ~<~ %(end)s
        ORDER BY {expression} USING ~<~ LIMIT 1
    )
    UNION ALL
    SELECT following.value, following.shown, found.place + 1
    FROM found CROSS JOIN LATERAL (
        SELECT {expression} AS value, {shown} AS shown FROM {table}
        WHERE {among} AND {expression} ~>~ found.value AND {expression} ~<~ %(end)s
        ORDER BY {expression} USING ~<~ LIMIT 1
    ) AS following
    WHERE found.place < %(most)s
)
SELECT value, shown FROM found
"""


def beginning_with(column: Indexed, prefix: str, most: int) -> list[str]:
    """Up to ``most`` distinct values that begin with ``prefix``, in order, spelled as one of their rows has them."""
    statement = _STATEMENT.format(
        table=column.table, expression=column.expression, shown=column.shown, among=column.among
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"prefix": prefix, "end": prefix + _LAST, "most": most})
        return [shown for value, shown in cursor.fetchall() if value.startswith(prefix)]
