"""The sweeper finds what was lost, and ends what is over. Rings are heard on the real broker's queues."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings as live_settings
from django.db import connections

from basket.models import Delivery, DeliveryKind, DeliveryState
from basket.staging import job, places, states
from basket.staging.sweep import _LOCK, sweep
from notifications.models import OutboxMail
from tests.deliveries import NOW, content_of, observation, product, submitted
from tests.services.broker import client, drop_messages

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_disk")]
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def delivery(own_disk: Path) -> Delivery:
    return submitted([product(observation("jw02733-o001"), "a_i2d.fits", content_of(100))])


@pytest.fixture(autouse=True)
def _silence(delivery: Delivery) -> None:
    drop_messages(live_settings.REDIS_URL)


def rings(queue: str = "stage") -> int:
    with client(live_settings.REDIS_URL) as connection:
        return int(connection.llen(f"mast:{queue}"))


def test_a_queued_request_is_rung_for_again_after_half_a_minute(delivery: Delivery) -> None:
    sweep(NOW + 29 * SECOND)
    assert rings() == 0
    sweep(NOW + 30 * SECOND)
    assert rings() == 1


def test_a_request_of_a_silent_worker_is_rung_for(delivery: Delivery) -> None:
    states.claim(delivery.pk, NOW)
    sweep(NOW + 59 * SECOND)
    assert rings() == 0
    sweep(NOW + 60 * SECOND)
    assert rings() == 1


def test_a_request_waiting_for_space_is_rung_for_when_its_time_has_come(delivery: Delivery) -> None:
    claim = states.claim(delivery.pk, NOW)
    assert claim is not None
    states.wait_for_space(claim, NOW, 0, "no room")
    sweep(NOW + 59 * SECOND)
    assert rings() == 0
    sweep(NOW + 60 * SECOND)
    assert rings() == 1


def test_bundles_have_a_queue_of_their_own(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(kind=DeliveryKind.BUILT_ZIP)
    sweep(NOW + 30 * SECOND)
    assert (rings("bundle"), rings("stage")) == (1, 0)


def test_of_a_long_queue_only_the_oldest_are_rung_for(delivery: Delivery) -> None:
    waiting = {"kind": DeliveryKind.STAGING, "state": DeliveryState.QUEUED, "created_at": NOW, "next_at": NOW}
    Delivery.objects.bulk_create(Delivery(name="more", queued_at=NOW, **waiting) for _ in range(100))
    sweep(NOW + 30 * SECOND)
    assert rings() == 20


def test_one_sweeper_sweeps_at_a_time(delivery: Delivery) -> None:
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        sweep(NOW + 30 * SECOND)
        assert rings() == 0
    finally:
        other.close()


def test_a_request_that_used_up_its_attempts_fails_with_a_mail(delivery: Delivery) -> None:
    now = NOW
    for _ in range(states.MAX_ATTEMPTS):
        states.claim(delivery.pk, now)
        now += 60 * SECOND
    sweep(now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.folder, rings()) == (DeliveryState.FAILED, "", 0)
    assert "interrupted 5 times" in OutboxMail.objects.get().context["error_text"]


def test_files_go_when_their_time_is_over_and_not_before(delivery: Delivery) -> None:
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    where = places.on_disk(delivery)
    with (where / "a_i2d.fits").open("rb") as reader:
        sweep(NOW + dt.timedelta(days=7) - SECOND)
        assert where.exists()
        sweep(NOW + dt.timedelta(days=7))
        delivery.refresh_from_db()
        assert (delivery.state, delivery.folder) == (DeliveryState.EXPIRED, "")
        assert not where.exists()
        assert reader.read() == content_of(100)  # who reads just then may finish


def test_what_a_cancelled_request_left_behind_is_removed(delivery: Delivery) -> None:
    where = places.on_disk(delivery)
    where.mkdir(parents=True)
    (where / ".part-0").write_bytes(b"half")
    states.ask_to_cancel(delivery.pk, NOW)
    sweep(NOW)
    assert not where.exists()
