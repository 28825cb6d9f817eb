"""What notifications keep of a person: subscriptions, notices of the bell, and what mails were written."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import F, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse

from accounts.keepers import Keeper, Record, Row, Section, Way
from accounts.models import User
from archive.models import EventKind
from notifications.actions import notices_of, subscriptions_of
from notifications.models import Notice, OutboxMail, Subscription
from notifications.news import ProgramNews

SHOWN = 10
#: Mails to the person. Others go to an address: a request without an account may have given the same one.
_PERSONAL = ("account", "digest")


# Subscriptions --------------------------------------------------------------------------------------------------------


def subscriptions_section(request: HttpRequest, user: User, now: dt.datetime) -> Section:
    """The subscriptions, paused ones too."""
    return Section(
        title="Subscriptions",
        icon="envelope",
        headings=("Program", "Tells of", "How often", "By", "State"),
        rows=tuple(_subscription_row(own) for own in subscriptions_of(user)[:SHOWN]),
        empty="None. A program's page and the actions of a row have the link to subscribe.",
        more=Way("All subscriptions", reverse("notifications:subscriptions")),
    )


def _subscription_row(own: Subscription) -> Row:
    cells = (
        str(own),
        ", ".join(kind.label for kind in EventKind if kind in own.kinds),
        own.get_frequency_display(),
        own.get_channel_display(),
        "paused" if own.paused else "active",
    )
    return Row(cells, reverse("notifications:subscription", args=[own.pk]))


def subscription_records(user: User) -> Iterator[Record]:
    """Every attribute; deleted ones too, as long as they can be restored."""
    facts = ("mission", "programs", "observation", "level", "kinds", "frequency", "channel", "paused")
    yield from Subscription.objects.filter(owner=user).order_by("pk").values(*facts, "created_at", "deleted_at")


# Notices and mails ----------------------------------------------------------------------------------------------------


def notices_section(request: HttpRequest, user: User, now: dt.datetime) -> Section:
    """The newest notices of the bell."""
    return Section(
        title="Notices",
        icon="bell",
        headings=("Date (UTC)", "News", "State"),
        rows=tuple(_notice_row(own) for own in notices_of(user)[:SHOWN]),
        empty="None. Subscriptions that tell in the portal ring the bell.",
        more=Way("All notices", reverse("notifications:notices")),
    )


def _notice_row(own: Notice) -> Row:
    news = [ProgramNews.from_json(stored) for stored in own.news]
    words = "; ".join(f"{item.mission} {item.program}: {item.words}" for item in news)
    return Row((f"{own.created_at:%Y-%m-%d %H:%M}", words, "read" if own.read_at else "unread"))


def notice_records(user: User) -> Iterator[Record]:
    """Notices, and of each mail to the person its kind and fate; not its text, which may hold a link that opens."""
    yield from Notice.objects.filter(owner=user).order_by("pk").values("news", "created_at", "read_at", "deleted_at")
    yield from _mails_of(user).order_by("pk").values("to", "state", "created_at", "sent_at", mail=F("template"))


def forget_mails(user: User) -> None:
    """The database removes subscriptions and notices with the account; mails are known by the address alone."""
    _mails_of(user).delete()


def _mails_of(user: User) -> QuerySet[OutboxMail]:
    from allauth.account.models import EmailAddress

    verified = EmailAddress.objects.filter(user=user, verified=True).annotate(plain=Lower("email"))
    personal = OutboxMail.objects.filter(template__in=_PERSONAL).annotate(plain=Lower("to"))
    return personal.filter(plain__in=verified.values("plain"))


SUBSCRIPTIONS = Keeper("subscriptions", subscription_records, subscriptions_section)
NOTICES = Keeper("notices", notice_records, notices_section, forget_mails)
