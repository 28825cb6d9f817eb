"""CSV as the archive's users write it: ``#`` comments, ``#@type,type`` declarations, a header, rows.

A row stands on one line: a quotation mark that is not closed there makes one bad line, not a file without end.
"""

import csv
import math
import re
from collections.abc import Sequence

from search.lists.limits import MAX_CELL_CHARACTERS, MAX_COLUMNS, MAX_LINE_CHARACTERS
from search.lists.roles import is_known_name
from search.lists.table import Cell, Field, FieldType, Format, Line, ListError, Table
from search.messages import SearchError
from search.target import Position, parse_target

DELIMITERS = ",\t;|"
#: Not 01073 and not 1_000: such a text is a label.
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eEdD][-+]?[0-9]{1,3})?")
_UNKNOWN_NUMBERS = frozenset({"nan", "null", "none", "--", "n/a", "inf", "-inf"})
_CONTROL = dict.fromkeys([*range(32), 127], " ")


def read_csv(lines: Sequence[str]) -> Table | None:
    """The table of a file's lines, or None when they are no CSV with a header.

    Raises
    ------
    ListError : a header or a declaration that cannot be used.
    """
    declaration, header_at = _beginning(lines)
    header_line = lines[header_at]
    if len(header_line) > MAX_LINE_CHARACTERS:
        raise ListError(
            f"Line {header_at + 1} has {len(header_line):,} characters.",
            f"Upload a table whose lines have at most {MAX_LINE_CHARACTERS:,}.",
        )
    delimiter = next((sign for sign in DELIMITERS if sign in header_line), ",")
    if not (declaration or _is_header(header_line, delimiter)):
        return None
    names = _header(_cells(header_line, delimiter), header_at + 1)
    declared = _declared(declaration, len(names), header_at)
    rows = [
        _raw_line(number, line, delimiter, len(names))
        for number, line in enumerate(lines[header_at + 1 :], start=header_at + 2)
        if line.strip(" \t" + delimiter) and not line.lstrip().startswith("#")
    ]
    types = [kind or _guessed(rows, place) for place, kind in enumerate(declared)]
    fields = tuple(Field(name, kind) for name, kind in zip(names, types, strict=True))
    return Table(Format.CSV, fields, tuple(_typed(row, fields) for row in rows))


def _beginning(lines: Sequence[str]) -> tuple[str, int]:
    """The declaration of types, empty when there is none, and the place of the header, the first line with content."""
    declaration = ""
    for place, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith("#@"):
            declaration = stripped[2:]
        elif stripped and not stripped.startswith("#"):
            return declaration, place
    raise AssertionError("the caller knows that some line is neither blank nor a comment")


def _is_header(line: str, delimiter: str) -> bool:
    """Whether a line names columns: it is known as a name of one, or holds a delimiter and is no position."""
    if any(is_known_name(cell) for cell in _cells(line, delimiter) or ()):
        return True
    return delimiter in line and not _is_position(line)


def _is_position(line: str) -> bool:
    try:
        return isinstance(parse_target(line[:500], max_radius_deg=30.0), Position)
    except SearchError:
        return False


def _cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line; None when a quotation mark is not closed."""
    try:
        row = _split(line, delimiter, strict=True)
    except csv.Error:  # also for a blank after the closing mark, which is harmless
        if line.count('"') % 2:
            return None
        row = _split(line, delimiter, strict=False)
    return [cell.translate(_CONTROL).strip() for cell in row]


def _split(line: str, delimiter: str, *, strict: bool) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter, strict=strict, skipinitialspace=True), [])


def _header(names: list[str] | None, number: int) -> list[str]:
    if names is None:
        raise ListError(f"The header in line {number} has a quotation mark that is not closed.", "Close or remove it.")
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise ListError(f"The table has {len(names):,} columns; a list takes {MAX_COLUMNS}.", "Leave some out.")
    unnamed = [place for place, name in enumerate(names, start=1) if not name]
    if unnamed:
        raise ListError(f"Column {unnamed[0]} has no name in the header, line {number}.", "Name every column.")
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise ListError(
            f"The header, line {number}, names “{doubles[0][:60]}” twice.", "Give each column its own name."
        )
    return [name[:200] for name in names]


def _declared(declaration: str, columns: int, header_at: int) -> list[FieldType | None]:
    """The declared type of each column, None for those to be guessed."""
    words = [word.strip().lower() for word in declaration.split(",")] if declaration.strip() else []
    for word in filter(None, words):
        if word not in set(FieldType):
            raise ListError(
                f"The line “#@…” before line {header_at + 1} declares the type “{word[:40]}”.",
                "Declare int, float, string, ra or dec; leave a type empty to have it guessed.",
            )
    if len(words) > columns:
        raise ListError(
            f"The line “#@…” declares {len(words)} types for {columns} columns.", "Declare one type a column."
        )
    kinds = [FieldType(word) if word else None for word in words]
    return kinds + [None] * (columns - len(kinds))


def _raw_line(number: int, line: str, delimiter: str, columns: int) -> Line:
    """A line with its cells as texts, or what is wrong with it."""
    if len(line) > MAX_LINE_CHARACTERS:
        return _bad(number, line, f"The line has {len(line):,} characters: shorten it to {MAX_LINE_CHARACTERS:,}.")
    cells = _cells(line, delimiter)
    if cells is None:
        return _bad(number, line, "A quotation mark is not closed on this line: close or remove it.")
    while len(cells) > columns and not cells[-1]:
        cells.pop()
    if len(cells) != columns:
        values = f"{len(cells)} value" + "s" * (len(cells) != 1)
        return _bad(number, line, f"{values} for {columns} columns: put values with commas into quotation marks.")
    if any(len(cell) > MAX_CELL_CHARACTERS for cell in cells):
        return _bad(number, line, f"A cell has more than {MAX_CELL_CHARACTERS:,} characters: shorten it.")
    return Line(number, tuple(cells))


def _bad(number: int, line: str, problem: str) -> Line:
    return Line(number, problem=problem, text=line[:300].translate(_CONTROL))


def _guessed(rows: Sequence[Line], place: int) -> FieldType:
    """Whole numbers, numbers, or text: whatever suits every cell that is not blank."""
    texts = {str(row.cells[place]) for row in rows if row.cells} - {""}
    if texts and all(_WHOLE.fullmatch(text) for text in texts):
        return FieldType.INT
    numbers = {text for text in texts if text.lower() not in _UNKNOWN_NUMBERS}
    if numbers and all(_is_decimal(text) for text in numbers):
        return FieldType.FLOAT
    return FieldType.STRING


def _is_decimal(text: str) -> bool:
    """Numbers with leading zeros, or with more digits than a number keeps, are labels, and stay so."""
    return bool(_DECIMAL.fullmatch(text)) and not re.match(r"[-+]?(?:0[0-9]|[0-9]{19})", text)


def _typed(row: Line, fields: Sequence[Field]) -> Line:
    """The line with each cell as its column's type; a cell that does not fit makes it a bad line."""
    if row.problem:
        return row
    cells: list[Cell] = []
    for text, field in zip(map(str, row.cells), fields, strict=True):
        try:
            cells.append(_value(text, field.type))
        except ValueError:
            problem = f"“{text[:60]}” in column “{field.name[:60]}” is not of the type {field.type}: correct it."
            return _bad(row.number, ", ".join(map(str, row.cells)), problem)
    return Line(row.number, tuple(cells))


def _value(text: str, kind: FieldType) -> Cell:
    if not text:
        return None
    match kind:
        case FieldType.INT:
            if not re.fullmatch(r"[-+]?[0-9]{1,18}", text):
                raise ValueError(text)
            return int(text)
        case FieldType.FLOAT:
            return _number(text)
        case FieldType.RA | FieldType.DEC if _DECIMAL.fullmatch(text):
            return _number(text)
        case _:
            return text


def _number(text: str) -> float | None:
    """A number; None for the words that mean none."""
    if text.lower() in _UNKNOWN_NUMBERS:
        return None
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    number = float(text.lower().replace("d", "e"))
    return number if math.isfinite(number) else None
