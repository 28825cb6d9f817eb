"""The observations of a page, read by their numbers.

A page asks for the same columns each time: the statement is compiled once, and an observation is made of each row
without asking anew which of its fields were read.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import DEFERRED, BigIntegerField, BooleanField, F, Func, Value

from archive.clock import to_mjd
from archive.models import Observation
from search.query import observations
from search.viewers.actions import VIEWED, with_viewed_groups

#: What a row has beside its own fields, in the order of the statement.
ANNOTATIONS = ("state", "data_rights", VIEWED)
#: What stands for the moment and for the numbers in the compiled statement.
_MOMENT, _NUMBERS = dt.datetime(1858, 11, 18, 1, 2, 3, tzinfo=dt.UTC), [-1]


class _Among(Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def read_observations(numbers: Sequence[int], now: dt.datetime, left_out: tuple[str, ...]) -> dict[int, Observation]:
    """Observations by their ``obsid``, with their state at ``now`` and what `actions_for` needs, without some fields.

    Those that the archive does not hold are not in it.
    """
    statement, parameters = _statement(left_out)
    with connection.cursor() as cursor:
        cursor.execute(statement, [_filled(parameter, numbers, now) for parameter in parameters])
        made = map(_maker(left_out), cursor.fetchall())
        return {row.obsid: row for row in made}


@cache
def _statement(left_out: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    among = _Among(F("pk"), Value(_NUMBERS, output_field=ArrayField(BigIntegerField())))
    rows = with_viewed_groups(observations((), _MOMENT)).filter(among).defer(*left_out)
    return rows.query.sql_with_params()


def _filled(parameter: Any, numbers: Sequence[int], now: dt.datetime) -> Any:
    if parameter == to_mjd(_MOMENT):
        return to_mjd(now)
    return list(numbers) if parameter == _NUMBERS else parameter


@cache
def _maker(left_out: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Observation]:
    """Makes an observation of a row of the statement."""
    new = cast("type[Any]", Observation)  # a field of every kind in one list
    is_read = [field.attname not in left_out for field in Observation._meta.concrete_fields]

    def make(values: tuple[Any, ...]) -> Observation:
        following = iter(values)
        made = new(*[next(following) if read else DEFERRED for read in is_read])
        made._state.adding, made._state.db = False, connection.alias
        vars(made).update(zip(ANNOTATIONS, following, strict=True))
        return cast("Observation", made)

    return make
