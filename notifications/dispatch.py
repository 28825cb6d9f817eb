"""Emptying the outbox: claim a row, send it, mark it. Never no mail; twice only when the server's answer was lost."""

import datetime as dt
import logging
import smtplib
from collections.abc import Callable

from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from archive.clock import archive_now
from notifications.composing import NotWantedError
from notifications.models import MailState, OutboxMail
from notifications.rendering import as_message

logger = logging.getLogger(__name__)

#: A dispatcher that says nothing for this long has died; another one may take its mail.
LEASE = dt.timedelta(minutes=3)
RETRY_AFTER = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
GIVE_UP_AFTER = dt.timedelta(days=3)


def send_waiting(
    backend: BaseEmailBackend,
    clock: Callable[[], dt.datetime],
    limit: int = 200,
    archive_clock: Callable[[], dt.datetime] = archive_now,
) -> int:
    """Send what is due by ``clock``, one mail at a time, at most ``limit`` mails; the number of mails tried.

    What a receiver may have is decided by ``archive_clock``.
    """
    tried = 0
    while tried < limit and (mail := claim(clock())) is not None:
        deliver(mail, backend, clock, archive_clock())
        tried += 1
    return tried


def claim(now: dt.datetime) -> OutboxMail | None:
    """Take the oldest mail that is due and that no other dispatcher has."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    with transaction.atomic():
        due = OutboxMail.objects.filter(free, state=MailState.WAITING, next_at__lte=now).order_by("next_at")
        mail = due.select_for_update(skip_locked=True).first()
        if mail is not None:
            mail.lease_until = now + LEASE
            mail.attempts += 1
            mail.save(update_fields=["lease_until", "attempts"])
    return mail


def deliver(
    mail: OutboxMail, backend: BaseEmailBackend, clock: Callable[[], dt.datetime], archive_time: dt.datetime
) -> None:
    """Send a claimed mail and record what came of it."""
    try:
        backend.send_messages([as_message(mail, archive_time)])
    except NotWantedError as error:
        _mark(mail, state=MailState.WITHDRAWN, last_error=_words(error))
    except (TemplateDoesNotExist, TemplateSyntaxError, ValueError) as error:  # nothing that another try could mend
        logger.exception("mail %s cannot be written", mail.pk)
        _mark(mail, state=MailState.FAILED, last_error=_words(error))
    except (smtplib.SMTPException, OSError) as error:
        _not_sent(mail, error, clock())
    else:
        _mark(mail, state=MailState.SENT, sent_at=clock(), last_error="")


def _not_sent(mail: OutboxMail, error: Exception, now: dt.datetime) -> None:
    if is_permanent(error) or now - mail.created_at > GIVE_UP_AFTER:
        logger.warning("mail %s to %s cannot be delivered: %s", mail.pk, mail.to, _words(error))
        _mark(mail, state=MailState.FAILED, last_error=_words(error))
    else:
        pause = RETRY_AFTER[min(mail.attempts, len(RETRY_AFTER)) - 1]
        _mark(mail, next_at=now + pause, last_error=_words(error))


def is_permanent(error: Exception) -> bool:
    """Whether the server refused this very mail for good (5xx).

    A refused log-in is also a 5xx, but of the portal's account and not of the mail: it is tried again.
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _ in error.recipients.values())
        case smtplib.SMTPSenderRefused() | smtplib.SMTPDataError():
            return error.smtp_code >= 500
        case smtplib.SMTPNotSupportedError():
            return True
    return False


def _mark(mail: OutboxMail, **change: object) -> None:
    """Record the outcome, unless the lease ran out meanwhile and another dispatcher has the mail."""
    mine = OutboxMail.objects.filter(pk=mail.pk, state=MailState.WAITING, lease_until=mail.lease_until)
    mine.update(lease_until=None, **change)


def _words(error: Exception) -> str:
    """One line about an error, fit for the person's page."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            answers = [f"{code} {_decoded(text)}" for code, text in error.recipients.values()]
            return "; ".join(answers)[:500]
        case smtplib.SMTPResponseException():
            return f"{error.smtp_code} {_decoded(error.smtp_error)}"[:500]
    return (str(error) or type(error).__name__)[:500]


def _decoded(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
