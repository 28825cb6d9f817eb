"""The mails about a delivery: at its end, when files of it are taken back, and before its time is over.

Each is written in the transaction of what it tells.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from basket.models import Delivery, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.staging import places
from notifications.models import OutboxMail
from notifications.outbox import enqueue

TEMPLATES = {
    DeliveryState.READY.value: "staged",
    DeliveryState.PARTIAL.value: "partial",
    DeliveryState.FAILED.value: "failed",
}
NAMED_FAILURES = 20


def tell(delivery_id: UUID, now: dt.datetime) -> None:
    """Put the mail about a delivery's end into the outbox."""
    delivery = Delivery.objects.select_related("owner").get(pk=delivery_id)
    enqueue(dedup_key(delivery), delivery.email, TEMPLATES[delivery.state], mail_context(delivery), now)


def tell_cut(delivery_id: UUID, reasons: Mapping[str, int], now: dt.datetime) -> None:
    """Put the mail about files taken back into the outbox; ``reasons`` with the number of files of each."""
    delivery = Delivery.objects.select_related("owner").get(pk=delivery_id)
    behind = delivery.files_refused + delivery.files_missing  # only grows: each time is a mail of its own
    facts = {
        "ended": delivery.state == DeliveryState.FAILED,
        "files_gone": sum(reasons.values()),
        "reasons": [{"text": text, "files": files} for text, files in sorted(reasons.items())],
    }
    enqueue(f"{dedup_key(delivery)} cut {behind}", delivery.email, "cut", mail_context(delivery) | facts, now)


def tell_expiring(delivery_id: UUID, may_last_until: dt.datetime | None, now: dt.datetime) -> None:
    """Put the mail about the end of a request's time into the outbox, with how long it could be prolonged."""
    delivery = Delivery.objects.select_related("owner").get(pk=delivery_id)
    facts = {"may_last_until": _moment(may_last_until)}
    key = f"{dedup_key(delivery)} expires {delivery.expires_at:%Y-%m-%dT%H:%M:%S}"
    enqueue(key, delivery.email, "expiring", mail_context(delivery) | facts, now)


def dedup_key(delivery: Delivery) -> str:
    """One mail a delivery: the one about its end."""
    return f"delivery {delivery.pk}"


def make_room_for_another(delivery: Delivery, now: dt.datetime) -> None:
    """Before a delivery is tried again: the mail about its former end stays, under another key."""
    mail = OutboxMail.objects.filter(dedup_key=dedup_key(delivery))
    mail.update(dedup_key=f"{dedup_key(delivery)} before {now:%Y-%m-%dT%H:%M:%S.%f}")


def mail_context(delivery: Delivery) -> dict[str, object]:
    """What the mail says: counts and places, never a password, a token or the names of refused files."""
    failed = delivery.items.filter(state=ItemState.FAILED, verdict=ItemVerdict.INCLUDED).order_by("ordinal")
    behind = delivery.items.exclude(verdict=ItemVerdict.INCLUDED).order_by("reason").values("reason")
    staged = delivery.kind == DeliveryKind.STAGING
    return {
        "name": delivery.name,
        "request_id": str(delivery.pk),
        "files": delivery.files_done,
        "size_bytes": delivery.bytes_done,
        "files_refused": delivery.files_refused,
        "files_missing": delivery.files_missing,
        "files_failed": failed.count(),
        "left_out": list(behind.annotate(files=Count("pk"))[:NAMED_FAILURES]),
        "failures": list(failed.values("flat_name", "reason")[:NAMED_FAILURES]),
        "error_text": delivery.error_text,
        "expires": _moment(delivery.expires_at),
        "keep_days": settings.STAGING_KEEP_DAYS,
        "page_url": places.page_url(delivery),
        "anonymous": delivery.owner_id is None,
        "pick_up": _pick_up(delivery) if staged and delivery.expires_at else None,
        "bundle": None if staged or not delivery.built_name else asdict(places.built_files(delivery)[0]),
        "parts": [] if staged else [asdict(part) for part in places.built_files(delivery)[1:]],
    }


def _moment(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _pick_up(delivery: Delivery) -> dict[str, object]:
    way = places.pick_up(delivery)
    return {
        "host": way.host,
        "port": way.port,
        "folder": way.folder,
        "user": way.user,
        "curl_lines": way.curl_lines,
        "lftp_line": way.lftp_line,
    }
