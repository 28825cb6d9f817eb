"""People for tests: accounts with verified addresses, the roles of a program, and a throttle that has seen nobody."""

import datetime as dt
from dataclasses import dataclass

from allauth.account.models import EmailAddress

from accounts.models import Grant, Lead, User
from accounts.throttle import redis_server
from archive.models import Program

PASSWORD = "a long enough password"
THEN = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def make_person(email: str, password: str | None = PASSWORD, **fields: object) -> User:
    """An account whose address is verified; without a password it costs no hash."""
    user = User.objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


@dataclass(frozen=True)
class Roles:
    """One person a role, for one program; anonymous is None."""

    anonymous: None
    stranger: User
    expired: User
    granted: User
    leader: User
    staff: User

    def named(self) -> dict[str, User | None]:
        return dict(vars(self))


def make_roles(program: Program, now: dt.datetime) -> Roles:
    day = dt.timedelta(days=1)
    roles = Roles(
        anonymous=None,
        stranger=make_person("stranger@example.org", None),
        expired=make_person("expired@example.org", None),
        granted=make_person("granted@example.org", None),
        leader=make_person("pi@example.org", None),
        staff=make_person("staff@example.org", None, is_staff=True),
    )
    Lead.objects.create(program=program, email=roles.leader.email, user=roles.leader, since=THEN)
    for person, end in ((roles.expired, now - day), (roles.granted, now + day)):
        Grant.objects.create(program=program, email=person.email, user=person, granted_at=THEN, ends_at=end)
    return roles


def clear_throttle() -> None:
    """Forget all tries."""
    server = redis_server()
    for key in server.scan_iter("throttle:*"):
        server.delete(key)
