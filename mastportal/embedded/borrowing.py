"""The embedded PostgreSQL for the length of one command, before and beside `make run`."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mastportal.embedded import sockets
from mastportal.embedded.errors import ServiceError
from mastportal.embedded.locks import owner_lock, users_lock
from mastportal.embedded.postgres import Postgres

_PATIENCE_S = 60.0


@contextlib.contextmanager
def borrowed_postgres(home: Path, command: Sequence[str]) -> Iterator[bool]:
    """Use the server that runs, or run one; yields whether this command started it.

    A server that this command started ends when the command has ended and no other command uses it any more.
    """
    sockets.private_folder(home / "run")
    server = Postgres(home)
    users, owner = users_lock(home), owner_lock(home)
    users.take(shared=True, wait=True)
    try:
        if _find_or_own(server, owner.take):
            yield False
            return
        owner.note(f"{' '.join(command)} (process {os.getpid()})")
        with (home / "run" / "postgres.log").open("wb") as log, server.running(log):
            yield True
            users.take(wait=True)
    finally:
        owner.drop()
        users.drop()


def _find_or_own(server: Postgres, own: Callable[[], bool]) -> bool:
    """True when a server answers, False when it is ours to start."""
    deadline = time.monotonic() + _PATIENCE_S
    while not server.is_ready():
        if own():
            return False
        if time.monotonic() > deadline:
            raise ServiceError("another process holds the embedded PostgreSQL and it does not answer; see its log")
        time.sleep(0.1)
    return True
