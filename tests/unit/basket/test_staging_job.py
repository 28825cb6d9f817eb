"""A worker's work on one delivery, on a real disk: what is delivered, what is told, and what a broken run leaves."""

import datetime as dt
import errno
import subprocess
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.clock import to_mjd
from archive.models import Observation, Product
from archive.storage import archive_storage
from archive.storage.posix import PosixStorage
from basket.models import Delivery, DeliveryState, ItemState
from basket.staging import copying, disk, folder, job, places, states
from notifications.models import OutboxMail
from tests.deliveries import EMAIL, FUTURE, NOW, content_of, observation, product, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_disk")]
MIB = 1024**2
CONTENTS = {"a_i2d.fits": content_of(300_000, 1), "b_cal.fits": content_of(5, 2), "c_empty.txt": b""}


@pytest.fixture
def own(own_disk: Path) -> Observation:
    return observation("jw02733-o001_t001_miri_f770w")


@pytest.fixture
def products(own: Observation) -> list[Product]:
    return [product(own, name, content) for name, content in CONTENTS.items()]


def run(delivery: Delivery, now: dt.datetime = NOW) -> Delivery:
    job.run(delivery.pk, lambda: now, lambda: NOW)
    delivery.refresh_from_db()
    return delivery


def spoil(each: Product) -> None:
    """Change one byte of a stored file behind the catalogue's back."""
    path = archive_storage().open_local(each.storage_key)
    assert path is not None
    path.write_bytes(b"\0" + path.read_bytes()[1:])


def test_all_files_arrive_flat_verified_and_with_their_documents(products: list[Product]) -> None:
    delivery = run(submitted(products))
    where = places.on_disk(delivery)
    assert delivery.state == DeliveryState.READY
    assert {path.name for path in where.iterdir()} == {*CONTENTS, "MANIFEST.HTML", "manifest.csv", "SHA256SUMS"}
    assert {name: (where / name).read_bytes() for name in CONTENTS} == CONTENTS
    check = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=where, capture_output=True, text=True, check=True, timeout=60
    )
    assert check.stdout.count(": OK") == 3
    assert "mast:JWST/product/" in (where / "MANIFEST.HTML").read_text()
    assert (delivery.files_done, delivery.bytes_done) == (3, 300_005)
    assert delivery.expires_at == NOW + dt.timedelta(days=7)


def test_the_folder_of_people_without_an_account_is_a_secret(products: list[Product]) -> None:
    first, second = submitted(products), submitted(products)
    secret = first.folder.removeprefix("stage/anonymous/anon")
    assert len(bytes.fromhex(secret)) == 16
    assert first.folder != second.folder


def test_the_mail_is_written_with_the_end_and_once(products: list[Product]) -> None:
    delivery = run(submitted(products))
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.template) == (EMAIL, "staged")
    assert mail.context["pick_up"]["folder"] == f"/{delivery.folder}/"
    assert mail.context["expires"] == "2026-01-27 12:00 UTC"
    run(delivery)
    assert OutboxMail.objects.count() == 1


def test_access_is_asked_again_just_before_each_copy(products: list[Product], own: Observation) -> None:
    delivery = submitted(products)
    other = observation("jw02733-o002_t001_miri_f770w", release=FUTURE)
    products[0].observation = other
    products[0].save()
    run(delivery)
    refused = delivery.items.get(product=products[0])
    assert (refused.state, refused.reason) == (ItemState.REFUSED, "exclusive until 2026-07-19 · Program 2733")
    assert (delivery.state, delivery.files_refused, delivery.files_done) == (DeliveryState.READY, 1, 2)
    assert not (places.on_disk(delivery) / "a_i2d.fits").exists()
    assert "Not Authorized" in (places.on_disk(delivery) / "MANIFEST.HTML").read_text()
    assert "a_i2d.fits" not in (places.on_disk(delivery) / "SHA256SUMS").read_text()


def test_a_file_that_does_not_match_the_catalogue_is_named_and_left_out(products: list[Product]) -> None:
    spoil(products[0])
    delivery = run(submitted(products))
    assert delivery.state == DeliveryState.PARTIAL
    assert {path.name for path in places.on_disk(delivery).iterdir()} == {
        *("b_cal.fits", "c_empty.txt", "MANIFEST.HTML", "manifest.csv", "SHA256SUMS")
    }
    mail = OutboxMail.objects.get()
    assert mail.template == "partial"
    assert mail.context["failures"] == [
        {"flat_name": "a_i2d.fits", "reason": "its bytes do not match the catalogue's SHA-256"}
    ]


def test_a_file_gone_from_the_store_is_named_and_left_out(products: list[Product]) -> None:
    archive_storage().delete(products[1].storage_key)
    delivery = run(submitted(products))
    assert delivery.state == DeliveryState.PARTIAL
    failed = delivery.items.get(state=ItemState.FAILED)
    assert (failed.flat_name, failed.reason) == ("b_cal.fits", "the archive's store does not give the file")


def test_a_file_that_cannot_be_read_does_not_end_the_others(
    products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = PosixStorage.read_range

    def broken_disk(self: PosixStorage, key: str, start: int, length: int) -> bytes:
        if key.endswith("a_i2d.fits"):
            raise OSError(errno.EIO, "Input/output error")
        return given(self, key, start, length)

    monkeypatch.setattr(PosixStorage, "read_range", broken_disk)
    delivery = run(submitted(products))
    assert (delivery.state, delivery.files_done) == (DeliveryState.PARTIAL, 2)


def test_a_disk_that_is_full_at_last_is_waited_for(products: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        with disk.room_watched():
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "write_whole", full)
    assert run(submitted(products)).state == DeliveryState.WAITING_SPACE


def test_a_request_of_which_nothing_is_left_fails_with_a_mail(own: Observation) -> None:
    only = product(own, "a_i2d.fits", content_of(100))
    spoil(only)
    delivery = submitted([only])
    folder_before = places.on_disk(delivery)
    run(delivery)
    assert (delivery.state, delivery.folder) == (DeliveryState.FAILED, "")
    assert not folder_before.exists()
    assert OutboxMail.objects.get().template == "failed"


def test_a_disk_that_gives_back_other_bytes_is_caught_and_the_copy_made_anew(
    products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoilt: list[str] = []

    def spoil_first_copy(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if not spoilt and path.stat().st_size:
            spoilt.append(path.name)
            path.write_bytes(b"\xff" + path.read_bytes()[1:])

    monkeypatch.setattr(disk, "forget_cached", spoil_first_copy)
    delivery = run(submitted(products))
    assert spoilt
    assert delivery.state == DeliveryState.READY
    assert (places.on_disk(delivery) / "a_i2d.fits").read_bytes() == CONTENTS["a_i2d.fits"]


class PowerCut(BaseException):
    """Ends a worker in the middle, past every `except Exception`."""


def test_another_worker_goes_on_at_the_checkpoint(
    products: list[Product], own: Observation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "CHECKPOINT_BYTES", MIB)
    monkeypatch.setattr(copying, "PIECE_BYTES", MIB // 4)
    big = content_of(4 * MIB, 7)
    delivery = submitted([*products, product(own, "z_big_i2d.fits", big)])
    given = folder._pieces
    asked: list[tuple[str, int]] = []

    def until_the_cut(storage: object, key: str, start: int) -> object:
        asked.append((key.rpartition("/")[2], start))
        for count, piece in enumerate(given(archive_storage(), key, start)):
            if len(asked) == 4 and count == 10:
                raise PowerCut
            yield piece

    monkeypatch.setattr(folder, "_pieces", until_the_cut)
    with pytest.raises(PowerCut):
        job.run(delivery.pk, lambda: NOW, lambda: NOW)
    assert delivery.items.get(flat_name="z_big_i2d.fits").bytes_done == 2 * MIB
    run(delivery, NOW + dt.timedelta(seconds=61))
    assert asked[3:] == [("z_big_i2d.fits", 0), ("z_big_i2d.fits", 2 * MIB)]
    assert delivery.state == DeliveryState.READY
    assert (places.on_disk(delivery) / "z_big_i2d.fits").read_bytes() == big
    assert delivery.bytes_done == 300_005 + 4 * MIB


def test_a_file_named_just_before_its_worker_died_is_not_copied_again(products: list[Product]) -> None:
    delivery = submitted(products[:1])
    where = places.on_disk(delivery)
    where.mkdir(parents=True)
    (where / "a_i2d.fits").write_bytes(CONTENTS["a_i2d.fits"])
    archive_storage().delete(products[0].storage_key)
    assert run(delivery).state == DeliveryState.READY


def test_without_room_the_request_waits_and_at_last_fails_with_a_mail(
    products: list[Product], settings: Settings
) -> None:
    settings.STAGING_FREE_BYTES = 10**18
    delivery, now = submitted(products), NOW
    for _ in range(4):
        run(delivery, now)
        assert delivery.state == DeliveryState.WAITING_SPACE
        assert delivery.next_at is not None
        now = delivery.next_at
    run(delivery, now)
    assert (delivery.state, delivery.error_code) == (DeliveryState.FAILED, "space")
    assert "no room" in OutboxMail.objects.get().context["error_text"]


def test_a_request_that_waited_for_space_is_staged_when_there_is_some(
    products: list[Product], settings: Settings
) -> None:
    settings.STAGING_FREE_BYTES = 10**18
    delivery = run(submitted(products))
    settings.STAGING_FREE_BYTES = 0
    assert run(delivery, NOW + dt.timedelta(seconds=59)).state == DeliveryState.WAITING_SPACE
    assert run(delivery, NOW + dt.timedelta(seconds=60)).state == DeliveryState.READY
    assert delivery.error_text == ""


def test_a_cancelled_request_stops_at_its_next_checkpoint_and_leaves_nothing(products: list[Product]) -> None:
    delivery = submitted(products)
    where = places.on_disk(delivery)
    moments = iter(range(1000))

    def clock() -> dt.datetime:
        if next(moments) == 3:
            states.ask_to_cancel(delivery.pk, NOW)
        return NOW

    job.run(delivery.pk, clock, lambda: NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.folder) == (DeliveryState.CANCELLED, "")
    assert not where.exists()
    assert not OutboxMail.objects.exists()


def test_a_worker_whose_lease_went_to_another_touches_nothing(products: list[Product]) -> None:
    delivery = submitted(products)
    moments = iter(range(1000))

    def clock() -> dt.datetime:
        if next(moments) == 2:
            Delivery.objects.filter(pk=delivery.pk).update(fence=99, error_text="the other's")
        return NOW

    job.run(delivery.pk, clock, lambda: NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.fence, delivery.error_text) == (DeliveryState.RUNNING, 99, "the other's")
    assert not OutboxMail.objects.exists()


def test_an_error_of_ours_queues_the_request_again(products: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = submitted(products)

    def broken(*arguments: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(folder, "stage", broken)
    run(delivery)
    assert (delivery.state, delivery.attempt) == (DeliveryState.QUEUED, 1)
    monkeypatch.undo()
    assert run(delivery, NOW + dt.timedelta(seconds=20)).state == DeliveryState.READY


def test_an_exclusive_file_is_staged_for_nobody_without_the_right(own: Observation, products: list[Product]) -> None:
    own.t_obs_release = to_mjd(NOW) + 1 / 86400
    own.save()
    with pytest.raises(Exception, match="None of the selected files can be delivered"):
        submitted(products)
