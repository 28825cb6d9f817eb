"""The life of a delivery. Every change is one UPDATE that names the states it may leave and, for a worker, its fence.

A worker *claims* a delivery: a lease for a short time and a fence, a number that grows with each claim. Each
checkpoint renews the lease and requires the fence; a worker whose UPDATE meets no row has lost the delivery and touches
nothing more.
"""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from basket.models import Delivery, DeliveryItem, DeliveryState, ItemState, ItemVerdict

OPEN = [DeliveryState.QUEUED, DeliveryState.RUNNING, DeliveryState.WAITING_SPACE]
GIVEN = [DeliveryState.READY, DeliveryState.PARTIAL]
#: Claims without a file finished in between, after which a delivery is given up: whatever it holds ends its workers.
MAX_ATTEMPTS = 5
SPACE_PAUSES = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
ERROR_PAUSE = dt.timedelta(seconds=20)


class LeaseLostError(Exception):
    """Another worker has the delivery, or it has ended: stop quietly."""


class CancelledError(Exception):
    """The person asked to stop."""


@dataclass(frozen=True)
class Claim:
    """A worker's right to one delivery, as long as the fence stands."""

    delivery_id: UUID
    fence: int


def lease_end(now: dt.datetime) -> dt.datetime:
    return now + dt.timedelta(seconds=settings.STAGING_LEASE_S)


def enqueue(delivery_id: UUID, email: str, folder: str, now: dt.datetime) -> bool:
    """From frozen to queued; False when it was not frozen any more."""
    frozen = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.FROZEN)
    return bool(frozen.update(state=DeliveryState.QUEUED, email=email, folder=folder, queued_at=now, next_at=now))


def due(now: dt.datetime) -> Q:
    """Deliveries that a worker may claim: queued, done waiting for space, or left by a worker that went silent."""
    waiting = Q(state__in=[DeliveryState.QUEUED, DeliveryState.WAITING_SPACE], next_at__lte=now)
    return waiting | Q(state=DeliveryState.RUNNING, lease_until__lte=now)


def claim(delivery_id: UUID, now: dt.datetime) -> Claim | None:
    """Take the delivery; None when another worker has it, it is not due, has ended, or was tried too often."""
    with transaction.atomic():
        free = Delivery.objects.filter(due(now), pk=delivery_id, attempt__lt=MAX_ATTEMPTS)
        taken = free.update(
            state=DeliveryState.RUNNING,
            fence=F("fence") + 1,
            attempt=F("attempt") + 1,
            lease_until=lease_end(now),
            claimed_at=now,
            bytes_at_claim=F("bytes_done"),
        )
        if not taken:
            return None
        Delivery.objects.filter(pk=delivery_id, started_at__isnull=True).update(started_at=now)
        return Claim(delivery_id, Delivery.objects.values_list("fence", flat=True).get(pk=delivery_id))


def mine(claim: Claim) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=claim.delivery_id, fence=claim.fence, state=DeliveryState.RUNNING)


def renew(claim: Claim, now: dt.datetime, **change: object) -> None:
    """Renew the lease, and record ``change`` with it.

    Raises
    ------
    CancelledError : the person has asked to cancel.
    LeaseLostError : the delivery is not this worker's any more.
    """
    going_on = mine(claim).filter(cancel_requested_at__isnull=True)
    if not going_on.update(lease_until=lease_end(now), **change):
        raise CancelledError if mine(claim).exists() else LeaseLostError


def checkpoint(claim: Claim, item: DeliveryItem, offset: int, bytes_done: int, now: dt.datetime) -> None:
    """``offset`` bytes of the item, ``bytes_done`` of the delivery, are on disk. Raises as `renew`."""
    with transaction.atomic():
        renew(claim, now, bytes_done=bytes_done)
        DeliveryItem.objects.filter(pk=item.pk).update(bytes_done=offset)


def finish_item(claim: Claim, item: DeliveryItem, bytes_done: int, now: dt.datetime) -> None:
    """The item's file is in its place, verified. Raises as `renew`."""
    with transaction.atomic():
        renew(claim, now, bytes_done=bytes_done, files_done=F("files_done") + 1, attempt=0)
        DeliveryItem.objects.filter(pk=item.pk).update(state=ItemState.DONE, bytes_done=item.size_bytes)


def fail_item(claim: Claim, item: DeliveryItem, reason: str, bytes_done: int, now: dt.datetime) -> None:
    """The item cannot be delivered. Raises as `renew`."""
    with transaction.atomic():
        renew(claim, now, bytes_done=bytes_done, attempt=0)
        DeliveryItem.objects.filter(pk=item.pk).update(state=ItemState.FAILED, reason=reason, bytes_done=0)


#: Where a file is counted that stays behind.
COUNTED = {ItemVerdict.DENIED: "files_refused", ItemVerdict.MISSING: "files_missing"}


def leave_out(claim: Claim, item: DeliveryItem, verdict: ItemVerdict, reason: str, now: dt.datetime) -> None:
    """The item does not go out any more: this is asked again before each file. Raises as `renew`."""
    with transaction.atomic():
        renew(
            claim,
            now,
            **{COUNTED[verdict]: F(COUNTED[verdict]) + 1},
            files_included=F("files_included") - 1,
            bytes_total=F("bytes_total") - item.size_bytes,
            attempt=0,
        )
        DeliveryItem.objects.filter(pk=item.pk).update(
            state=ItemState.REFUSED, verdict=verdict, reason=reason, bytes_done=0
        )


def finish(claim: Claim, state: DeliveryState, now: dt.datetime, **facts: object) -> None:
    """End the delivery. Raises `LeaseLostError`; a cancellation that comes this late comes too late."""
    if not mine(claim).update(state=state, finished_at=now, lease_until=None, **facts):
        raise LeaseLostError


def wait_for_space(claim: Claim, now: dt.datetime, waits: int, reason: str) -> None:
    """Put the delivery aside until there may be room; ``waits`` is how often it has waited before."""
    changed = mine(claim).update(
        state=DeliveryState.WAITING_SPACE,
        next_at=now + SPACE_PAUSES[waits],
        space_waits=waits + 1,
        attempt=0,
        lease_until=None,
        error_code="space",
        error_text=reason,
    )
    if not changed:
        raise LeaseLostError


def give_back(claim: Claim, error: str, now: dt.datetime) -> bool:
    """Queue the delivery again after an error; it keeps its attempts."""
    again = {"state": DeliveryState.QUEUED, "next_at": now + ERROR_PAUSE, "lease_until": None}
    return bool(mine(claim).update(**again, error_code="error", error_text=error))


def give_up(delivery_id: UUID, now: dt.datetime) -> bool:
    """End a delivery that used up its attempts; False when it is not one."""
    spent = Delivery.objects.filter(due(now), pk=delivery_id, attempt__gte=MAX_ATTEMPTS)
    text = f"The work was interrupted {MAX_ATTEMPTS} times without finishing a file."
    end = {"state": DeliveryState.FAILED, "finished_at": now, "lease_until": None}
    return bool(spent.update(**end, error_code="attempts", error_text=text))


def ask_to_cancel(delivery_id: UUID, now: dt.datetime) -> bool:
    """Cancel: at once while no worker has the delivery, else at its next checkpoint; False when it has ended."""
    resting = Delivery.objects.filter(pk=delivery_id, state__in=[DeliveryState.QUEUED, DeliveryState.WAITING_SPACE])
    if resting.update(state=DeliveryState.CANCELLED, cancel_requested_at=now, finished_at=now):
        return True
    running = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.RUNNING)
    return bool(running.update(cancel_requested_at=now))


def expire(delivery_id: UUID, now: dt.datetime) -> bool:
    """End the time that a delivery was promised for; False before that time."""
    over = Delivery.objects.filter(pk=delivery_id, state__in=GIVEN, expires_at__lte=now)
    return bool(over.update(state=DeliveryState.EXPIRED))
