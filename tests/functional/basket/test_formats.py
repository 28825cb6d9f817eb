"""The choices of the Download dialog: tar.gz, flat folders, two manifests, duplicates, files that leave the basket."""

import csv
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterable

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from pytest_django import Settings

from archive.models import Listing, Observation, Product
from archive.storage import archive_storage
from basket.bundles import BrokenBundleError
from basket.models import Basket, Delivery, Tick
from tests.basket_holdings import FUTURE, body_of, observation, product

HOSTILE = [
    "=cmd|' /C calc'!A0.fits",
    "../../etc/passwd",
    "<img src=x>.fits",
    "a\r\nSet-Cookie: x.fits",
    "con.fits",
    "\u202e\u00fc.fits",
]


def joined(response: object) -> bytes:
    assert isinstance(response, Iterable)
    return b"".join(response)


def fill(client: Client) -> None:
    client.post("/basket/add/", {"obsid": list(Observation.objects.values_list("pk", flat=True))})
    client.post("/basket/ticks/?filters=1", {"tick": "all"})


def taken(client: Client, **form: str) -> tuple[bytes, StreamingHttpResponse]:
    answer = client.post("/basket/download/", form)
    assert answer.status_code == 303, answer.content
    response = client.get(answer["Location"])
    assert isinstance(response, StreamingHttpResponse)
    return joined(response), response


@pytest.fixture
def shared() -> Product:
    one, two, closed = observation("jw1"), observation("jw2"), observation("jw3", release=FUTURE)
    product(one, "a.fits")
    product(two, "a.fits", size_bytes=400)
    product(closed, "secret.fits")
    return product(one, "shared.json", parents=(one, two))


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_a_tar_gz_is_compressed_and_says_that_it_cannot_be_resumed(client: Client, shared: Product) -> None:
    fill(client)
    content, response = taken(client, format="tar.gz", name="mine")
    assert response["Content-Type"] == "application/gzip"
    assert response["Content-Disposition"] == 'attachment; filename="mine.tar.gz"'
    assert response["Accept-Ranges"] == "none"
    assert "Content-Length" not in response
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as bundle:
        names = bundle.getnames()
        file = bundle.extractfile("mine/JWST/jw1/shared.json")
        assert file is not None
        assert file.read() == body_of(shared.uri)
    assert names[-2:] == ["mine/MANIFEST.HTML", "mine/manifest.csv"]
    again = client.get(f"/basket/bundles/{Delivery.objects.get().pk}/mine.tar.gz")
    assert again["ETag"] == response["ETag"]
    assert joined(again) == content
    assert len(content) < len(zlib.decompress(content, 31))


def test_a_tar_gz_whose_source_fails_is_broken_off(client: Client, shared: Product) -> None:
    fill(client)
    answer = client.post("/basket/download/", {"format": "tar.gz"})
    stored = archive_storage().open_local(shared.storage_key)
    assert stored is not None
    stored.write_bytes(b"short")
    with pytest.raises(BrokenBundleError):
        joined(client.get(answer["Location"]))


def test_flat_folders_number_equal_names(client: Client, shared: Product) -> None:
    fill(client)
    content, _ = taken(client, format="zip", name="mine", layout="flat")
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        names = bundle.namelist()
        table = rows(bundle.read("mine/manifest.csv"))
    assert names == [
        "mine/a.fits",
        "mine/shared.json",
        "mine/a-2.fits",
        "mine/MANIFEST.HTML",
        "mine/manifest.csv",
    ]
    assert [row["File"] for row in table if row["Status"] == "OK"] == ["a.fits", "shared.json", "a-2.fits"]


def test_both_manifests_have_the_same_rows_with_refused_files_and_duplicates(client: Client, shared: Product) -> None:
    fill(client)
    content, _ = taken(client, format="zip", name="mine")
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        table, page = rows(bundle.read("mine/manifest.csv")), bundle.read("mine/MANIFEST.HTML").decode()
    assert list(table[0]) == ["URI", "File", "Access", "Status", "Logged In User", "Size", "SHA-256", "Reason"]
    duplicate = "Duplicate: JWST/jw1/shared.json has it, also listed under jw2"
    assert [row["Status"] for row in table] == ["OK", "OK", duplicate, "OK", "Not Authorized"]
    assert page.count("<tr><td>") == len(table)
    for row in table:
        assert "<tr>" + "".join(f"<td>{cell}</td>" for cell in row.values()) + "</tr>" in page
    assert "Duplicates: 1 more listings of files that are delivered once" in page


def test_the_dialog_counts_refused_files_and_duplicates(client: Client, shared: Product) -> None:
    fill(client)
    for address in ("/basket/download/", "/basket/?filters=1", "/basket/stage/"):
        page = client.get(address).text
        assert "1 duplicate</strong>" in page, address
        assert "exclusive until 2026-07-19" in page, address


def test_completed_files_leave_the_basket_when_the_whole_went_out(client: Client, shared: Product) -> None:
    fill(client)
    answer = client.post("/basket/download/", {"format": "zip", "name": "mine", "remove_completed": "1"})
    half = client.get(answer["Location"], headers={"range": "bytes=0-99"})
    joined(half)
    client.head(answer["Location"])
    assert Tick.objects.count() == 4, "nothing leaves while parts are missing"
    joined(client.get(answer["Location"], headers={"range": "bytes=100-"}))
    assert list(Tick.objects.values_list("product__filename", flat=True)) == ["secret.fits"]
    assert [row.observation.obs_id for row in Basket.objects.get().observations.all()] == ["jw3"]
    fill(client)
    joined(client.get(answer["Location"]))
    assert Tick.objects.count() == 4, "once: what was added again stays"


def test_without_that_wish_the_basket_stays(client: Client, shared: Product) -> None:
    fill(client)
    taken(client, format="tar")
    assert Tick.objects.count() == 4


def test_too_much_to_stream_is_refused_before_a_byte_with_the_ways_that_take_it(
    client: Client, shared: Product, settings: Settings
) -> None:
    settings.STREAM_LIMIT_BYTES = 100
    fill(client)
    page = client.get("/basket/download/").text
    for streamed in ("zip", "tar", "tar.gz"):
        assert f'value="{streamed}" disabled' in page
        answer = client.post("/basket/download/", {"format": streamed, "name": 'x"<b>', "layout": "flat"})
        assert answer.status_code == 409
        assert 'name="name" value="x&quot;&lt;b&gt;"' in answer.text
        assert 'name="format" value="curl"' in answer.text
        assert 'href="/basket/stage/"' in answer.text
    assert not Delivery.objects.exists()
    assert client.post("/basket/download/", {"format": "curl"}).status_code == 303


@pytest.mark.parametrize("layout", ["nested", "flat"])
def test_hostile_names_are_safe_in_every_field(layout: str, client: Client) -> None:
    for name in HOSTILE:
        own = observation(name)
        other = observation(f"{name} other")
        product(own, name, uri=f"=HYPERLINK({name})", parents=(own, other))
    fill(client)
    content, response = taken(client, format="zip", name="../../=x\r\n<b>", layout=layout)
    assert response["Content-Disposition"] == 'attachment; filename="__..__x___b_.zip"'
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        names = bundle.namelist()
        table, page = rows(bundle.read(names[-1])), bundle.read(names[-2]).decode()
    assert len(names) == len(HOSTILE) + 2 == len(set(names))
    for name in names:
        assert all(part not in {"", ".", ".."} and part[0] not in ".-" for part in name.split("/")), name
        assert name.isascii()
    assert len(table) == 2 * len(HOSTILE)
    assert all(row["URI"].startswith("'=") for row in table)
    assert "<img" not in page
    assert Listing.objects.count() == len(table)
