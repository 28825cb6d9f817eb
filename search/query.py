"""Which observations match: a constraint is a function from a queryset to a narrower one, one small function a kind."""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_

from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Upper

from archive import sky
from archive.clock import to_mjd
from archive.models import Observation, ObservationState
from search.columns import Column, Kind
from search.messages import SearchError

Observations = QuerySet[Observation]
Constraint = Callable[[Observations], Observations]


class ConstraintError(SearchError):
    """A value that a column cannot have."""

    code = "criteria"
    title = "A criterion cannot be used"


def observations(constraints: Iterable[Constraint], now: dt.datetime) -> Observations:
    """The rows that satisfy every constraint, each with its ``state`` at ``now``."""
    rows: Observations = Observation.objects.with_state(to_mjd(now))
    return reduce(lambda narrowed, constraint: constraint(narrowed), constraints, rows)


def in_cone(ra_deg: float, dec_deg: float, radius_deg: float) -> Constraint:
    """Footprints that meet a circle, degrees, ICRS; gives rows ``distance_arcsec`` and ``centre_distance_arcsec``."""
    return lambda rows: sky.in_cone(rows, ra_deg, dec_deg, radius_deg)


def of_proposals(numbers: Sequence[str]) -> Constraint:
    """Observations of programs by their unpadded numbers, of every mission that has them."""
    return lambda rows: rows.filter(proposal_id__in=numbers)


def matching(column: Column, values: Sequence[str]) -> Constraint:
    """Rows whose column suits any one of ``values``; see `condition`."""
    suits = condition(column, values)
    return lambda rows: rows.filter(suits)


def condition(column: Column, values: Sequence[str]) -> Q:
    """Rows whose column suits any one of ``values``: a word, a wildcard ``MIRI*``, a range ``59700..59800``.

    Raises
    ------
    ConstraintError : a value that the column cannot have; more than one with a wildcard.
    """
    if sum("*" in value or "%" in value for value in values) > 1:
        raise ConstraintError(
            f"{column.label} has several values with wildcards.", "Give one value with a wildcard for each criterion."
        )
    return reduce(or_, (_SUITS[column.kind](column, value) for value in values))


# One value of one kind of column -------------------------------------------------------------------------------------


def _suits_text(column: Column, value: str) -> Q:
    return _like(column, value) if "*" in value or "%" in value else Q(**{column.field: value})


def _suits_part(column: Column, value: str) -> Q:
    """One of the parts that semicolons join, or the whole as it is written."""
    if "*" in value or "%" in value:
        return _like(column, value)
    parts = Func(F(column.field), Value(r"\s*;\s*"), function="regexp_split_to_array", output_field=TextField())
    found = Func(Value(value), parts, template="(%(expressions)s))", arg_joiner=" = ANY(", output_field=BooleanField())
    return Q(found) | Q(**{column.field: value})


def _like(column: Column, value: str) -> Q:
    """``MIRI*``: any run of characters where the wildcard stands, capitals or not."""
    pattern = value.replace("%", "*")
    runs = pattern.strip("*").split("*")
    if len(runs) > 2 or (len(runs) == 2 and (pattern.startswith("*") or pattern.endswith("*"))):
        raise ConstraintError(
            f"“{value}” has several wildcards.", "Use one wildcard, or one at each end: MIRI*, *JUPITER*, jw0*_nis."
        )
    escaped = re.sub(r"([\\_])", r"\\\1", pattern).replace("*", "%").upper()
    matches = Func(
        Upper(column.field),
        Value(escaped),
        template="(%(expressions)s)",
        arg_joiner=" LIKE ",
        output_field=BooleanField(),
    )
    return Q(matches)


def _suits_number(column: Column, value: str) -> Q:
    """A number or a range of two, either end open: ``59700..59800``, ``100..``, ``..7``."""
    low, dots, high = value.partition("..")
    if not dots:
        return Q(**{column.field: _number(column, value)})
    if not low.strip() and not high.strip():
        raise _no_number(column, value)
    ends = Q()
    if low.strip():
        ends &= Q(**{f"{column.field}__gte": _number(column, low)})
    if high.strip():
        ends &= Q(**{f"{column.field}__lte": _number(column, high)})
    return ends


def _number(column: Column, text: str) -> float:
    try:
        number = (
            int(text) if column.kind is Kind.WHOLE else _mjd_of_date(text) if column.kind is Kind.DATE else float(text)
        )
    except ValueError:
        raise _no_number(column, text) from None
    if not math.isfinite(number) or abs(number) > 1e300:
        raise _no_number(column, text)
    return number


def _mjd_of_date(text: str) -> float:
    """An MJD, or the MJD of an ISO day or instant in UTC."""
    try:
        return float(text)
    except ValueError:
        moment = dt.datetime.fromisoformat(text.strip())
        return to_mjd(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))


def _no_number(column: Column, text: str) -> ConstraintError:
    example = "59700..59800 or 2022-07-12..2022-08-01" if column.kind is Kind.DATE else "2 or 1..3"
    return ConstraintError(
        f"{column.label}: “{text[:40]}” cannot be read.", f"Write a number or a range, for instance {example}."
    )


def _suits_flag(column: Column, value: str) -> Q:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if value.lower() not in words:
        raise ConstraintError(f"{column.label}: “{value[:40]}” is neither true nor false.", "Write true or false.")
    return Q(**{column.field: words[value.lower()]})


def _suits_state(column: Column, value: str) -> Q:
    if value not in ObservationState.values:
        raise ConstraintError(
            f"{column.label}: “{value[:40]}” is not a state.", f"Choose among {', '.join(ObservationState.values)}."
        )
    return Q(**{column.field: value})


_SUITS: dict[Kind, Callable[[Column, str], Q]] = {
    Kind.TEXT: _suits_text,
    Kind.LIST: _suits_part,
    Kind.NUMBER: _suits_number,
    Kind.WHOLE: _suits_number,
    Kind.DATE: _suits_number,
    Kind.RA: _suits_number,
    Kind.DEC: _suits_number,
    Kind.FLAG: _suits_flag,
    Kind.STATE: _suits_state,
}
