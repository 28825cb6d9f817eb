"""What every storage back end promises. A new back end joins the list of makers and gets every test."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.storage.interfaces import PIECE_BYTES, NotStoredError, Storage, StorageError
from archive.storage.posix import PosixStorage

Maker = Callable[[Path], Storage]
CONTENT = bytes(range(256)) * (PIECE_BYTES // 128)  # two pieces


@pytest.fixture(params=[PosixStorage], ids=["posix"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    make: Maker = request.param
    return make(tmp_path / "store")


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


def test_a_stream_starts_anywhere(storage: Storage) -> None:
    storage.write("b", io.BytesIO(CONTENT))
    for start in (1, PIECE_BYTES - 1, PIECE_BYTES, len(CONTENT) - 1, len(CONTENT)):
        assert b"".join(storage.stream("b", start)) == CONTENT[start:]


def test_a_range_ends_with_the_file(storage: Storage) -> None:
    storage.write("b", io.BytesIO(CONTENT))
    assert storage.read_range("b", 10, 5) == CONTENT[10:15]
    assert storage.read_range("b", len(CONTENT) - 3, 100) == CONTENT[-3:]


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
    for question in (storage.size, storage.open_local, lambda key: list(storage.stream(key))):
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


def test_a_local_path_holds_the_bytes(storage: Storage) -> None:
    storage.write("a/b", io.BytesIO(b"x"))
    path = storage.open_local("a/b")
    assert path is None or path.read_bytes() == b"x"
