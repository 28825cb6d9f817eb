"""Making, changing, pausing and ending subscriptions; reading and deleting notices. Each in one transaction."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from archive.models import Observation, Program
from notifications.models import Notice, Subscription
from notifications.news import latest_event
from notifications.periods import period_start

MOST_SUBSCRIPTIONS = 200
_TOLD = ("channel", "frequency", "mission", "kinds", "programs", "observation", "level")


class SubscriptionError(ValueError):
    """A subscription that cannot be; the message names the remedy."""


def subscriptions_of(owner: User) -> QuerySet[Subscription]:
    return Subscription.objects.filter(owner=owner, deleted_at=None).order_by("mission", "programs", "pk")


@transaction.atomic
def subscribe(owner: User, attributes: Mapping[str, Any], now: dt.datetime) -> Subscription:
    """Make a subscription; it tells of what happens from now on.

    Parameters
    ----------
    attributes : the cleaned data of `notifications.forms.SubscriptionForm`.
    now : the machine's time.

    Raises
    ------
    SubscriptionError : the person has the same one, or too many.
    """
    User.objects.select_for_update().get(pk=owner.pk)  # two requests at once must not make two
    if subscriptions_of(owner).count() >= MOST_SUBSCRIPTIONS:
        raise SubscriptionError(f"You have {MOST_SUBSCRIPTIONS} subscriptions. Delete one first.")
    wanted = {name: attributes[name] for name in _TOLD}
    _refuse_same(subscriptions_of(owner), wanted)
    return Subscription.objects.create(
        owner=owner,
        created_at=now,
        seen_event=latest_event(),
        period_start=period_start(wanted["frequency"], now),
        **wanted,
    )


@transaction.atomic
def change(own: Subscription, attributes: Mapping[str, Any], now: dt.datetime) -> None:
    """Give a subscription other attributes; with another frequency a period begins now, and nothing is lost.

    Raises
    ------
    SubscriptionError : the person has the same one.
    """
    own = Subscription.objects.select_for_update().get(pk=own.pk)
    wanted = {name: attributes[name] for name in _TOLD}
    _refuse_same(subscriptions_of(own.owner).exclude(pk=own.pk), wanted)
    if wanted["frequency"] != own.frequency:
        own.period_start = period_start(wanted["frequency"], now)
    for name, value in wanted.items():
        setattr(own, name, value)
    own.save(update_fields=[*_TOLD, "period_start"])


def pause(subscriptions: QuerySet[Subscription]) -> int:
    """Keep them, and tell nothing."""
    return subscriptions.filter(paused=False).update(paused=True)


@transaction.atomic
def resume(subscriptions: QuerySet[Subscription], now: dt.datetime) -> int:
    """Tell again, of what happens from now on."""
    return _begin_anew(subscriptions.filter(paused=True), now, paused=False)


def delete(subscriptions: QuerySet[Subscription], now: dt.datetime) -> int:
    """Out of the list; `restore` brings them back until they are forgotten."""
    return subscriptions.filter(deleted_at=None).update(deleted_at=now)


def restore(subscriptions: QuerySet[Subscription]) -> int:
    """Undo a deletion. What happened meanwhile is told, since the person did not mean to miss it."""
    return subscriptions.exclude(deleted_at=None).update(deleted_at=None)


def _begin_anew(subscriptions: QuerySet[Subscription], now: dt.datetime, **fields: object) -> int:
    latest = latest_event()
    rows = list(subscriptions.select_for_update())
    for own in rows:
        own.seen_event, own.period_start = latest, period_start(own.frequency, now)
        for name, value in fields.items():
            setattr(own, name, value)
    Subscription.objects.bulk_update(rows, ["seen_event", "period_start", *fields])
    return len(rows)


def _refuse_same(others: QuerySet[Subscription], wanted: Mapping[str, Any]) -> None:
    if others.filter(**wanted).exists():
        raise SubscriptionError("You have this subscription already. Change something, or leave it at that.")


def unknown_programs(mission: str, programs: Iterable[str]) -> list[str]:
    """Programs of which the archive knows nothing yet."""
    numbers = list(programs)
    known = set(Program.objects.filter(mission=mission, number__in=numbers).values_list("number", flat=True))
    return [
        number
        for number in numbers
        if number not in known and not Observation.objects.filter(obs_collection=mission, proposal_id=number).exists()
    ]


# Notices --------------------------------------------------------------------------------------------------------------


def notices_of(owner: User) -> QuerySet[Notice]:
    """A person's notices, the newest first."""
    return Notice.objects.filter(owner=owner, deleted_at=None).order_by("-created_at", "-pk")


def mark_read(notices: QuerySet[Notice], now: dt.datetime) -> int:
    return notices.filter(read_at=None).update(read_at=now)


def mark_unread(notices: QuerySet[Notice]) -> int:
    return notices.exclude(read_at=None).update(read_at=None)


def delete_notices(notices: QuerySet[Notice], now: dt.datetime) -> int:
    return notices.filter(deleted_at=None).update(deleted_at=now)


def restore_notices(notices: QuerySet[Notice]) -> int:
    return notices.exclude(deleted_at=None).update(deleted_at=None)
