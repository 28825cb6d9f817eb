"""Mails that are composed when they are sent, since what the receiver may have is decided then.

All other mails are their templates and the context of their row.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from notifications.models import OutboxMail


class NotWantedError(Exception):
    """Nobody wants this mail any more; the message says why."""


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    mime_type: str


@dataclass(frozen=True)
class Content:
    """What a mail is made of besides its templates."""

    to: str
    context: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


#: Composes the mail of a row at a moment of the archive's time; may raise `NotWantedError`.
Composer = Callable[[OutboxMail, dt.datetime], Content]
_composers: dict[str, Composer] = {}


def composes(template: str) -> Callable[[Composer], Composer]:
    """Register the composer of a template's mails."""

    def register(composer: Composer) -> Composer:
        _composers[template] = composer
        return composer

    return register


def content_of(mail: OutboxMail, now: dt.datetime) -> Content:
    composer = _composers.get(mail.template)
    return composer(mail, now) if composer else Content(mail.to, mail.context)
