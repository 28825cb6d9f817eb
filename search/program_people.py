"""Who may fetch a program's exclusive files, as its page shows it to the person who looks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.access import Person, Rights, is_staff, may_manage, signed_in
from accounts.models import AccessRequest, Grant, Lead
from archive.models import Program


@dataclass(frozen=True)
class ProgramPeople:
    """What concerns access to one program.

    ``mine`` says in words what the person has; leaders and staff also see ``leads``, ``grants`` and ``asked``.
    """

    mine: str
    may_manage: bool
    may_ask: bool
    has_leader: bool
    leads: Sequence[Lead] = ()
    grants: Sequence[Grant] = ()
    asked: Sequence[AccessRequest] = ()


def people_of(program: Program | None, mission: str, number: str, person: Person, now: dt.datetime) -> ProgramPeople:
    """The people of a program at ``now``, the archive's time; ``program`` may have no record yet."""
    mine = _mine(mission, number, person, now)
    leads = list(Lead.objects.filter(program=program).select_related("user").order_by("since")) if program else []
    if program is None or not may_manage(person, program):
        return ProgramPeople(mine, may_manage=False, may_ask=not mine, has_leader=bool(leads))
    grants = Grant.objects.standing().filter(program=program).select_related("user").order_by("granted_at")
    asked = AccessRequest.objects.filter(program=program, answer="").select_related("user").order_by("asked_at")
    return ProgramPeople(mine, True, False, bool(leads), leads, list(grants), list(asked))


def _mine(mission: str, number: str, person: Person, now: dt.datetime) -> str:
    if is_staff(person):
        return "archive staff: every fetch is in the log"
    rights = Rights(person, now)
    if rights.leads(mission, number):
        return f"{signed_in(person)}, PI of the program"
    if grant := rights.grant(mission, number):
        end = f" to the end of {grant.last_day:%Y-%m-%d}" if grant.last_day else " until all is public"
        return f"{signed_in(person)}, granted access{end}"
    return ""
