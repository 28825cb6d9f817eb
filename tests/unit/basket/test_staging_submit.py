"""Handing over: the address, the limits of one person, and nothing half done."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from archive.models import Product
from basket.models import Delivery, DeliveryState
from basket.staging import SubmitError, states, submit
from tests.deliveries import NOW, content_of, observation, product, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_disk")]


@pytest.fixture
def files(own_disk: Path) -> list[Product]:
    return [product(observation("jw02733-o001"), "a_i2d.fits", content_of(100))]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b", "a@example.org, b@example.org", "a@example.org\nBcc: b@example.org", "x" * 300]
)
def test_an_address_that_is_none_is_refused_with_the_remedy(files: list[Product], address: str) -> None:
    with pytest.raises(SubmitError) as refusal:
        submitted(files, email=address)
    assert "name@example.org" in refusal.value.remedy


def test_the_address_is_taken_without_its_blanks(files: list[Product]) -> None:
    assert submitted(files, email="  reader@example.org ").email == "reader@example.org"


def test_one_person_has_so_many_requests_under_way_and_no_more(files: list[Product], settings: Settings) -> None:
    settings.STAGING_OPEN_REQUESTS = 2
    first = submitted(files)
    submitted(files)
    with pytest.raises(SubmitError, match="2 requests are under way"):
        submitted(files, email="Reader@Example.org")
    submitted(files, email="other@example.org")
    states.ask_to_cancel(first.pk, NOW)
    submitted(files)


def test_an_account_is_counted_by_its_owner_not_by_the_address(files: list[Product], settings: Settings) -> None:
    settings.STAGING_OPEN_REQUESTS = 1
    owner = User.objects.create_user("pi@example.org", "a long pass phrase")
    submitted(files, owner=owner)
    with pytest.raises(SubmitError):
        submitted(files, owner=owner, email="other@example.org")
    submitted(files)


def test_one_person_has_so_many_bytes_under_way_and_no_more(files: list[Product], settings: Settings) -> None:
    settings.STAGING_OPEN_BYTES = 150
    submitted(files)
    with pytest.raises(SubmitError, match="would pass"):
        submitted(files)


def test_a_delivery_is_submitted_once(files: list[Product]) -> None:
    delivery = submitted(files)
    with pytest.raises(SubmitError, match="submitted before"):
        submit(delivery, "reader@example.org", NOW)
    assert Delivery.objects.get().state == DeliveryState.QUEUED


def test_an_account_has_a_folder_of_its_own(files: list[Product]) -> None:
    owner = User.objects.create_user("pi@example.org", "a long pass phrase")
    delivery = submitted(files, owner=owner)
    assert delivery.folder == f"stage/{owner.pk}/{delivery.pk}"
