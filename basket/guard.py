"""A running download under watch: access is asked again while it goes on, and a client that takes nothing is let go."""

import datetime as dt
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from accounts.models import User
from archive.clock import archive_now
from basket.bundles import BrokenBundleError
from basket.ranges import Guard
from basket.sending import socket_of

#: A client that takes no byte for so long is let go, so that stalled clients cannot hold all threads.
STALLED_CLIENT_S = 120.0


def guarded(request: HttpRequest, still_allowed: Callable[[dt.datetime], bool]) -> Guard:
    """A wrapper that lets pieces pass and asks every minute whether they still may."""

    def guard(pieces: Iterator[bytes]) -> Iterator[bytes]:
        let_go_of_the_database()
        _limit_stalling(request)
        asked = time.monotonic()
        for piece in pieces:
            yield piece
            if time.monotonic() - asked >= settings.ACCESS_RECHECK_S:
                if not still_allowed(archive_now()):
                    raise BrokenBundleError("access was withdrawn while the download ran")
                let_go_of_the_database()
                asked = time.monotonic()

    return guard


def let_go_of_the_database() -> None:
    """Hundreds of slow downloads must not hold hundreds of connections."""
    if not connection.in_atomic_block:
        connection.close()


def _limit_stalling(request: HttpRequest) -> None:
    """Bound each write to the client's socket, where the server lends it (gunicorn does)."""
    if peer := socket_of(request):
        peer.settimeout(STALLED_CLIENT_S)


def as_now(person: User | None) -> User | None:
    """The account as it is now: it may have been closed, or have left the staff, since the download began."""
    return None if person is None else User.objects.filter(pk=person.pk).first()
