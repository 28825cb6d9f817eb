"""The mail of a digest: composed when it is sent, for whoever receives it then."""

import datetime as dt
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.template.defaultfilters import pluralize
from django.urls import reverse

from accounts.access import readable_by
from archive.clock import from_mjd
from archive.models import Event, EventKind, Product
from notifications.composing import Attachment, Content, NotWantedError, composes
from notifications.models import OutboxMail, Subscription
from notifications.news import Telling, data_address, events_for
from notifications.unsubscribing import unsubscribe_address

#: Events that the attachments of one mail hold at most, about a megabyte; the counts are of all.
MOST_ATTACHED = 5_000
_FIELDS = (
    "id",
    "kinds",
    "program",
    "filename",
    "at",
    "product_id",
    "observation_id",
    "observation__obs_id",
    "observation__t_obs_release",
    "product__t_release",
)


@dataclass
class _Program:
    """What a digest says of one program."""

    #: Of each kind the files, and the observations whose files are not known.
    counts: Counter[EventKind] = field(default_factory=Counter)
    without_files: Counter[EventKind] = field(default_factory=Counter)
    files: set[tuple[str, str]] = field(default_factory=set)
    #: Files that the receiver may fetch, and the last release of those that are exclusive.
    open_files: set[tuple[str, str]] = field(default_factory=set)
    closed_until: list[dt.datetime] = field(default_factory=list)
    records: list[dict[str, object]] = field(default_factory=list)


@composes("digest")
def digest_content(mail: OutboxMail, now: dt.datetime) -> Content:
    """The digest of a subscription for its owner at ``now``, the archive's time."""
    own = Subscription.objects.select_related("owner").filter(pk=mail.context["subscription"]).first()
    if own is None or own.deleted_at:
        raise NotWantedError("the subscription was deleted")
    if own.paused:
        raise NotWantedError("the subscription was paused")
    if not own.owner.is_active:
        raise NotWantedError("the account is closed")
    events = events_for(own, mail.context["after_event"], mail.context["upto_event"])
    programs, attached, total = _programs(own, events, now)
    if not programs:
        raise NotWantedError("nothing that the subscription asks for is left to tell")
    unsubscribe = settings.SITE_URL + unsubscribe_address(own)
    context = {
        "mission": own.mission,
        "programs": [_said(own, number, program) for number, program in programs.items()],
        "kinds": _kinds(programs),
        "frequency": own.get_frequency_display(),
        "attached": attached,
        "total": total,
        "subscriptions_url": settings.SITE_URL + reverse("notifications:subscriptions"),
        "unsubscribe_url": unsubscribe,
    }
    headers = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    attachments = tuple(_attachment(own, number, program, mail) for number, program in programs.items())
    return Content(own.owner.email, context, headers, attachments)


def _programs(own: Subscription, events: QuerySet[Event], now: dt.datetime) -> tuple[Mapping[str, _Program], int, int]:
    """What to say of each program, how many events the attachments hold, and how many there were."""
    products = Product.objects.filter(pk__in=events.values("product_id"))
    readable = set(readable_by(products, own.owner, now).values_list("pk", flat=True))
    found: defaultdict[str, _Program] = defaultdict(_Program)
    telling = Telling.of(own, events)
    attached = total = 0
    for event in events.values(*_FIELDS).iterator(2000):
        kinds = telling.kinds(event["observation_id"], event["product_id"], event["kinds"])
        if not kinds:
            continue
        program, release = found[event["program"]], _release(event)
        _count(program, event, kinds)
        if event["product_id"] in readable:
            program.open_files.add(_file(event))
        elif release is not None and release > now:
            program.closed_until.append(release)
        records = list(_records(own, event, kinds, release))
        total += len(records)
        if attached + len(records) <= MOST_ATTACHED:
            program.records += records
            attached += len(records)
    return {number: found[number] for number in own.programs if number in found}, attached, total


def _count(program: _Program, event: Mapping[str, Any], kinds: Sequence[EventKind]) -> None:
    if event["filename"]:
        program.counts.update(kinds)
        program.files.add(_file(event))
    else:
        program.without_files.update(kinds)


def _file(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["observation__obs_id"] or "", event["filename"]


def _release(event: Mapping[str, Any]) -> dt.datetime | None:
    """When the last known embargo of the event's file ends."""
    dates = [event[name] for name in ("observation__t_obs_release", "product__t_release") if event[name] is not None]
    return from_mjd(max(dates)) if dates else None


def _records(
    own: Subscription, event: Mapping[str, Any], kinds: Sequence[EventKind], release: dt.datetime | None
) -> Iterator[dict[str, object]]:
    """The attachment's objects: one a kind."""
    for kind in kinds:
        yield {
            "event_id": event["id"] * len(EventKind) + list(EventKind).index(kind),
            "mission": own.mission,
            "fileset": event["observation__obs_id"],
            "filename": event["filename"],
            "program": event["program"],
            "event_type": kind.label,
            "archived_date": _second(event["at"]),
            "public_release_date": _second(release) if release else None,
        }


def _second(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def _said(own: Subscription, number: str, program: _Program) -> dict[str, object]:
    """The variables of the templates for one program."""
    return {
        "number": number,
        "counts": [(kind.label, words) for kind in EventKind if (words := _counted(program, kind))],
        "files": len(program.files),
        "open_files": len(program.open_files),
        "closed_until": f"{max(program.closed_until):%Y-%m-%d}" if program.closed_until else "",
        "url": settings.SITE_URL + data_address(own.mission, number),
    }


def _counted(program: _Program, kind: EventKind) -> str:
    """``3 files``, ``1 observation``, ``3 files and 1 observation`` or nothing."""
    parts = ((program.counts[kind], "file"), (program.without_files[kind], "observation"))
    return " and ".join(f"{count:,} {what}{pluralize(count)}" for count, what in parts if count)


def _kinds(programs: Mapping[str, _Program]) -> str:
    told = {kind for program in programs.values() for kind in (*program.counts, *program.without_files)}
    return ", ".join(kind.label for kind in EventKind if kind in told)


def _attachment(own: Subscription, number: str, program: _Program, mail: OutboxMail) -> Attachment:
    """``event_metadata_jwst-program-5105_hourly_20260422_143523.json``"""
    stem = re.sub(r"[^a-z0-9.-]", "_", f"{own.mission}-program-{number}".lower())
    name = f"event_metadata_{stem}_{own.frequency}_{mail.created_at:%Y%m%d_%H%M%S}.json"
    return Attachment(name, json.dumps(program.records, indent=1).encode(), "application/json")
