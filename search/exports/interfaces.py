"""What a writer of files gets: columns with their metadata, and rows that it may walk through."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from archive.columns import Column, ColumnType

#: What stands in one cell: a text ("" where nothing is known), or a number or flag, None where it is not known.
#: Floats are finite.
Value = str | int | float | bool | None
Row = Sequence[Value]

_TEXTS = frozenset({ColumnType.TEXT, ColumnType.LONG})
_FLOATS = frozenset({ColumnType.FLOAT, ColumnType.MJD})


def is_text(column: Column) -> bool:
    """Whether the cells are texts: also whole numbers that are served as text, such as ``obsid``."""
    return column.type in _TEXTS


def is_float(column: Column) -> bool:
    return column.type in _FLOATS


@dataclass(frozen=True)
class TextLength:
    """How long the texts of a column are, in characters: the longest, and all together."""

    longest: int
    total: int


class Rows(Protocol):
    """The rows of one file: the same rows in the same order at every walk."""

    def count(self) -> int: ...

    def batches(self) -> Iterator[Sequence[Row]]:
        """The rows from the first to the last, some at a time."""
        ...

    def text_lengths(self, places: Sequence[int]) -> list[TextLength]:
        """The lengths of the texts in the columns with these places."""
        ...


@dataclass(frozen=True)
class Export:
    """A search as a file: what was asked, when, and the rows.

    ``address`` is the address of the search in the portal; ``moment`` the time at which states and rights hold.
    """

    title: str
    address: str
    moment: dt.datetime
    columns: tuple[Column, ...]
    rows: Rows


#: The bytes of a file, in pieces, from beginning to end.
Writer = Callable[[Export], Iterator[bytes]]
