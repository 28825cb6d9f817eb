"""Pages by key: a page begins after, or ends before, a row that is known by its values.

A key holds the values of the sort columns of one row and its ``obsid``, so that no page costs more than another and
none shifts when rows are added. What is not known comes last in either direction.
"""

import base64
import binascii
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from django.db.models import F, Q
from django.db.models.expressions import OrderBy

from archive.models import Observation
from search.columns import Column, Kind, SortKey, by_name
from search.messages import SearchError

LAST = "last"
_LONG = 2**63

KeyValue = str | int | float | bool | None


class PageKeyError(SearchError):
    """A page key that no page of this search gave out."""

    code = "page"
    title = "This page does not exist"

    def __init__(self) -> None:
        super().__init__("The address holds a page key that does not fit the search.", "Go to the first page")


@dataclass(frozen=True)
class Step:
    """One field of an order."""

    field: str
    kind: Kind
    descending: bool = False

    def order_by(self, backward: bool) -> OrderBy:
        """Unknown values last; read backward they come first."""
        place = {"nulls_first": True} if backward else {"nulls_last": True}
        return OrderBy(F(self.field), descending=self.descending is not backward, **place)

    def equal(self, value: KeyValue) -> Q:
        return Q(**{f"{self.field}__isnull": True}) if value is None else Q(**{self.field: value})

    def beyond(self, value: KeyValue, backward: bool) -> Q | None:
        """What comes after ``value`` alone, or before it; None when nothing can."""
        if value is None:
            return Q(**{f"{self.field}__isnull": False}) if backward else None
        sign = "lt" if self.descending is not backward else "gt"
        compared = Q(**{f"{self.field}__{sign}": value})
        return compared if backward or self.field == "obsid" else compared | Q(**{f"{self.field}__isnull": True})

    def pieces(self, value: KeyValue, backward: bool) -> list[Q]:
        """`beyond` with the unknown values, which come last, apart from the known ones."""
        unknown = Q(**{f"{self.field}__isnull": True})
        if value is None:
            return [~unknown] if backward else []
        known = Q(**{f"{self.field}__{'lt' if self.descending is not backward else 'gt'}": value})
        return [known] if backward or self.field == "obsid" else [known, unknown]


@dataclass(frozen=True)
class Order:
    """A total order of rows: the chosen columns, then ``obsid``."""

    steps: tuple[Step, ...]

    @classmethod
    def of(cls, keys: Sequence[SortKey], columns: tuple[Column, ...]) -> "Order":
        named = by_name(columns)
        steps = [Step(named[key.column].field, named[key.column].kind, key.descending) for key in keys]
        if all(step.field != "obsid" for step in steps):
            steps.append(Step("obsid", Kind.WHOLE))
        return cls(tuple(steps))

    def order_by(self, *, backward: bool = False) -> list[OrderBy]:
        return [step.order_by(backward) for step in self.steps]

    def values_of(self, row: Observation) -> tuple[KeyValue, ...]:
        return tuple(getattr(row, step.field) for step in self.steps)

    def beyond(self, values: Sequence[KeyValue], *, backward: bool = False) -> Q:
        """The rows after a row with these values, or before it."""
        alternatives = []
        for position, step in enumerate(self.steps):
            further = step.beyond(values[position], backward)
            if further is not None:
                equal = (earlier.equal(value) for earlier, value in zip(self.steps[:position], values, strict=False))
                alternatives.append(reduce(and_, equal, further))
        return reduce(or_, alternatives)

    def stages(self, values: Sequence[KeyValue], *, backward: bool = False) -> list[Q]:
        """`beyond` in pieces without "or", the nearest rows first: an index finds the beginning of each."""
        pieces = []
        for position in reversed(range(len(self.steps))):
            equal = (earlier.equal(value) for earlier, value in zip(self.steps[:position], values, strict=False))
            prefix = reduce(and_, equal, Q())
            pieces += [prefix & piece for piece in self.steps[position].pieces(values[position], backward)]
        return pieces


@dataclass(frozen=True)
class PageKey:
    """Where a page lies: after the row with ``values``, or (backward) before it; without values, at an end."""

    backward: bool = False
    values: tuple[KeyValue, ...] = ()

    def write(self) -> str:
        if not self.values:
            return LAST if self.backward else ""
        packed = json.dumps(self.values, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        return ("before." if self.backward else "after.") + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read_page_key(text: str, order: Order) -> PageKey:
    """The place that `PageKey.write` wrote.

    Raises
    ------
    PageKeyError : anything that was not written for this order.
    """
    if text in {"", LAST}:
        return PageKey(backward=text == LAST)
    direction, _, packed = text.partition(".")
    if direction not in {"before", "after"}:
        raise PageKeyError
    try:
        raw = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        values = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, binascii.Error, RecursionError):
        raise PageKeyError from None
    if not isinstance(values, list) or len(values) != len(order.steps):
        raise PageKeyError
    return PageKey(direction == "before", tuple(map(_checked, values, order.steps)))


def _refuse(word: str) -> float:
    raise ValueError(word)


def _checked(value: object, step: Step) -> KeyValue:
    """A value that the step's column can have."""
    if value is None and step.field != "obsid":
        return None
    if step.kind is Kind.FLAG and isinstance(value, bool):
        return value
    if step.kind in {Kind.TEXT, Kind.LIST} and isinstance(value, str) and _is_storable(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and -_LONG <= value < _LONG and step.kind not in _TEXTS:
        return value
    if isinstance(value, float) and math.isfinite(value) and step.kind in _FLOATS:
        return value
    raise PageKeyError


_TEXTS = {Kind.TEXT, Kind.LIST, Kind.FLAG}
_FLOATS = {Kind.NUMBER, Kind.DATE, Kind.RA, Kind.DEC}


def _is_storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
