"""The help beside a box: what `search.operators` reads, with examples that fit the column."""

from dataclasses import dataclass

from search.columns import Column, Kind


@dataclass(frozen=True)
class Help:
    """One line of the help beside a box: an example, and what it finds."""

    example: str
    meaning: str


def help_lines(column: Column) -> tuple[Help, ...]:
    """The operators that a box for this column takes, with examples that fit it."""
    return _HELP.get(column.name) or _HELP_OF_KIND[column.kind]


def example(column: Column) -> str:
    """A plain value of the column."""
    return help_lines(column)[0].example


def example_range(column: Column) -> str:
    """A range of the column's values."""
    return next((line.example for line in help_lines(column) if ".." in line.example), "a..b")


_NUMBER_HELP = (
    Help("100", "this value"),
    Help("100..500", "from 100 to 500, both included"),
    Help("100..", "100 and more; ..500 is 500 and less"),
    Help(">100", "more than 100; >=, < and <= likewise"),
    Help("!100", "anything but 100"),
    Help("1, 2, 5..7", "any of these"),
)
_DATE_HELP = (
    Help("2022-07-12", "this day, UTC; 2022-07 is the month"),
    Help("2022-07-12..2022-08-01", "from the first day to the end of the last"),
    Help(">=2022-07-12", "from this day on; >, < and <= likewise"),
    Help("59772.5..59780", "the same in MJD"),
    Help("!2022-07", "anything but this month"),
)
_TEXT_HELP = (
    Help("MIRI/IFU", "exactly this text, capitals as written"),
    Help("MIRI*", "any text that begins so, capitals or not; % is the same, one wildcard a box"),
    Help("!MIRI*", "anything but these"),
    Help("MIRI/IFU, MIRI/IMAGE", "any of these"),
    Help("A..M", "a range in the order of letters; >=A and <M too"),
    Help('"a, b"', "a text with a comma or a sign in it, taken as it stands"),
)
_PARTS_HELP = (
    Help("F200W", "rows with this value among theirs"),
    Help("F200W, F444W", "any of these"),
    Help("!F200W", "rows without it"),
    Help("F2*", "a value that begins so; % is the same, one wildcard a box"),
    Help('"CLEAR;F200W"', "the whole text as it stands"),
)
_COMMAS_HELP = (
    Help("NGC*", "any text that begins so, capitals or not; % is the same, one wildcard a box"),
    Help("NGC-6720", "exactly this text, capitals as written"),
    Help("!NGC*", "anything but these"),
    Help("A..M", "a range in the order of letters; >=A and <M too"),
    Help('"NGC-6720", "M-57"', "any of these; each in quotes, since names have commas themselves"),
)
_FLAG_HELP = (Help("true", "yes, no and false likewise"), Help("!true", "not true, or not known"))
_HELP_OF_KIND = {
    Kind.TEXT: _TEXT_HELP,
    Kind.LIST: _PARTS_HELP,
    Kind.NUMBER: _NUMBER_HELP,
    Kind.WHOLE: _NUMBER_HELP,
    Kind.DATE: _DATE_HELP,
    Kind.RA: _NUMBER_HELP,
    Kind.DEC: _NUMBER_HELP,
    Kind.FLAG: _FLAG_HELP,
    Kind.REGION: (
        Help("CIRCLE 283.4 33.03 0.1", "footprints that meet a circle: RA, Dec, radius in degrees ICRS"),
        Help("POLYGON 10 -1 12 -1 11 1", "corners in order, as many as needed"),
        Help("BOX 11 0 2 1", "centre, width, height"),
        Help("CIRCLE 10 0 1 CIRCLE 20 0 1", "any of several shapes"),
    ),
    Kind.STATE: (Help("public", "exclusive and planned likewise"), Help("!planned", "everything but planned")),
}
_HELP: dict[str, tuple[Help, ...]] = {
    "proposal_id": (
        Help("1558", "this program"),
        Help("1558, 2736", "any of these"),
        Help("1000..1999", "numbers from 1000 to 1999; >=1000 and <2000 too"),
        Help("27*", "numbers that begin so"),
        Help("!1558", "every other program"),
    ),
    "proposal_pi": (
        Help("Sand*", "names that begin so, capitals or not"),
        Help("Espinoza, Nestor", "exactly this name"),
        Help('"Espinoza, Nestor", "Sand, David"', "any of these; each in quotes, since names have commas themselves"),
        Help("!Sand*", "everyone else"),
        Help("A..M", "a range in the order of letters; >=A and <M too"),
    ),
    "target_name": _COMMAS_HELP,
    "target_classification": (
        Help("*galaxies*", "one value has this in it, capitals or not"),
        Help("Star", "one of its values is exactly this"),
        Help("!Star", "rows without it"),
        Help('"Star", "Galaxy"', "any of these; each in quotes, since values have commas themselves"),
    ),
}
