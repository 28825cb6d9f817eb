"""Retrieved references on their ways home: staged, in both manifests, from CRDS, and back out of the history."""

import csv
import hashlib
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from archive.clock import machine_now
from archive.models import Observation, Product, ReferenceFetch
from basket.models import Basket, Delivery, DeliveryState
from basket.staging import job, places
from tests.basket_holdings import NOW, observation
from tests.functional.basket.test_references import DARK, FLAT, calibrated, hold, tick_all

BODY = b"dark" * 100


@pytest.fixture
def retrieved(client: Client, stranger: User, settings: Settings, tmp_path: Path) -> dict[str, Observation]:
    """A signed-in person's basket with two calibrated files and their two references, of which one is held."""
    settings.STAGING_ROOT, settings.STAGING_FREE_BYTES = tmp_path / "staging", 0
    client.force_login(stranger)
    found = {"a": observation("jw1"), "b": observation("jw2")}
    calibrated(found["a"], "a_cal.fits", {"R_DARK": f"crds://{DARK}", "R_FLAT": f"crds://{FLAT}"})
    calibrated(found["b"], "b_cal.fits", {"R_DARK": f"crds://{DARK}"})
    client.post("/basket/add/", {"obsid": [str(one.pk) for one in found.values()]})
    tick_all(client)
    client.get("/basket/references/")
    hold(DARK, BODY)
    client.post("/basket/references/", {"what": "all"})
    return found


def tick_references_alone(client: Client) -> None:
    client.post("/basket/ticks/?filters=1", {"untick": "all"})
    client.post("/basket/ticks/?filters=1&f.productType=CALIBRATION", {"tick": "all"})


def test_a_reference_is_staged_once_and_both_manifests_name_it(
    client: Client, retrieved: dict[str, Observation]
) -> None:
    tick_all(client)
    client.post("/basket/stage/", {"method": "staging", "email": "reader@example.org"})
    delivery = Delivery.objects.get()
    job.run(delivery.pk, machine_now, lambda: NOW)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY
    folder = places.on_disk(delivery)
    assert sorted(path.name for path in folder.iterdir()) == [
        "MANIFEST.HTML",
        "SHA256SUMS",
        "a_cal.fits",
        "b_cal.fits",
        DARK,
        "manifest.csv",
    ]
    assert (folder / DARK).read_bytes() == BODY
    rows = list(csv.DictReader((folder / "manifest.csv").read_text().splitlines()))
    dark, again = (row for row in rows if row["URI"] == f"crds://{DARK}")
    (flat,) = (row for row in rows if row["URI"] == f"crds://{FLAT}")
    assert (dark["File"], dark["Size"], dark["SHA-256"]) == (DARK, "400", hashlib.sha256(BODY).hexdigest())
    assert again["Status"] == f"Duplicate: {DARK} has it, also listed under jw2"
    assert flat["SHA-256"] == ""
    assert flat["Status"].startswith("Not held: ")
    html = (folder / "MANIFEST.HTML").read_text()
    assert f"<td>crds://{DARK}</td>" in html
    assert f"<td>crds://{FLAT}</td>" in html


def test_a_delivery_of_references_alone_comes_back_out_of_the_history(
    client: Client, retrieved: dict[str, Observation]
) -> None:
    tick_references_alone(client)
    client.post("/basket/download/", {"format": "zip", "name": "refs"})
    delivery = Delivery.objects.get()
    assert (delivery.files_included, delivery.files_missing) == (1, 1)
    client.post("/basket/remove/", {"what": "all"})
    answer = client.post(f"/basket/history/{delivery.pk}/to-basket/", follow=True)
    assert "newly ticked: 2" in answer.text
    basket = Basket.objects.get(owner__isnull=False)
    assert basket.observations.count() == 1, "one observation whose files need them is enough"
    assert set(basket.ticks.values_list("product__filename", flat=True)) == {DARK, FLAT}
    assert DARK in client.get("/basket/?filters=1&f.productType=CALIBRATION").text
    assert "newly ticked: 0" in client.post(f"/basket/history/{delivery.pk}/to-basket/", follow=True).text


def test_a_delivery_of_references_comes_back_to_the_observation_that_is_in_the_basket(
    client: Client, retrieved: dict[str, Observation]
) -> None:
    tick_references_alone(client)
    client.post("/basket/ticks/?filters=1", {"untick": f"file:{Product.objects.get(filename=FLAT).pk}"})
    client.post("/basket/download/", {"format": "zip"})
    client.post("/basket/remove/", {"what": "all"})
    client.post("/basket/add/", {"obsid": str(retrieved["b"].pk)})
    client.post(f"/basket/history/{Delivery.objects.get().pk}/to-basket/")
    basket = Basket.objects.get(owner__isnull=False)
    assert list(basket.observations.values_list("observation_id", flat=True)) == [retrieved["b"].pk]
    assert list(basket.ticks.values_list("product__filename", flat=True)) == [DARK]


def test_with_crds_what_is_added_and_not_held_is_asked_for(
    client: Client, retrieved: dict[str, Observation], settings: Settings
) -> None:
    assert not ReferenceFetch.objects.exists(), "nothing is asked of another host by default"
    assert "cannot bring them" in client.get("/basket/references/").text
    settings.CRDS_URL = "http://127.0.0.1:9/{mission}/{filename}"
    tick_all(client)
    assert "they are fetched from CRDS" in client.get("/basket/references/").text
    client.post("/basket/references/", {"what": "all"})
    assert list(ReferenceFetch.objects.values_list("product__filename", flat=True)) == [FLAT]
    ReferenceFetch.objects.update(attempts=1)
    assert "CRDS was asked and did not give 1 of them" in client.get("/basket/references/").text
