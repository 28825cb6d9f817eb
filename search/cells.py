"""What stands in a row's cells, and the words of its state."""

from collections.abc import Iterable
from dataclasses import dataclass

from archive.models import Observation, ObservationState
from search import formats
from search.columns import Column, Kind


@dataclass(frozen=True)
class Cell:
    """``text`` as the grid shows it; ``full`` for hover and focus where it says more, such as the degrees of an RA."""

    column: Column
    text: str
    full: str = ""


def cells_of(row: Observation, columns: Iterable[Column]) -> tuple[Cell, ...]:
    return tuple(cell_of(column, getattr(row, column.field)) for column in columns)


def cell_of(column: Column, value: object) -> Cell:
    text = column.text(value)
    return Cell(column, text, _full(column, value, text) if text else "")


def _full(column: Column, value: object, text: str) -> str:
    """What hovering shows where the cell is short of it."""
    if not isinstance(value, float):
        return text
    if column.kind is Kind.DATE:
        return f"{formats.utc_second(value)} UTC · MJD {value:.5f}"
    if column.kind in {Kind.RA, Kind.DEC}:
        return f"{formats.degrees(value, signed=column.kind is Kind.DEC)}°"
    return text


def state_text(row: Observation, state: ObservationState) -> str:
    """The state in full: "exclusive until 2026-12-07 · Program 2736"."""
    program = f" · Program {row.proposal_id}" if row.proposal_id else ""
    if state is ObservationState.PLANNED:
        return f"planned{_window(row)}{program}"
    if row.t_obs_release is None:
        return "public"
    day = formats.utc_date(row.t_obs_release)
    return f"exclusive until {day}{program}" if state is ObservationState.EXCLUSIVE else f"public since {day}"


def _window(row: Observation) -> str:
    """When a planned visit may execute, as far as that is known."""
    start, end = row.plan_window_start, row.plan_window_end
    if start is None and end is None:
        return ", not yet observed"
    first = formats.utc_date(start) if start is not None else "now"
    return f" for {first} to {formats.utc_date(end)}" if end is not None else f" from {first}"
