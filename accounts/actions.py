"""Who may see what: naming leaders, granting, revoking, asking. One operation a function.

Each writes its line into the log, in the same transaction.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts import audit, signals
from accounts.models import AccessRequest, Grant, Lead, User
from archive.models import Observation, Program

#: Open requests that one person may have at a time.
MAX_OPEN_REQUESTS = 20


class AccessError(Exception):
    """It cannot be done; the text is fit for a page and says what to do instead."""


def account_of(email: str) -> User | None:
    """The active account that has verified this address."""
    from allauth.account.models import EmailAddress

    verified = EmailAddress.objects.filter(email__iexact=email.strip(), verified=True, user__is_active=True)
    found = verified.select_related("user").first()
    return found.user if found else None


def find_program(mission: str, number: str) -> Program | None:
    """The program, its number padded or not; its record is made where only observations tell of it."""
    number = number.strip().lstrip("0") or number.strip()
    program = Program.objects.filter(mission=mission, number=number).first()
    if program is None and Observation.objects.filter(obs_collection=mission, proposal_id=number).exists():
        program, _ = Program.objects.get_or_create(mission=mission, number=number)
    return program


# Leaders -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def assign_lead(
    program: Program,
    email: str,
    by: User | str,
    now: dt.datetime,
    *,
    source: Lead.Source = Lead.Source.OPERATOR,
) -> Lead:
    """Name somebody leader of a program; once more changes nothing."""
    email = email.strip()
    found = Lead.objects.filter(program=program, email__iexact=email).first()
    if found:
        return found
    lead = Lead.objects.create(program=program, email=email, user=account_of(email), source=source, since=now)
    audit.record(by, "named leader", now, program=program, subject=email)
    return lead


@transaction.atomic
def remove_lead(lead: Lead, by: User | str, now: dt.datetime) -> None:
    program, email, user = lead.program, lead.email, lead.user
    lead.delete()
    audit.record(by, "removed leader", now, program=program, subject=email)
    signals.access_ended.send(Lead, program=program, email=email, user=user, now=now)


@transaction.atomic
def leads_from_proposals(now: dt.datetime) -> None:
    """Bring the leaders that ingest named to where the programs' `pi_email` is. Leaders named by operators stay."""
    given = Program.objects.exclude(pi_email="")
    stale = Lead.objects.filter(source=Lead.Source.INGEST).exclude(program__pi_email__iexact=F("email"))
    for lead in stale.select_related("program", "user"):
        remove_lead(lead, audit.INGEST, now)
    held = Lead.objects.filter(program=OuterRef("pk"), email__iexact=OuterRef("pi_email"))
    for program in given.filter(~Exists(held)):
        assign_lead(program, program.pi_email, audit.INGEST, now, source=Lead.Source.INGEST)


# Grants --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def grant_access(
    program: Program, email: str, by: User, now: dt.datetime, *, last_day: dt.date | None = None, today: dt.date
) -> Grant:
    """Let an address have the program's exclusive files, to the end of ``last_day`` (UTC) or until all is public.

    A grant that stands is changed to the new end. ``now`` is the machine's time, ``today`` the archive's day.

    Raises
    ------
    AccessError : the end is over already, or the address is a leader's own.
    """
    email = email.strip()
    if last_day is not None and last_day < today:
        raise AccessError(f"{last_day:%Y-%m-%d} is over. Give a later day, or none.")
    user = account_of(email)
    own = Q(email__iexact=email) | (Q(user=user) if user else Q())
    if Lead.objects.filter(own, program=program).exists():
        raise AccessError(f"{email} leads the program and needs no grant.")
    ends_at = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), dt.UTC) if last_day else None
    standing = Grant.objects.select_for_update().filter(program=program, email__iexact=email, revoked_at=None).first()
    if standing:
        return _change_end(standing, ends_at, by, now)
    grant = Grant.objects.create(
        program=program, email=email, user=user, granted_by=by, granted_at=now, ends_at=ends_at
    )
    audit.record(by, "granted access", now, program=program, subject=email, detail=_until(grant))
    _close_requests(program, user, AccessRequest.Answer.GRANTED, now)
    signals.access_granted.send(Grant, grant=grant, now=now)
    return grant


def _change_end(grant: Grant, ends_at: dt.datetime | None, by: User, now: dt.datetime) -> Grant:
    if grant.ends_at != ends_at:
        grant.ends_at = ends_at
        grant.save(update_fields=["ends_at"])
        audit.record(by, "changed access", now, program=grant.program, subject=grant.email, detail=_until(grant))
    return grant


def _until(grant: Grant) -> str:
    return f"to the end of {grant.last_day:%Y-%m-%d}" if grant.last_day else "until all is public"


@transaction.atomic
def revoke_access(grant: Grant, by: User | str, now: dt.datetime) -> None:
    """End a grant; it counts from the next request on. A grant that was revoked stays as it is."""
    grant = Grant.objects.select_for_update(of=("self",)).select_related("program", "user").get(pk=grant.pk)
    if grant.revoked_at is not None:
        return
    grant.revoked_at = now
    grant.save(update_fields=["revoked_at"])
    audit.record(by, "revoked access", now, program=grant.program, subject=grant.email)
    signals.access_ended.send(Grant, program=grant.program, email=grant.email, user=grant.user, now=now)


@transaction.atomic
def claim(user: User, email: str, now: dt.datetime) -> None:
    """What waits for an address belongs to the account that has just verified it."""
    Lead.objects.filter(email__iexact=email, user=None).update(user=user)
    waiting = Grant.objects.filter(email__iexact=email, user=None)
    for grant in waiting.select_related("program"):
        audit.record(user, "took up access", now, program=grant.program, subject=email)
    waiting.update(user=user)


# Asking --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_access(program: Program, user: User, message: str, now: dt.datetime) -> AccessRequest:
    """Ask the program's leaders; while a request waits, asking again changes nothing.

    Raises
    ------
    AccessError : nobody leads the program, or the person has asked for very many.
    """
    leads = list(Lead.objects.filter(program=program))
    if not leads:
        raise AccessError("The archive knows no leader of this program. Write to the help desk.")
    waiting = AccessRequest.objects.filter(user=user, answer=AccessRequest.Answer.WAITING)
    if found := waiting.filter(program=program).first():
        return found
    if waiting.count() >= MAX_OPEN_REQUESTS:
        raise AccessError(f"{MAX_OPEN_REQUESTS} of your requests are waiting. Ask again when one is answered.")
    asked = AccessRequest.objects.create(program=program, user=user, message=message.strip()[:2000], asked_at=now)
    audit.record(user, "asked for access", now, program=program, subject=user.email)
    signals.access_requested.send(AccessRequest, access_request=asked, leads=leads, now=now)
    return asked


@transaction.atomic
def decline(asked: AccessRequest, by: User, now: dt.datetime) -> None:
    if not _close_requests(asked.program, asked.user, AccessRequest.Answer.DECLINED, now):
        return
    audit.record(by, "declined access", now, program=asked.program, subject=asked.user.email)
    signals.access_declined.send(AccessRequest, access_request=asked, now=now)


def _close_requests(program: Program, user: User | None, answer: AccessRequest.Answer, now: dt.datetime) -> int:
    if user is None:
        return 0
    waiting: QuerySet[AccessRequest] = AccessRequest.objects.filter(program=program, user=user, answer="")
    return waiting.update(answer=answer, answered_at=now)
