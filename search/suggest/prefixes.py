"""The first distinct values of observations that begin with some text, without reading every row that has one.

An index on a column of a million rows holds each value thousands of times. The statement jumps in it from one value to
the next greater one, so that twelve values cost twelve steps, however many rows there are.
"""

from dataclasses import dataclass

from django.db import connection

#: Sorts after every character that a value can go on with.
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Indexed:
    """An indexed expression of the observations' table, with the order of its index: plain or of bytes."""

    expression: str
    shown: str
    bytewise: bool


OBSERVATION_IDS = Indexed("obs_id", "obs_id", bytewise=True)
PROGRAM_NUMBERS = Indexed("proposal_id", "proposal_id", bytewise=True)
#: Without blanks and in capitals, as index ``archive_obs_target_compact`` has them.
TARGET_NAMES = Indexed("UPPER(REPLACE(target_name, ' ', ''))", "target_name", bytewise=False)

# only the constants above are spelled into it
_STATEMENT = """
WITH RECURSIVE found (value, shown, place) AS (
    (
        SELECT {expression}, {shown}, 1 FROM archive_observation
        WHERE {expression} {at_least} %(prefix)s AND {expression} {below} %(end)s
        ORDER BY {expression} USING {below} LIMIT 1
    )
    UNION ALL
    SELECT following.value, following.shown, found.place + 1
    FROM found CROSS JOIN LATERAL (
        SELECT {expression} AS value, {shown} AS shown FROM archive_observation
        WHERE {expression} {above} found.value AND {expression} {below} %(end)s
        ORDER BY {expression} USING {below} LIMIT 1
    ) AS following
    WHERE found.place < %(most)s
)
SELECT value, shown FROM found
"""


def beginning_with(column: Indexed, prefix: str, most: int) -> list[str]:
    """Up to ``most`` distinct values that begin with ``prefix``, in order, spelled as one of their rows has them."""
    sign = "~" if column.bytewise else ""
    statement = _STATEMENT.format(
        expression=column.expression,
        shown=column.shown,
        at_least=f"{sign}>={sign}",
        above=f"{sign}>{sign}",
        below=f"{sign}<{sign}",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"prefix": prefix, "end": prefix + _LAST, "most": most})
        return [shown for value, shown in cursor.fetchall() if value.startswith(prefix)]
