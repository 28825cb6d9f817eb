"""Sessions of signed-in people: they end when idle, and all others of a person end when the password changes."""

from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from archive.clock import machine_now

#: Where a session keeps the seconds of its log-in and of its last request, which is written once in `_WRITE_EVERY_S`.
SINCE_KEY, SEEN_KEY = "since", "seen"
_WRITE_EVERY_S = 300


class IdleSessionMiddleware:
    """Logs out whoever was silent for ``SESSION_IDLE_S`` or came ``SESSION_COOKIE_AGE`` ago.

    Sessions without an account live on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            _check(request, int(machine_now().timestamp()))
        return self._get_response(request)


def _check(request: HttpRequest, now: int) -> None:
    since, seen = (int(request.session.get(key, now)) for key in (SINCE_KEY, SEEN_KEY))
    if now - seen > settings.SESSION_IDLE_S or now - since > settings.SESSION_COOKIE_AGE:
        logout(request)
    elif now - seen > _WRITE_EVERY_S:
        request.session[SEEN_KEY] = now


def begin(sender: type[User], request: HttpRequest, user: User, **signal: object) -> None:
    """At log-in the clocks of the session start."""
    if hasattr(request, "session"):
        request.session[SINCE_KEY] = request.session[SEEN_KEY] = int(machine_now().timestamp())


def end_other_sessions(sender: type[User], request: HttpRequest, user: User, **signal: object) -> None:
    """After a new password: of all sessions only the one that changed it goes on.

    Django refuses the others by their hash already; here their rows go as well, so that none is listed.
    """
    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key or ""):
        session.end()
