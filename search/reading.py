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
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value
from django.db.models.base import ModelState

from archive.clock import to_mjd
from archive.compiled import Compiled
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
    read = _statement(left_out)(mjd=to_mjd(now), numbers=list(numbers))
    return {row.obsid: row for row in map(_maker(left_out), read)}


@cache
def _statement(left_out: tuple[str, ...]) -> Compiled:
    def rows() -> QuerySet[Observation]:
        among = _Among(F("pk"), Value(_NUMBERS, output_field=ArrayField(BigIntegerField())))
        return with_viewed_groups(observations((), _MOMENT)).filter(among).defer(*left_out)

    return Compiled(rows, {"mjd": to_mjd(_MOMENT), "numbers": _NUMBERS})


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
