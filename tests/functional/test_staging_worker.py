"""Staging by real worker processes on the real broker: killed, restarted, and with the broker's memory wiped."""

import datetime as dt
import hashlib
import time
import zlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings

from accounts import actions, audit
from accounts.models import Grant
from archive.clock import machine_now
from archive.models import Held, Product, Program
from archive.storage import archive_storage
from basket.manifest import DOCUMENT_NAMES
from basket.models import CopiesOrder, Delivery, DeliveryKind, DeliveryState, ItemState
from basket.staging import places, states
from basket.staging.sweep import sweep
from mastportal.celery import app as celery_app
from mastportal.launcher import commands
from notifications.models import MailState, OutboxMail
from tests.deliveries import EMAIL, PAST, content_of, observation, product, submitted
from tests.people import make_person
from tests.services.broker import drop_messages
from tests.services.processes import Process, portal_environment
from tests.services.smtp import SmtpServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("workers")]
CONTENTS = {"a_i2d.fits": content_of(300_000, 1), "b_cal.fits": content_of(5, 2)}
BIG_BYTES = 320 * 1024**2
LEASE_S = 3


def wait_until(happened: Callable[[], bool], patience_s: float = 60) -> None:
    deadline = time.monotonic() + patience_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def state_of(delivery: Delivery) -> str:
    delivery.refresh_from_db()
    return delivery.state


def files_of(delivery: Delivery) -> dict[str, str]:
    """SHA-256 of what lies in the staged folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in places.on_disk(delivery).iterdir()}


@pytest.fixture
def small_files() -> list[Product]:
    own = observation("jw02733-o001_t001_miri_f770w")
    return [product(own, name, content) for name, content in CONTENTS.items()]


@pytest.fixture
def big_file() -> Iterator[Product]:
    """A file that takes a worker about a second, sparse in the store."""
    own = observation("jw02733-o002_t001_miri_f770w")
    key = f"tests/{own.obsid}/big_i2d.fits"
    root = Path(settings.STORAGE_URL.removeprefix("file://"))
    path = root / key
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(BIG_BYTES)
    digest, crc32, piece = hashlib.sha256(), 0, bytes(16 * 1024**2)
    for _ in range(BIG_BYTES // len(piece)):
        digest.update(piece)
        crc32 = zlib.crc32(piece, crc32)
    yield Product.objects.create(
        uri="mast:JWST/product/big_i2d.fits",
        observation=own,
        filename="big_i2d.fits",
        size_bytes=BIG_BYTES,
        sha256=digest.hexdigest(),
        crc32=crc32,
        storage_key=key,
        stored_at=PAST,
        held=Held.YES,
    )
    archive_storage().delete(key)


@pytest.fixture
def _queue_to_ourselves(broker: None) -> Iterator[None]:
    """The workers that other tests share leave the queue alone meanwhile."""
    celery_app.control.cancel_consumer("stage", reply=True, timeout=0.5)
    yield
    celery_app.control.add_consumer("stage", reply=True, timeout=0.5)


@pytest.fixture
def start_worker(_queue_to_ourselves: None, tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """Starts workers with a short lease, each its own to kill."""
    started: list[Process] = []

    def start() -> Process:
        env = portal_environment() | {"STAGING_LEASE_S": str(LEASE_S)}
        number = len(started)
        command = [*commands.stage_worker(concurrency=1), "--hostname", f"own{number}@%h"]
        started.append(Process(command, tmp_path / f"worker{number}.log", env))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


def test_a_request_is_staged_and_its_mail_arrives(
    celery_worker_process: list[Process], smtp_server: SmtpServer, small_files: list[Product]
) -> None:
    delivery = submitted(small_files, now=machine_now())
    wait_until(lambda: bool(smtp_server.messages))
    assert state_of(delivery) == DeliveryState.READY
    found = files_of(delivery)
    assert {name: found[name] for name in CONTENTS} == {
        name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()
    }
    (message,) = smtp_server.messages
    plain = message.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert message["To"] == EMAIL
    assert message["Subject"] == f"Archive request {delivery.name} is ready: 2 files, 300 kB"
    assert f"/{delivery.folder}/" in text
    assert f"{delivery.expires_at:%Y-%m-%d %H:%M} UTC" in text
    wait_until(lambda: OutboxMail.objects.filter(state=MailState.SENT).count() == 1)


def test_a_bundle_is_built_by_the_same_workers(
    celery_worker_process: list[Process], smtp_server: SmtpServer, small_files: list[Product]
) -> None:
    delivery = submitted(small_files, DeliveryKind.BUILT_ZIP, now=machine_now())
    wait_until(lambda: bool(smtp_server.messages))
    plain = smtp_server.messages[0].get_body(("plain",))
    assert plain is not None
    assert f"/basket/requests/{delivery.pk}/{delivery.name}.zip" in plain.get_content()


def test_a_worker_killed_in_mid_copy_is_followed_by_another_that_goes_on(
    start_worker: Callable[[], Process], small_files: list[Product], big_file: Product
) -> None:
    first = start_worker()
    delivery = submitted([*small_files, big_file], now=machine_now())
    wait_until(lambda: Delivery.objects.get(pk=delivery.pk).bytes_done > 64 * 1024**2)
    first.kill()
    assert state_of(delivery) == DeliveryState.RUNNING  # killed in the middle indeed
    copied = delivery.bytes_done
    drop_messages(settings.REDIS_URL)  # nor does the broker remember anything
    start_worker()
    wait_until(lambda: _swept(delivery) == DeliveryState.READY)
    assert delivery.fence == 2
    assert delivery.bytes_at_claim == copied  # it went on where the disk had it
    assert files_of(delivery)["big_i2d.fits"] == big_file.sha256
    assert delivery.bytes_done == delivery.bytes_total


def _swept(delivery: Delivery) -> str:
    sweep(machine_now())
    time.sleep(0.3)
    return state_of(delivery)


def test_a_queued_request_survives_an_emptied_broker(
    start_worker: Callable[[], Process], small_files: list[Product]
) -> None:
    deliveries = [submitted(small_files, now=machine_now() - states.ERROR_PAUSE * 2) for _ in range(3)]
    drop_messages(settings.REDIS_URL)
    start_worker()
    assert {state_of(each) for each in deliveries} == {DeliveryState.QUEUED}
    sweep(machine_now())
    wait_until(lambda: {state_of(each) for each in deliveries} == {DeliveryState.READY})


ENDED = "Access to Program 2733 has ended · Archive Portal"


def test_a_revoke_in_the_middle_reaches_the_copied_files_and_those_to_come(
    celery_worker_process: list[Process], smtp_server: SmtpServer, big_file: Product
) -> None:
    """Copied before, public, to come: the worker is at the public one, which is large, when access ends."""
    release = machine_now() + dt.timedelta(days=300)
    before = product(observation("jw02733-o001_t001_miri_f770w", release), "a_i2d.fits", content_of(300_000, 1))
    to_come = product(observation("jw02733-o003_t001_miri_f770w", release), "c_i2d.fits", content_of(300_000, 3))
    person = make_person("co-i@example.org", None)
    program = Program.objects.create(mission="JWST", number="2733")
    grant = Grant.objects.create(program=program, email=person.email, user=person, granted_at=machine_now())
    delivery = submitted([before, big_file, to_come], owner=person, now=machine_now())
    wait_until(lambda: Delivery.objects.get(pk=delivery.pk).bytes_done > 64 * 1024**2)
    assert delivery.items.get(product=before).state == ItemState.DONE
    assert delivery.items.get(product=to_come).state == ItemState.WAITING
    actions.revoke_access(grant, audit.CONSOLE, machine_now())
    wait_until(lambda: state_of(delivery) == DeliveryState.READY)
    wait_until(lambda: not CopiesOrder.objects.exists())
    ready_subject = f"Archive request {delivery.name} is ready: 1 file, 336 MB"
    wait_until(lambda: {ready_subject, ENDED} <= {str(message["Subject"]) for message in smtp_server.messages})

    found = files_of(delivery)
    assert set(found) == {"big_i2d.fits", *DOCUMENT_NAMES}
    assert found["big_i2d.fits"] == big_file.sha256
    delivery.refresh_from_db()
    assert (delivery.files_included, delivery.files_refused, delivery.files_done) == (1, 2, 1)
    assert (delivery.bytes_done, delivery.bytes_total) == (BIG_BYTES, BIG_BYTES)
    reason = f"exclusive until {release:%Y-%m-%d} · Program 2733"
    assert [item.reason for item in delivery.items.filter(state=ItemState.REFUSED)] == [reason, reason]
    manifest = (places.on_disk(delivery) / "MANIFEST.HTML").read_text()
    assert f"Not Authorized: 2 files ({reason})" in manifest
    assert before.sha256 not in manifest
    texts = {str(message["Subject"]): plain_text(message) for message in smtp_server.messages}
    assert "has ended" in texts[ENDED]
    assert "2 files refused: exclusive access" in texts[ready_subject]


def plain_text(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    text: str = part.get_content()
    return text
