"""Copying one file so that a killed worker loses little and a bad byte never goes unseen.

The room is reserved first, the bytes are hashed on the way, checkpoints say how far the disk truly has them, and the
finished file is read back from the disk before it gets its name.
"""

import datetime as dt
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings

from basket.staging import disk

PIECE_BYTES = 8 * 1024**2
CHECKPOINT_BYTES = 64 * 1024**2
CHECKPOINT_S = 5.0

#: The bytes of a source from an offset to its end.
Pieces = Callable[[int], Iterator[bytes]]


class CopyError(Exception):
    """The copy is not what the catalogue says; the message is fit for the manifest."""


class Keeper(Protocol):
    """What a copy tells while it goes on. Both raise when the copy has to stop."""

    def checkpoint(self, offset: int) -> None:
        """``offset`` bytes of the file are on the disk."""

    def beat(self) -> None:
        """Still at work."""


@dataclass
class Pace:
    """When the next checkpoint is due: every 64 MiB or 5 s, and well within a lease."""

    every_s: float = field(default_factory=lambda: min(CHECKPOINT_S, settings.STAGING_LEASE_S / 3))
    bytes_since: int = 0
    last: float = field(default_factory=time.monotonic)

    def due(self, written: int) -> bool:
        self.bytes_since += written
        if self.bytes_since < CHECKPOINT_BYTES and time.monotonic() - self.last < self.every_s:
            return False
        self.bytes_since, self.last = 0, time.monotonic()
        return True


def paced(keeper: Keeper) -> Callable[[], None]:
    """The keeper's beat, as often as is due."""
    pace = Pace()

    def beat() -> None:
        if pace.due(0):
            keeper.beat()

    return beat


def copy(pieces: Pieces, part: Path, size_bytes: int, start: int, keeper: Keeper) -> str:
    """Write ``size_bytes`` from ``pieces`` to ``part``, going on at the checkpoint ``start``; the SHA-256 of all bytes.

    Raises
    ------
    disk.OutOfSpaceError : nothing was left behind beyond the checkpoint.
    CopyError : the source gave fewer or more bytes than ``size_bytes``.
    """
    with disk.room_watched(), _open_part(part, size_bytes, start) as file:
        digest = hashlib.sha256()
        _hash_start(file, start, digest.update, keeper)
        offset, pace = start, Pace()
        for piece in pieces(start):
            if offset + len(piece) > size_bytes:
                raise CopyError(f"the stored file is longer than the {size_bytes} bytes of the catalogue")
            file.write(piece)
            digest.update(piece)
            offset += len(piece)
            if pace.due(len(piece)):
                file.flush()
                disk.settle(file.fileno())
                keeper.checkpoint(offset)
        if offset != size_bytes:
            raise CopyError(f"the stored file ends after {offset} of {size_bytes} bytes")
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _open_part(part: Path, size_bytes: int, start: int) -> IO[bytes]:
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        os.ftruncate(handle, start)
        disk.reserve(handle, size_bytes)
    except BaseException:
        if start:
            os.ftruncate(handle, start)
        else:
            part.unlink(missing_ok=True)
        os.close(handle)
        raise
    return os.fdopen(handle, "r+b")


def _hash_start(file: IO[bytes], start: int, update: Callable[[bytes], None], keeper: Keeper) -> None:
    """Hash what an earlier worker wrote up to the checkpoint; the file then stands at ``start``."""
    pace, left = Pace(), start
    while left and (piece := file.read(min(PIECE_BYTES, left))):
        update(piece)
        left -= len(piece)
        if pace.due(len(piece)):
            keeper.beat()


def usable_start(part: Path, checkpoint: int) -> int:
    """Where a copy may go on: the checkpoint when the part file reaches it, else the beginning."""
    try:
        size = part.lstat().st_size
    except FileNotFoundError:
        return 0
    return checkpoint if size >= checkpoint else 0


def read_back(path: Path, keeper: Keeper) -> tuple[int, str]:
    """Size and SHA-256 of a file as the disk gives it back."""
    digest, size_bytes, pace = hashlib.sha256(), 0, Pace()
    with path.open("rb", buffering=0) as file:
        disk.forget_cached(file.fileno())
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            size_bytes += len(piece)
            if pace.due(len(piece)):
                keeper.beat()
    return size_bytes, digest.hexdigest()


def place(part: Path, final: Path, mtime: dt.datetime | None) -> None:
    """Give a verified file its name, for good."""
    if mtime is not None:
        os.utime(part, (mtime.timestamp(), mtime.timestamp()))
    os.replace(part, final)
    disk.settle_folder(final.parent)
