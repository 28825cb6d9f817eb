"""Plain lists: one name or position a line."""

from collections.abc import Sequence

from search.lists.limits import MAX_LINE_CHARACTERS
from search.lists.table import Field, Format, Line, Table

#: The one column of a plain list.
TARGET = Field("target")


def read_names(lines: Sequence[str]) -> Table:
    """A line is a name (``M101``) or a position (``14 03 12.6 54 20 56.7``); ``#`` begins a comment line."""
    said = [
        (number, " ".join(line.split()).rstrip(",;"))
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return Table(Format.NAMES, (TARGET,), tuple(_line(number, text) for number, text in said if text))


def _line(number: int, text: str) -> Line:
    if len(text) > MAX_LINE_CHARACTERS:
        problem = f"The line has {len(text):,} characters: put one name or position on a line."
        return Line(number, problem=problem, text=text[:300])
    return Line(number, (text.strip('"'),))
