"""After a request has ended: prolonging, giving back, trying again."""

import datetime as dt
import io
import tarfile
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from archive.clock import machine_now
from archive.models import Product
from archive.storage import archive_storage
from basket.models import Delivery, DeliveryKind, DeliveryState, ItemState
from basket.staging import SubmitError, afterwards, job, places
from notifications.models import OutboxMail
from tests.deliveries import NOW, content_of, observation, product, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_disk")]
DAY = dt.timedelta(days=1)


@pytest.fixture
def products(own_disk: Path) -> list[Product]:
    own = observation("jw02733-o001_t001_miri_f770w")
    return [product(own, "a_i2d.fits", content_of(2_000)), product(own, "b_cal.fits", content_of(500, 2))]


def run(delivery: Delivery, now: dt.datetime = NOW) -> Delivery:
    job.run(delivery.pk, lambda: now, lambda: NOW)
    return Delivery.objects.get(pk=delivery.pk)


def lose(each: Product) -> None:
    archive_storage().delete(each.storage_key)


def bring_back(each: Product, content: bytes) -> None:
    archive_storage().write(each.storage_key, io.BytesIO(content))


def test_a_request_is_kept_for_the_whole_time_again_and_not_for_ever(products: list[Product]) -> None:
    delivery = run(submitted(products))
    assert not afterwards.prolong(delivery, NOW)  # no gain
    now = NOW
    for expected in (13, 19, 25, 28):
        now += 6 * DAY
        assert afterwards.prolong(delivery, now)
        delivery.refresh_from_db()
        assert delivery.expires_at == NOW + expected * DAY
    assert not afterwards.prolong(delivery, now + DAY)


def test_what_is_over_is_not_prolonged(products: list[Product]) -> None:
    delivery = run(submitted(products))
    assert not afterwards.prolong(delivery, NOW + 7 * DAY)


def test_files_that_are_given_back_leave_the_disk_at_once(products: list[Product]) -> None:
    delivery = run(submitted(products))
    where = places.on_disk(delivery)
    assert afterwards.give_back(delivery, NOW)
    assert not where.exists()
    assert not afterwards.give_back(delivery, NOW)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.folder) == (DeliveryState.EXPIRED, "")


def test_what_failed_is_tried_again_and_what_is_there_stays(products: list[Product]) -> None:
    lose(products[1])
    delivery = run(submitted(products))
    assert delivery.state == DeliveryState.PARTIAL
    staged = (places.on_disk(delivery) / "a_i2d.fits").stat().st_ino
    bring_back(products[1], content_of(500, 2))
    assert afterwards.retry(delivery, NOW + DAY)
    delivery = run(delivery, NOW + DAY)
    assert (delivery.state, delivery.files_done, delivery.bytes_done) == (DeliveryState.READY, 2, 2500)
    assert (places.on_disk(delivery) / "a_i2d.fits").stat().st_ino == staged
    assert (places.on_disk(delivery) / "b_cal.fits").read_bytes() == content_of(500, 2)
    assert delivery.expires_at == NOW + 8 * DAY
    assert list(OutboxMail.objects.order_by("pk").values_list("template", flat=True)) == ["partial", "staged"]


@pytest.mark.parametrize("kind", [DeliveryKind.STAGING, DeliveryKind.BUILT_ZIP])
def test_a_request_that_failed_is_tried_again_from_the_beginning(products: list[Product], kind: DeliveryKind) -> None:
    for each in products:
        lose(each)
    delivery = run(submitted(products, kind))
    assert (delivery.state, delivery.folder) == (DeliveryState.FAILED, "")
    bring_back(products[0], content_of(2_000))
    bring_back(products[1], content_of(500, 2))
    assert afterwards.retry(delivery, NOW + DAY)
    delivery = run(delivery, NOW + DAY)
    assert delivery.state == DeliveryState.READY
    assert set(delivery.items.values_list("state", flat=True)) == {ItemState.DONE}


def test_a_bundle_with_failed_files_is_built_anew(products: list[Product]) -> None:
    lose(products[1])
    delivery = run(submitted(products, DeliveryKind.BUILT_TAR))
    assert delivery.state == DeliveryState.PARTIAL
    bring_back(products[1], content_of(500, 2))
    assert afterwards.retry(delivery, NOW + DAY)
    delivery = run(delivery, NOW + DAY)
    assert (delivery.state, delivery.files_done) == (DeliveryState.READY, 2)
    with tarfile.open(places.on_disk(delivery) / delivery.built_name) as bundle:
        assert any(name.endswith("/b_cal.fits") for name in bundle.getnames())


def test_trying_again_keeps_within_the_limits_of_a_person(products: list[Product], settings: Settings) -> None:
    lose(products[1])
    delivery = run(submitted(products))
    settings.STAGING_OPEN_REQUESTS = 1
    submitted(products)
    with pytest.raises(SubmitError, match="as many as one person may have"):
        afterwards.retry(delivery, NOW)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.PARTIAL


def test_a_whole_request_is_not_tried_again(products: list[Product]) -> None:
    delivery = run(submitted(products))
    assert not afterwards.retry(delivery, NOW)


# On the page ---------------------------------------------------------------------------------------------------------


def press(client: Client, delivery: Delivery, action: str) -> str:
    address = reverse(f"basket:request_{action}", args=[delivery.pk])
    assert client.get(address).status_code == 405
    page = client.post(address).headers["Location"]
    return client.get(page).text


def test_the_page_offers_what_is_possible(client: Client, products: list[Product]) -> None:
    now = machine_now()
    lose(products[1])
    delivery = submitted(products, now=now - 2 * DAY)
    job.run(delivery.pk, lambda: now - 2 * DAY, lambda: NOW)
    text = client.get(reverse("basket:request", args=[delivery.pk])).text
    assert f"Keep until {now + 7 * DAY:%Y-%m-%d}" in text
    assert "Keep until" not in press(client, delivery, "prolong")
    assert "Cancel request" in press(client, delivery, "retry")
    delivery = run(Delivery.objects.get(pk=delivery.pk), machine_now())
    text = press(client, delivery, "delete")
    assert afterwards.GIVEN_BACK in text
    assert "Delete files" not in text


def test_a_refusal_is_said_on_the_page(client: Client, products: list[Product], settings: Settings) -> None:
    lose(products[1])
    delivery = run(submitted(products))
    settings.STAGING_OPEN_REQUESTS = 1
    submitted(products)
    response = client.post(reverse("basket:request_retry", args=[delivery.pk]))
    assert response.status_code == 409
    assert "as many as one person may have" in response.text
