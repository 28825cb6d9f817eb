"""JSON: one object with the search, its columns and its rows; a row is an object under the published names.

    {"title": …, "address": …, "moment": …, "columns": [{"name": …, "type": …, …}], "rows": [{"obs_id": …}], "count": 2}

What is not known is ``null``. The count stands at the end: a file that lacks it was cut off.
"""

import json
from collections.abc import Iterator

from archive.columns import Column, ColumnType
from search.exports.interfaces import Export, Value, is_text

_TYPES = {
    ColumnType.TEXT: "string",
    ColumnType.LONG: "string",
    ColumnType.INTEGER: "integer",
    ColumnType.FLOAT: "number",
    ColumnType.MJD: "number",
    ColumnType.BOOLEAN: "boolean",
}


def write(export: Export) -> Iterator[bytes]:
    facts = {"title": export.title, "address": export.address, "moment": export.moment.isoformat()}
    columns = [_column(column) for column in export.columns]
    yield (_json({**facts, "columns": columns})[:-1] + ',"rows":[').encode()
    names = [column.name for column in export.columns]
    texts = [is_text(column) for column in export.columns]
    count = 0
    for batch in export.rows.batches():
        rows = ",\n".join(_json(dict(zip(names, map(_value, row, texts), strict=True))) for row in batch)
        yield f"{',' if count else ''}\n{rows}".encode()
        count += len(batch)
    yield f'\n],"count":{count}}}\n'.encode()


def _column(column: Column) -> dict[str, str]:
    facts = {
        "name": column.name,
        "type": _TYPES[column.type],
        "label": column.label,
        "unit": column.unit,
        "ucd": column.ucd,
        "utype": column.utype,
        "description": column.description,
    }
    return {key: fact for key, fact in facts.items() if fact}


def _value(value: Value, text: bool) -> Value:
    return None if text and value == "" else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
