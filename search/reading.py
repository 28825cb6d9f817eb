"""The observations of a page, read by their numbers.

A page asks for the same columns each time: the statement is compiled once, and an observation is made of each row
without asking anew which of its fields were read.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Func, Value
from django.db.models.base import ModelState

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
    """Makes an observation of a row of the statement.

    What `Model.__init__` would look at in every field is known beforehand: which values there are, and their order.
    """
    read = [field.attname for field in Observation._meta.concrete_fields if field.attname not in left_out]
    names = (*read, *ANNOTATIONS)

    def make(values: tuple[Any, ...]) -> Observation:
        made = Observation.__new__(Observation)
        vars(made).update(zip(names, values, strict=True))
        made._state = ModelState()
        made._state.adding, made._state.db = False, connection.alias
        return made

    return make
