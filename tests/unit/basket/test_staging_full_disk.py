"""A staging disk that is truly full: the request waits, and is staged whole once there is room."""

import datetime as dt
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from basket.models import DeliveryState
from basket.staging import disk, job, places
from tests.deliveries import NOW, content_of, observation, product, submitted

pytestmark = pytest.mark.django_db
MIB = 1024**2
CONTENT = content_of(3 * MIB)


@pytest.fixture
def small_disk(settings: Settings, tmp_path: Path) -> Iterator[tuple[Callable[[], None], Callable[[], None]]]:
    """A staging folder: what leaves it without room for the file, and what gives it room.

    A file system of 4 MiB of which 2 are taken; where none may be mounted, a limit of 2 MiB on the size of a file.
    """
    folder = tmp_path / "staging"
    folder.mkdir()
    settings.STORAGE_URL, settings.STAGING_ROOT = (tmp_path / "storage").as_uri(), folder
    settings.STAGING_FREE_BYTES = 0
    mounted = _mount(folder)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if mounted:
        (folder / "other").write_bytes(bytes(2 * MIB))

    def give_room() -> None:
        (folder / "other").unlink(missing_ok=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def take_room() -> None:
        if not mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, hard))

    yield take_room, give_room
    give_room()
    if mounted:
        subprocess.run(["umount", str(folder)], check=True, timeout=30)


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


def test_a_request_waits_while_the_disk_is_full_and_is_then_staged_whole(
    small_disk: tuple[Callable[[], None], Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    take_room, give_room = small_disk
    made = product(observation("jw02733-o001"), "a_i2d.fits", CONTENT)
    delivery = submitted([made])
    # another process took the room between the look at the disk and the copy
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 10**18)
    take_room()
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code, delivery.space_waits) == (DeliveryState.WAITING_SPACE, "space", 1)
    assert list(places.on_disk(delivery).iterdir()) == [], "nothing half written keeps what room there is"
    give_room()
    job.run(delivery.pk, lambda: NOW + dt.timedelta(minutes=1), lambda: NOW)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY
    assert (places.on_disk(delivery) / "a_i2d.fits").read_bytes() == CONTENT
