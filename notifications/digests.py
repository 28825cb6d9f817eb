"""At the end of a period: one mail, or one notice, with what happened in it. Nothing when nothing did."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from notifications.models import Channel, Frequency, Notice, Subscription
from notifications.news import ProgramNews, events_for, latest_event, summary
from notifications.outbox import enqueue
from notifications.periods import period_start


def write_digests(now: dt.datetime) -> int:
    """Write the digests of all periods that have ended at ``now`` (the machine's time); how many there were.

    A digest, and how far its subscription has been told, are one transaction. Several runs may go on at once.
    """
    written = 0
    for own in Subscription.objects.filter(_due(now)).order_by("pk").values_list("pk", flat=True):
        written += _write_digest(own, now)
    return written


def _due(now: dt.datetime) -> Q:
    ended = Q()
    for frequency in Frequency:
        ended |= Q(frequency=frequency, period_start__lt=period_start(frequency, now))
    return ended & Q(paused=False, deleted_at=None, owner__is_active=True)


@transaction.atomic
def _write_digest(pk: int, now: dt.datetime) -> bool:
    """Whether there was anything to tell."""
    due = Subscription.objects.filter(_due(now), pk=pk).select_for_update(skip_locked=True, of=("self",))
    own = due.select_related("owner").first()
    if own is None:  # another run has it, or it was paused meanwhile
        return False
    latest = latest_event()
    news = summary(own, events_for(own, own.seen_event, latest))
    if news:
        _tell(own, news, latest, now)
    own.seen_event, own.period_start = latest, period_start(own.frequency, now)
    own.save(update_fields=["seen_event", "period_start"])
    return bool(news)


def _tell(own: Subscription, news: Sequence[ProgramNews], latest: int, now: dt.datetime) -> None:
    if own.channel == Channel.EMAIL:
        context = {"subscription": own.pk, "after_event": own.seen_event, "upto_event": latest}
        enqueue(dedup_key(own), own.owner.email, "digest", context, now)
        return
    notice = Notice(
        owner=own.owner,
        subscription=own,
        period_start=own.period_start,
        news=[item.as_json() for item in news],
        created_at=now,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def dedup_key(own: Subscription) -> str:
    """One mail a subscription and period."""
    return f"digest {own.pk} {own.period_start:%Y-%m-%dT%H:%M}"
