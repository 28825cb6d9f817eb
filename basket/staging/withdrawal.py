"""After access ended or a file was withdrawn, its copies leave the disk; the doors refuse them already.

The order to look through a program's copies is a row, written in the transaction of the change. Whoever carries it out
removes the files before the row goes: a worker that dies in between leaves the order, and it is done again. Of a
request that was ready, its person is told by mail what went and why.
"""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from archive.clock import machine_now
from archive.models import Product, Program
from basket.models import CopiesOrder, Delivery, DeliveryItem, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.selection import deliverable, verdict_on
from basket.staging import folder, notices, places, states
from notifications.doorbell import ring_on_commit

logger = logging.getLogger(__name__)

#: What the request's page says where nothing is left, or where a bundle holds what may not go out.
ENDED = "Access to files of this request has ended, and their copies were removed. Request again what you may have."
WITHDRAWN = (
    "Files of this request were withdrawn from the archive, and their copies removed. Request again what is left."
)


# Ordering -------------------------------------------------------------------------------------------------------------


def order(programs: Iterable[tuple[str, str]]) -> None:
    """Have the copies of files of these programs (mission, number) looked through."""
    from basket.tasks import withdraw_copies

    now = machine_now()
    CopiesOrder.objects.bulk_create(
        CopiesOrder(mission=mission, program=number, ordered_at=now) for mission, number in sorted(programs)
    )
    ring_on_commit(withdraw_copies)


def order_all() -> None:
    """Have all copies looked through."""
    order([("", "")])


def after_access_ended(sender: object, program: Program, **signal: object) -> None:
    order([(program.mission, program.number)])


def after_change(sender: object, programs: Iterable[tuple[str, str]], **signal: object) -> None:
    order(programs)


def after_ingest(sender: object, **signal: object) -> None:
    order_all()


# Carrying out ---------------------------------------------------------------------------------------------------------


def carry_out(today: dt.datetime, now: dt.datetime) -> int:
    """Carry out the orders; the number of files removed.

    Parameters
    ----------
    today : the archive's time, by which access is decided.
    now : the machine's time.
    """
    removed = 0
    for given in list(CopiesOrder.objects.order_by("pk")):
        try:
            for delivery_id in _on_disk(given).values_list("pk", flat=True):
                removed += _look_through(delivery_id, today, now)
        except OSError:  # the order stands, and the next sweep tries again
            logger.exception("%s cannot be removed from the staging disk", given)
        else:
            given.delete()
    return removed


def _on_disk(given: CopiesOrder) -> QuerySet[Delivery]:
    """The deliveries with copies that the order concerns."""
    own = DeliveryItem.objects.filter(delivery=OuterRef("pk"), state=ItemState.DONE).order_by()
    if given.mission:
        program = {"observation__obs_collection": given.mission, "observation__proposal_id": given.program}
        own = own.filter(product__in=Product.objects.filter(**program))
    return Delivery.objects.filter(Exists(own), folder__gt="", state__in=[*states.OPEN, *states.GIVEN])


@transaction.atomic
def _look_through(delivery_id: UUID, today: dt.datetime, now: dt.datetime) -> int:
    """Remove the copies of one delivery that do not go out to its owner any more; the number of files."""
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("owner")
    delivery = locked.filter(pk=delivery_id, state__in=[*states.OPEN, *states.GIVEN]).first()
    gone = _gone(delivery, today) if delivery else []
    if delivery is None or not gone:
        return 0
    reasons = Counter(_take_out(delivery, item, today) for item in gone)
    delivery.refresh_from_db()
    if delivery.kind != DeliveryKind.STAGING or not _is_anything_left(delivery):
        _end(delivery, ENDED if any(verdict == ItemVerdict.DENIED for verdict, _ in reasons) else WITHDRAWN, now)
        notices.tell_cut(delivery.pk, {reason: files for (_, reason), files in reasons.items()}, now)
    elif delivery.state in states.GIVEN:  # of one under way, the mail at its end tells
        folder.write_documents(delivery)
        notices.tell_cut(delivery.pk, {reason: files for (_, reason), files in reasons.items()}, now)
    return len(gone)


def _gone(delivery: Delivery, today: dt.datetime) -> list[DeliveryItem]:
    """The copied files that may not go out any more."""
    done = delivery.items.filter(state=ItemState.DONE)
    products = Product.objects.filter(pk__in=done.order_by().values("product"))
    gone = done.exclude(product__in=deliverable(products, delivery.owner, today))
    return list(gone.select_related("product__observation"))


def _take_out(delivery: Delivery, item: DeliveryItem, today: dt.datetime) -> tuple[ItemVerdict, str]:
    """Take one file out of the delivery, from the disk first; the verdict on it now and its reason."""
    if delivery.kind == DeliveryKind.STAGING:
        (places.on_disk(delivery) / item.flat_name).unlink(missing_ok=True)
    verdict, reason = verdict_on(item.product, delivery.owner, today)
    DeliveryItem.objects.filter(pk=item.pk).update(
        state=ItemState.REFUSED, verdict=verdict, reason=reason, bytes_done=0
    )
    Delivery.objects.filter(pk=delivery.pk).update(
        files_done=F("files_done") - 1,
        files_included=F("files_included") - 1,
        bytes_total=F("bytes_total") - item.size_bytes,
        bytes_done=F("bytes_done") - item.size_bytes,
        **{states.COUNTED[verdict]: F(states.COUNTED[verdict]) + 1},
    )
    return verdict, reason


def _is_anything_left(delivery: Delivery) -> bool:
    """Whether files are there, or still to come."""
    return delivery.state in states.OPEN or delivery.items.filter(state=ItemState.DONE).exists()


def _end(delivery: Delivery, text: str, now: dt.datetime) -> None:
    """A bundle cannot lose one file, and an empty folder is none: the sweeper removes what lies there."""
    for path in places.on_disk(delivery).glob("*"):
        path.unlink(missing_ok=True)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.FAILED, finished_at=now, lease_until=None, error_code="access", error_text=text
    )
