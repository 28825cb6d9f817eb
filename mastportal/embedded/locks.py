"""File locks that the kernel drops when their holder dies, however it dies."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """A lock on one file of the data folder; its text says who holds it."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._handle: int | None = None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock, or turn a held one into the other kind; False when somebody else holds it."""
        if self._handle is None:
            self._handle = os.open(self.place, os.O_RDWR | os.O_CREAT, 0o600)
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(self._handle, how)
        except BlockingIOError:
            return False
        return True

    def note(self, text: str) -> None:
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, text.encode(), 0)

    def read_note(self) -> str:
        try:
            return self.place.read_text(errors="replace").strip()
        except OSError:
            return ""

    def drop(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def owner_lock(home: Path) -> FileLock:
    """Held by whoever runs the embedded PostgreSQL."""
    return FileLock(home / "run" / "postgres.owner")


def users_lock(home: Path) -> FileLock:
    """Held, shared, by every command that uses the embedded PostgreSQL."""
    return FileLock(home / "run" / "postgres.users")
