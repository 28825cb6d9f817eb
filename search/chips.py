"""The filters that are applied, as chips above the grid: what each leaves, and the search without it."""

from collections.abc import Iterator
from dataclasses import dataclass

from archive.models import ObservationState
from search import regions
from search.columns import Column, Kind, by_name
from search.criteria import Criteria
from search.operators import ConstraintError, pieces

LONGEST = 48


@dataclass(frozen=True)
class Chip:
    """One applied filter. ``words`` are short, ``full`` says everything; ``query`` is the search without it."""

    label: str
    words: str
    full: str
    query: str


def chips_of(criteria: Criteria) -> tuple[Chip, ...]:
    return tuple(_chips(criteria, by_name(criteria.asked_columns)))


def _chips(criteria: Criteria, columns: dict[str, Column]) -> Iterator[Chip]:
    if criteria.text:
        yield Chip("Text", _short(criteria.text), criteria.text, criteria.with_text("").to_query_string())
    for wanted in criteria.filters:
        column = columns[wanted.column]
        values = [_words(column, piece) for value in wanted.values for piece in _pieces(column, value)]
        short = _short(values[0]) if len(values) == 1 else f"{len(values)} values"
        without = criteria.with_filter(wanted.column, ()).to_query_string()
        yield Chip(column.label, short, ", ".join(values), without)


def _pieces(column: Column, value: str) -> list[str]:
    try:
        return pieces(column, value)
    except ConstraintError:
        return [value]


def _words(column: Column, piece: str) -> str:
    """An operand as people read it: ``100 – 1,290 s``, ``from 2022-07-12``, ``Exclusive Access``, a region in words."""
    if column.kind is Kind.REGION:
        return regions.in_words(piece)
    if column.kind is Kind.STATE and piece in ObservationState.values:
        return str(ObservationState(piece).label)
    low, dots, high = piece.partition("..")
    if not dots or piece.startswith(("!", '"')):
        return piece
    unit = f" {column.unit}" if column.unit and column.kind in {Kind.NUMBER, Kind.WHOLE} else ""
    low, high = low.strip(), high.strip()
    if low and high:
        return f"{low} – {high}{unit}"
    return f"from {low}{unit}" if low else f"to {high}{unit}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
