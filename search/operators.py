"""What people write in a box for one column: words, wildcards, ranges, comparisons, negations, lists.

    box     := operand { "," operand }
    operand := [ "!" ] ( value | low ".." [ high ] | ".." high | ( ">=" | ">" | "<=" | "<" ) value )
    value   := text | '"' text '"'

A value in double quotes is meant as it stands, operators and commas and all; a quote in it is doubled. In columns whose
values have commas themselves (`Column.commas`: "Espinoza, Nestor") a comma separates only after a closing quote.
This module only reads; `search.query.condition` turns what it read into SQL.
"""

import calendar
import datetime as dt
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.clock import to_mjd
from archive.models import ObservationState
from search.columns import Column, Kind
from search.messages import SearchError
from search.text import TextError, cleaned

WILDCARDS = "*%"
#: Fewer fixed letters beside a wildcard match nearly everything.
MIN_FIXED = 2
MAX_OPERANDS = 500
LONGEST_NUMBER = 64

Bound = float | str


class ConstraintError(SearchError):
    """A value that a column cannot have."""

    code = "criteria"
    title = "A criterion cannot be used"


@dataclass(frozen=True)
class Exactly:
    """The value itself, letter by letter."""

    value: str | bool


@dataclass(frozen=True)
class Like:
    """Fixed text with any run of characters before, after or within it, capitals or not: ``("MIRI", "")``."""

    runs: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Everything from ``low`` to ``high``; None is an open end, the flags say whether an end itself belongs to it."""

    low: Bound | None = None
    high: Bound | None = None
    with_low: bool = True
    with_high: bool = True


@dataclass(frozen=True)
class Operand:
    """One alternative of a criterion, or with ``negated`` one exception from it."""

    what: Exactly | Like | Span
    negated: bool = False


@dataclass(frozen=True)
class Help:
    """One line of the help beside a box: an example, and what it finds."""

    example: str
    meaning: str


def operands(column: Column, texts: Iterable[str]) -> tuple[Operand, ...]:
    """What the texts of one criterion say, in their order.

    Raises
    ------
    ConstraintError : a text that the column cannot have, naming the column and the remedy; several wildcards.
    """
    read = tuple(_operand(column, piece) for text in texts for piece in pieces(column, text))
    if sum(isinstance(operand.what, Like) for operand in read) > 1:
        raise ConstraintError(
            f"{column.label} has several values with wildcards.", "Give one value with a wildcard for each criterion."
        )
    if len(read) > MAX_OPERANDS:
        raise ConstraintError(f"{column.label} has {len(read):,} values.", f"Give at most {MAX_OPERANDS} values.")
    return read


def literal(column: Column, value: str) -> str:
    """``value`` as a box takes it to mean this value and nothing else; quoted only where it has to be."""
    if value and _is_plain(column, value):
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def literals(column: Column, texts: Iterable[str]) -> frozenset[str] | None:
    """The plain values that a criterion names, as the ticks of a facet; None when it says anything else."""
    if column.kind is Kind.REGION:
        return None
    values = set()
    for operand in operands(column, texts):
        if operand.negated or not isinstance(operand.what, Exactly | Span):
            return None
        if isinstance(operand.what, Span):
            if operand.what.low is None or operand.what.low != operand.what.high or column.kind is not Kind.WHOLE:
                return None
            values.add(f"{operand.what.low:.0f}")
        else:
            values.add(str(operand.what.value).lower() if column.kind is Kind.FLAG else str(operand.what.value))
    return frozenset(values)


def help_lines(column: Column) -> tuple[Help, ...]:
    """The operators that a box for this column takes, with examples that fit it."""
    return _HELP.get(column.name) or _HELP_OF_KIND[column.kind]


# Splitting -----------------------------------------------------------------------------------------------------------

_QUOTED = re.compile(r'\s*(!?\s*"(?:[^"]|"")*")\s*(?:,|$)')


def pieces(column: Column, text: str) -> list[str]:
    """The operands of a box, each with its quotes still around it.

    Raises
    ------
    ConstraintError : a quote that nothing closes, or words after a closing quote.
    """
    if column.kind is Kind.REGION:
        return [text]
    found, position, text = [], 0, text.strip()
    while position < len(text):
        quoted = _QUOTED.match(text, position)
        if quoted:
            found.append(quoted[1])
            position = quoted.end()
            continue
        if text[position:].lstrip(" !").startswith('"'):
            raise ConstraintError(
                f"{column.label}: the quotes in “{_short(text)}” do not fit.",
                'Put each value between two quotes, for instance "Espinoza, Nestor", "Sand, David".',
            )
        end = len(text) if column.commas else _comma(text, position)
        if text[position:end].strip():
            found.append(text[position:end].strip())
        position = end + 1
    if text and not found:
        raise ConstraintError(f"{column.label}: “{_short(text)}” holds no value.", "Write a value, or empty the box.")
    return found


def _comma(text: str, start: int) -> int:
    end = text.find(",", start)
    return len(text) if end < 0 else end


#: Letters, digits, and signs that mean nothing in any box, with blanks within at most.
_WITHOUT_SIGNS = re.compile(r"[\w/+:()-]+(?: [\w/+:()-]+)*")


def _is_plain(column: Column, value: str) -> bool:
    """Whether the reader takes ``value`` back as itself."""
    if column.kind not in {Kind.TEXT, Kind.LIST} or _WITHOUT_SIGNS.fullmatch(value):
        return True
    try:
        return operands(column, [value]) == (Operand(Exactly(value)),)
    except ConstraintError:
        return False


# One operand ---------------------------------------------------------------------------------------------------------

_COMPARED = re.compile(r"(>=|<=|>|<|≥|≤)\s*(.*)", re.DOTALL)
_SIGNS = {"≥": ">=", "≤": "<="}


def _operand(column: Column, piece: str) -> Operand:
    negated = piece.startswith("!")
    rest = piece[1:].strip() if negated else piece
    if not rest:
        raise ConstraintError(
            f"{column.label}: “!” stands alone.", f"Write what to leave out, for instance !{_example(column)}."
        )
    return Operand(_what(column, rest), negated)


def _what(column: Column, text: str) -> Exactly | Like | Span:
    if column.kind in {Kind.TEXT, Kind.LIST}:
        return _of_text(column, text)
    if text.startswith('"'):
        text = _unquoted(text)
    if column.kind is Kind.FLAG:
        return Exactly(_flag(column, text))
    if column.kind is Kind.STATE:
        return Exactly(_state(column, text))
    return _of_number(column, text)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _of_text(column: Column, text: str) -> Exactly | Like | Span:
    if text.startswith('"'):
        return Exactly(_unquoted(text))
    compared = _COMPARED.fullmatch(text)
    if compared or _ends(text):
        return _text_span(column, text, compared)
    if any(wildcard in text for wildcard in WILDCARDS):
        return _like(column, text)
    return Exactly(text)


def _ends(text: str) -> tuple[str, str] | None:
    """The two ends of ``a..b``; dots that belong to a word, such as ``...``, make no range."""
    low, dots, high = text.partition("..")
    if not dots or high.startswith(".") or not (low.strip() or high.strip()):
        return None
    return low.strip(), high.strip()


def _text_span(column: Column, text: str, compared: re.Match[str] | None) -> Span:
    """A range in the order of letters, capitals or not; proposal IDs in the order of their numbers."""
    if column.kind is Kind.LIST:
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” is a range, and these values have no order.",
            "Give values, or one with a wildcard; a text in quotes is taken as it stands.",
        )
    if any(wildcard in text for wildcard in WILDCARDS):
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” mixes a range and a wildcard.", "Write one of the two."
        )
    return _span(column, text, compared)


def _like(column: Column, text: str) -> Like:
    pattern = re.sub(r"\*+", "*", text.replace("%", "*"))
    inner = pattern.strip("*")
    if "*" in inner and (inner.count("*") > 1 or inner != pattern):
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” has several wildcards.",
            "Use one wildcard, or one at each end: MIRI*, *JUPITER*, jw0*_nis.",
        )
    if len(pattern.replace("*", "")) < MIN_FIXED:
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” matches nearly everything.",
            f"Give at least {MIN_FIXED} letters beside the wildcard, or empty the box.",
        )
    return Like(tuple(pattern.split("*")))


def _flag(column: Column, text: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "t": True, "false": False, "no": False, "0": False, "f": False}
    if text.lower() not in words:
        raise ConstraintError(f"{column.label}: “{_short(text)}” is neither true nor false.", "Write true or false.")
    return words[text.lower()]


def _state(column: Column, text: str) -> str:
    if text not in ObservationState.values:
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” is not a state.", f"Choose among {', '.join(ObservationState.values)}."
        )
    return text


# Numbers and dates ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Extent:
    """What one written value covers: a point, or with ``end`` everything from ``start`` up to it, such as a day."""

    start: Bound
    end: float | None = None


def _of_number(column: Column, text: str) -> Span:
    if any(wildcard in text for wildcard in WILDCARDS):
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” has a wildcard, which numbers do not take.",
            f"Write a range, for instance {_example_range(column)}.",
        )
    compared = _COMPARED.fullmatch(text)
    if compared or ".." in text:
        return _span(column, text, compared)
    extent = _extent(column, text)
    if extent.end is None:
        return Span(extent.start, extent.start)
    return Span(extent.start, extent.end, with_high=False)


def _span(column: Column, text: str, compared: re.Match[str] | None) -> Span:
    if compared:
        sign, extent = compared[1], _extent(column, compared[2].strip())
        return _beyond(_SIGNS.get(sign, sign), extent)
    low_text, _, high_text = text.partition("..")
    if not low_text.strip() and not high_text.strip():
        raise _unreadable(column, text)
    low = _extent(column, low_text.strip()) if low_text.strip() else None
    high = _extent(column, high_text.strip()) if high_text.strip() else None
    if low and high and _is_before(high, low):
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” ends before it begins.",
            f"Write the smaller end first: {high_text.strip()[:40]}..{low_text.strip()[:40]}.",
        )
    last = None if high is None else high.start if high.end is None else high.end
    return Span(low.start if low else None, last, with_high=high is None or high.end is None)


def _beyond(sign: str, extent: _Extent) -> Span:
    """A comparison: after a day means after its end, up to a day means up to its end."""
    end = extent.start if extent.end is None else extent.end
    if sign == ">=":
        return Span(low=extent.start)
    if sign == ">":
        return Span(low=end, with_low=extent.end is not None)
    if sign == "<":
        return Span(high=extent.start, with_high=False)
    return Span(high=end, with_high=extent.end is None)


def _is_before(one: _Extent, other: _Extent) -> bool:
    if isinstance(one.start, str) or isinstance(other.start, str):
        return str(one.start).upper() < str(other.start).upper()
    return one.start < other.start


def _extent(column: Column, text: str) -> _Extent:
    """One value as written, of whatever kind the column has."""
    text = _unquoted(text) if text.startswith('"') and text.endswith('"') and len(text) > 1 else text
    if column.kind is Kind.TEXT and not column.numbered:
        if not text:
            raise _unreadable(column, text)
        return _Extent(text)
    try:
        plain = cleaned(text, LONGEST_NUMBER)
        if column.kind is Kind.DATE:
            day = _date(plain)
            if day:
                return day
        number = _whole(plain) if column.kind is Kind.WHOLE or column.numbered else _decimal(plain)
    except (TextError, ValueError, OverflowError):
        raise _unreadable(column, text) from None
    return _Extent(number)


def moment(text: str, *, end: bool = False) -> float | None:
    """The MJD UTC of an ISO month, day, minute or second, its first moment or its last; None for what is not a date.

    Raises
    ------
    ValueError : a date that no calendar has.
    """
    extent = _date(text)
    if extent is None:
        return None
    start = float(extent.start)
    # the end itself is the next day's first moment
    return start if extent.end is None or not end else math.nextafter(extent.end, start)


_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?)?)?)?(?:Z| ?UTC)?"
)


def _decimal(text: str) -> float:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    number = float(text)
    if not math.isfinite(number) or abs(number) > 1e300:
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _date(text: str) -> _Extent | None:
    """An ISO month, day, minute or second of UTC as the time that it lasts; None for what is not a date."""
    written = _DATE.fullmatch(text)
    if not written:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in written.groups()[:6])
    if not year or not month:
        raise ValueError(text)
    start = dt.datetime(year, month, day or 1, hour or 0, minute or 0, second or 0, tzinfo=dt.UTC)
    if written[7]:
        return _Extent(to_mjd(start + dt.timedelta(seconds=float(written[7]))))
    if day is None:
        lasts = dt.timedelta(days=calendar.monthrange(year, month)[1])
    else:
        lasts = (
            dt.timedelta(days=1)
            if hour is None
            else dt.timedelta(minutes=1)
            if second is None
            else dt.timedelta(seconds=1)
        )
    return _Extent(to_mjd(start), to_mjd(start + lasts))


def _unreadable(column: Column, text: str) -> ConstraintError:
    wanted = "a whole number" if column.kind is Kind.WHOLE or column.numbered else "a number"
    if column.kind is Kind.DATE:
        wanted = "a date, UTC, or an MJD"
    elif column.kind is Kind.TEXT and not column.numbered:
        wanted = "a text"
    return ConstraintError(
        f"{column.label}: “{_short(text)}” cannot be read.", f"Write {wanted}, or a range: {_example_range(column)}."
    )


def _short(text: str) -> str:
    """A stranger's words as a message repeats them."""
    visible = "".join(character for character in text if character.isprintable())
    return visible if len(visible) <= 40 else visible[:39] + "…"


# Help ----------------------------------------------------------------------------------------------------------------


def _example(column: Column) -> str:
    return help_lines(column)[0].example


def _example_range(column: Column) -> str:
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
