"""Several statements in one round trip, and a time limit that travels with a statement.

Outside a transaction, statements that are sent together are one: a setting that is local to it ends with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString, cast

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg import sql

Parameters = Sequence[Any]


@dataclass(frozen=True)
class Answer:
    """What one statement gave; ``count`` are the rows that it returned or wrote."""

    rows: list[tuple[Any, ...]]
    count: int


def filled(statement: str, parameters: Parameters) -> sql.SQL:
    """A statement of Django's own with its parameters written into it by the driver."""
    with connection.cursor() as cursor:
        # the driver has quoted the parameters
        return sql.SQL(cast("LiteralString", cursor.mogrify(statement, parameters)))


#: The limit that was in force before, kept in a setting of our own. Nothing is compiled: it takes longer than it saves.
_LIMIT = sql.SQL(
    "SELECT set_config('portal.limit_before', current_setting('statement_timeout'), true),"
    " set_config('statement_timeout', {}, true), set_config('jit', 'off', true)"
)
_LIMIT_BEFORE = sql.SQL("SELECT set_config('statement_timeout', current_setting('portal.limit_before'), true)")


def together(*statements: sql.Composable, limit_ms: int = 0) -> list[Answer]:
    """The answers of statements that are sent at once; with a limit, none of them runs longer.

    Raises
    ------
    OperationalError : from `psycopg.errors.QueryCanceled`, when one would.
    """
    before = [_LIMIT.format(sql.Literal(str(limit_ms)))] if limit_ms else []
    after = [_LIMIT_BEFORE] if limit_ms and connection.in_atomic_block else []
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("; ").join([*before, *statements, *after]))
        answers = [_answer(cursor)]
        while cursor.nextset():
            answers.append(_answer(cursor))
    return answers[len(before) : len(before) + len(statements)]


def fetched(rows: QuerySet[Any, Any], limit_ms: int) -> list[tuple[Any, ...]]:
    """The rows of a queryset of values, within a limit, in one round trip."""
    return together(filled(*rows.query.sql_with_params()), limit_ms=limit_ms)[0].rows


def _answer(cursor: Any) -> Answer:
    return Answer(cursor.fetchall() if cursor.description else [], cursor.rowcount)


@contextmanager
def kept_usable() -> Iterator[None]:
    """Inside a transaction, a savepoint: a statement that is cut off then leaves the rest of it standing."""
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
    else:
        yield
