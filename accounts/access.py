"""May this person fetch this file, and why not? The one decision for every door, at the moment of use.

Metadata is public; files and previews are not. `decide` answers for one file, `readable_by` is its queryset twin;
`tests/unit/accounts/test_access.py` holds the two to the same answer.
"""

import datetime as dt
import enum
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from accounts.models import User
from archive.clock import from_mjd, to_mjd
from archive.models import PLANNED_LEVEL, Product

Person = User | AnonymousUser | None


class Reason(enum.StrEnum):
    PUBLIC = "public"
    RELEASED = "released"
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


def is_staff(person: Person) -> bool:
    return bool(person is not None and person.is_authenticated and person.is_active and person.is_staff)


def release_mjd(product: Product) -> float | None:
    """When the last known embargo on the file ends, MJD UTC; None when none was ever set."""
    dates = [date for date in (product.t_release, product.observation.t_obs_release) if date is not None]
    return max(dates, default=None)


def decide(person: Person, product: Product, now: dt.datetime) -> Decision:
    """Whether ``person`` (None: anonymous) may read the bytes of ``product`` at ``now``.

    ``product.observation`` should be loaded by the caller (``select_related``).
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
    if is_staff(person):
        return Decision(True, Reason.STAFF, f"archive staff; exclusive until {moment:%Y-%m-%d}", moment)
    program = f" · Program {own.proposal_id}" if own.proposal_id else ""
    return Decision(False, Reason.EXCLUSIVE, f"exclusive until {moment:%Y-%m-%d}{program}", moment)


def readable_by(products: QuerySet[Product], person: Person, now: dt.datetime) -> QuerySet[Product]:
    """The products of ``products`` for which `decide` says yes."""
    observed = products.exclude(observation__calib_level=PLANNED_LEVEL)
    if is_staff(person):
        return observed
    now_mjd = to_mjd(now)
    own = Q(t_release__isnull=True) | Q(t_release__lte=now_mjd)
    observation = Q(observation__t_obs_release__isnull=True) | Q(observation__t_obs_release__lte=now_mjd)
    return observed.filter(own & observation)
