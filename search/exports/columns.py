"""Which columns a file has, and where their values come from in a queryset of a search."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from archive.columns import OBSERVATION_COLUMN, OBSERVATION_COLUMNS, Column, ColumnType
from search.columns import Column as GridColumn
from search.columns import Kind

DISTANCE = "distance_arcsec"
#: Published columns that no model field holds, and the annotation that does.
_DERIVED = {"dataRights": "data_rights", "distance": DISTANCE}
_TYPES = {
    Kind.NUMBER: ColumnType.FLOAT,
    Kind.RA: ColumnType.FLOAT,
    Kind.DEC: ColumnType.FLOAT,
    Kind.DATE: ColumnType.MJD,
    Kind.WHOLE: ColumnType.INTEGER,
    Kind.FLAG: ColumnType.BOOLEAN,
}
_UNITS = {"″": "arcsec"}


def export_columns(names: Sequence[str], grid: Iterable[GridColumn], *, around_a_position: bool) -> tuple[Column, ...]:
    """The columns with these names, in this order; without names, every published one and the created ones.

    Distances are left out of a search that is not around a position.
    """
    grid_columns = {column.name: column for column in grid}
    if names:
        chosen = [_published(OBSERVATION_COLUMN[name]) if name in OBSERVATION_COLUMN else _of_grid(grid_columns[name])
                  for name in names]  # fmt: skip
    else:
        chosen = [_published(column) for column in OBSERVATION_COLUMNS]
        chosen += [_of_grid(column) for column in grid_columns.values() if column.expression]
    cones_only = {name for name, column in grid_columns.items() if column.cones_only}
    return tuple(column for column in chosen if around_a_position or column.name not in cones_only)


def _published(column: Column) -> Column:
    return replace(column, field=_DERIVED[column.name]) if column.name in _DERIVED else column


def _of_grid(column: GridColumn) -> Column:
    """A column that the portal alone has, such as the distance of the centre."""
    return Column(
        name=column.name,
        field=column.field,
        type=_TYPES.get(column.kind, ColumnType.TEXT),
        label=column.label,
        description=column.description,
        unit=_UNITS.get(column.unit, column.unit),
    )
