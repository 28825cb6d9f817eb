"""From a row of the outbox to a mail: plain and HTML from the same context, headers that never change between tries."""

import datetime as dt
import hashlib
import unicodedata
from email.header import Header
from email.message import EmailMessage
from email.policy import compat32
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications.composing import content_of
from notifications.models import OutboxMail

#: Letters of a Subject that a line holds beside its name (RFC 5322, 2.1.1: 78 a line).
_LINE = 78 - len("Subject: ")


def message_id(dedup_key: str) -> str:
    """The mail's Message-ID: the same for every try, so that mail programs see a repeated mail as one."""
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(dedup_key.encode()).hexdigest()[:40]}@{domain}>"


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters: names from metadata may stand in a subject."""
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} else sign for sign in text)
    return " ".join(visible.split())


class Mail(EmailMultiAlternatives):
    """A mail whose headers begin on the line of their name, which Django folds before a first word that is long."""

    def message(self, **options: Any) -> EmailMessage:
        composed = super().message(**options)
        if composed.policy is compat32:  # Django 6 leaves the folding to a policy that knows how
            composed.replace_header("Subject", _folded(str(self.subject)))
            for name, value in self.extra_headers.items():
                composed.replace_header(name, _Unfolded(str(value), header_name=name))
        return composed


class _Unfolded(Header):
    """A header of one line, whatever the mail's policy: it may be 998 letters long, and an address cannot be cut."""

    def encode(self, splitchars: str = ";, \t", maxlinelen: int | None = None, linesep: str = "\n") -> str:
        return super().encode(splitchars, 998, linesep)


def _folded(subject: str) -> Header:
    """``subject`` as it is where it fits on one line, else in encoded words, which may be cut anywhere."""
    fits = subject.isascii() and len(subject) <= _LINE
    return Header(subject, "us-ascii" if fits else "utf-8", header_name="Subject")


def as_message(mail: OutboxMail, now: dt.datetime) -> Mail:
    """The mail of a row, composed for its receiver at ``now``, the archive's time.

    Raises
    ------
    django.template.TemplateDoesNotExist : the row names no template that is here.
    notifications.composing.NotWantedError : the receiver does not want it any more.
    """
    content = content_of(mail, now)
    context = {**content.context, "site_url": settings.SITE_URL}
    parts = [render_to_string(f"mail/{mail.template}.{end}", context) for end in ("subject.txt", "txt", "html")]
    fixed = {"Message-ID": message_id(mail.dedup_key), "Auto-Submitted": "auto-generated"}
    message = Mail(
        subject=one_line(parts[0]),
        body=parts[1].strip() + "\n",
        to=[content.to],
        reply_to=[settings.HELP_DESK] if settings.HELP_DESK else None,
        headers={**content.headers, **fixed},
    )
    message.attach_alternative(parts[2], "text/html")
    for attachment in content.attachments:
        message.attach(attachment.name, attachment.content, attachment.mime_type)
    return message
