"""What nobody can reach any more is removed: deleted subscriptions and notices, and notices that grew old."""

import datetime as dt

from django.db.models import Q

from notifications.models import Notice, Subscription

#: How long a deletion can be undone.
DELETED_KEPT = dt.timedelta(days=7)
NOTICES_KEPT = dt.timedelta(days=180)


def forget_subscriptions(now: dt.datetime) -> None:
    Subscription.objects.filter(deleted_at__lt=now - DELETED_KEPT).delete()


def forget_notices(now: dt.datetime) -> None:
    gone = Q(deleted_at__lt=now - DELETED_KEPT) | Q(created_at__lt=now - NOTICES_KEPT)
    Notice.objects.filter(gone).delete()
