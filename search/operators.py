"""What people write in a box for one column: words, wildcards, ranges, comparisons, negations, lists.

    box     := operand { "," operand }
    operand := [ "!" ] ( value | low ".." [ high ] | ".." high | ( ">=" | ">" | "<=" | "<" ) value )
    value   := text | '"' text '"'

A value in double quotes is meant as it stands, operators and commas and all; a quote in it is doubled. In columns whose
values have commas themselves (`Column.commas`: "Espinoza, Nestor") a comma separates only after a closing quote.
This module only reads; `search.query.condition` turns what it read into SQL.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.models import ObservationState
from search.columns import Column, Kind
from search.messages import SearchError
from search.operator_help import example, example_range
from search.text import TextError, cleaned
from search.written import Bound, Extent, date, decimal, whole

WILDCARDS = "*%"
#: Fewer fixed letters beside a wildcard match nearly everything.
MIN_FIXED = 2
MAX_OPERANDS = 500
LONGEST_NUMBER = 64


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
            f"{column.label}: “!” stands alone.", f"Write what to leave out, for instance !{example(column)}."
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


def _of_number(column: Column, text: str) -> Span:
    if any(wildcard in text for wildcard in WILDCARDS):
        raise ConstraintError(
            f"{column.label}: “{_short(text)}” has a wildcard, which numbers do not take.",
            f"Write a range, for instance {example_range(column)}.",
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


def _beyond(sign: str, extent: Extent) -> Span:
    """A comparison: after a day means after its end, up to a day means up to its end."""
    end = extent.start if extent.end is None else extent.end
    if sign == ">=":
        return Span(low=extent.start)
    if sign == ">":
        return Span(low=end, with_low=extent.end is not None)
    if sign == "<":
        return Span(high=extent.start, with_high=False)
    return Span(high=end, with_high=extent.end is None)


def _is_before(one: Extent, other: Extent) -> bool:
    if isinstance(one.start, str) or isinstance(other.start, str):
        return str(one.start).upper() < str(other.start).upper()
    return one.start < other.start


def _extent(column: Column, text: str) -> Extent:
    """One value as written, of whatever kind the column has."""
    text = _unquoted(text) if text.startswith('"') and text.endswith('"') and len(text) > 1 else text
    if column.kind is Kind.TEXT and not column.numbered:
        if not text:
            raise _unreadable(column, text)
        return Extent(text)
    try:
        plain = cleaned(text, LONGEST_NUMBER)
        if column.kind is Kind.DATE:
            day = date(plain)
            if day:
                return day
        number = whole(plain) if column.kind is Kind.WHOLE or column.numbered else decimal(plain)
    except (TextError, ValueError, OverflowError):
        raise _unreadable(column, text) from None
    return Extent(number)


def _unreadable(column: Column, text: str) -> ConstraintError:
    wanted = "a whole number" if column.kind is Kind.WHOLE or column.numbered else "a number"
    if column.kind is Kind.DATE:
        wanted = "a date, UTC, or an MJD"
    elif column.kind is Kind.TEXT and not column.numbered:
        wanted = "a text"
    return ConstraintError(
        f"{column.label}: “{_short(text)}” cannot be read.", f"Write {wanted}, or a range: {example_range(column)}."
    )


def _short(text: str) -> str:
    """A stranger's words as a message repeats them."""
    visible = "".join(character for character in text if character.isprintable())
    return visible if len(visible) <= 40 else visible[:39] + "…"
