"""From a row of the outbox to a mail: plain and HTML from the same context, headers that never change between tries."""

import datetime as dt
import hashlib
import unicodedata
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications.composing import content_of
from notifications.models import OutboxMail


def message_id(dedup_key: str) -> str:
    """The mail's Message-ID: the same for every try, so that mail programs see a repeated mail as one."""
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<{hashlib.sha256(dedup_key.encode()).hexdigest()[:40]}@{domain}>"


def one_line(text: str) -> str:
    """``text`` without line breaks and control characters: names from metadata may stand in a subject."""
    visible = "".join(" " if unicodedata.category(sign) in {"Cc", "Cf", "Zl", "Zp"} else sign for sign in text)
    return " ".join(visible.split())


def as_message(mail: OutboxMail, now: dt.datetime) -> EmailMultiAlternatives:
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
    message = EmailMultiAlternatives(
        subject=one_line(parts[0]),
        body=parts[1].strip() + "\n",
        to=[content.to],
        headers={**content.headers, **fixed},
    )
    message.attach_alternative(parts[2], "text/html")
    for attachment in content.attachments:
        message.attach(attachment.name, attachment.content, attachment.mime_type)
    return message
