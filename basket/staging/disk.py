"""What the staging disk is asked: room, and that bytes are truly on it."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class OutOfSpaceError(Exception):
    """The staging disk has no room for the bytes."""


def free_bytes(folder: Path) -> int:
    """Bytes that an ordinary process may still write to the disk of ``folder``."""
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize


def reserve(handle: int, size_bytes: int) -> None:
    """Take the room for ``size_bytes`` of a file at once, so that a copy never ends in the middle for want of it.

    Raises
    ------
    OutOfSpaceError : the disk, or the quota, has not that much.
    """
    if size_bytes == 0 or sys.platform == "darwin":  # macOS has no fallocate; the check before the copy must do
        return
    try:
        with room_watched():
            os.posix_fallocate(handle, 0, size_bytes)
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL}:  # a file system without fallocate
            raise


@contextmanager
def room_watched() -> Iterator[None]:
    """Writing inside raises `OutOfSpaceError` where the disk, the quota or the file system's limit is reached."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise OutOfSpaceError("the files do not fit on the staging disk") from error
        raise


def settle(handle: int) -> None:
    """Wait until the file's bytes are on the disk."""
    if sys.platform == "darwin":
        os.fsync(handle)
    else:
        os.fdatasync(handle)


def settle_folder(folder: Path) -> None:
    """Wait until the names in the folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def forget_cached(handle: int) -> None:
    """Let the next read come from the disk and not from memory, where the system can do so."""
    if sys.platform != "darwin":
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file at once or not at all, and see it on the disk."""
    part = path.with_name(f".part-{path.name}")
    with room_watched(), part.open("wb") as file:
        file.write(content)
        file.flush()
        settle(file.fileno())
    os.replace(part, path)
    settle_folder(path.parent)
