"""After access ended, the copies that were made while it stood leave the disk; the doors refuse them already.

The order to look through a program's copies is a row, written in the transaction that ends the access. Whoever carries
it out removes the files before the row goes: a worker that dies in between leaves the order, and it is done again.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.access import decide, readable_by
from archive.clock import machine_now
from archive.models import Product, Program
from basket.models import CopiesOrder, Delivery, DeliveryItem, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.staging import folder, places, states
from notifications.doorbell import ring_on_commit

logger = logging.getLogger(__name__)

#: What the request's page says where nothing is left, or where a bundle holds what may not go out.
ENDED = "Access to files of this request has ended, and their copies were removed. Request again what you may have."


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


def after_release_changed(sender: object, programs: Iterable[tuple[str, str]], **signal: object) -> None:
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
    """Remove the copies of one delivery that its owner may not have any more; the number of files."""
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("owner")
    delivery = locked.filter(pk=delivery_id, state__in=[*states.OPEN, *states.GIVEN]).first()
    refused = _refused(delivery, today) if delivery else []
    if delivery is None or not refused:
        return 0
    for item in refused:
        _refuse(delivery, item, today)
    delivery.refresh_from_db()
    if delivery.kind != DeliveryKind.STAGING or not _is_anything_left(delivery):
        _end(delivery, now)
    elif delivery.state in states.GIVEN:
        folder.write_documents(delivery)
    return len(refused)


def _refused(delivery: Delivery, today: dt.datetime) -> list[DeliveryItem]:
    done = delivery.items.filter(state=ItemState.DONE)
    products = Product.objects.filter(pk__in=done.order_by().values("product"))
    lost = done.exclude(product__in=readable_by(products, delivery.owner, today))
    return list(lost.select_related("product__observation"))


def _refuse(delivery: Delivery, item: DeliveryItem, today: dt.datetime) -> None:
    """Take one file out of the delivery, from the disk first."""
    if delivery.kind == DeliveryKind.STAGING:
        (places.on_disk(delivery) / item.flat_name).unlink(missing_ok=True)
    reason = decide(delivery.owner, item.product, today).text
    DeliveryItem.objects.filter(pk=item.pk).update(
        state=ItemState.REFUSED, verdict=ItemVerdict.DENIED, reason=reason, bytes_done=0
    )
    Delivery.objects.filter(pk=delivery.pk).update(
        files_done=F("files_done") - 1,
        files_included=F("files_included") - 1,
        files_refused=F("files_refused") + 1,
        bytes_total=F("bytes_total") - item.size_bytes,
        bytes_done=F("bytes_done") - item.size_bytes,
    )


def _is_anything_left(delivery: Delivery) -> bool:
    """Whether files are there, or still to come."""
    return delivery.state in states.OPEN or delivery.items.filter(state=ItemState.DONE).exists()


def _end(delivery: Delivery, now: dt.datetime) -> None:
    """A bundle cannot lose one file, and an empty folder is none: the sweeper removes what lies there."""
    for path in places.on_disk(delivery).glob("*"):
        path.unlink(missing_ok=True)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.FAILED, finished_at=now, lease_until=None, error_code="access", error_text=ENDED
    )
