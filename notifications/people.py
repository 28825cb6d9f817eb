"""Mails about access: granted, ended, asked for, declined. Written in the transaction of the change."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from accounts.models import AccessRequest, Grant, Lead, User
from archive.models import Program
from notifications.outbox import enqueue


def _program_url(program: Program) -> str:
    return settings.SITE_URL + reverse("search:program", args=[program.mission, program.number])


def _titled(program: Program) -> str:
    return f"Program {program.mission} {program.number}" + (f", {program.title}" if program.title else "")


def _send(key: str, to: str, now: dt.datetime, *, subject: str, text: str, link: str, label: str) -> None:
    enqueue(key, to, "account", {"subject": subject, "text": text, "link": link, "label": label}, now)


def tell_granted(sender: object, grant: Grant, now: dt.datetime, **signal: object) -> None:
    """To the grantee; an invitation where the address has no account."""
    by = str(grant.granted_by) if grant.granted_by else "The archive"
    end = f" to the end of {grant.last_day:%Y-%m-%d} (UTC)" if grant.last_day else " until all is public"
    text = f"{by} lets you fetch the exclusive files of {_titled(grant.program)}{end}."
    if grant.user_id is None:
        text += f"\nMake an account with the address {grant.email} and verify it: access begins then."
    link = _program_url(grant.program) if grant.user_id else settings.SITE_URL + reverse("account_signup")
    _send(
        f"grant {grant.pk} given",
        grant.email,
        now,
        subject=f"Access to Program {grant.program.number}",
        text=text,
        link=link,
        label="Open the program" if grant.user_id else "Make an account",
    )


def tell_ended(
    sender: object, program: Program, email: str, user: User | None, now: dt.datetime, **signal: object
) -> None:
    _send(
        f"access to {program.pk} ended {uuid.uuid4()}",
        user.email if user else email,
        now,
        subject=f"Access to Program {program.number} has ended",
        text=f"Your access to the exclusive files of {_titled(program)} has ended. Public files stay open to you.",
        link=_program_url(program),
        label="Open the program",
    )


def tell_asked(
    sender: object, access_request: AccessRequest, leads: Sequence[Lead], now: dt.datetime, **signal: object
) -> None:
    """To each leader: who asks, with what words, and the page with the two buttons."""
    person = access_request.user
    words = f"\n\n{access_request.message}" if access_request.message else ""
    for lead in leads:
        _send(
            f"access request {access_request.pk} to {lead.pk}",
            lead.user.email if lead.user else lead.email,
            now,
            subject=f"{person} asks for access to Program {access_request.program.number}",
            text=f"{person} ({person.email}) asks for the exclusive files of {_titled(access_request.program)}.{words}",
            link=settings.SITE_URL + reverse("answer_request", args=[access_request.pk]),
            label="Grant or decline",
        )


def tell_declined(sender: object, access_request: AccessRequest, now: dt.datetime, **signal: object) -> None:
    _send(
        f"access request {access_request.pk} declined",
        access_request.user.email,
        now,
        subject=f"Access to Program {access_request.program.number} was not granted",
        text=f"The PI of {_titled(access_request.program)} does not grant access. The files become public later.",
        link=_program_url(access_request.program),
        label="Open the program",
    )
