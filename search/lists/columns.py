"""The columns of a list's grid: what the portal knows of each row, then the columns of the file.

A column of the file is called ``c0``, ``c1`` … in addresses, by its place: a file may use any word, and one twice.
"""

from collections.abc import Iterable, Sequence

from django.db.models import Case, F, FloatField, Func, QuerySet, TextField, When
from django.db.models.expressions import OrderBy, Value
from django.db.models.functions import NullIf

from search.columns import Column, Kind, SortKey
from search.lists.roles import is_known_name
from search.lists.table import Field, FieldType
from search.models import TargetRow

STATE = Column("row_state", "State", "state", width_px=120, description="Whether the row has a place on the sky.")
NAME = Column("row_name", "Name", "name", width_px=150, description="The name that the row goes by.")
RA = Column("row_ra", "RA", "ra_deg", Kind.RA, "hms", 96, description="Right ascension of the row, ICRS.")
DEC = Column("row_dec", "Dec", "dec_deg", Kind.DEC, "dms", 96, description="Declination of the row, ICRS.")
FROM = Column(
    "row_from", "From", "origin", width_px=220, description="What gave the position, or why there is none."
)  # fmt: skip
LINE = Column("row_line", "Line", "line", Kind.WHOLE, width_px=60, description="The row's line in the file.")
OWN_COLUMNS = (STATE, NAME, RA, DEC, FROM, LINE)
_KINDS = {FieldType.INT: Kind.WHOLE, FieldType.FLOAT: Kind.NUMBER}
#: Columns of the file that are facets before anyone chose.
DEFAULT_FACETS = 8


def list_columns(fields: Sequence[Field]) -> tuple[Column, ...]:
    return (*OWN_COLUMNS, *(_column(place, field) for place, field in enumerate(fields)))


def _column(place: int, field: Field) -> Column:
    return Column(
        name=f"c{place}",
        label=field.name,
        field=f"cell_{place}",
        kind=_KINDS.get(field.type, Kind.TEXT),
        unit=field.unit,
        width_px=field_width_px(field),
        description=field.description,
    )


def field_width_px(field: Field) -> int:
    return 100 if field.is_number else min(max(90, 8 * len(field.name) + 30), 200)


def place_of(column: Column) -> int | None:
    """The column's place in the file; None for the portal's own."""
    return int(column.name[1:]) if column.field.startswith("cell_") else None


def default_facets(columns: Sequence[Column]) -> tuple[str, ...]:
    """The state, the first columns of the file that do not say the position or the name, and the position."""
    of_file = [column.name for column in columns if place_of(column) is not None and not is_known_name(column.label)]
    return (STATE.name, *of_file[:DEFAULT_FACETS], RA.name, DEC.name)


def with_cells(rows: QuerySet[TargetRow], columns: Iterable[Column]) -> QuerySet[TargetRow]:
    """The rows with these columns as annotations, called as the columns' fields."""
    origin = Case(When(message="", then=F("source")), default=F("message"), output_field=TextField())
    cells = {column.field: cell_of(column, "cells") for column in columns if place_of(column) is not None}
    return rows.annotate(origin=origin, obsid=F("number"), **cells)


def cell_of(column: Column, cells: str) -> Func:
    """The column's cell of the field ``cells``: a number where it is one, or a text, empty for a blank."""
    place = place_of(column)
    if column.kind in {Kind.NUMBER, Kind.WHOLE}:
        number = f"(jsonb_path_query_first(%(expressions)s, '$[{place}] ? (@.type() == \"number\")'))::float8"
        return Func(F(cells), template=number, output_field=FloatField())
    return Func(F(cells), template=f"coalesce(%(expressions)s ->> {place}, '')", output_field=TextField())


def ordered_by(keys: Sequence[SortKey], columns: dict[str, Column], number: str = "number") -> list[OrderBy | str]:
    """Blanks last, whatever way; rows alike in the order of ``number``, that of the file."""
    order: list[OrderBy | str] = []
    for key in keys:
        column = columns[key.column]
        is_text = column.kind in {Kind.TEXT, Kind.LIST}
        value = NullIf(F(column.field), Value("")) if is_text else F(column.field)
        order.append(value.desc(nulls_last=True) if key.descending else value.asc(nulls_last=True))
    return [*order, number]
