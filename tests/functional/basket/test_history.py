"""Download History: by date, contents, repeat; for its owner alone."""

import datetime as dt
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from archive.models import Held, Observation, Product
from basket.forgetting import forget_bundles
from basket.models import Delivery, DeliveryKind, DeliveryState, Tick
from basket.selection import freeze
from basket.staging import submit
from tests.basket_holdings import FUTURE, NOW, body_of, observation, product

pytestmark = pytest.mark.usefixtures("signed_in")


@pytest.fixture
def signed_in(client: Client, stranger: User) -> User:
    client.force_login(stranger)
    return stranger


@pytest.fixture
def own() -> Observation:
    return observation("jw1")


def made(person: User | None, kind: DeliveryKind = DeliveryKind.ZIP, *, name: str = "", age_days: int = 0) -> Delivery:
    return freeze(kind, Product.objects.all(), person, NOW - dt.timedelta(days=age_days), name=name)


def names(page: str) -> list[str]:
    return re.findall(r'<th scope="row" data-label="Name"><a href="[^"]+">([^<]+)</a>', page)


def test_deliveries_stand_by_date_with_state_figures_and_their_way(
    client: Client, stranger: User, staff: User, own: Observation
) -> None:
    product(own, "a.fits")
    product(observation("jw2", release=FUTURE), "b.fits")
    made(stranger, name="old", age_days=20)
    made(stranger, DeliveryKind.CURL, name="<b>new")
    made(staff, name="theirs")
    made(None, name="nobodys")
    page = client.get("/basket/history/").text
    assert names(page) == ["_b_new", "old"]
    assert "cURL script" in page
    assert "1 of 2" in page
    assert "2025-12-31" in page
    assert 'aria-current="page">Download History</a>' in page
    assert 'href="/basket/history/"' in client.get("/basket/").text


def test_history_is_for_people_who_are_signed_in(client: Client, staff: User, own: Observation) -> None:
    product(own, "a.fits")
    delivery = made(staff)
    for door in ("", "again/", "to-basket/"):
        address = f"/basket/history/{delivery.pk}/{door}"
        assert (client.post(address) if door else client.get(address)).status_code == 404
        answer = Client().post(address) if door else Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")
    assert "Download History" not in Client().get("/basket/").text
    assert Delivery.objects.count() == 1


def test_the_contents_are_those_of_then_and_narrowed_by_category(
    client: Client, stranger: User, own: Observation
) -> None:
    product(own, "a.fits")
    product(own, "a.jpg", category="PREVIEW")
    product(own, "gone.fits", held=Held.LOST)
    delivery = made(stranger)
    Product.objects.update(held=Held.LOST)
    page = client.get(f"/basket/history/{delivery.pk}/").text
    assert re.findall(r'<th scope="row">([^<]+)</th>', page) == [
        "JWST/jw1/a.fits",
        "JWST/jw1/a.jpg",
        "JWST/jw1/gone.fits",
    ]
    assert "Lost: this archive" in page
    page = client.get(f"/basket/history/{delivery.pk}/?category=PREVIEW&after=x").text
    assert re.findall(r'<th scope="row">([^<]+)</th>', page) == ["JWST/jw1/a.jpg"]


def test_repeating_a_bundle_decides_anew_and_streams(client: Client, stranger: User, own: Observation) -> None:
    kept, lost = product(own, "a.fits"), product(own, "b.fits")
    delivery = made(stranger, name="mine", age_days=3)
    Product.objects.filter(pk=lost.pk).update(t_release=99000.0)
    answer = client.post(f"/basket/history/{delivery.pk}/again/")
    assert answer.status_code == 303
    again = Delivery.objects.get(created_at=NOW)
    assert (again.kind, again.name, again.owner) == ("zip", "mine", stranger)
    assert (again.files_included, again.files_refused) == (1, 1)
    content = client.get(answer["Location"]).getvalue()
    assert body_of(kept.uri) in content
    assert body_of(lost.uri) not in content


@pytest.mark.parametrize("kind", [DeliveryKind.TAR, DeliveryKind.TAR_GZ, DeliveryKind.CURL])
def test_every_streamed_kind_can_be_repeated(
    kind: DeliveryKind, client: Client, stranger: User, own: Observation
) -> None:
    product(own, "a.fits")
    answer = client.post(f"/basket/history/{made(stranger, kind, age_days=1).pk}/again/")
    assert answer["Location"].endswith("/MAST_2026-01-20T1204." + {"curl": "sh"}.get(kind, kind))
    assert client.get(answer["Location"]).status_code == 200


def test_repeating_a_request_queues_another_to_the_same_address(
    client: Client, stranger: User, own: Observation
) -> None:
    product(own, "a.fits")
    delivery = made(stranger, DeliveryKind.BUILT_ZIP, name="mine", age_days=1)
    Delivery.objects.filter(pk=delivery.pk).update(part_bytes=10**9)
    submit(delivery, "elsewhere@example.org", NOW)
    answer = client.post(f"/basket/history/{delivery.pk}/again/")
    again = Delivery.objects.exclude(pk=delivery.pk).get()
    assert answer["Location"] == f"/basket/requests/{again.pk}/"
    assert (again.state, again.email, again.part_bytes) == (DeliveryState.QUEUED, "elsewhere@example.org", 10**9)


def test_what_cannot_be_repeated_says_why(client: Client, stranger: User, own: Observation, settings: Settings) -> None:
    product(own, "a.fits")
    delivery = made(stranger)
    settings.STREAM_LIMIT_BYTES = 1
    answer = client.post(f"/basket/history/{delivery.pk}/again/")
    assert answer.status_code == 409
    assert "a streamed bundle takes at most" in answer.text
    assert Delivery.objects.count() == 1


def test_its_files_come_back_into_the_basket_ticked(client: Client, stranger: User, own: Observation) -> None:
    other, parent = observation("jw2"), observation("jw3")
    first, second = product(own, "a.fits"), product(other, "b.fits", parents=(parent,))
    delivery = made(stranger, name="mine")
    product(own, "later.fits")
    answer = client.post(f"/basket/history/{delivery.pk}/to-basket/", follow=True)
    assert "Files of mine in the basket and newly ticked: 2" in answer.text
    assert set(Tick.objects.values_list("product_id", flat=True)) == {first.pk, second.pk}
    assert "3 files</strong>" in answer.text


def test_the_history_of_people_stays_longer_than_a_nameless_list(stranger: User, own: Observation) -> None:
    product(own, "a.fits")
    mine, nameless = made(stranger, age_days=40), made(None, age_days=40)
    old = made(stranger)
    Delivery.objects.filter(pk=old.pk).update(created_at=NOW - dt.timedelta(days=800))
    assert forget_bundles(NOW) == 2
    assert list(Delivery.objects.all()) == [mine]
    assert not Delivery.objects.filter(pk__in=[old.pk, nameless.pk]).exists()


def test_the_pages_cost_the_same_whatever_they_list(
    client: Client, stranger: User, own: Observation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        product(own, f"{number}.fits")
    deliveries = [made(stranger, age_days=number % 5) for number in range(60)]
    with django_assert_max_num_queries(7):
        page = client.get("/basket/history/").text
    assert len(names(page)) == 50
    with django_assert_max_num_queries(8):
        client.get(f"/basket/history/{deliveries[0].pk}/")
