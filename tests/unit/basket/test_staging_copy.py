"""Copying one file: checkpoints, going on, room reserved first, and reading back."""

import hashlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from basket.staging import copying, disk
from tests.deliveries import content_of

MIB = 1024**2
CONTENT = content_of(3 * MIB)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Notes:
    """A keeper that remembers."""

    def __init__(self) -> None:
        self.offsets: list[int] = []

    def checkpoint(self, offset: int) -> None:
        self.offsets.append(offset)

    def beat(self) -> None:
        pass


def pieces(start: int) -> Iterator[bytes]:
    for offset in range(start, len(CONTENT), MIB // 4):
        yield CONTENT[offset : min(offset + MIB // 4, len(CONTENT))]


@pytest.fixture(autouse=True)
def _checkpoint_every_mebibyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "CHECKPOINT_BYTES", MIB)


def test_the_copy_is_hashed_on_the_way_and_checkpointed(tmp_path: Path) -> None:
    notes = Notes()
    digest = copying.copy(pieces, tmp_path / "part", len(CONTENT), 0, notes)
    assert digest == SHA256
    assert (tmp_path / "part").read_bytes() == CONTENT
    assert notes.offsets == [MIB, 2 * MIB, 3 * MIB]


def test_a_broken_copy_goes_on_at_its_checkpoint_and_forgets_what_came_after(tmp_path: Path) -> None:
    part = tmp_path / "part"
    part.write_bytes(CONTENT[:MIB] + b"never settled" * 1000)
    asked: list[int] = []

    def counted(start: int) -> Iterator[bytes]:
        asked.append(start)
        yield from pieces(start)

    start = copying.usable_start(part, MIB)
    assert copying.copy(counted, part, len(CONTENT), start, Notes()) == SHA256
    assert asked == [MIB]
    assert part.read_bytes() == CONTENT


def test_a_part_file_shorter_than_its_checkpoint_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"short")
    assert copying.usable_start(tmp_path / "part", MIB) == 0
    assert copying.usable_start(tmp_path / "none", MIB) == 0


@pytest.mark.parametrize(("size_bytes", "word"), [(len(CONTENT) + 1, "ends after"), (len(CONTENT) - 1, "longer than")])
def test_a_source_of_another_length_is_an_error(tmp_path: Path, size_bytes: int, word: str) -> None:
    with pytest.raises(copying.CopyError, match=word):
        copying.copy(pieces, tmp_path / "part", size_bytes, 0, Notes())


def test_without_room_nothing_is_left_behind(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, hard))  # the disk, for this process, ends at 2 MiB a file
    try:
        with pytest.raises(disk.OutOfSpaceError):
            copying.copy(pieces, tmp_path / "part", len(CONTENT), 0, Notes())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_byte_that_the_disk_gives_back_wrong_is_seen(tmp_path: Path) -> None:
    part = tmp_path / "part"
    written = copying.copy(pieces, part, len(CONTENT), 0, Notes())
    with part.open("r+b") as file:
        file.seek(MIB)
        file.write(b"\0")
    size_bytes, found = copying.read_back(part, Notes())
    assert size_bytes == len(CONTENT)
    assert found != written


def test_a_link_in_place_of_the_part_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"keep")
    os.symlink(tmp_path / "secret", tmp_path / "part")
    with pytest.raises(OSError, match="symbolic links"):
        copying.copy(pieces, tmp_path / "part", len(CONTENT), 0, Notes())
    assert (tmp_path / "secret").read_bytes() == b"keep"
