"""Writing a mail: a row, in the transaction of the change that it tells about."""

import datetime as dt
from collections.abc import Mapping

from notifications.doorbell import ring_on_commit
from notifications.models import OutboxMail


def enqueue(dedup_key: str, to: str, template: str, context: Mapping[str, object], now: dt.datetime) -> None:
    """Put one mail to one address into the outbox, inside the caller's transaction.

    The same ``dedup_key`` again changes nothing: the same news is one mail.

    Parameters
    ----------
    template : the name under ``templates/mail/``: ``<template>.subject.txt``, ``<template>.txt``, ``<template>.html``.
    context : what the templates show; plain JSON values, since the mail is written when it is sent.
    now : aware UTC datetime of the machine's clock.
    """
    from notifications.tasks import send_mail

    mail = OutboxMail(dedup_key=dedup_key, to=to, template=template, context=dict(context), next_at=now, created_at=now)
    OutboxMail.objects.bulk_create([mail], ignore_conflicts=True)
    ring_on_commit(send_mail)
