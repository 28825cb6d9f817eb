"""Zip and tar bundles: other tools read them, any range is the same as in the whole, large ones too."""

import datetime as dt
import io
import itertools
import os
import shutil
import subprocess
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.storage.posix import PosixStorage
from basket.bundles import tar
from basket.bundles import zip as zip_format
from basket.bundles.plan import Layout, Literal, Member, Plan, StoredFile
from basket.bundles.stretch import BrokenBundleError, as_bytes

WHEN = dt.datetime(2025, 6, 1, 8, 30, 10, tzinfo=dt.UTC)
LAYOUTS: dict[str, Layout] = {"zip": zip_format.segments, "tar": tar.segments}
#: 7-Zip goes by either name.
UNPACKERS = (["unzip", "-o", "-q"], ["bsdtar", "-xf"], [shutil.which("7zz") or "7z", "x", "-y"])
BODIES = {
    "MAST_x/JWST/obs/empty.fits": b"",
    "MAST_x/JWST/obs/small.fits": b"SIMPLE  =                    T",
    "MAST_x/JWST/obs/block.fits": bytes(range(256)) * 2,
    "MAST_x/JWST/obs/large.fits": np.random.default_rng(7).bytes(700_001),
    "MAST_x/" + "m" * 60 + "/" + "o" * 115 + "/" + "f" * 115 + ".fits": b"a long way down",
    "MAST_x/MANIFEST.HTML": b"<!DOCTYPE html>",
}


@dataclass(frozen=True)
class Zeros:
    """A file of nothing that needs no disk."""

    length: int

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        piece = bytes(1 << 20)
        while start < stop:
            yield piece[: stop - start]
            start += len(piece)


def plan_of(bodies: dict[str, bytes], layout: str) -> Plan:
    members = [Member(name, zlib.crc32(body), WHEN, Literal(body)) for name, body in bodies.items()]
    return Plan(members, LAYOUTS[layout], "application/x-test", '"tag"')


def written(plan: Plan, place: Path) -> Path:
    with place.open("wb") as file:
        file.writelines(plan.stream())
    return place


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_length_is_known_before_the_first_byte(layout: str) -> None:
    plan = plan_of(BODIES, layout)
    assert plan.length == sum(len(piece) for piece in plan.stream())


def test_python_reads_the_zip_whole() -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(plan_of(BODIES, "zip").stream()))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == BODIES
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.flag_bits == 1 << 11  # UTF-8, and no data descriptor
            assert info.date_time == (2025, 6, 1, 8, 30, 10)
            assert info.external_attr >> 16 == 0o100644
            assert info.extract_version == 20
            assert not info.extra


def test_python_reads_the_tar_whole() -> None:
    with tarfile.open(fileobj=io.BytesIO(b"".join(plan_of(BODIES, "tar").stream()))) as archive:
        found = {info.name: archive.extractfile(info).read() for info in archive}  # type: ignore[union-attr]
        assert found == BODIES
        assert {(info.mode, info.mtime) for info in archive} == {(0o644, WHEN.timestamp())}


@pytest.mark.parametrize("command", UNPACKERS, ids=["unzip", "bsdtar", "7-zip"])
def test_other_tools_unpack_the_same_files(command: list[str], tmp_path: Path) -> None:
    place = written(plan_of(BODIES, "zip"), tmp_path / "bundle.zip")
    if command[0] == "unzip":
        assert subprocess.run(["unzip", "-t", place], capture_output=True, check=False, timeout=60).returncode == 0
    subprocess.run([*command, place], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    for name, body in BODIES.items():
        assert (tmp_path / name).read_bytes() == body


@pytest.mark.parametrize("command", ["tar", "bsdtar"])
def test_the_system_tar_unpacks_the_same_files(command: str, tmp_path: Path) -> None:
    written(plan_of(BODIES, "tar"), tmp_path / "bundle.tar")
    subprocess.run([command, "-xf", "bundle.tar"], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    for name, body in BODIES.items():
        assert (tmp_path / name).read_bytes() == body


# Ranges --------------------------------------------------------------------------------------------------------------

bodies = st.dictionaries(
    st.text("abcdefgh/._-", min_size=1, max_size=140).map(lambda text: f"x{text}"),
    st.binary(max_size=1500),
    max_size=6,
)


@pytest.mark.parametrize("layout", LAYOUTS)
@given(data=st.data(), some=bodies)
@settings(deadline=None, max_examples=60)
def test_any_range_is_that_part_of_the_whole(layout: str, data: st.DataObject, some: dict[str, bytes]) -> None:
    plan = plan_of(some, layout)
    whole = b"".join(plan.stream())
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    assert b"".join(plan.stream(start, stop)) == whole[start:stop]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_ranges_at_every_boundary_join_to_the_whole(layout: str) -> None:
    plan = plan_of(BODIES, layout)
    whole = b"".join(plan.stream())
    ends = list(itertools.accumulate(segment.length for segment in plan.layout(plan.members)))
    cuts = sorted(
        {0, len(whole), *(end + step for end in ends for step in (-1, 0, 1) if 0 <= end + step <= len(whole))}
    )
    for start, stop in itertools.pairwise(cuts):
        assert b"".join(plan.stream(start, stop)) == whole[start:stop]
    for cut in cuts:
        assert b"".join(plan.stream(cut)) == whole[cut:]


# Large ---------------------------------------------------------------------------------------------------------------


class Sparse(io.RawIOBase):
    """A plan as a file that can be sought: nothing is written to disk."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._at = plan, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._plan.length}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        stop = self._plan.length if size < 0 else min(self._at + size, self._plan.length)
        body = b"".join(self._plan.stream(self._at, stop))
        self._at = max(stop, self._at)
        return body


GIB = 1 << 30


def large_members() -> list[Member]:
    """Below, at and above what 32 bits can say, and a small file behind 4 GiB."""
    sizes = {"below": 0xFFFFFFFE, "at": 0xFFFFFFFF, "above": 9 * GIB}
    members = [Member(f"m/{name}.fits", 7, WHEN, Zeros(size)) for name, size in sizes.items()]
    return [*members, Member("m/last.txt", zlib.crc32(b"here"), WHEN, Literal(b"here"))]


def test_zip64_says_sizes_and_offsets_over_4_gib() -> None:
    plan = Plan(large_members(), zip_format.segments, "", "")
    with zipfile.ZipFile(Sparse(plan)) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        assert sizes == {member.name: member.size_bytes for member in plan.members}
        assert archive.read("m/last.txt") == b"here"
        versions = {info.filename: info.extract_version for info in archive.infolist()}
        assert versions["m/below.fits"] == 20
        assert versions["m/at.fits"] == versions["m/above.fits"] == 45
        below = archive.getinfo("m/below.fits")
        assert below.extra == b"", "zip64 only where it is needed"


def test_a_tar_says_sizes_over_8_gib() -> None:
    plan = Plan(large_members(), tar.segments, "", "")
    with tarfile.open(fileobj=Sparse(plan)) as archive:
        sizes = {info.name: info.size for info in archive}
        assert sizes == {member.name: member.size_bytes for member in plan.members}
        last = archive.extractfile("m/last.txt")
        assert last is not None
        assert last.read() == b"here"


@pytest.mark.parametrize("number", [65_534, 65_535, 65_536, 70_000])
def test_a_zip_holds_more_than_65535_files(number: int) -> None:
    empty = Literal(b"")
    plan = Plan([Member(f"f{n}", 0, WHEN, empty) for n in range(number)], zip_format.segments, "", "")
    whole = b"".join(plan.stream())
    assert (b"PK\x06\x06" in whole[-200:]) == (number >= 65_535)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert len(archive.infolist()) == number


@pytest.mark.parametrize("year", [1970, 1979, 1980, 2107, 2150])
def test_years_that_zip_cannot_say_are_held_inside(year: int) -> None:
    member = Member("f", 0, dt.datetime(year, 12, 31, 23, 59, 58, tzinfo=dt.UTC), Literal(b""))
    with zipfile.ZipFile(io.BytesIO(b"".join(Plan([member], zip_format.segments, "", "").stream()))) as archive:
        assert archive.infolist()[0].date_time[0] == min(max(year, 1980), 2107)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_stays_small_while_a_large_file_streams(layout: str, tmp_path: Path) -> None:
    size = 400 << 20
    with (tmp_path / "sparse.fits").open("wb") as file:
        file.truncate(size)
    member = Member("m/sparse.fits", 0, WHEN, StoredFile(PosixStorage(tmp_path), "sparse.fits", size))
    plan = Plan([member], LAYOUTS[layout], "", "")
    tracemalloc.start()
    try:
        assert sum(len(piece) for piece in plan.stream()) == plan.length
        assert tracemalloc.get_traced_memory()[1] < 3 << 20
    finally:
        tracemalloc.stop()


# Broken --------------------------------------------------------------------------------------------------------------


def stored(tmp_path: Path, body: bytes, planned_length: int) -> Plan:
    (tmp_path / "f.fits").write_bytes(body)
    member = Member("m/f.fits", 0, WHEN, StoredFile(PosixStorage(tmp_path), "f.fits", planned_length))
    return Plan([member], zip_format.segments, "", "")


@pytest.mark.parametrize("planned_length", [9, 11])
def test_a_file_of_another_size_breaks_the_bundle(planned_length: int, tmp_path: Path) -> None:
    with pytest.raises(BrokenBundleError, match="has 10 bytes now"):
        list(stored(tmp_path, b"0123456789", planned_length).stream())


def test_a_vanished_file_breaks_the_bundle(tmp_path: Path) -> None:
    plan = stored(tmp_path, b"0123456789", 10)
    (tmp_path / "f.fits").unlink()
    with pytest.raises(BrokenBundleError, match="nothing is stored"):
        list(plan.stream())


def test_a_file_cut_short_in_mid_stream_breaks_the_bundle_and_is_never_padded(tmp_path: Path) -> None:
    size = 3 << 20
    plan = stored(tmp_path, bytes(size), size)
    pieces = plan.stream()
    got = len(next(pieces))
    os.truncate(tmp_path / "f.fits", 1 << 20)
    with pytest.raises(BrokenBundleError, match="ends early"):
        got += sum(len(piece) for piece in pieces)
    assert got < size


class Remote(PosixStorage):
    """A store without local files, as an object store is."""

    def open_local(self, key: str) -> Path | None:
        return None


@given(st.integers(0, 300_000), st.integers(0, 300_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=20)
def test_a_store_without_local_files_gives_the_same_ranges(tmp_path: Path, start: int, extra: int) -> None:
    body = bytes(range(250)) * 1200
    (tmp_path / "f.fits").write_bytes(body)
    segment = StoredFile(Remote(tmp_path), "f.fits", len(body))
    stop = min(start + extra, len(body))
    assert b"".join(map(as_bytes, segment.read(start, stop))) == body[start:stop]
