"""Finding what was lost: rings that no worker heard, workers that went silent, deliveries whose time is over.

Nothing here depends on the broker's memory; several sweepers may run, one sweeps at a time.
"""

import datetime as dt
import logging

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from basket.models import Delivery, DeliveryState
from basket.staging import afterwards, job, notices, states, submission

logger = logging.getLogger(__name__)

#: A ring that nobody answered for this long is taken for lost.
UNHEARD = dt.timedelta(seconds=30)
#: Rings for waiting deliveries in one sweep, the oldest first, so that a long queue does not fill the broker.
RINGS = 20
ONE_SWEEP = 50
_LOCK = 5_021_002


def sweep(now: dt.datetime) -> None:
    """One round; returns at once while another sweeper is at it. ``now`` is the machine's time."""
    with transaction.atomic():
        if not _alone():
            return
        _give_up_spent(now)
        _ring_again(now)
        _warn(now)
        _expire(now)
    _remove_ended()


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _give_up_spent(now: dt.datetime) -> None:
    spent = Delivery.objects.filter(states.due(now), attempt__gte=states.MAX_ATTEMPTS)
    for delivery_id in spent.values_list("pk", flat=True)[:ONE_SWEEP]:
        if states.give_up(delivery_id, now):
            logger.error("delivery %s is given up after %d attempts", delivery_id, states.MAX_ATTEMPTS)
            notices.tell(delivery_id, now)


def _ring_again(now: dt.datetime) -> None:
    unheard = Q(state=DeliveryState.QUEUED, next_at__lte=now - UNHEARD)
    late = Q(state=DeliveryState.WAITING_SPACE, next_at__lte=now) | Q(state=DeliveryState.RUNNING, lease_until__lte=now)
    for delivery in Delivery.objects.filter(unheard).order_by("queued_at")[:RINGS]:
        submission.wake(delivery)
    for delivery in Delivery.objects.filter(late).order_by("queued_at")[:ONE_SWEEP]:
        submission.wake(delivery)


def warn_before() -> dt.timedelta:
    """How long before their removal people hear of it: a day, of a short time a quarter."""
    return min(dt.timedelta(days=1), dt.timedelta(days=settings.STAGING_KEEP_DAYS) / 4)


def _warn(now: dt.datetime) -> None:
    """One mail for each end of time: another when the request was prolonged and that time too runs out."""
    soon = Delivery.objects.filter(
        folder__gt="", state__in=states.GIVEN, expires_at__gt=now, expires_at__lte=now + warn_before()
    )
    for delivery in soon.exclude(warned_of=F("expires_at")).select_for_update(skip_locked=True)[:ONE_SWEEP]:
        notices.tell_expiring(delivery.pk, afterwards.prolonged_until(delivery, now), now)
        Delivery.objects.filter(pk=delivery.pk).update(warned_of=delivery.expires_at)


def _expire(now: dt.datetime) -> None:
    over = Delivery.objects.filter(folder__gt="", state__in=states.GIVEN, expires_at__lte=now)
    for delivery_id in over.values_list("pk", flat=True)[:ONE_SWEEP]:
        states.expire(delivery_id, now)


def _remove_ended() -> None:
    """Free the space of what is over, also where a worker died between the last word and the removal."""
    ended = [DeliveryState.EXPIRED, DeliveryState.CANCELLED, DeliveryState.FAILED]
    for delivery in Delivery.objects.filter(folder__gt="", state__in=ended)[:ONE_SWEEP]:
        job.remove_folder(delivery)
