"""Plain files under one folder."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from archive.storage.interfaces import PIECE_BYTES, NotStoredError, StorageError, no_beat
from archive.storage.keys import parts_of


class PosixStorage:
    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, key: str) -> Path:
        return self.root.joinpath(*parts_of(key))

    def _stored(self, key: str) -> Path:
        path = self._path(key)
        if not path.is_file():
            raise NotStoredError(f"nothing is stored under {key}")
        return path

    def size(self, key: str) -> int:
        return self._stored(key).stat().st_size

    def read_range(self, key: str, start: int, length: int) -> bytes:
        with self._stored(key).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        with self._stored(key).open("rb", buffering=0) as file:
            file.seek(start)
            while piece := file.read(PIECE_BYTES if stop is None else min(PIECE_BYTES, stop - file.tell())):
                yield piece

    def open_local(self, key: str) -> Path | None:
        return self._stored(key)

    def bring(self, key: str, beat: Callable[[], None] = no_beat) -> None:
        self._stored(key)

    def write(self, key: str, source: IO[bytes]) -> int:
        path = self._path(key)
        part: str | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(prefix=".part-", dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                written = 0
                while piece := source.read(PIECE_BYTES):
                    written += file.write(piece)
                file.flush()
                os.fchmod(file.fileno(), 0o644)
            os.replace(part, path)
        except OSError as error:
            if part is not None:
                Path(part).unlink(missing_ok=True)
            raise StorageError(f"{key} cannot be stored: {error.strerror}") from error
        return written

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)
