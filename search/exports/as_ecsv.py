"""ECSV 1.0: a CSV file with types, units and descriptions in a YAML header, as astropy writes and reads it.

Every text is quoted, because a bare ``#`` begins a comment. YAML takes JSON's quoted strings, so these stand in it.
"""

import json
from collections.abc import Iterator, Sequence

from archive.columns import Column, ColumnType
from search.exports.interfaces import Export, Row, Value, is_text
from search.exports.units import vo_unit

_DATATYPES = {
    ColumnType.TEXT: "string",
    ColumnType.LONG: "string",
    ColumnType.INTEGER: "int64",
    ColumnType.FLOAT: "float64",
    ColumnType.MJD: "float64",
    ColumnType.BOOLEAN: "bool",
}


def write(export: Export) -> Iterator[bytes]:
    yield _header(export).encode()
    texts = [is_text(column) for column in export.columns]
    for batch in export.rows.batches():
        yield "".join(_line(row, texts) for row in batch).encode()


def _header(export: Export) -> str:
    lines = ["%ECSV 1.0", "---", "delimiter: ','", "datatype:", *map(_datatype, export.columns), "meta: !!omap"]
    facts = {"title": export.title, "address": export.address, "moment": export.moment.isoformat()}
    lines += [f"- {{{name}: {json.dumps(text)}}}" for name, text in facts.items()]
    lines.append("schema: astropy-2.0")
    return "".join(f"# {line}\n" for line in lines) + _names(export.columns)


def _names(columns: Sequence[Column]) -> str:
    """The line of names; plain, but for people's own columns that have other characters."""
    names = (column.name for column in columns)
    return ",".join(name if name.isidentifier() else _cell(name, True) for name in names) + "\n"


def _datatype(column: Column) -> str:
    facts = {"name": column.name, "unit": vo_unit(column), "datatype": _DATATYPES[column.type]}
    facts["description"] = column.description
    described = ", ".join(f"{key}: {json.dumps(fact)}" for key, fact in facts.items() if fact)
    meta = ", ".join(f"{key}: {json.dumps(fact)}" for key, fact in _meta(column).items() if fact)
    return f"- {{{described}, meta: {{{meta}}}}}"


def _meta(column: Column) -> dict[str, str]:
    return {"label": column.label, "ucd": column.ucd, "utype": column.utype}


def _line(row: Row, texts: list[bool]) -> str:
    return ",".join(map(_cell, row, texts)) + "\n"


def _cell(value: Value, text: bool) -> str:
    if value is None or value == "":
        # quoted, for a line of one column must not be blank
        return '""'
    if text:
        return '"' + str(value).replace('"', '""') + '"'
    return repr(value)
