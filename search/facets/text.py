"""The keyword filter: a regular expression over all values of a row, hidden columns too, capitals or not.

Values are joined by line breaks, one a line, so that a pattern never reaches from one into the next. Numbers stand as
they are stored, dates as ``YYYY-MM-DD hh:mm`` UTC. Footprints are left out: any number is found in some of them.
"""

from collections.abc import Iterable

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    Expression,
    F,
    Func,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast

from search.columns import Column, Kind
from search.facets.pattern import translated

LEFT_OUT = {"s_region", "state"}
#: Years 1858 to 9000, where every date of the database is.
LAST_MJD = 2_600_000


def text_condition(columns: Iterable[Column], pattern: str) -> Q:
    """Rows with a value that ``pattern`` is found in.

    Raises
    ------
    ConstraintError : a pattern outside the subset of `search.facets.pattern`.
    """
    written = translated(pattern)
    values = [_text_of(column) for column in columns if column.name not in LEFT_OUT and not column.cones_only]
    line = Func(Value("\n"), *values, function="concat_ws", output_field=TextField())
    found = Func(line, Value(written), template="(%(expressions)s)", arg_joiner=" ~* ", output_field=BooleanField())
    return Q(found)


def _text_of(column: Column) -> Expression | F:
    if column.kind is Kind.DATE:
        return Func(_moment(column.field), Value("YYYY-MM-DD HH24:MI"), function="to_char", output_field=CharField())
    return F(column.field) if column.kind in {Kind.TEXT, Kind.LIST} else Cast(column.field, TextField())


def _moment(field: str) -> Case:
    """The timestamp of an MJD, where the calendar reaches."""
    moment = Func(
        F(field),
        template="(timestamp '1858-11-17' + (%(expressions)s) * interval '1 day')",
        output_field=DateTimeField(),
    )
    return Case(When(**{f"{field}__range": (0, LAST_MJD)}, then=moment), output_field=DateTimeField())
