"""CSV as RFC 4180 describes it, in UTF-8: a line of published names, then the rows; empty where nothing is known.

Spreadsheets take a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula. A text that does gets an
apostrophe before it. Numbers never do: a declination of -5.1 stays a number.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from search.exports.interfaces import Export, Value, is_text

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def write(export: Export) -> Iterator[bytes]:
    texts = [is_text(column) for column in export.columns]
    yield _lines([[column.name for column in export.columns]])
    for batch in export.rows.batches():
        yield _lines(map(_cell, row, texts) for row in batch)


def _lines(rows: Iterable[Iterable[Value]]) -> bytes:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def _cell(value: Value, text: bool) -> Value:
    if text:
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
