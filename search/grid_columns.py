"""Edit Columns: which columns the grid has, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass

from search.columns import Column


@dataclass(frozen=True)
class ColumnChoice:
    """One line of Edit Columns."""

    column: Column
    shown: bool


def column_choices(columns: Sequence[Column], shown: Sequence[Column], *, is_cone: bool) -> tuple[ColumnChoice, ...]:
    """The shown columns in the grid's order, then the others in the collection's."""
    others = [column for column in columns if column not in shown and (is_cone or not column.cones_only)]
    return tuple(ColumnChoice(column, True) for column in shown) + tuple(
        ColumnChoice(column, False) for column in others
    )


def moved(names: Sequence[str], name: str, step: int) -> tuple[str, ...]:
    """The names with one of them ``step`` places further; a step beyond an end leaves it there."""
    if name not in names:
        return tuple(names)
    place = names.index(name)
    rest = [other for other in names if other != name]
    rest.insert(max(0, min(place + step, len(rest))), name)
    return tuple(rest)
