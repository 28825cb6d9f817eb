"""Tokens of scripts: 32 letters and digits, shown once, kept as a digest, dead after 10 days of silence or 60 days."""

import datetime as dt
import hashlib
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts import audit
from accounts.models import AccessToken, User
from archive.clock import machine_now

LENGTH = 32
ALPHABET = string.ascii_letters + string.digits
IDLE = dt.timedelta(days=10)
LIFE = dt.timedelta(days=60)
#: ``last_used_at`` is written at most once in this time.
USE_NOTED_EVERY = dt.timedelta(minutes=5)
MAX_TOKENS = 20
COOKIE = "mast_token"
_SHAPE = re.compile(r"[A-Za-z0-9]{32}")
_HEADER = re.compile(r"(?:token|bearer)\s+([A-Za-z0-9]{32})\s*", re.IGNORECASE)

EXCLUSIVE, WHO, STAGE = "mast:exclusive_access", "mast:user:info", "stage:read"


@dataclass(frozen=True)
class Scope:
    name: str
    text: str


SCOPES = (
    Scope(WHO, "say who I am"),
    Scope(EXCLUSIVE, "fetch exclusive files that I may have"),
    Scope(STAGE, "fetch my staged requests over FTPS, as the password"),
)


class TooManyTokensError(Exception):
    """A person has as many live tokens as one may have."""


def digest_of(letters: str) -> str:
    return hashlib.sha256(letters.encode("ascii", "replace")).hexdigest()


@transaction.atomic
def create(user: User, name: str, scopes: Sequence[str], now: dt.datetime) -> tuple[AccessToken, str]:
    """A new token, and its letters, which nobody sees again.

    Raises
    ------
    TooManyTokensError : revoke one first.
    """
    if live(now).filter(user=user).count() >= MAX_TOKENS:
        raise TooManyTokensError(f"You have {MAX_TOKENS} tokens. Revoke one first.")
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    known = [scope.name for scope in SCOPES if scope.name in scopes]
    token = AccessToken.objects.create(
        user=user,
        name=" ".join(name.split())[:100] or "token",
        scopes=known,
        digest=digest_of(letters),
        hint=letters[:8],
        created_at=now,
    )
    audit.record(user, "made a token", now, subject=token.name, detail=", ".join(known))
    return token, letters


def live(now: dt.datetime) -> QuerySet[AccessToken]:
    """Tokens that open something at ``now``, the machine's time."""
    used = Q(last_used_at__gt=now - IDLE) | Q(last_used_at=None, created_at__gt=now - IDLE)
    return AccessToken.objects.filter(used, revoked_at=None, created_at__gt=now - LIFE, user__is_active=True)


def expires_at(token: AccessToken) -> dt.datetime:
    """When the token dies if it is not used again."""
    return min((token.last_used_at or token.created_at) + IDLE, token.created_at + LIFE)


def find(letters: str, now: dt.datetime) -> AccessToken | None:
    """The live token of these letters; its use is noted."""
    if not _SHAPE.fullmatch(letters):
        return None
    token = live(now).filter(digest=digest_of(letters)).select_related("user").first()
    if token and (token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY):
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)
        token.last_used_at = now
    return token


def is_live(pk: int, now: dt.datetime) -> bool:
    return live(now).filter(pk=pk).exists()


@transaction.atomic
def revoke(token: AccessToken, by: User | str, now: dt.datetime) -> None:
    changed = AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
    if changed:
        audit.record(by, "revoked a token", now, subject=f"{token.name} of {token.user.email}")


@transaction.atomic
def revoke_all(user: User, by: User | str, now: dt.datetime, reason: str) -> int:
    """End every live token of a person; how many there were."""
    standing = list(live(now).filter(user=user).select_for_update(of=("self",)))
    AccessToken.objects.filter(pk__in=[token.pk for token in standing]).update(revoked_at=now)
    for token in standing:
        audit.record(by, "revoked a token", now, subject=f"{token.name} of {user.email}", detail=reason)
    return len(standing)


def end_with_password(sender: type[User], user: User, **signal: object) -> None:
    """Whoever knew the former password may have made tokens with it: none outlives it."""
    revoke_all(user, user, machine_now(), "the password was changed")


def letters_of(request: HttpRequest) -> str:
    """What the request shows as a token, in the header or in the cookie of `astroquery`; "" when it shows none."""
    header = _HEADER.fullmatch(request.headers.get("Authorization", ""))
    if header:
        return header.group(1)
    cookie = request.COOKIES.get(COOKIE, "")
    return cookie if _SHAPE.fullmatch(cookie) else ""
