"""Whose tabs and saved searches: the account's, else those of the session's token."""

import uuid
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest

from accounts.models import User

#: Where the session keeps the token.
SESSION_KEY = "tabs"


@dataclass(frozen=True)
class Holder:
    """Either an ``owner`` or a ``token``."""

    owner: User | None = None
    token: uuid.UUID | None = None

    @property
    def mine(self) -> Q:
        return Q(owner=self.owner) if self.owner else Q(token=self.token)

    @property
    def unique_field(self) -> str:
        return "owner" if self.owner else "token"


def holder_of(request: HttpRequest) -> Holder | None:
    """None for somebody of whom nothing was kept so far."""
    if isinstance(request.user, User):
        return Holder(owner=request.user)
    token = session_token(request)
    return Holder(token=token) if token else None


def holder_made(request: HttpRequest) -> Holder:
    """The holder, with a new token for a session that has none."""
    found = holder_of(request)
    if found:
        return found
    token = uuid.uuid4()
    request.session[SESSION_KEY] = str(token)
    return Holder(token=token)


def session_token(request: HttpRequest) -> uuid.UUID | None:
    raw = request.session.get(SESSION_KEY)
    return uuid.UUID(raw) if raw else None
