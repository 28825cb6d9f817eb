"""The mail before a request's time is over: once for each end, with how it is prolonged."""

import datetime as dt
from html import unescape
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from pytest_django import Settings

from basket.models import Delivery, DeliveryState
from basket.staging import afterwards, job
from basket.staging.sweep import sweep
from notifications.models import OutboxMail
from tests.deliveries import NOW, content_of, observation, product, submitted

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_disk")]
DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def ready(own_disk: Path) -> Delivery:
    delivery = submitted([product(observation("jw02733-o001"), "a_i2d.fits", content_of(2_000))])
    job.run(delivery.pk, lambda: NOW, lambda: NOW)
    return Delivery.objects.get(pk=delivery.pk)


def warnings() -> list[OutboxMail]:
    return list(OutboxMail.objects.filter(template="expiring").order_by("created_at"))


def test_a_day_before_its_end_the_request_is_told_of_once(ready: Delivery) -> None:
    sweep(NOW + 6 * DAY - SECOND)
    assert not warnings()
    for later in (0, 1, 3600):
        sweep(NOW + 6 * DAY + later * SECOND)
    assert [mail.to for mail in warnings()] == [ready.email]


def test_the_mail_says_when_what_and_how_it_is_prolonged(ready: Delivery) -> None:
    sweep(NOW + 6 * DAY)
    context = warnings()[0].context
    subject = render_to_string("mail/expiring.subject.txt", context).strip()
    assert subject == f"Archive request {ready.name} is removed soon: 1 file, 2 kB"
    for form in ("txt", "html"):
        text = " ".join(unescape(render_to_string(f"mail/expiring.{form}", context)).split())
        assert f"{NOW + 7 * DAY:%Y-%m-%d %H:%M} UTC" in text
        assert f"prolongs it, until {NOW + 13 * DAY:%Y-%m-%d %H:%M} UTC" in text
        assert f"/requests/{ready.pk}/" in text
        assert "lftp" in text


def test_a_prolonged_request_is_told_of_again_at_its_new_end(ready: Delivery) -> None:
    sweep(NOW + 6 * DAY)
    assert afterwards.prolong(ready, NOW + 6 * DAY)
    sweep(NOW + 12 * DAY - SECOND)
    assert len(warnings()) == 1
    sweep(NOW + 12 * DAY)
    assert len(warnings()) == 2


def test_what_cannot_be_prolonged_is_not_said_to_be(ready: Delivery) -> None:
    Delivery.objects.filter(pk=ready.pk).update(finished_at=NOW - 21 * DAY)
    sweep(NOW + 6 * DAY)
    assert "It was kept as long as may be" in render_to_string("mail/expiring.txt", warnings()[0].context)


def test_files_that_were_given_back_are_not_told_of(ready: Delivery) -> None:
    assert afterwards.give_back(ready, NOW + 5 * DAY)
    sweep(NOW + 6 * DAY)
    assert not warnings()


def test_of_a_short_time_the_last_quarter_is_told_of(ready: Delivery, settings: Settings) -> None:
    settings.STAGING_KEEP_DAYS = 1
    Delivery.objects.filter(pk=ready.pk).update(expires_at=NOW + DAY)
    sweep(NOW + 18 * 3600 * SECOND - SECOND)
    assert not warnings()
    sweep(NOW + 18 * 3600 * SECOND)
    assert len(warnings()) == 1


def test_many_at_once_are_all_told_of(ready: Delivery) -> None:
    end = {"state": DeliveryState.READY, "expires_at": NOW + 7 * DAY, "finished_at": NOW, "created_at": NOW}
    Delivery.objects.bulk_create(
        Delivery(name=f"more {number}", folder=f"more-{number}", email="a@example.org", kind="staging", **end)
        for number in range(60)
    )
    sweep(NOW + 6 * DAY)
    sweep(NOW + 6 * DAY + SECOND)
    assert len(warnings()) == 61
