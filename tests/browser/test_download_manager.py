"""The Download Manager in a browser: references, a download repeated out of the history, a request's buttons."""

import datetime as dt
import hashlib
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from archive.clock import machine_now
from archive.fits import Card, primary_hdu
from archive.models import Product
from archive.references import add_references, parse_reference
from archive.standins import record_stored, store_bytes
from archive.storage import archive_storage
from basket.models import Delivery, DeliveryKind, DeliveryState, ItemState
from basket.selection import freeze
from basket.staging import job, places, submit
from tests.deliveries import NOW, content_of, observation, product
from tests.factories import list_product
from tests.people import PASSWORD, clear_throttle, make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("manager")]
DARK = "jwst_miri_dark_9001.fits"
DARK_BYTES = primary_hdu([Card("REFTYPE", "DARK")])


def calibrated_file() -> Product:
    """A level-2 file whose header names a reference that is held, listed under its own observation."""
    named = parse_reference(DARK)
    assert named
    add_references([named])
    dark = Product.objects.get(filename=DARK)
    record_stored([store_bytes(dark, DARK_BYTES, archive_storage())], stand_in=False)
    own = observation("jw02733001001_02101_00001_mirimage")
    made = product(own, f"{own.obs_id}_cal.fits", primary_hdu([Card("R_DARK", f"crds://{DARK}")]))
    Product.objects.filter(pk=made.pk).update(calib_level=2, extension=".fits", product_group="CAL")
    list_product(made, own, recommended=False)
    return made


def log_in(page: Page) -> User:
    clear_throttle()
    person = make_person("reader@example.org")
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="My page")).to_be_visible()
    return person


def open_basket_of(page: Page, own: Product) -> None:
    page.goto(f"/observations/{own.observation_id}/")
    page.get_by_role("button", name="Add to basket").first.click()
    expect(page.locator("#basket-link")).to_contain_text("1 file")
    page.goto("/basket/")


def test_references_are_retrieved_ticked_and_taken_home(page: Page, live_portal: object, tmp_path: Path) -> None:
    own = calibrated_file()
    open_basket_of(page, own)
    button = page.get_by_role("button", name="Retrieve References")
    expect(button).to_be_disabled()
    page.get_by_label("Minimum Recommended Products").uncheck()
    expect(page.get_by_role("link", name=own.filename)).to_be_visible()
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "Tick a calibrated science file to retrieve its references.")
    page.get_by_role("checkbox", name=own.filename).click()
    page.get_by_role("link", name="Retrieve References").click()

    expect(page.get_by_role("heading", name="Reference Files")).to_be_visible()
    page.get_by_label(DARK).check()
    page.get_by_role("button", name="Add selected to basket").click()
    expect(page.get_by_text("Added 1 reference file to the basket, not selected yet")).to_be_visible()
    reference = page.get_by_role("checkbox", name=DARK)
    expect(reference).to_have_attribute("aria-checked", "false")
    reference.click()
    expect(page.locator("#basket-selected")).to_contain_text("2 selected")

    page.locator("a[data-open=download-dialog].btn-primary").click()
    with page.expect_download() as started:
        page.locator("#download-dialog").get_by_role("button", name="Download").click()
    started.value.save_as(tmp_path / "bundle.zip")
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        (name,) = (name for name in bundle.namelist() if name.endswith(DARK))
        assert name.endswith(f"/JWST/references/{DARK}")
        assert bundle.read(name) == DARK_BYTES


def test_a_download_is_repeated_out_of_the_history(page: Page, live_portal: object, tmp_path: Path) -> None:
    person = log_in(page)
    made = product(observation("jw02733-o001_t001_miri_f770w"), "a_i2d.fits", content_of(70_000))
    freeze(DeliveryKind.ZIP, Product.objects.filter(pk=made.pk), person, NOW, name="last_year")
    page.goto("/basket/history/")
    expect(page.get_by_role("row", name="last_year")).to_contain_text("zip, streamed")
    with page.expect_download() as started:
        page.get_by_role("button", name="Repeat last_year").click()
    started.value.save_as(tmp_path / "again.zip")
    assert started.value.suggested_filename == "last_year.zip"
    with zipfile.ZipFile(tmp_path / "again.zip") as bundle:
        (content,) = (bundle.read(name) for name in bundle.namelist() if name.endswith("a_i2d.fits"))
    assert hashlib.sha256(content).hexdigest() == made.sha256
    page.reload()
    expect(page.get_by_text("2 downloads")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    for button in page.get_by_role("button", name="Repeat last_year").all():
        expect(button).to_be_in_viewport(ratio=1)


def test_a_request_is_kept_longer_tried_again_and_deleted_by_its_buttons(page: Page, live_portal: object) -> None:
    person = log_in(page)
    own = observation("jw02733-o001_t001_miri_f770w")
    for name, seed in (("a_i2d.fits", 1), ("b_i2d.fits", 2)):
        product(own, name, content_of(70_000, seed))
    broken = Product.objects.get(filename="b_i2d.fits")
    key = broken.storage_key
    whole = archive_storage().read_range(key, 0, 100_000)
    (archive_storage().open_local(key) or Path()).write_bytes(whole[:-1] + b"?")
    delivery = freeze(DeliveryKind.STAGING, Product.objects.all(), person, NOW, name="mine")
    submit(delivery, person.email, machine_now())
    job.run(delivery.pk, machine_now, lambda: NOW)
    Delivery.objects.filter(pk=delivery.pk).update(expires_at=machine_now() + dt.timedelta(days=2))

    page.goto(f"/basket/requests/{delivery.pk}/")
    expect(page.locator("#request-state")).to_contain_text("some files failed")
    expect(page.get_by_text("do not match the catalogue's SHA-256").first).to_be_visible()
    page.locator("#request-prolong").click()
    expect(page.locator("#request-prolong")).to_have_count(0)
    delivery.refresh_from_db()
    assert delivery.expires_at
    assert delivery.expires_at > machine_now() + dt.timedelta(days=6)

    (archive_storage().open_local(key) or Path()).write_bytes(whole)
    page.locator("#request-retry").click()
    expect(page.locator("#request-state")).to_contain_text("queued")
    job.run(delivery.pk, machine_now, lambda: NOW)
    expect(page.locator("#request-state")).to_contain_text("ready")
    assert set(delivery.items.values_list("state", flat=True)) == {ItemState.DONE}

    folder = places.on_disk(Delivery.objects.get(pk=delivery.pk))
    assert (folder / "b_i2d.fits").read_bytes() == whole
    page.locator("#request-delete").click()
    expect(page.get_by_text("The files were removed at your request.").first).to_be_visible()
    assert not folder.exists()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.EXPIRED
