"""Objects of an S3 bucket, read in large ranges."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from archive.storage.interfaces import NotStoredError, StorageError, no_beat
from archive.storage.keys import parts_of

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config

#: What one request to the bucket brings.
RANGE_BYTES = 8 * 1024**2
#: For one such request, and for each part of a file that is written.
_TIMEOUT = timedelta(seconds=60)
_CONNECT_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True)
class Bucket:
    """How a bucket is reached."""

    name: str
    prefix: str = ""  # keys lie under it
    endpoint: str = ""  # empty: AWS itself
    region: str = "us-east-1"
    access_key_id: str = ""
    secret_access_key: str = ""
    anonymous: bool = False  # requests are not signed
    requester_pays: bool = False

    def opened(self) -> S3Store:
        config: S3Config = {"region": self.region, "skip_signature": self.anonymous}
        if self.endpoint:
            config["endpoint"] = self.endpoint
        if self.access_key_id:
            config["access_key_id"] = self.access_key_id
            config["secret_access_key"] = self.secret_access_key
        if self.requester_pays:
            config["request_payer"] = True
        client: ClientConfig = {"timeout": _TIMEOUT, "connect_timeout": _CONNECT_TIMEOUT}
        if self.endpoint.startswith("http://"):
            client["allow_http"] = True
        return S3Store(self.name, prefix=self.prefix or None, config=config, client_options=client)


class S3Storage:
    def __init__(self, store: S3Store) -> None:
        self._store = store

    def size(self, key: str) -> int:
        parts_of(key)
        with _said(key):
            return obstore.head(self._store, key)["size"]

    def read_range(self, key: str, start: int, length: int) -> bytes:
        length = min(length, self.size(key) - start)  # S3 refuses a range that begins at the end
        return self._range(key, start, length) if length > 0 else b""

    def stream(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        size = self.size(key)
        stop = size if stop is None else min(stop, size)
        while start < stop:
            piece = self._range(key, start, min(RANGE_BYTES, stop - start))
            start += len(piece)
            yield piece

    def open_local(self, key: str) -> Path | None:
        self.size(key)
        return None

    def bring(self, key: str, beat: Callable[[], None] = no_beat) -> None:
        self.size(key)

    def write(self, key: str, source: IO[bytes]) -> int:
        """S3 shows an object whole or not at all: a broken upload is never seen."""
        parts_of(key)
        counted = _Counted(source)
        with _said(key, "cannot be stored"):
            obstore.put(self._store, key, iter(counted))
        return counted.length

    def delete(self, key: str) -> None:
        parts_of(key)
        with _said(key, "cannot be deleted"):
            obstore.delete(self._store, key)

    def _range(self, key: str, start: int, length: int) -> bytes:
        with _said(key):
            return bytes(obstore.get_range(self._store, key, start=start, length=length))


class _Counted:
    """Pieces of a file, and how many bytes they were."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.length = source, 0

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._source.read(RANGE_BYTES):
            self.length += len(piece)
            yield piece


@contextmanager
def _said(key: str, failure: str = "cannot be read") -> Iterator[None]:
    """The library's errors in the store's words."""
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise NotStoredError(f"nothing is stored under {key}") from None
    except OSError as error:
        raise StorageError(f"{key} {failure}: {error.strerror or error}") from error
    except BaseError as error:
        raise StorageError(f"{key} {failure}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    """The library's texts go on for pages, and may quote what was signed."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
