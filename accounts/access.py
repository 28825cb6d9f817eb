"""May this person fetch this file, and why not? The one decision for every door, at the moment of use.

Metadata is public; files and previews are not. A file under exclusive access is for the leaders of its program, for
whom they have granted it, and for archive staff. `decide` answers for one file, `readable_by` is its queryset twin;
`tests/unit/accounts/test_access.py` holds the two to the same answer.
"""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Grant, Lead, User
from archive.clock import from_mjd, to_mjd
from archive.models import PLANNED_LEVEL, Observation, Product, Program

Person = User | AnonymousUser | None


class Reason(enum.StrEnum):
    PUBLIC = "public"
    RELEASED = "released"
    LEADER = "leader"
    GRANT = "grant"
    STAFF = "staff"
    EXCLUSIVE = "exclusive"
    PLANNED = "planned"


@dataclass(frozen=True)
class Decision:
    """The answer and its reason, in words fit for a page."""

    allowed: bool
    reason: Reason
    text: str
    release: dt.datetime | None = None

    @property
    def for_everyone(self) -> bool:
        """Whether the bytes may lie in shared caches."""
        return self.reason in {Reason.PUBLIC, Reason.RELEASED}

    @property
    def can_be_asked_for(self) -> bool:
        """Whether the program's leader could open it."""
        return self.reason == Reason.EXCLUSIVE


def signed_in(person: Person) -> User | None:
    """The person as an account that is open; None for everybody else."""
    return person if isinstance(person, User) and person.is_active else None


def is_staff(person: Person) -> bool:
    user = signed_in(person)
    return bool(user and user.is_staff)


class Rights:
    """The programs whose exclusive files a person may have at ``now``, read once and only when asked.

    Whoever decides about many files in one go passes the same `Rights` to each `decide`.
    """

    def __init__(self, person: Person, now: dt.datetime) -> None:
        self.user, self.now = signed_in(person), now

    def leads(self, mission: str, number: str) -> bool:
        return (mission, number) in self._led

    def grant(self, mission: str, number: str) -> Grant | None:
        return self._granted.get((mission, number))

    @cached_property
    def _led(self) -> frozenset[tuple[str, str]]:
        programs = Lead.objects.filter(user=self.user).values_list("program__mission", "program__number")
        return frozenset(programs) if self.user else frozenset()

    @cached_property
    def _granted(self) -> Mapping[tuple[str, str], Grant]:
        if self.user is None:
            return {}
        live = Grant.objects.live(self.now).filter(user=self.user).select_related("program")
        return {(grant.program.mission, grant.program.number): grant for grant in live}


def release_mjd(product: Product) -> float | None:
    """When the last known embargo on the file ends, MJD UTC; None when none was ever set."""
    dates = [date for date in (product.t_release, product.observation.t_obs_release) if date is not None]
    return max(dates, default=None)


def decide(person: Person, product: Product, now: dt.datetime, rights: Rights | None = None) -> Decision:
    """Whether ``person`` (None: anonymous) may read the bytes of ``product`` at ``now``.

    ``product.observation`` should be loaded by the caller (``select_related``). ``rights`` are the person's at ``now``.
    """
    own = product.observation
    if own.calib_level == PLANNED_LEVEL:
        return Decision(False, Reason.PLANNED, "planned: nothing has been observed yet")
    release = release_mjd(product)
    if release is None:
        return Decision(True, Reason.PUBLIC, "public")
    moment = from_mjd(release)
    if release <= to_mjd(now):
        return Decision(True, Reason.RELEASED, f"public since {moment:%Y-%m-%d}", moment)
    return _exclusive(person, own, moment, rights or Rights(person, now))


def _exclusive(person: Person, own: Observation, release: dt.datetime, rights: Rights) -> Decision:
    """The decision about a file that is not for everyone yet."""
    until = f"exclusive until {release:%Y-%m-%d}"
    if is_staff(person):
        return Decision(True, Reason.STAFF, f"archive staff; {until}", release)
    if rights.leads(own.obs_collection, own.proposal_id):
        return Decision(True, Reason.LEADER, f"PI of Program {own.proposal_id}; {until}", release)
    if grant := rights.grant(own.obs_collection, own.proposal_id):
        end = f" until {grant.last_day:%Y-%m-%d}" if grant.last_day else ""
        return Decision(True, Reason.GRANT, f"granted by the PI{end}; {until}", release)
    program = f" · Program {own.proposal_id}" if own.proposal_id else ""
    return Decision(False, Reason.EXCLUSIVE, f"{until}{program}", release)


def readable_by(products: QuerySet[Product], person: Person, now: dt.datetime) -> QuerySet[Product]:
    """The products of ``products`` for which `decide` says yes."""
    observed = products.exclude(observation__calib_level=PLANNED_LEVEL)
    if is_staff(person):
        return observed
    now_mjd = to_mjd(now)
    own = Q(t_release__isnull=True) | Q(t_release__lte=now_mjd)
    observation = Q(observation__t_obs_release__isnull=True) | Q(observation__t_obs_release__lte=now_mjd)
    released = own & observation
    user = signed_in(person)
    return observed.filter(released | _opened_to(user, now) if user else released)


def _opened_to(user: User, now: dt.datetime) -> Q:
    """Files of programs that the person leads or has a live grant for."""
    this = {
        "program__mission": OuterRef("observation__obs_collection"),
        "program__number": OuterRef("observation__proposal_id"),
    }
    return Q(Exists(Lead.objects.filter(user=user, **this))) | Q(
        Exists(Grant.objects.live(now).filter(user=user, **this))
    )


def may_manage(person: Person, program: Program) -> bool:
    """Whether the person may grant and revoke access to the program's files: its leaders and staff."""
    user = signed_in(person)
    return bool(user and (user.is_staff or Lead.objects.filter(user=user, program=program).exists()))
