"""Where the bytes are: one interface, one module a back end, one contract test for all (tests/unit/archive/storage)."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Protocol

PIECE_BYTES = 256 * 1024


class StorageError(Exception):
    """The store cannot give or take what was asked; the message names the key and the cause, for operators.

    ``reason`` says it to whoever wanted the file, without keys and addresses: it stands in pages and manifests.
    """

    def __init__(self, message: str, reason: str = "the archive's store does not give the file") -> None:
        super().__init__(message)
        self.reason = reason


class NotStoredError(StorageError):
    """Nothing lies under the key."""


def no_beat() -> None:
    """For whoever need not be told that a file is still coming."""


class Storage(Protocol):
    """Files by key. Keys are relative paths of safe names joined by ``/``; another key raises `StorageError`."""

    def size(self, key: str) -> int:
        """Bytes under the key. Raises `NotStoredError`."""

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """At most ``length`` bytes from ``start``; fewer at the end of the file. Raises `NotStoredError`."""

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes ``start`` (included) to ``stop`` (excluded; None: the end), in pieces. Raises `NotStoredError`."""

    def open_local(self, key: str) -> Path | None:
        """The path of a plain local file, or None where the store has no such thing. Raises `NotStoredError`.

        A store that fetches files from elsewhere has the whole file, verified, before it answers.
        """

    def bring(self, key: str, beat: Callable[[], None] = no_beat) -> None:
        """Have the file where it is read from. Raises `NotStoredError`.

        A store that fetches files from elsewhere calls ``beat`` again and again while one comes, and lets pass what it
        raises; the next who asks goes on where it stopped.
        """

    def write(self, key: str, source: IO[bytes]) -> int:
        """Store all of ``source`` under the key at once or not at all; the number of bytes. Raises `StorageError`."""

    def delete(self, key: str) -> None:
        """Forget the key; nothing happens when it is not there."""
