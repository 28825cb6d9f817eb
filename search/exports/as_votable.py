"""VOTable 1.4 with TABLEDATA: units, UCDs, utypes, frames of positions and times.

Texts are ``unicodeChar``, because ``char`` is ASCII. An empty cell is a null in this version, for numbers and flags
too.
"""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from archive.columns import Column, ColumnType
from search.exports.interfaces import Export, Row, Value
from search.exports.names import plain_names
from search.exports.units import vo_unit

_DATATYPES = {
    ColumnType.TEXT: 'datatype="unicodeChar" arraysize="*"',
    ColumnType.LONG: 'datatype="unicodeChar" arraysize="*"',
    ColumnType.INTEGER: 'datatype="int"',
    ColumnType.FLOAT: 'datatype="double"',
    ColumnType.MJD: 'datatype="double"',
    ColumnType.BOOLEAN: 'datatype="boolean"',
}
#: The frames that columns refer to; no column has these names.
_POSITIONS, _TIMES = "frame-icrs", "frame-utc"
#: What XML 1.0 cannot hold in any spelling.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: A reader turns a bare carriage return into a line feed.
_CARRIAGE_RETURN = {"\r": "&#13;"}

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results">
<DESCRIPTION>{title}</DESCRIPTION>
<COOSYS ID="frame-icrs" system="ICRS"/>
<TIMESYS ID="frame-utc" timeorigin="MJD-origin" timescale="UTC" refposition="UNKNOWN"/>
<INFO name="QUERY_STATUS" value="OK"/>
<INFO name="address" value={address}/>
<INFO name="moment" value={moment}/>
<TABLE name="observations">
"""
_TAIL = "</TABLEDATA>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n"


def write(export: Export) -> Iterator[bytes]:
    head = _HEAD.format(
        title=_text(export.title), address=_attribute(export.address), moment=_attribute(export.moment.isoformat())
    )
    yield (head + "".join(map(_field, export.columns, plain_names(export.columns))) + "<DATA>\n<TABLEDATA>\n").encode()
    for batch in export.rows.batches():
        yield "".join(map(_row, batch)).encode()
    yield _TAIL.encode()


def _field(column: Column, own_id: str) -> str:
    facts = {"ID": own_id, "unit": vo_unit(column), "ucd": column.ucd, "utype": column.utype, "ref": _frame(column)}
    attributes = "".join(f" {name}={_attribute(fact)}" for name, fact in facts.items() if fact)
    return (
        f"<FIELD name={_attribute(column.name)} {_DATATYPES[column.type]}{attributes}>"
        f"<DESCRIPTION>{_text(column.description)}</DESCRIPTION></FIELD>\n"
    )


def _frame(column: Column) -> str:
    if column.type is ColumnType.MJD:
        return _TIMES
    return _POSITIONS if column.ucd.startswith("pos.eq.") else ""


def _row(row: Row) -> str:
    return "<TR>" + "".join(map(_cell, row)) + "</TR>\n"


def _cell(value: Value) -> str:
    if value is None or value == "":
        return "<TD/>"
    if isinstance(value, str):
        return f"<TD>{_text(value)}</TD>"
    if isinstance(value, bool):
        return "<TD>true</TD>" if value else "<TD>false</TD>"
    return f"<TD>{value!r}</TD>"


def _text(text: str) -> str:
    return escape(_IMPOSSIBLE.sub("\ufffd", text), _CARRIAGE_RETURN)


def _attribute(text: str) -> str:
    return quoteattr(_IMPOSSIBLE.sub("\ufffd", text))
