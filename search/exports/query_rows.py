"""The rows of a search from the database, through a cursor that stays on the server."""

import datetime as dt
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, QuerySet, Sum, TextField
from django.db.models.functions import Cast, Coalesce, Length

from archive.columns import Column
from archive.models import Observation
from search.exports.interfaces import Export, Row, TextLength, Value, Writer, is_float, is_text

BATCH_ROWS = 1000
#: A file reads and sorts every row where a page takes the first hundred.
PATIENCE = 6


class QueryRows:
    """The rows of a queryset that `search.results.rows_of` made."""

    def __init__(self, rows: "QuerySet[Observation]", columns: Sequence[Column]) -> None:
        self._rows = rows
        self._fields = [column.field for column in columns]
        self._cleaners = [_cleaner(column) for column in columns]

    def count(self) -> int:
        return self._rows.order_by().count()

    def batches(self) -> Iterator[Sequence[Row]]:
        walk = self._rows.values_list(*self._fields).iterator(chunk_size=BATCH_ROWS)
        while batch := list(islice(walk, BATCH_ROWS)):
            yield [[clean(value) for clean, value in zip(self._cleaners, row, strict=True)] for row in batch]

    def text_lengths(self, places: Sequence[int]) -> list[TextLength]:
        counted: dict[str, Coalesce] = {}
        for place in places:
            length = Length(Cast(F(self._fields[place]), TextField()))
            counted |= {f"longest_{place}": Coalesce(Max(length), 0), f"total_{place}": Coalesce(Sum(length), 0)}
        found = self._rows.order_by().aggregate(**counted) if counted else {}
        return [TextLength(found[f"longest_{place}"], found[f"total_{place}"]) for place in places]


def _cleaner(column: Column) -> Callable[[object], Value]:
    if is_text(column):
        return _text
    return _finite if is_float(column) else _as_it_is


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _finite(value: object) -> float | None:
    """The number; None for what is none."""
    return value if isinstance(value, float) and math.isfinite(value) else None


def _as_it_is(value: object) -> Value:
    return value if isinstance(value, int) else None


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction that sees one state of the archive from the first query to the last."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE * settings.SEARCH_TIMEOUT_S}s"])
        yield


def written(export: Export, writer: Writer) -> Generator[bytes, None, None]:
    """The file's bytes, all from one snapshot, which ends with the file or when its reader goes away."""
    with snapshot():
        yield from writer(export)


def moment_of(now: dt.datetime) -> dt.datetime:
    """The moment as files say it, to the second."""
    return now.astimezone(dt.UTC).replace(microsecond=0)
