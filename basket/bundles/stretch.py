"""Bytes of a file that go out as they lie there: by the kernel where the server lends the client's socket."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO

#: A slow client takes so much within the time after which access is asked again.
STRETCH_BYTES = 1024**2


class BrokenBundleError(Exception):
    """The bytes no longer fit the plan: the connection is broken off, so that nobody takes the rest for whole."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The bytes ``start`` (included) to ``stop`` (excluded) of an open file; open until the next piece is asked for."""

    file: FileIO
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def read(self) -> bytes:
        """Raises `BrokenBundleError` where the file ends early."""
        data = b""
        while len(data) < len(self):
            start = self.start + len(data)
            piece = os.pread(self.file.fileno(), self.stop - start, start)
            if not piece:
                raise BrokenBundleError(f"{self.file.name} ends early, at byte {start}")
            data = data + piece if data else piece
        return data

    def send(self, peer: socket.socket) -> None:
        """Send them without a copy of our own. Raises as `read`, and `OSError` where the client is gone."""
        sent = peer.sendfile(self.file, self.start, len(self))
        if sent < len(self):
            raise BrokenBundleError(f"{self.file.name} ends early, at byte {self.start + sent}")


Piece = bytes | Stretch


def stretches(file: FileIO, start: int, stop: int) -> Iterator[Stretch]:
    """A part of a file, in stretches of at most `STRETCH_BYTES`."""
    for begin in range(start, stop, STRETCH_BYTES):
        yield Stretch(file, begin, min(begin + STRETCH_BYTES, stop))


def as_bytes(piece: Piece) -> bytes:
    return piece if isinstance(piece, bytes) else piece.read()
