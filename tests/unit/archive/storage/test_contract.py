"""What every storage back end promises. A new back end joins the houses and gets every test."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.storage.interfaces import PIECE_BYTES, NotStoredError, Storage, StorageError
from archive.storage.posix import PosixStorage
from archive.storage.s3 import S3Storage
from archive.storage.upstream import Listed, UpstreamStorage
from tests.services.s3 import S3Server
from tests.services.upstream import OtherArchive

CONTENT = bytes(range(256)) * (PIECE_BYTES // 128)  # two pieces


@dataclass(frozen=True)
class House:
    """A store, and the way that files come into it."""

    storage: Storage
    put: Callable[[str, bytes], object]


def posix(tmp_path: Path, s3_server: S3Server, other_archive: OtherArchive) -> House:
    storage = PosixStorage(tmp_path / "store")
    return House(storage, lambda key, content: storage.write(key, io.BytesIO(content)))


def s3(tmp_path: Path, s3_server: S3Server, other_archive: OtherArchive) -> House:
    storage = S3Storage(s3_server.bucket("holdings/jwst").opened())
    return House(storage, lambda key, content: storage.write(key, io.BytesIO(content)))


def upstream(tmp_path: Path, s3_server: S3Server, other_archive: OtherArchive) -> House:
    """Files that lie at the other archive, known to the catalogue."""

    def listed(key: str) -> Listed | None:
        content = other_archive.files.get(key)
        return None if content is None else Listed(key, len(content), hashlib.sha256(content).hexdigest())

    storage = UpstreamStorage(other_archive.address, "", tmp_path, listed)
    return House(storage, other_archive.files.__setitem__)


def upstream_own(tmp_path: Path, s3_server: S3Server, other_archive: OtherArchive) -> House:
    """Files that were written here beside them."""
    storage = upstream(tmp_path, s3_server, other_archive).storage
    return House(storage, lambda key, content: storage.write(key, io.BytesIO(content)))


@pytest.fixture(params=[posix, s3, upstream, upstream_own], ids=lambda make: make.__name__)
def house(request: pytest.FixtureRequest, tmp_path: Path, s3_server: S3Server, other_archive: OtherArchive) -> House:
    make: Callable[[Path, S3Server, OtherArchive], House] = request.param
    return make(tmp_path, s3_server, other_archive)


@pytest.fixture
def storage(house: House) -> Storage:
    return house.storage


class BrokenSource(io.BytesIO):
    """A source that fails after its first piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if self.tell() > PIECE_BYTES:
            raise OSError(5, "Input/output error")
        return piece


def test_what_was_written_is_read_back(storage: Storage) -> None:
    assert storage.write("jwst/a/b.fits", io.BytesIO(CONTENT)) == len(CONTENT)
    assert storage.size("jwst/a/b.fits") == len(CONTENT)
    assert b"".join(storage.stream("jwst/a/b.fits")) == CONTENT


def test_what_came_into_the_store_is_read(house: House) -> None:
    house.put("jwst/a/b.fits", CONTENT)
    assert house.storage.size("jwst/a/b.fits") == len(CONTENT)
    assert b"".join(house.storage.stream("jwst/a/b.fits")) == CONTENT
    assert house.storage.size("jwst/a/b.fits") == len(CONTENT)


def test_a_file_is_brought_before_it_is_read(house: House) -> None:
    house.put("jwst/a/b.fits", CONTENT)
    house.storage.bring("jwst/a/b.fits")
    assert b"".join(house.storage.stream("jwst/a/b.fits")) == CONTENT
    with pytest.raises(NotStoredError):
        house.storage.bring("jwst/a/none.fits")


def test_an_empty_file_is_a_file(house: House) -> None:
    house.put("empty", b"")
    assert house.storage.size("empty") == 0
    assert list(house.storage.stream("empty")) == []
    assert house.storage.read_range("empty", 0, 10) == b""


def test_a_stream_starts_and_ends_anywhere(house: House) -> None:
    house.put("b", CONTENT)
    for start in (1, PIECE_BYTES - 1, PIECE_BYTES, len(CONTENT) - 1, len(CONTENT)):
        assert b"".join(house.storage.stream("b", start)) == CONTENT[start:]
    for start, stop in ((0, 1), (5, 5), (3, PIECE_BYTES + 3), (len(CONTENT) - 2, len(CONTENT) + 9)):
        assert b"".join(house.storage.stream("b", start, stop)) == CONTENT[start:stop]


def test_a_range_ends_with_the_file(house: House) -> None:
    house.put("b", CONTENT)
    assert house.storage.read_range("b", 10, 5) == CONTENT[10:15]
    assert house.storage.read_range("b", len(CONTENT) - 3, 100) == CONTENT[-3:]
    assert house.storage.read_range("b", len(CONTENT), 100) == b""


def test_writing_again_replaces(storage: Storage) -> None:
    storage.write("b", io.BytesIO(CONTENT))
    storage.write("b", io.BytesIO(b"new"))
    assert b"".join(storage.stream("b")) == b"new"


def test_a_write_that_fails_leaves_what_was_there(storage: Storage) -> None:
    storage.write("b", io.BytesIO(b"old"))
    with pytest.raises(StorageError, match="b cannot be stored: Input/output error"):
        storage.write("b", BrokenSource(CONTENT))
    assert b"".join(storage.stream("b")) == b"old"


def test_an_unknown_key_is_said(storage: Storage) -> None:
    questions = (storage.size, storage.open_local, lambda key: list(storage.stream(key)))
    for question in (*questions, lambda key: storage.read_range(key, 0, 1)):
        with pytest.raises(NotStoredError, match="nothing is stored under none"):
            question("none")


def test_deleting_forgets_and_may_be_repeated(storage: Storage) -> None:
    storage.write("b", io.BytesIO(b"x"))
    storage.delete("b")
    storage.delete("b")
    with pytest.raises(NotStoredError):
        storage.size("b")


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../b", "a/../../b", "a/\0b", ".."])
def test_a_key_never_leaves_the_store(storage: Storage, key: str) -> None:
    with pytest.raises(StorageError, match="is not a storage key"):
        storage.size(key)
    with pytest.raises(StorageError, match="is not a storage key"):
        storage.write(key, io.BytesIO(b"x"))


def test_a_local_path_holds_the_bytes(house: House) -> None:
    house.put("a/b", b"x")
    path = house.storage.open_local("a/b")
    assert path is None or path.read_bytes() == b"x"
