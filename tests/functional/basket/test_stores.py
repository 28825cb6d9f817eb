"""Whatever the store, the same files go home by every way: bundle, single file, range, staging."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import Settings

from archive.clock import machine_now
from archive.models import Product
from archive.storage import archive_storage, storage_for
from basket.bundle_views import file_path
from basket.models import Delivery, DeliveryKind, DeliveryState
from basket.selection import freeze
from basket.staging import job, places
from tests import deliveries
from tests.basket_holdings import NOW
from tests.services.s3 import KEY_ID, SECRET, S3Server
from tests.services.upstream import OtherArchive

CONTENTS = {"a_i2d.fits": deliveries.content_of(700_000, 1), "b_cal.fits": deliveries.content_of(5, 2)}


@pytest.fixture(params=["file", "s3", "https"])
def products(
    request: pytest.FixtureRequest,
    settings: Settings,
    tmp_path: Path,
    s3_server: S3Server,
    other_archive: OtherArchive,
) -> list[Product]:
    """Held files, in the store that the settings name."""
    settings.STAGING_ROOT, settings.STAGING_FREE_BYTES = tmp_path / "staging", 0
    settings.UPSTREAM_FOLDER = tmp_path / "upstream"
    if request.param == "s3":
        bucket = s3_server.bucket()
        settings.S3_ENDPOINT, settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY = bucket.endpoint, KEY_ID, SECRET
        settings.STORAGE_URL = f"s3://{bucket.name}/holdings"
    elif request.param == "https":
        settings.STORAGE_URL = other_archive.host
    storage_for.cache_clear()
    own = deliveries.observation("jw02733-o001_t001_miri_f770w")
    made = [deliveries.product(own, name, content) for name, content in CONTENTS.items()]
    if request.param == "https":  # they are there and not here
        for each in made:
            archive_storage().delete(each.storage_key)
            other_archive.files[each.uri] = CONTENTS[each.filename]
    return made


def body(response: object) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


def test_a_bundle_and_any_range_of_it(client: Client, products: list[Product]) -> None:
    delivery = freeze(DeliveryKind.ZIP, Product.objects.all(), None, NOW, name="MAST_x")
    address = f"/basket/bundles/{delivery.pk}/MAST_x.zip"
    whole = body(client.get(address))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        found = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert {name: found[name] for name in CONTENTS} == CONTENTS
    assert body(client.get(address, headers={"Range": "bytes=300000-650000"})) == whole[300_000:650_001]


def test_a_single_file_and_any_range_of_it(client: Client, products: list[Product]) -> None:
    address, content = file_path(products[0]), CONTENTS["a_i2d.fits"]
    assert client.head(address).status_code == 200
    assert body(client.get(address)) == content
    assert body(client.get(address, headers={"Range": "bytes=100-1099"})) == content[100:1100]


@pytest.mark.parametrize("kind", [DeliveryKind.STAGING, DeliveryKind.BUILT_TAR])
def test_a_request_is_staged(products: list[Product], kind: DeliveryKind) -> None:
    delivery = deliveries.submitted(products, kind, now=machine_now())
    job.run(delivery.pk, machine_now, lambda: NOW)
    delivery = Delivery.objects.get(pk=delivery.pk)
    assert delivery.state == DeliveryState.READY
    folder = places.on_disk(delivery)
    if kind == DeliveryKind.STAGING:
        assert {name: (folder / name).read_bytes() for name in CONTENTS} == CONTENTS
    else:
        assert hashlib.sha256((folder / delivery.built_name).read_bytes()).hexdigest() == delivery.built_sha256


def test_a_file_that_the_store_lost_is_said_before_a_byte_is_sent(client: Client, products: list[Product]) -> None:
    Product.objects.filter(pk=products[0].pk).update(storage_key="nowhere", uri="mast:JWST/product/gone.fits")
    assert client.get(file_path(products[0])).status_code == 503


@pytest.mark.parametrize("url", ["ftp://x/y", "s3:///x", "https://", "/srv/archive", "https://x?uri="], ids=str)
def test_an_address_of_no_store_is_said(url: str, settings: Settings) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"write a folder as file:///srv/archive, a bucket as s3://"):
        storage_for(url)
