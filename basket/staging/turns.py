"""Whose turn it is: people take turns, however many requests one of them has queued.

A ring says that there is work, not which: the worker that hears it takes the request that is next by this order.
"""

import datetime as dt
from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Lower

from basket.models import Delivery, DeliveryKind, DeliveryState
from basket.staging import states

STAGED = (DeliveryKind.STAGING,)
BUILT = (DeliveryKind.BUILT_ZIP, DeliveryKind.BUILT_TAR)

#: An account, or without one an e-mail address, as in the limits of `submission`.
Person = tuple[int | None, str]
_NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)


def next_turn(kinds: Collection[DeliveryKind], now: dt.datetime) -> UUID | None:
    """The due request of whoever has the fewest at work and was served longest ago; of that person the oldest."""
    prepared = Delivery.objects.filter(kind__in=kinds)
    due = prepared.filter(states.due(now), attempt__lt=states.MAX_ATTEMPTS)
    served = _served(prepared, now)
    turns = (
        (*served.get(_person(owner, address), (0, _NEVER)), queued_at or _NEVER, delivery_id)
        for delivery_id, owner, address, queued_at in due.values_list("pk", "owner_id", Lower("email"), "queued_at")
    )
    return min(turns, default=(None,))[-1]


def _served(prepared: QuerySet[Delivery], now: dt.datetime) -> dict[Person, tuple[int, dt.datetime]]:
    """Of each person who is waiting: requests at work, and when a worker last took one up."""
    at_work = Q(state=DeliveryState.RUNNING, lease_until__gt=now)
    waiting = prepared.filter(state__in=states.OPEN)
    theirs = Q(owner__in=waiting.exclude(owner=None).values("owner")) | Q(owner=None)
    rows = prepared.filter(theirs).order_by().values_list("owner_id", Lower("email"))
    figures: dict[Person, tuple[int, dt.datetime]] = {}
    for owner, address, running, last in rows.annotate(n=Count("pk", filter=at_work), last=Max("claimed_at")):
        before = figures.get(_person(owner, address), (0, _NEVER))
        figures[_person(owner, address)] = (before[0] + running, max(before[1], last or _NEVER))
    return figures


def _person(owner: int | None, address: str) -> Person:
    return (owner, "") if owner else (None, address)
