"""Which observations match: a constraint is a function from a queryset to a narrower one, one small function a kind."""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    F,
    Func,
    Lookup,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Collate, Upper
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from archive import sky
from archive.clock import to_mjd
from archive.models import Observation, ObservationState
from search import regions
from search.columns import Column, Kind
from search.operators import ConstraintError, Exactly, Like, Span, operands

__all__ = [
    "Constraint",
    "ConstraintError",
    "Observations",
    "condition",
    "in_cone",
    "matching",
    "meeting",
    "observations",
    "of_proposals",
]

Observations = QuerySet[Observation]
Constraint = Callable[[Observations], Observations]
What = Exactly | Like | Span


def observations(constraints: Iterable[Constraint], now: dt.datetime) -> Observations:
    """The rows that satisfy every constraint, each with its ``state`` and ``data_rights`` at ``now``."""
    rights = Case(When(state=ObservationState.EXCLUSIVE, then=Value("EXCLUSIVE_ACCESS")), default=Value("PUBLIC"))
    rows: Observations = Observation.objects.with_state(to_mjd(now)).annotate(data_rights=rights)
    return reduce(lambda narrowed, constraint: constraint(narrowed), constraints, rows)


def in_cone(ra_deg: float, dec_deg: float, radius_deg: float) -> Constraint:
    """Footprints that meet a circle, degrees, ICRS; gives rows ``distance_arcsec`` and ``centre_distance_arcsec``."""
    return lambda rows: sky.in_cone(rows, ra_deg, dec_deg, radius_deg)


def meeting(texts: Sequence[str]) -> Constraint:
    """Footprints that meet any of the regions, as `search.regions` reads them."""
    meets = regions.meeting(texts)
    return lambda rows: rows.filter(meets)


def of_proposals(numbers: Sequence[str]) -> Constraint:
    """Observations of programs by their unpadded numbers, of every mission that has them."""
    return lambda rows: rows.filter(proposal_id__in=numbers)


def matching(column: Column, values: Sequence[str]) -> Constraint:
    """Rows whose column suits any one of ``values``; see `condition`."""
    suits = condition(column, values)
    return lambda rows: rows.filter(suits)


def condition(column: Column, values: Sequence[str]) -> Q:
    """Rows whose column suits the texts of a criterion: any of what they name, and nothing that they leave out.

    Raises
    ------
    ConstraintError : a text that `search.operators` cannot read for this column.
    """
    if column.kind is Kind.REGION:
        return regions.meeting(values)
    read = operands(column, values)
    wanted = _any_of(column, [operand.what for operand in read if not operand.negated])
    unwanted = _any_of(column, [operand.what for operand in read if operand.negated])
    return wanted & ~unwanted if unwanted else wanted


def _any_of(column: Column, all_whats: Sequence[What]) -> Q:
    """Rows that suit one of them; plain values as one list, which an index answers at once."""
    values = [value for what in all_whats if (value := _plain_value(column, what)) is not None]
    others = [_suits(column, what) for what in all_whats if _plain_value(column, what) is None]
    return reduce(or_, others, Q(**{f"{column.field}__in": values}) if values else Q())


def _plain_value(column: Column, what: What) -> float | str | None:
    """The one value that the column itself must have; None for anything else."""
    if column.kind is Kind.TEXT:
        return what.value if isinstance(what, Exactly) and isinstance(what.value, str) else None
    is_point = isinstance(what, Span) and what.low == what.high and what.with_low and what.with_high
    return what.low if is_point and isinstance(what, Span) else None


# One operand of one kind of column -----------------------------------------------------------------------------------

#: The parts of a text that semicolons join; spelled as in the index that finds them.
PARTS_PATTERN = r"\s*;\s*"
INDEXED_PARTS = {"filters"}


def _suits(column: Column, what: What) -> Q:
    if isinstance(what, Like):
        return _like_part(column, what) if column.kind is Kind.LIST else _like(column, what)
    if isinstance(what, Span):
        return _in_span(column, what)
    return _has_part(column, str(what.value)) if column.kind is Kind.LIST else Q(**{column.field: what.value})


def parts_of(field: str) -> Func:
    """The parts of a text as an array."""
    return Func(F(field), Value(PARTS_PATTERN), function="regexp_split_to_array", output_field=ArrayField(TextField()))


def _has_part(column: Column, value: str) -> Q:
    """One of the parts, what has a semicolon itself as the whole text, or no part at all."""
    if ";" in value:
        return Q(**{column.field: value})
    if not value:
        return Q(**{column.field: ""}) | Q(**{f"{column.field}__regex": r"^[\s;]+$"})
    wanted = Value([value], output_field=ArrayField(TextField()))
    part = Q(
        Func(
            parts_of(column.field),
            wanted,
            template="(%(expressions)s)",
            arg_joiner=" @> ",
            output_field=BooleanField(),
        )
    )
    if column.field in INDEXED_PARTS:
        return part
    # hardly any row has several parts: the others are told by the plain value
    return Q(**{column.field: value}) | (Q(**{f"{column.field}__contains": ";"}) & part)


def _like(column: Column, what: Like) -> Q:
    """Fixed runs with anything between them, capitals or not."""
    escaped = (re.sub(r"([\\%_])", r"\\\1", run) for run in what.runs)
    return Q(_matches(Upper(column.field), "%".join(escaped).upper(), " LIKE "))


def _like_part(column: Column, what: Like) -> Q:
    """The runs within one part of a text; with a semicolon in them, in the whole."""
    if any(";" in run for run in what.runs):
        return _like(column, what)
    runs = [re.sub(r"([^\w\s])", r"\\\1", run.upper()) for run in what.runs]
    part = "[^;]*".join(runs)
    return Q(_matches(Upper(column.field), rf"(?:^|;)\s*{part}\s*(?:;|$)", " ~ "))


def _matches(expression: Upper, pattern: str, operator: str) -> Func:
    return Func(
        expression, Value(pattern), template="(%(expressions)s)", arg_joiner=operator, output_field=BooleanField()
    )


def _in_span(column: Column, span: Span) -> Q:
    if column.kind is Kind.TEXT:
        return _in_text_span(column, span)
    ends = Q()
    if span.low is not None:
        ends &= Q(**{f"{column.field}__{'gte' if span.with_low else 'gt'}": span.low})
    if span.high is not None:
        ends &= Q(**{f"{column.field}__{'lte' if span.with_high else 'lt'}": span.high})
    return ends


def _in_text_span(column: Column, span: Span) -> Q:
    """By the number that a text holds, or by its letters, capitals or not, in the order of their codes."""
    ends = []
    if span.low is not None:
        ends.append(_compared(column, GreaterThanOrEqual if span.with_low else GreaterThan, span.low))
    if span.high is not None:
        ends.append(_compared(column, LessThanOrEqual if span.with_high else LessThan, span.high))
    return reduce(and_, map(Q, ends))


def _compared(column: Column, lookup: "type[Lookup[bool]]", bound: float | str) -> "Lookup[bool]":
    if isinstance(bound, str):
        return lookup(Collate(Upper(column.field), "C"), bound.upper())
    digits = When(**{f"{column.field}__regex": "^[0-9]{1,18}$"}, then=Cast(column.field, BigIntegerField()))
    return lookup(Case(digits), Value(max(-_FARTHEST, min(int(bound), _FARTHEST))))


_FARTHEST = 10**18
