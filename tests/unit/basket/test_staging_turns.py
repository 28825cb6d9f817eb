"""Queue order between people: whoever has least at work and waited longest comes next."""

import datetime as dt
from pathlib import Path

import pytest

from accounts.models import User
from archive.models import Product
from basket.models import Delivery, DeliveryKind, DeliveryState
from basket.staging import states, turns
from tests.deliveries import NOW, content_of, observation, product, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_disk")]
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def files(own_disk: Path) -> list[Product]:
    return [product(observation("jw02733-o001"), "a_i2d.fits", content_of(100))]


def served(moment: dt.datetime, *, ends: bool = True) -> str:
    """Who comes next; the request is taken up, and ended unless a worker keeps it."""
    number = turns.next_turn(turns.STAGED, moment)
    if number is None:
        return ""
    claim = states.claim(number, moment)
    assert claim is not None
    if ends:
        states.finish(claim, DeliveryState.READY, moment)
    return Delivery.objects.get(pk=number).email.partition("@")[0]


def test_people_take_turns_however_many_requests_one_has(files: list[Product]) -> None:
    for place in range(4):
        submitted(files, email="greedy@example.org", now=NOW + place * dt.timedelta(seconds=1))
    submitted(files, email="late@example.org", now=NOW + MINUTE)
    submitted(files, email="Late@example.org", now=NOW + MINUTE)
    order = [served(NOW + (place + 2) * MINUTE) for place in range(7)]
    assert [name.lower() for name in order] == ["greedy", "late", "greedy", "late", "greedy", "greedy", ""]


def test_of_one_person_the_oldest_request_comes_first(files: list[Product]) -> None:
    later = submitted(files, now=NOW + MINUTE)
    first = submitted(files)
    assert turns.next_turn(turns.STAGED, NOW + 2 * MINUTE) == first.pk
    assert served(NOW + 2 * MINUTE)
    assert turns.next_turn(turns.STAGED, NOW + 3 * MINUTE) == later.pk


def test_who_has_a_request_at_work_waits_for_who_has_none(files: list[Product], stranger: User) -> None:
    for _ in range(2):
        submitted(files, email="busy@example.org")
    assert served(NOW + MINUTE, ends=False) == "busy"
    own = submitted(files, owner=stranger, email="own@example.org", now=NOW + MINUTE)
    assert turns.next_turn(turns.STAGED, NOW + MINUTE + dt.timedelta(seconds=1)) == own.pk


def test_an_account_is_one_person_whatever_its_addresses(files: list[Product], stranger: User) -> None:
    submitted(files, owner=stranger, email="one@example.org")
    submitted(files, owner=stranger, email="two@example.org", now=NOW + dt.timedelta(seconds=1))
    submitted(files, email="other@example.org", now=NOW + MINUTE)
    assert [served(NOW + (place + 2) * MINUTE) for place in range(3)] == ["one", "other", "two"]


def test_bundles_and_staged_folders_have_queues_of_their_own(files: list[Product]) -> None:
    bundle = submitted(files, DeliveryKind.BUILT_ZIP)
    assert turns.next_turn(turns.STAGED, NOW) is None
    assert turns.next_turn(turns.BUILT, NOW) == bundle.pk


def test_what_is_not_due_or_was_tried_too_often_has_no_turn(files: list[Product]) -> None:
    delivery = submitted(files)
    assert turns.next_turn(turns.STAGED, NOW - MINUTE) is None
    Delivery.objects.filter(pk=delivery.pk).update(attempt=states.MAX_ATTEMPTS)
    assert turns.next_turn(turns.STAGED, NOW) is None
