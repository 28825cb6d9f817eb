"""A secret that the page after a form shows once, and nobody can show again.

Between the two requests it lies in halves: one in the session, that is in the database, one in a cookie of that page
alone. Each half by itself is random bytes, so neither a copy of the database nor the cookie tells the secret.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

KEY = "shown-once"
COOKIE = "half"
#: Seconds in which the next page has to come.
LIFE_S = 300


@dataclass(frozen=True)
class ShownOnce:
    """What a form made: the number of the thing, and its secret; "" when the secret can be shown no more."""

    number: int
    secret: str


def keep(request: HttpRequest, response: HttpResponse, number: int, secret: str, path: str) -> None:
    """Let the next request of ``path`` take the secret, ASCII, of the thing with this number."""
    pad = secrets.token_bytes(len(secret))
    request.session[KEY] = {"number": number, "half": _xor(secret.encode("ascii"), pad).hex()}
    response.set_cookie(
        COOKIE,
        pad.hex(),
        max_age=LIFE_S,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def take(request: HttpRequest) -> ShownOnce | None:
    """What was kept; it is gone with this. None when nothing was."""
    kept = request.session.pop(KEY, None)
    if kept is None:
        return None
    try:
        secret = _xor(bytes.fromhex(kept["half"]), bytes.fromhex(request.COOKIES.get(COOKIE, ""))).decode("ascii")
    except ValueError:  # the cookie is gone, of another form, or not ours
        secret = ""
    return ShownOnce(kept["number"], secret)


def forget(response: HttpResponse, path: str) -> None:
    """Take the cookie back from the browser."""
    response.delete_cookie(COOKIE, path=path, samesite="Strict")


def _xor(one: bytes, other: bytes) -> bytes:
    """Raises ValueError when the lengths differ."""
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
