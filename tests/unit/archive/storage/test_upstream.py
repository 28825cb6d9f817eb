"""Fetching from another archive: whole, verified, once, and with the token for that archive alone."""

import fcntl
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from archive.storage.interfaces import NotStoredError, StorageError, no_beat
from archive.storage.upstream import BROKEN_OFF, REFUSED, WITHDRAWN, Listed, UpstreamStorage, _alone
from tests.services.upstream import OtherArchive

URI = "mast:JWST/product/jw02733-o001_t001_miri_f770w_i2d.fits"
CONTENT = hashlib.shake_256(b"file").digest(3_000_000)
LISTED = Listed(URI, len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def storage(other_archive: OtherArchive, tmp_path: Path) -> UpstreamStorage:
    other_archive.files[URI] = CONTENT
    return UpstreamStorage(other_archive.address, other_archive.token, tmp_path, {"a/f.fits": LISTED}.get)


def kept(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "fetched").rglob("*") if path.is_file())


def test_a_file_is_fetched_once_and_then_read_here(storage: UpstreamStorage, other_archive: OtherArchive) -> None:
    for start in (0, 10, 2_000_000):
        assert storage.read_range("a/f.fits", start, 1000) == CONTENT[start : start + 1000]
    path = storage.open_local("a/f.fits")
    assert path is not None
    assert path.read_bytes() == CONTENT
    assert len(other_archive.gets()) == 1


def test_many_who_ask_at_once_make_one_fetch(storage: UpstreamStorage, other_archive: OtherArchive) -> None:
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: b"".join(storage.stream("a/f.fits")), range(8)))
    assert bodies == [CONTENT] * 8
    assert len(other_archive.gets()) == 1


def test_a_fetch_leaves_no_lock_behind(storage: UpstreamStorage, other_archive: OtherArchive, tmp_path: Path) -> None:
    other_archive.files.clear()
    with pytest.raises(NotStoredError):
        storage.bring("a/f.fits")
    assert list((tmp_path / "parts").iterdir()) == []
    other_archive.files[URI] = CONTENT
    storage.bring("a/f.fits")
    assert list((tmp_path / "parts").iterdir()) == []


def test_of_many_who_take_a_lock_that_goes_with_its_holder_one_has_it(tmp_path: Path) -> None:
    lock, inside, most = tmp_path / "f.lock", [0], [0]

    def take(_: int) -> None:
        for _ in range(5):
            with _alone(lock, no_beat):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                lock.stat()  # the others run meanwhile
                inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, range(8)))
    assert most == [1]
    assert not lock.exists()


def test_who_waited_for_a_lock_that_went_waits_for_the_next_one(tmp_path: Path) -> None:
    lock = tmp_path / "f.lock"
    beats: list[None] = []
    with lock.open("ab") as first:
        fcntl.flock(first, fcntl.LOCK_EX)

        def beat() -> None:
            """The first holder goes, and another comes, while somebody waits; that one goes later."""
            beats.append(None)
            if len(beats) == 1:
                lock.unlink()
                fcntl.flock(second := stack.enter_context(lock.open("ab")), fcntl.LOCK_EX)
                assert not second.closed
                fcntl.flock(first, fcntl.LOCK_UN)
            elif len(beats) == 3:
                lock.unlink()
                stack.close()

        with ExitStack() as stack, _alone(lock, beat):
            assert len(beats) == 3
    assert not lock.exists()


def test_locks_of_fetches_that_were_killed_go(storage: UpstreamStorage, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    parts.mkdir()
    killed, living = parts / "killed.lock", parts / "living.lock"
    killed.touch()
    with living.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        storage.trim(0)
    assert [path.name for path in parts.iterdir()] == ["living.lock"]


class StopError(Exception):
    """Whoever waits for the file is told to stop."""


def test_who_waits_is_heard_while_a_file_comes_and_may_stop_it(
    storage: UpstreamStorage, other_archive: OtherArchive, tmp_path: Path
) -> None:
    beats: list[None] = []

    def beat() -> None:
        beats.append(None)
        if len(beats) == 3:
            raise StopError

    with pytest.raises(StopError):
        storage.bring("a/f.fits", beat)
    assert kept(tmp_path) == []
    storage.bring("a/f.fits", lambda: beats.append(None))  # goes on, and is heard again
    assert len(beats) > 3
    assert other_archive.gets()[-1][1].startswith("bytes=")
    assert b"".join(storage.stream("a/f.fits")) == CONTENT


def test_who_waits_for_somebody_else_s_fetch_is_heard_too(storage: UpstreamStorage, tmp_path: Path) -> None:
    lock = tmp_path / "parts" / f"{hashlib.sha256(b'a/f.fits').hexdigest()}.lock"
    lock.parent.mkdir()
    with lock.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        beats: list[None] = []

        def beat() -> None:
            beats.append(None)
            if len(beats) == 2:
                fcntl.flock(other, fcntl.LOCK_UN)

        storage.bring("a/f.fits", beat)
    assert len(beats) >= 2
    assert kept(tmp_path) == ["f.fits"]


def test_half_a_file_is_never_seen_and_the_next_who_asks_goes_on(
    storage: UpstreamStorage, other_archive: OtherArchive, tmp_path: Path
) -> None:
    other_archive.breaks_off_after = 1_000_000
    with pytest.raises(StorageError, match="does not give") as failed:
        storage.open_local("a/f.fits")
    assert failed.value.reason == BROKEN_OFF
    assert kept(tmp_path) == []
    assert b"".join(storage.stream("a/f.fits")) == CONTENT
    _, ranged, _ = other_archive.gets()[-1]
    assert 0 < int(ranged.removeprefix("bytes=").rstrip("-")) <= 1_000_000


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"?", CONTENT + b"more"], ids=["another byte", "longer"])
def test_other_bytes_than_the_catalogue_says_are_thrown_away(
    storage: UpstreamStorage, other_archive: OtherArchive, tmp_path: Path, wrong: bytes
) -> None:
    other_archive.files[URI] = wrong
    with pytest.raises(StorageError, match="gives other bytes"):
        storage.read_range("a/f.fits", 0, 10)
    assert kept(tmp_path) == []
    other_archive.files[URI] = CONTENT  # mended upstream: nothing of the wrong file is left in the way
    assert b"".join(storage.stream("a/f.fits")) == CONTENT


def test_a_shorter_file_than_the_catalogue_says_is_refused(
    storage: UpstreamStorage, other_archive: OtherArchive, tmp_path: Path
) -> None:
    other_archive.files[URI] = CONTENT[:-5]
    with pytest.raises(StorageError, match="broke off after 2999995 of 3000000 bytes"):
        storage.read_range("a/f.fits", 0, 10)
    assert kept(tmp_path) == []


def test_a_file_that_went_away_upstream_is_said_before_anything_is_sent(
    storage: UpstreamStorage, other_archive: OtherArchive
) -> None:
    del other_archive.files[URI]
    with pytest.raises(NotStoredError, match="has no mast:JWST/product/") as failed:
        storage.size("a/f.fits")
    assert failed.value.reason == WITHDRAWN


def test_the_token_opens_closed_files(storage: UpstreamStorage, other_archive: OtherArchive) -> None:
    other_archive.closed.add(URI)
    assert storage.size("a/f.fits") == len(CONTENT)
    assert b"".join(storage.stream("a/f.fits")) == CONTENT


def test_a_refusal_names_the_setting(other_archive: OtherArchive, tmp_path: Path) -> None:
    other_archive.files[URI] = CONTENT
    other_archive.closed.add(URI)
    storage = UpstreamStorage(other_archive.address, "", tmp_path, {"k": LISTED}.get)
    with pytest.raises(StorageError, match=r"refuses .* \(401\); look at UPSTREAM_TOKEN") as failed:
        storage.open_local("k")
    assert failed.value.reason == REFUSED


def test_the_token_is_not_sent_where_a_redirect_leads(storage: UpstreamStorage, other_archive: OtherArchive) -> None:
    mirror = OtherArchive({URI: CONTENT}).start()
    try:
        other_archive.elsewhere = mirror.host.replace("127.0.0.1", "localhost")
        assert b"".join(storage.stream("a/f.fits")) == CONTENT
    finally:
        mirror.stop()
    assert [given for _, _, given in other_archive.asked] == [f"token {other_archive.token}"]
    assert [given for _, _, given in mirror.asked] == [""]


def test_an_archive_that_is_down_is_said(storage: UpstreamStorage, other_archive: OtherArchive, tmp_path: Path) -> None:
    other_archive.stop()
    other = UpstreamStorage(other_archive.address, "", tmp_path, {"k": LISTED}.get)
    with pytest.raises(StorageError, match=r"does not give .*: ConnectError"):
        other.size("k")
    other_archive.__post_init__()
    other_archive.start()


def test_without_room_nothing_is_fetched(other_archive: OtherArchive, tmp_path: Path) -> None:
    other_archive.files[URI] = CONTENT
    storage = UpstreamStorage(other_archive.address, "", tmp_path, {"k": LISTED}.get, free_bytes=2**62)
    with pytest.raises(StorageError, match="does not fit on the disk"):
        storage.open_local("k")
    assert other_archive.asked == []


def test_what_was_not_read_for_longest_is_forgotten_first(other_archive: OtherArchive, tmp_path: Path) -> None:
    files = {key: hashlib.shake_256(key.encode()).digest(1000) for key in "abc"}
    other_archive.files = dict(files)
    listed = {key: Listed(key, 1000, hashlib.sha256(content).hexdigest()) for key, content in files.items()}
    storage = UpstreamStorage(other_archive.address, "", tmp_path, listed.get)
    for age, key in enumerate("abc"):
        path = storage.open_local(key)
        assert path is not None
        os.utime(path, (1000 + age, 1000 + age))
    storage.open_local("a")  # read now
    storage.write("own", io.BytesIO(bytes(5000)))
    assert storage.trim(2000) == 1
    assert kept(tmp_path) == ["a", "c"]
    assert storage.size("own") == 5000  # what was written here is the only copy
    assert b"".join(storage.stream("b")) == files["b"]
