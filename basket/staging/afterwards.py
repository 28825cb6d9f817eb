"""What a person may do with a request that has ended: keep it longer, give its room back, have it tried again."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from basket.models import Delivery, DeliveryItem, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.staging import job, notices, places, states, submission

#: A request is kept at most so many times STAGING_KEEP_DAYS after it ended, however often it is prolonged.
MOST_TIMES = 4
#: Less than this is no gain.
WORTH_IT = dt.timedelta(hours=1)
#: What the page says where the person gave the files back.
GIVEN_BACK = "The files were removed at your request."
AGAIN = [DeliveryState.PARTIAL, DeliveryState.FAILED]


def prolonged_until(delivery: Delivery, now: dt.datetime) -> dt.datetime | None:
    """Until when the request would be kept if it were prolonged at ``now``; None where that is no gain."""
    if delivery.state not in states.GIVEN or delivery.expires_at is None or delivery.finished_at is None:
        return None
    keep = dt.timedelta(days=settings.STAGING_KEEP_DAYS)
    end = min(now + keep, delivery.finished_at + MOST_TIMES * keep)
    return end if delivery.expires_at > now and end >= delivery.expires_at + WORTH_IT else None


@transaction.atomic
def prolong(delivery: Delivery, now: dt.datetime) -> bool:
    """Keep a request that can be fetched for the whole time again; False where it is over or kept as long as may be."""
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    end = prolonged_until(locked, now)
    return end is not None and bool(Delivery.objects.filter(pk=delivery.pk).update(expires_at=end))


def give_back(delivery: Delivery, now: dt.datetime) -> bool:
    """Remove the files of a request before its time; False where there are none."""
    ready = Delivery.objects.filter(pk=delivery.pk, state__in=states.GIVEN)
    end = {"state": DeliveryState.EXPIRED, "expires_at": now, "error_code": "given back", "error_text": GIVEN_BACK}
    if not ready.update(**end):
        return False
    job.remove_folder(Delivery.objects.get(pk=delivery.pk))
    return True


@transaction.atomic
def retry(delivery: Delivery, now: dt.datetime) -> bool:
    """Queue a request again of which files, or all, could not be delivered; False where it is none.

    Staged files that are there stay; a bundle is built anew.

    Raises
    ------
    SubmitError : the person has too much under way.
    """
    locked = Delivery.objects.select_for_update().filter(pk=delivery.pk, state__in=AGAIN).first()
    if locked is None:
        return False
    submission.keep_within_limits(locked, locked.email)
    items = locked.items.filter(verdict=ItemVerdict.INCLUDED)
    fresh = {"state": ItemState.WAITING, "bytes_done": 0, "reason": ""}
    keeps = locked.kind == DeliveryKind.STAGING and locked.state == DeliveryState.PARTIAL and bool(locked.folder)
    (items.filter(state=ItemState.FAILED) if keeps else items).update(**fresh)
    notices.make_room_for_another(locked, now)
    _queue(locked, now, folder=locked.folder or places.new_folder(locked))
    submission.wake(locked)
    return True


def _queue(delivery: Delivery, now: dt.datetime, folder: str) -> None:
    done = DeliveryItem.objects.filter(delivery=delivery, state=ItemState.DONE)
    sizes = list(done.values_list("size_bytes", flat=True))
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.QUEUED,
        folder=folder,
        queued_at=now,
        next_at=now,
        finished_at=None,
        expires_at=None,
        cancel_requested_at=None,
        attempt=0,
        space_waits=0,
        files_done=len(sizes),
        bytes_done=sum(sizes),
        error_code="",
        error_text="",
    )
