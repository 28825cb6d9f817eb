"""A table as it was read from a file, before its rows have a place on the sky."""

import enum
from dataclasses import dataclass

from search.messages import SearchError

#: What a cell holds: JSON's own types, so that it is kept as it is. None is a blank or masked cell.
Cell = str | int | float | bool | None


class ListError(SearchError):
    """A file or a wish that cannot be used as a target list."""

    code = "target-list"
    title = "The file cannot be used as a target list"


class FieldType(enum.StrEnum):
    INT = "int"
    FLOAT = "float"
    STRING = "string"
    RA = "ra"  # decimal degrees or sexagesimal hours
    DEC = "dec"  # decimal or sexagesimal degrees


class Format(enum.StrEnum):
    CSV = "CSV"
    VOTABLE = "VOTable"
    NAMES = "names"


@dataclass(frozen=True)
class Field:
    """A column of a list; ``unit``, ``ucd`` and ``description`` as a VOTable gives them."""

    name: str
    type: FieldType = FieldType.STRING
    unit: str = ""
    ucd: str = ""
    description: str = ""

    @property
    def is_number(self) -> bool:
        return self.type in {FieldType.INT, FieldType.FLOAT}


@dataclass(frozen=True)
class Line:
    """A row of the table: its cells, or what is wrong with it.

    ``number`` counts the lines of a text file and the rows of a VOTable, both from 1. ``text`` is what a bad line says.
    """

    number: int
    cells: tuple[Cell, ...] = ()
    problem: str = ""
    text: str = ""


@dataclass(frozen=True)
class Table:
    """``notes`` say what was understood otherwise than it may have been meant."""

    format: Format
    fields: tuple[Field, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
