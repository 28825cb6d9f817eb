"""What is let go after a while: baskets that nobody can reach any more, and the lists of streamed bundles."""

import datetime as dt
from typing import TypeVar

from django.db.models import QuerySet

from basket.models import Basket, Delivery, DeliveryKind

#: Longer than a session lives, so that the basket of a living session is never taken.
BASKET_KEPT = dt.timedelta(days=60)
#: How long the address of a streamed bundle works.
BUNDLE_KEPT = dt.timedelta(days=30)
#: How long Download History remembers a streamed bundle or a script.
HISTORY_KEPT = dt.timedelta(days=2 * 365)
_BATCH = 200

Old = TypeVar("Old", Basket, Delivery)


def forget_baskets(now: dt.datetime) -> int:
    """Delete baskets without an owner that were not used for a while; ``now`` of the machine's clock."""
    return _delete(Basket.objects.filter(owner=None, used_at__lt=now - BASKET_KEPT))


def forget_bundles(now: dt.datetime) -> int:
    """Delete the frozen lists of streamed bundles after their time; ``now`` of the archive's clock, which made them.

    Those of people with an account are their Download History, and stay longer.
    """
    streamed = (DeliveryKind.ZIP, DeliveryKind.TAR, DeliveryKind.TAR_GZ, DeliveryKind.CURL)
    lists = Delivery.objects.filter(kind__in=streamed)
    anonymous = lists.filter(owner=None, created_at__lt=now - BUNDLE_KEPT)
    return _delete(anonymous) + _delete(lists.filter(created_at__lt=now - HISTORY_KEPT))


def _delete(rows: QuerySet[Old]) -> int:
    """In small transactions, so that a long list of old rows holds nobody up; the number of rows deleted."""
    number = 0
    while deleted := rows.filter(pk__in=rows.values("pk")[:_BATCH]).delete()[1]:
        number += deleted[rows.model._meta.label]
    return number
