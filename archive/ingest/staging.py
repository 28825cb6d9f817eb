"""The staging table of one ingest: rows come in by COPY, are judged in SQL, and leave by INSERT and UPDATE.

All of it happens in the caller's transaction. The steps mark each staged row: ``is_new``, ``changed``, or neither for
what the archive holds already in the same words; unchanged rows are not written again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from archive.ingest.values import Value

#: After so many new rows the planner must not take a table for as small as it was.
_ANALYZE_FROM_ROWS = 2000


class Staged(NamedTuple):
    """A column of the staging table. ``long`` cells are never searched by: the planner needs no statistics of them."""

    name: str
    sql_type: str = "text"
    long: bool = False


class Counts(NamedTuple):
    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class Target:
    """Where staged rows go. Expressions speak of the staged row as ``s`` and of the stored one as ``t``."""

    table: str
    #: Column of the table → staged column; together they find the stored row.
    key: Mapping[str, str]
    #: Column → expression, for new and stored rows.
    values: Mapping[str, Composable]
    #: Column → expression, for new rows only.
    first: Mapping[str, Composable] = field(default_factory=dict)
    #: Column → expression that takes the place of the one in ``values`` for stored rows.
    later: Mapping[str, Composable] = field(default_factory=dict)


def staged(name: str) -> Composed:
    """A column of the staged row."""
    return SQL("s.{}").format(Identifier(name))


def commas(parts: Iterable[Composable]) -> Composed:
    return SQL(", ").join(parts)


def refresh_statistics(cursor: CursorWrapper, table: str, new_rows: int, columns: Sequence[str] = ()) -> None:
    """Tell the planner of many new rows; of ``columns`` only, where they are named."""
    if new_rows >= _ANALYZE_FROM_ROWS:
        named = SQL(" ({})").format(commas(map(Identifier, columns))) if columns else SQL("")
        cursor.execute(SQL("ANALYZE {}{}").format(Identifier(table), named))


class Staging:
    """The tables ``ingest_row`` and ``ingest_reject`` of the current connection."""

    def __init__(self, cursor: CursorWrapper, columns: Sequence[Staged], marks: Sequence[Staged] = ()) -> None:
        self.cursor = cursor
        self.columns, self.marks = tuple(columns), tuple(marks)
        cursor.execute("DROP TABLE IF EXISTS ingest_row, ingest_reject")
        definitions = commas(
            SQL("{} {}").format(Identifier(column.name), SQL(column.sql_type)) for column in (*columns, *marks)
        )
        cursor.execute(
            SQL(
                "CREATE TEMPORARY TABLE ingest_row (line bigint PRIMARY KEY, {}, first_line bigint,"
                " is_new boolean NOT NULL DEFAULT false, changed boolean NOT NULL DEFAULT false)"
                # long cells lie aside, so that marking a row does not write them again
                " WITH (toast_tuple_target = 128) ON COMMIT DROP"
            ).format(definitions)
        )
        cursor.execute(
            "CREATE TEMPORARY TABLE ingest_reject (line bigint PRIMARY KEY, reason text NOT NULL) ON COMMIT DROP"
        )

    def copy(self, rows: Iterable[Sequence[Value]]) -> None:
        """Take the rows, each (line, column, …)."""
        names = commas(Identifier(name) for name in ("line", *(column.name for column in self.columns)))
        statement = SQL("COPY ingest_row ({}) FROM STDIN (FORMAT binary)").format(names)
        with self.cursor.copy(statement) as copy:
            copy.set_types(["int8", *(column.sql_type for column in self.columns)])
            for row in rows:
                copy.write_row(row)
        short = commas(Identifier(column.name) for column in (*self.columns, *self.marks) if not column.long)
        self.cursor.execute(SQL("ANALYZE ingest_row (line, {})").format(short))

    def copy_rejects(self, rejects: Iterable[tuple[int, str]]) -> None:
        with self.cursor.copy("COPY ingest_reject FROM STDIN") as copy:
            for row in rejects:
                copy.write_row(row)

    def reject(self, found: Composable) -> int:
        """Move rows to the rejects; ``found`` selects (line, reason) of staged rows ``s``. The number of rows."""
        self.cursor.execute(
            SQL(
                "WITH found AS (SELECT DISTINCT ON (line) line, reason FROM ({}) AS all_found (line, reason)"
                " ORDER BY line, reason), gone AS (DELETE FROM ingest_row USING found"
                " WHERE ingest_row.line = found.line)"
                " INSERT INTO ingest_reject SELECT line, reason FROM found"
            ).format(found)
        )
        return int(self.cursor.rowcount)

    def drop_repeats(self, key: Sequence[Composable], compared: Sequence[str], what: str) -> int:
        """Keep the first row of each key: its repeats go, contradictions are rejected. The number of repeats."""
        self.cursor.execute(
            SQL(
                "UPDATE ingest_row r SET first_line = g.first FROM (SELECT s.line, min(s.line) OVER"
                " (PARTITION BY {}) AS first FROM ingest_row s) g WHERE g.line = r.line AND g.first < g.line"
            ).format(commas(key))
        )
        if not self.cursor.rowcount:
            return 0
        self.reject(
            SQL(
                "SELECT s.line, {} || f.line || {} FROM ingest_row s JOIN ingest_row f ON f.line = s.first_line"
                " WHERE ROW({}) IS DISTINCT FROM ROW({})"
            ).format(
                Literal(f"{what} stands already in line "),
                Literal(" with other values: keep one of the two"),
                commas(staged(name) for name in compared),
                commas(SQL("f.{}").format(Identifier(name)) for name in compared),
            )
        )
        self.cursor.execute("DELETE FROM ingest_row WHERE first_line IS NOT NULL")
        return int(self.cursor.rowcount)

    def mark_new(self, target: Target) -> None:
        """Mark the rows whose key the table does not hold."""
        self.cursor.execute(
            SQL("UPDATE ingest_row s SET is_new = NOT EXISTS (SELECT FROM {} t WHERE {})").format(
                Identifier(target.table), _same_key(target)
            )
        )

    def write(self, target: Target) -> None:
        """Insert the rows marked new and update those that differ from what is stored, marking these as changed."""
        new = {**target.first, **{name: staged(column) for name, column in target.key.items()}, **target.values}
        self.cursor.execute(
            SQL("INSERT INTO {} ({}) SELECT {} FROM ingest_row s WHERE s.is_new ORDER BY s.line").format(
                Identifier(target.table), commas(map(Identifier, new)), commas(new.values())
            )
        )
        long = {column.name for column in (*self.columns, *self.marks) if column.long}
        refresh_statistics(self.cursor, target.table, self.cursor.rowcount, [name for name in new if name not in long])
        later = {**target.values, **target.later}
        if not later:
            return
        self.cursor.execute(
            SQL(
                "WITH written AS (UPDATE {table} t SET {sets} FROM ingest_row s WHERE NOT s.is_new AND {same_key}"
                " AND ROW({stored}) IS DISTINCT FROM ROW({given}) RETURNING s.line)"
                " UPDATE ingest_row SET changed = true FROM written WHERE written.line = ingest_row.line"
            ).format(
                table=Identifier(target.table),
                sets=commas(SQL("{} = {}").format(Identifier(name), value) for name, value in later.items()),
                same_key=_same_key(target),
                stored=commas(SQL("t.{}").format(Identifier(name)) for name in later),
                given=commas(later.values()),
            )
        )

    def counts(self) -> Counts:
        self.cursor.execute(
            "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE changed AND NOT is_new),"
            " count(*) FILTER (WHERE NOT changed AND NOT is_new) FROM ingest_row"
        )
        return Counts(*self.cursor.fetchone())

    def rejects(self) -> Iterator[tuple[int, str]]:
        """All rejects in the order of lines."""
        after = 0
        while True:
            self.cursor.execute(
                "SELECT line, reason FROM ingest_reject WHERE line > %s ORDER BY line LIMIT 10000", [after]
            )
            page = self.cursor.fetchall()
            yield from page
            if not page:
                return
            after = page[-1][0]

    def reject_count(self) -> int:
        self.cursor.execute("SELECT count(*) FROM ingest_reject")
        return int(self.cursor.fetchone()[0])


def _same_key(target: Target) -> Composed:
    return SQL(" AND ").join(
        SQL("t.{} = {}").format(Identifier(name), staged(column)) for name, column in target.key.items()
    )
