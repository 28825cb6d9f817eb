"""VOTables of any version and encoding that astropy reads, after a look that nothing in them does harm.

A VOTable may name files and addresses to read its data from, and may declare entities and sizes out of all proportion:
astropy follows and allocates them. So the document is walked first, with a parser that refuses entities.
"""

import io
import math
import warnings
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
from astropy.io.votable import parse
from astropy.io.votable.tree import TableElement
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from search.lists.limits import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_ROWS, MAX_TABLE_BYTES
from search.lists.table import Cell, Field, FieldType, Format, Line, ListError, Table

_REMEDY = "Save the table as a VOTable with its data inside (TABLEDATA or BINARY2), or as CSV."
#: Bytes in memory of one element of a type.
_WIDTHS = {"char": 4, "unicodeChar": 4, "doubleComplex": 16, "floatComplex": 8}


def read_votable(content: bytes) -> Table:
    """The first table of a document.

    Raises
    ------
    ListError : not XML, no VOTable, entities, data elsewhere, or more than a list takes.
    """
    _inspect(content)
    table = _parsed(content)
    columns = table.array
    names = list(columns.dtype.names or ())
    if not names:
        raise ListError("The VOTable has no columns.", "Choose a file with a table in it.")
    shown = [field.name if table.fields.count(field.name) < 2 else field.ID for field in table.fields]
    fields = tuple(_field(field, name, columns[field.ID]) for field, name in zip(table.fields, shown, strict=True))
    cells = [_cells(columns[field.ID], own.type) for field, own in zip(table.fields, fields, strict=True)]
    rows = zip(*cells, strict=True)
    return Table(Format.VOTABLE, fields, tuple(Line(number, row) for number, row in enumerate(rows, start=1)))


def _inspect(content: bytes) -> None:
    """Walk the document, and refuse what astropy would follow or allocate without measure."""
    inspection = _Inspection()
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=False):
            tag = element.tag.rpartition("}")[2]
            if event == "start":
                inspection.start(tag, element)
            else:
                inspection.end(tag)
                element.clear()
    except DefusedXmlException:
        raise ListError("The XML declares entities, which are not read.", _REMEDY) from None
    except (ET.ParseError, ValueError, LookupError) as error:
        if isinstance(error, ListError):
            raise
        raise ListError(f"The file begins as XML and is not well-formed: {error}.", _REMEDY) from None
    if not inspection.tables:
        raise ListError("The VOTable has no table.", "Choose a file with a table in it.")


class _Inspection:
    """What was met of a document so far. Only its first table is read."""

    def __init__(self) -> None:
        self.tables = 0
        self.depth = 0
        self.fields = 0
        self.row_bytes = 0
        self.rows = 0

    def start(self, tag: str, element: ET.Element) -> None:
        self.depth += 1
        if self.depth == 1 and tag != "VOTABLE":
            raise ListError(f"The file is XML, and its first element is {tag[:40]}, not VOTABLE.", _REMEDY)
        if self.depth > 100:
            raise ListError("The elements of the VOTable stand too deep in each other.", _REMEDY)
        if tag in {"FITS", "PARQUET"} or (tag == "STREAM" and element.get("href")):
            raise ListError("The data of the VOTable lie in another file.", _REMEDY)
        if tag == "STREAM" and element.get("encoding", "base64") != "base64":
            raise ListError(f"The data are in the encoding {element.get('encoding', '')[:40]}.", _REMEDY)
        match tag:
            case "TABLE":
                self.tables += 1
                self._count_rows(_whole(element.get("nrows")))
            case "FIELD":
                self._count_field(element)
            case "TR":
                self.rows += 1
                self._count_rows(self.rows)

    def end(self, tag: str) -> None:
        self.depth -= 1

    def _count_rows(self, rows: int) -> None:
        if rows > MAX_ROWS:
            raise ListError(f"The table has more than {MAX_ROWS:,} rows.", "Divide the table and upload its parts.")
        if rows * self.row_bytes > MAX_TABLE_BYTES:
            raise ListError("The table is too wide for its number of rows.", "Leave out its longest columns.")

    def _count_field(self, element: ET.Element) -> None:
        self.fields += 1
        if self.fields > MAX_COLUMNS:
            raise ListError(f"The table has more than {MAX_COLUMNS} columns.", "Leave some out.")
        sizes = element.get("arraysize", "").replace("*", "").split("x")
        cells = math.prod(_whole(size) for size in sizes if size) if any(sizes) else 1
        width = cells * _WIDTHS.get(element.get("datatype", ""), 8)
        if width > 4 * MAX_CELL_CHARACTERS:
            raise ListError(f"The cells of “{element.get('name', '')[:60]}” are too long.", "Leave the column out.")
        self.row_bytes += width


def _whole(text: str | None) -> int:
    """A size; anything that is none is astropy's to complain about."""
    text = (text or "").strip()
    if len(text) > 12:
        raise ListError("The VOTable declares a size out of all proportion.", _REMEDY)
    return int(text) if text.isascii() and text.isdigit() else 0


def _parsed(content: bytes) -> TableElement:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # archives' files deviate from the standard in many harmless ways
        try:
            table = parse(io.BytesIO(content), verify="ignore").get_first_table()
        except (MemoryError, RecursionError):
            raise
        except Exception as error:  # astropy raises whatever its parts raise
            raise ListError(f"The VOTable cannot be read: {_one_line(error)}", _REMEDY) from None
    if len(table.array) > MAX_ROWS:
        raise ListError(f"The table has {len(table.array):,} rows; a list takes {MAX_ROWS:,}.", "Divide the table.")
    return table


def _one_line(error: Exception) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:200]


def _field(field: Any, name: str, column: np.ma.MaskedArray[Any, Any]) -> Field:
    kind = FieldType.STRING
    if column.ndim == 1 and column.dtype.kind in "iu":
        kind = FieldType.INT
    elif column.ndim == 1 and column.dtype.kind == "f":
        kind = FieldType.FLOAT
    return Field(
        str(name)[:200],
        kind,
        unit=str(field.unit or "")[:60],
        ucd=str(field.ucd or "")[:200],
        description=" ".join(str(field.description or "").split())[:1000],
    )


def _cells(column: np.ma.MaskedArray[Any, Any], kind: FieldType) -> list[Cell]:
    """The values of a column; None where masked or not finite."""
    if kind is FieldType.INT:
        return [None if value is None else int(value) for value in column.tolist()]
    if kind is FieldType.FLOAT:
        return [value if value is not None and math.isfinite(value) else None for value in column.tolist()]
    masks = np.ma.getmaskarray(column)
    return [None if np.all(mask) and mask.size else _text(value) for value, mask in zip(column, masks, strict=True)]


def _text(value: object) -> str | None:
    """A text, or an array's values with blanks between."""
    if isinstance(value, np.ndarray):
        value = " ".join(str(part) for part in value.ravel().tolist())
    elif isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    text = "".join(character if character.isprintable() else " " for character in str(value)).strip()
    return text[:MAX_CELL_CHARACTERS] or None
