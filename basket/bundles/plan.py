"""A bundle as a function of its list: nothing is built or stored, and any range of it can be read at once.

A layout (zip, tar) turns the members into segments of known length; the plan sums and streams them.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from archive.models import Product
from archive.storage import Storage, StorageError
from archive.storage.interfaces import PIECE_BYTES
from basket.bundles.stretch import BrokenBundleError, Piece, as_bytes, stretches

#: Pieces below this are joined before they are sent, so that many small files do not mean many small packets.
SMALL_BYTES = 64 * 1024

#: Only what a browser may show by itself is named; everything else is bytes.
_MEDIA_TYPES = {
    ".fits": "application/fits",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".json": "application/json",
    ".csv": "text/csv",
    ".ecsv": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


class Segment(Protocol):
    """Bytes of a known length that can be read from anywhere."""

    @property
    def length(self) -> int: ...

    def read(self, start: int, stop: int) -> Iterator[Piece]:
        """The bytes ``start`` (included) to ``stop`` (excluded), in pieces. Raises `BrokenBundleError`."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes in memory: headers, the manifest."""

    data: bytes

    @property
    def length(self) -> int:
        return len(self.data)

    def read(self, start: int, stop: int) -> Iterator[Piece]:
        yield self.data[start:stop]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the archive's store, of the size that the list was frozen with."""

    storage: Storage
    key: str
    length: int

    def read(self, start: int, stop: int) -> Iterator[Piece]:
        try:
            path = self.storage.open_local(self.key)
            yield from self._local(path, start, stop) if path else self._remote(start, stop)
        except (StorageError, OSError) as error:
            raise BrokenBundleError(f"{self.key}: {error}") from error

    def _local(self, path: Path, start: int, stop: int) -> Iterator[Piece]:
        with path.open("rb", buffering=0) as file:
            self._expect_size(os.fstat(file.fileno()).st_size)
            for stretch in stretches(file, start, stop):
                # small ones are joined with their neighbours
                yield stretch if len(stretch) >= SMALL_BYTES else stretch.read()

    def _remote(self, start: int, stop: int) -> Iterator[bytes]:
        self.check()
        for piece in self.storage.stream(self.key, start, stop):
            start += len(piece)
            yield piece
        if start < stop:
            raise BrokenBundleError(f"{self.key} ends early, at byte {start}")

    def check(self) -> None:
        """Raises `BrokenBundleError` where the size changed, `StorageError` where nothing is stored."""
        self._expect_size(self.storage.size(self.key))

    def _expect_size(self, size_bytes: int) -> None:
        if size_bytes != self.length:
            raise BrokenBundleError(f"{self.key} has {size_bytes} bytes now; the list says {self.length}")


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a bundle."""

    name: str  # with its folders, ASCII
    crc32: int
    mtime: dt.datetime
    content: Segment

    @property
    def size_bytes(self) -> int:
        return self.content.length


Layout = Callable[[Sequence[Member]], Iterable[Segment]]


@dataclass(frozen=True)
class Plan:
    """A bundle that is ready to be streamed, whole or in part."""

    members: Sequence[Member]
    layout: Layout
    media_type: str
    etag: str  # strong, with its quotation marks
    length: int = field(init=False)  # bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", sum(segment.length for segment in self.layout(self.members)))

    def stream(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes ``start`` (included) to ``stop`` (excluded; None: the end), the same as in the whole.

        Raises
        ------
        BrokenBundleError : a file changed or vanished since the list was frozen.
        """
        return map(as_bytes, self.pieces(start, stop))

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[Piece]:
        """`stream`, with parts of files as they lie in the store."""
        return _joined(self._pieces(start, self.length if stop is None else min(stop, self.length)))

    def _pieces(self, start: int, stop: int) -> Iterator[Piece]:
        offset = 0
        for segment in self.layout(self.members):
            end = offset + segment.length
            if end > start and offset < stop:
                yield from segment.read(max(start - offset, 0), min(stop - offset, segment.length))
            if end >= stop:
                return
            offset = end


@dataclass(frozen=True)
class SingleFile:
    """One file of the archive by itself, with the same ranges as a bundle."""

    content: StoredFile
    media_type: str
    etag: str

    @classmethod
    def of(cls, product: Product, storage: Storage) -> "SingleFile":
        """A product whose bytes are held here."""
        media_type = _MEDIA_TYPES.get(product.extension.lower(), "application/octet-stream")
        return cls(StoredFile(storage, product.storage_key, product.size_bytes), media_type, f'"{product.sha256}"')

    @property
    def length(self) -> int:
        return self.content.length

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    def check(self) -> None:
        """Raises `BrokenBundleError` or `StorageError` where the bytes are not those of the catalogue."""
        self.content.check()

    def bring(self, *, fully: bool = True) -> Path | None:
        """Have the file at hand before anything is said of it; its path where the store has one. Raises as `check`.

        Not ``fully``: only see that it is there, where it would have to be fetched.
        """
        path = self.content.storage.open_local(self.content.key) if fully else None
        self.check()
        return path

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[Piece]:
        """The bytes ``start`` (included) to ``stop`` (excluded; None: the end). Raises `BrokenBundleError`."""
        return self.content.read(start, self.length if stop is None else min(stop, self.length))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """The same bytes with small neighbours joined; large pieces pass uncopied."""
    small: list[bytes] = []
    waiting = 0
    for piece in pieces:
        if isinstance(piece, bytes) and len(piece) < SMALL_BYTES:
            small.append(piece)
            waiting += len(piece)
            if waiting < PIECE_BYTES:
                continue
            piece = b""  # noqa: PLW2901 - it waits with the others
        if small:
            yield b"".join(small)
            small, waiting = [], 0
        if piece:
            yield piece
    if small:
        yield b"".join(small)
