"""Handing a frozen delivery to the workers."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.template.defaultfilters import filesizeformat

from basket.models import Delivery, DeliveryKind
from basket.selection import SelectionError
from basket.staging import places, states
from notifications.doorbell import ring_on_commit


class SubmitError(SelectionError):
    """The delivery cannot be handed over; nothing was changed. The text and the remedy are fit for a page."""


@transaction.atomic
def submit(delivery: Delivery, email: str, now: dt.datetime) -> None:
    """Queue a frozen delivery of a kind that workers prepare, and wake one on commit.

    Parameters
    ----------
    email : one address, to which the mail goes; an empty mailbox is not asked about.
    now : aware UTC datetime of the machine's clock.

    Raises
    ------
    SubmitError : the address is none, the person has too much under way, or the delivery was submitted before.
    """
    address = checked_address(email)
    keep_within_limits(delivery, address)
    if not states.enqueue(delivery.pk, address, places.new_folder(delivery), now):
        raise SubmitError("This request was submitted before.", "Its page shows how far it is.")
    delivery.refresh_from_db()
    wake(delivery)


def checked_address(email: str) -> str:
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise SubmitError(
            f"“{address[:80]}” is not an e-mail address." if address else "An e-mail address is missing.",
            "Enter one address such as name@example.org: the mail with the location goes there.",
        ) from None
    return address


def wake(delivery: Delivery) -> None:
    """Ring for a worker on commit."""
    from basket.tasks import build_bundle, stage

    ring_on_commit(stage if delivery.kind == DeliveryKind.STAGING else build_bundle, str(delivery.pk))


def keep_within_limits(delivery: Delivery, address: str) -> None:
    """Open requests and bytes of one person; without an account, the address is the person."""
    person = f"user {delivery.owner_id}" if delivery.owner_id else f"mail {address.lower()}"
    with connection.cursor() as cursor:  # two requests at once are counted one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"staging of {person}"])
    under_way = _open_requests(delivery, address).aggregate(requests=Count("pk"), size=Sum("bytes_total"))
    if under_way["requests"] >= settings.STAGING_OPEN_REQUESTS:
        raise SubmitError(
            f"{under_way['requests']} requests are under way for you, which is as many as one person may have.",
            "Wait until one has ended, or cancel one on its page.",
        )
    if (under_way["size"] or 0) + delivery.bytes_total > settings.STAGING_OPEN_BYTES:
        raise SubmitError(
            f"With {filesizeformat(delivery.bytes_total)} more, your requests under way would pass "
            f"{filesizeformat(settings.STAGING_OPEN_BYTES)}.",
            "Select fewer files, or wait until a request has ended.",
        )


def _open_requests(delivery: Delivery, address: str) -> QuerySet[Delivery]:
    under_way = Delivery.objects.filter(state__in=states.OPEN)
    if delivery.owner_id:
        return under_way.filter(owner_id=delivery.owner_id)
    return under_way.filter(owner=None, email__iexact=address)
