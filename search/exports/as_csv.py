"""CSV as RFC 4180 describes it, in UTF-8: a line of published names, then the rows; empty where nothing is known."""

from collections.abc import Iterator

from archive.csv_cells import csv_lines, text_cell
from search.exports.interfaces import Export, Value, is_text


def write(export: Export) -> Iterator[bytes]:
    texts = [is_text(column) for column in export.columns]
    yield csv_lines([[column.name for column in export.columns]])
    for batch in export.rows.batches():
        yield csv_lines(map(_cell, row, texts) for row in batch)


def _cell(value: Value, text: bool) -> Value:
    if text:
        return text_cell(value) if isinstance(value, str) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
