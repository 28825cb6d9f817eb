"""The life of a delivery: claims, leases, fences and ends, each change by one UPDATE."""

import datetime as dt

import pytest

from basket.models import Delivery, DeliveryItem, DeliveryState
from basket.staging import states
from tests.deliveries import NOW, content_of, observation, product, submitted

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def delivery() -> Delivery:
    own = observation("jw02733-o001_t001_miri_f770w")
    return submitted([product(own, "a_i2d.fits", content_of(100))])


def claimed(delivery: Delivery, now: dt.datetime = NOW) -> states.Claim:
    claim = states.claim(delivery.pk, now)
    assert claim is not None
    return claim


def test_a_queued_delivery_is_claimed_once(delivery: Delivery) -> None:
    first = states.claim(delivery.pk, NOW)
    second = states.claim(delivery.pk, NOW)
    delivery.refresh_from_db()
    assert first == states.Claim(delivery.pk, 1)
    assert second is None
    assert (delivery.state, delivery.attempt, delivery.started_at) == (DeliveryState.RUNNING, 1, NOW)


def test_a_silent_worker_loses_its_claim_when_the_lease_is_over(delivery: Delivery) -> None:
    first = claimed(delivery)
    assert states.claim(delivery.pk, NOW + 59 * SECOND) is None
    second = claimed(delivery, NOW + 61 * SECOND)
    assert second.fence == first.fence + 1
    item = delivery.items.get()
    with pytest.raises(states.LeaseLostError):
        states.checkpoint(first, item, 50, 50, NOW + 62 * SECOND)
    item.refresh_from_db()
    assert item.bytes_done == 0
    with pytest.raises(states.LeaseLostError):
        states.finish(first, DeliveryState.READY, NOW + 62 * SECOND)


def test_a_checkpoint_renews_the_lease(delivery: Delivery) -> None:
    claim = claimed(delivery)
    states.checkpoint(claim, delivery.items.get(), 40, 40, NOW + 50 * SECOND)
    delivery.refresh_from_db()
    assert delivery.lease_until == NOW + 110 * SECOND
    assert (delivery.bytes_done, delivery.items.get().bytes_done) == (40, 40)
    assert states.claim(delivery.pk, NOW + 61 * SECOND) is None


def test_cancelling_a_queued_delivery_ends_it_at_once(delivery: Delivery) -> None:
    assert states.ask_to_cancel(delivery.pk, NOW)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.CANCELLED
    assert states.claim(delivery.pk, NOW) is None


def test_cancelling_a_running_delivery_is_seen_at_the_next_checkpoint(delivery: Delivery) -> None:
    claim = claimed(delivery)
    assert states.ask_to_cancel(delivery.pk, NOW)
    with pytest.raises(states.CancelledError):
        states.renew(claim, NOW + SECOND)


def test_a_delivery_that_ended_is_not_cancelled(delivery: Delivery) -> None:
    states.finish(claimed(delivery), DeliveryState.READY, NOW)
    assert not states.ask_to_cancel(delivery.pk, NOW)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY


def test_waiting_for_space_takes_the_pauses_in_turn(delivery: Delivery) -> None:
    now = NOW
    for waits, minutes in enumerate((1, 5, 15, 60)):
        states.wait_for_space(claimed(delivery, now), now, waits, "no room")
        assert states.claim(delivery.pk, now + dt.timedelta(minutes=minutes) - SECOND) is None
        now += dt.timedelta(minutes=minutes)
    delivery.refresh_from_db()
    assert (delivery.space_waits, delivery.attempt) == (4, 0)


def test_a_delivery_that_ends_its_workers_is_given_up_after_five_attempts(delivery: Delivery) -> None:
    now = NOW
    for _ in range(states.MAX_ATTEMPTS):
        claimed(delivery, now)
        now += 61 * SECOND
    assert states.claim(delivery.pk, now) is None
    assert states.give_up(delivery.pk, now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (DeliveryState.FAILED, "attempts")


def test_a_finished_file_wipes_out_the_attempts_before_it(delivery: Delivery) -> None:
    now = NOW
    for _ in range(states.MAX_ATTEMPTS - 1):
        claimed(delivery, now)
        now += 61 * SECOND
    states.finish_item(claimed(delivery, now), delivery.items.get(), 100, now)
    delivery.refresh_from_db()
    assert delivery.attempt == 0
    assert DeliveryItem.objects.get(delivery=delivery).state == "done"


def test_nothing_expires_before_its_time(delivery: Delivery) -> None:
    end = NOW + dt.timedelta(days=7)
    states.finish(claimed(delivery), DeliveryState.READY, NOW, expires_at=end)
    assert not states.expire(delivery.pk, end - SECOND)
    assert states.expire(delivery.pk, end)
