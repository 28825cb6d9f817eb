"""Files of another archive, fetched when they are first asked for, verified, and kept.

Half a file is never seen: it is fetched beside, compared with the catalogue, and only then gets its place.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from archive.storage.interfaces import PIECE_BYTES, NotStoredError, StorageError, no_beat
from archive.storage.keys import parts_of
from archive.storage.posix import PosixStorage

#: Where a portal, and the archive that it is modelled on, gives a file by its URI.
DOWNLOAD_PATH = "/api/v0.1/Download/file"
GONE = {404, 410}
CLOSED = {401, 403}
#: How often it is looked whether somebody else's fetch of the same file has ended.
WAIT_S = 0.05

# What whoever wanted the file is told.
WITHDRAWN = "the archive that the file comes from does not give it out any more"
REFUSED = "the archive that the file comes from refuses it to this archive"
BROKEN_OFF = "the archive that the file comes from did not answer, or broke off; it can be tried again"
OTHER_BYTES = "the archive that the file comes from gives other bytes than the catalogue says"
NO_ROOM = "there is no room to fetch the file; it can be tried again later"


@dataclass(frozen=True)
class Listed:
    """What the catalogue says of a file; ``sha256`` is empty and ``size_bytes`` 0 where it does not know."""

    uri: str
    size_bytes: int
    sha256: str


class UpstreamStorage:
    """A folder with two parts: ``own`` for what is written here, ``fetched`` for what came from upstream.

    Parameters
    ----------
    address : https address that takes ``?uri=``.
    token : of an account there; sent to that host and to no other.
    listed : what the catalogue knows under a key; None for an unknown key.
    free_bytes : room that fetching leaves on the disk.
    by_uri : whether the file is named by ``?uri=``; else the address is the file's own.
    patience_s : how long a silent server is waited for.
    """

    def __init__(
        self,
        address: str,
        token: str,
        folder: Path,
        listed: Callable[[str], Listed | None],
        free_bytes: int = 0,
        *,
        by_uri: bool = True,
        patience_s: float = 60,
    ) -> None:
        self.address = address
        self.own, self.fetched = PosixStorage(folder / "own"), PosixStorage(folder / "fetched")
        self._parts = folder / "parts"
        self._listed, self._free_bytes, self._by_uri = listed, free_bytes, by_uri
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"token {token}"} if token else {})
        self._client = httpx.Client(
            headers=headers, timeout=httpx.Timeout(patience_s, connect=min(10, patience_s)), follow_redirects=True
        )

    def size(self, key: str) -> int:
        """Of the copy here; else as upstream says now, so that a file that went away there is noticed early."""
        store = self._here(key)
        if store:
            return store.size(key)
        listed = self._known(key)
        with self._answer("HEAD", listed, {}) as answer:
            length = answer.headers.get("Content-Length", "")
        return int(length) if length.isdigit() else listed.size_bytes

    def read_range(self, key: str, start: int, length: int) -> bytes:
        return self._with_copy(key).read_range(key, start, length)

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        yield from self._with_copy(key).stream(key, start, stop)

    def open_local(self, key: str) -> Path | None:
        return self._with_copy(key).open_local(key)

    def bring(self, key: str, beat: Callable[[], None] = no_beat) -> None:
        self._with_copy(key, beat)

    def write(self, key: str, source: IO[bytes]) -> int:
        return self.own.write(key, source)

    def delete(self, key: str) -> None:
        self.own.delete(key)
        self.fetched.delete(key)

    def trim(self, limit_bytes: int) -> int:
        """Forget what was not read for longest until ``limit_bytes`` are kept; the number of files forgotten.

        Locks of fetches that were killed go too.
        """
        self._remove_locks_of_nobody()
        kept, forgotten = 0, 0
        files = [path for path in self.fetched.root.rglob("*") if path.is_file()]
        for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
            kept += path.stat().st_size
            if kept > limit_bytes:
                path.unlink(missing_ok=True)
                forgotten += 1
        return forgotten

    def _remove_locks_of_nobody(self) -> None:
        for lock in self._parts.glob("*.lock"):
            with suppress(FileNotFoundError), lock.open("rb") as file:
                if _locked(file) and _lies_at(file, lock):
                    lock.unlink()

    def close(self) -> None:
        """Let go of the connections to the other archive."""
        self._client.close()

    # The copy here ----------------------------------------------------------------------------------------------------

    def _here(self, key: str) -> PosixStorage | None:
        for store in (self.own, self.fetched):
            if store.root.joinpath(*parts_of(key)).is_file():
                return store
        return None

    def _with_copy(self, key: str, beat: Callable[[], None] = no_beat) -> PosixStorage:
        """The store that has the file, fetched if need be."""
        store = self._here(key)
        if store is None:
            listed = self._known(key)
            try:
                self._fetch(key, listed, beat)
            except OSError as error:
                raise StorageError(f"{key} cannot be kept: {error.strerror}") from error
            store = self.fetched
        if store is self.fetched:
            os.utime(store.root.joinpath(*parts_of(key)))  # used now: `trim` begins with what was not
        return store

    def _known(self, key: str) -> Listed:
        listed = self._listed(key)
        if listed is None:
            raise NotStoredError(f"nothing is stored under {key}")
        return listed

    # Fetching ---------------------------------------------------------------------------------------------------------

    def _fetch(self, key: str, listed: Listed, beat: Callable[[], None]) -> None:
        """Bring the file; who asks for it meanwhile waits. A fetch that broke off goes on where it stopped."""
        self._parts.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self._parts / hashlib.sha256(key.encode()).hexdigest()
        with _alone(part.with_suffix(".lock"), beat):
            if self._here(key):
                return
            self._expect_room(listed)
            self._bring(part, listed, beat)
            self._verify(key, part, listed)
            final = self.fetched.root.joinpath(*parts_of(key))
            final.parent.mkdir(parents=True, exist_ok=True)
            os.replace(part, final)

    def _expect_room(self, listed: Listed) -> None:
        free = shutil.disk_usage(self._parts).free - self._free_bytes
        if listed.size_bytes > free:
            raise StorageError(f"{listed.uri} does not fit on the disk of the fetched files", NO_ROOM)

    def _bring(self, part: Path, listed: Listed, beat: Callable[[], None]) -> None:
        """Write the rest of the part file; begin anew where no SHA-256 would tell two versions of the file apart."""
        start = part.stat().st_size if part.exists() and listed.sha256 else 0
        if start and start == listed.size_bytes:
            return
        with self._answer("GET", listed, {"Range": f"bytes={start}-"} if start else {}) as answer:
            place = answer.headers.get("Content-Range", "")
            goes_on = answer.status_code == 206 and place.startswith(f"bytes {start}-")
            with part.open("ab" if goes_on else "wb") as file:
                self._write(file, answer, listed, beat)

    def _write(self, file: IO[bytes], answer: httpx.Response, listed: Listed, beat: Callable[[], None]) -> None:
        try:
            for piece in answer.iter_raw(PIECE_BYTES):
                file.write(piece)
                beat()
                if listed.size_bytes and file.tell() > listed.size_bytes:
                    break  # `_verify` says it
        except httpx.HTTPError as error:
            raise self._unreachable(listed, error) from error
        file.flush()
        os.fsync(file.fileno())

    def _verify(self, key: str, part: Path, listed: Listed) -> None:
        """Compare what the disk gives back with the catalogue; what does not match is thrown away."""
        size_bytes = part.stat().st_size
        if listed.size_bytes and size_bytes < listed.size_bytes:
            message = f"{self.address} broke off after {size_bytes} of {listed.size_bytes} bytes of {key}"
            raise StorageError(message, BROKEN_OFF)
        with part.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if size_bytes != (listed.size_bytes or size_bytes) or sha256 != (listed.sha256 or sha256):
            part.unlink()
            raise StorageError(f"{self.address} gives other bytes for {key} than the catalogue says", OTHER_BYTES)

    @contextmanager
    def _answer(self, method: str, listed: Listed, headers: dict[str, str]) -> Iterator[httpx.Response]:
        try:
            params = {"uri": listed.uri} if self._by_uri else None
            with self._client.stream(method, self.address, params=params, headers=headers) as answer:
                self._expect_success(answer, listed)
                yield answer
        except httpx.HTTPError as error:
            raise self._unreachable(listed, error) from error

    def _expect_success(self, answer: httpx.Response, listed: Listed) -> None:
        if answer.status_code in GONE:
            raise NotStoredError(f"{self.address} has no {listed.uri}", WITHDRAWN)
        if answer.status_code in CLOSED:
            message = f"{self.address} refuses {listed.uri} ({answer.status_code}); look at UPSTREAM_TOKEN"
            raise StorageError(message, REFUSED)
        if answer.status_code not in {200, 206}:
            raise StorageError(f"{self.address} answers {answer.status_code} for {listed.uri}", BROKEN_OFF)

    def _unreachable(self, listed: Listed, error: httpx.HTTPError) -> StorageError:
        return StorageError(f"{self.address} does not give {listed.uri}: {type(error).__name__}", BROKEN_OFF)


@contextmanager
def _alone(lock: Path, beat: Callable[[], None]) -> Iterator[None]:
    """One at a time, of all processes and threads of this machine; the lock's file goes with whoever holds it."""
    while True:
        with lock.open("ab") as file:
            while not _locked(file):
                beat()
                time.sleep(WAIT_S)
            if not _lies_at(file, lock):
                continue  # it went with its holder, and another may hold the file that is there now
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
            return


def _lies_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _locked(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
