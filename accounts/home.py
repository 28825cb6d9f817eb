"""My page: the programs that one leads or may see, grants given, and what the other rooms keep."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from accounts import tokens
from accounts.keepers import Section, keepers
from accounts.models import AccessRequest, Grant, Lead, User
from archive.clock import machine_now


@dataclass(frozen=True)
class Home:
    leads: Sequence[Lead]
    grants: Sequence[Grant]
    given: Sequence[Grant]
    asked: Sequence[AccessRequest]
    to_answer: Sequence[AccessRequest]
    tokens: int
    sections: Sequence[Section]


def home_of(request: HttpRequest, user: User, now: dt.datetime) -> Home:
    """Everything for the page at ``now``, the archive's time."""
    led = Lead.objects.filter(user=user).select_related("program").order_by("program__mission", "program__number")
    grants = Grant.objects.standing().filter(user=user).select_related("program").order_by("-granted_at")
    given = Grant.objects.standing().filter(program__in=[lead.program_id for lead in led])
    requests = AccessRequest.objects.select_related("program", "user").order_by("-asked_at")
    return Home(
        leads=list(led),
        grants=list(grants),
        given=list(given.select_related("program", "user").order_by("program__mission", "program__number", "email")),
        asked=list(requests.filter(user=user)[:20]),
        to_answer=list(requests.filter(answer="", program__leads__user=user)),
        tokens=tokens.live(machine_now()).filter(user=user).count(),
        sections=[keeper.section(request, user, now) for keeper in keepers() if keeper.section],
    )
