"""The download door: what goes out to whom, in whole and in part."""

import datetime as dt
import io
import tarfile
import uuid
import zipfile
from collections.abc import Iterator

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import tokens
from accounts.models import User
from archive.clock import machine_now, to_mjd
from archive.models import Held, Observation, Product
from archive.storage import archive_storage
from basket.bundles import BrokenBundleError
from basket.models import Delivery, DeliveryKind
from basket.selection import freeze
from tests.basket_holdings import FUTURE, NOW, body_of, observation, product


def bundle(person: User | None = None, kind: DeliveryKind = DeliveryKind.ZIP, name: str = "MAST_x") -> str:
    """The address of a bundle of everything."""
    delivery = freeze(kind, Product.objects.all(), person, NOW, name=name)
    return f"/basket/bundles/{delivery.pk}/{delivery.name}.{delivery.kind}"


def body(response: object) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


@pytest.fixture
def holdings() -> dict[str, Product]:
    public, exclusive = observation("jw1"), observation("jw2", release=FUTURE)
    return {
        "public": product(public, "a_cal.fits", size_bytes=5000),
        "shared": product(public, "shared_asn.json", parents=(public, exclusive)),
        "exclusive": product(exclusive, "b_cal.fits"),
        "missing": product(public, "c_cal.fits", held=Held.NOT_YET),
    }


def test_an_anonymous_person_gets_the_public_files_and_a_manifest_of_all(
    client: Client, holdings: dict[str, Product]
) -> None:
    response = client.get(bundle())
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="MAST_x.zip"'
    assert response["Cache-Control"] == "private, no-store"
    got = body(response)
    assert len(got) == int(response["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(got)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "MAST_x/JWST/jw1/a_cal.fits",
            "MAST_x/JWST/jw1/shared_asn.json",
            "MAST_x/MANIFEST.HTML",
            "MAST_x/manifest.csv",
        ]
        assert archive.read("MAST_x/JWST/jw1/a_cal.fits") == body_of(holdings["public"].uri, 5000)
        manifest = archive.read("MAST_x/MANIFEST.HTML").decode()
    assert manifest.count("<td>Not Authorized</td>") == 1
    assert manifest.count("<td>Not held") == 2  # as its status and as its reason
    assert body_of(holdings["exclusive"].uri) not in got


def test_staff_gets_the_exclusive_file_too(client: Client, staff: User, holdings: dict[str, Product]) -> None:
    client.force_login(staff)
    with zipfile.ZipFile(io.BytesIO(body(client.get(bundle(staff))))) as archive:
        assert archive.read("MAST_x/JWST/jw2/b_cal.fits") == body_of(holdings["exclusive"].uri)
        assert "<td>EXCLUSIVE_ACCESS</td><td>OK</td><td>Ada Staff</td>" in archive.read("MAST_x/MANIFEST.HTML").decode()


@pytest.mark.parametrize("who", ["anonymous", "stranger"])
def test_somebody_else_cannot_fetch_what_staff_was_given(
    who: str, client: Client, staff: User, stranger: User, holdings: dict[str, Product]
) -> None:
    address = bundle(staff)
    if who == "stranger":
        client.force_login(stranger)
    response = client.get(address)
    assert response.status_code == 409
    assert body_of(holdings["exclusive"].uri) not in response.content
    assert "Make a new bundle" in response.text


def test_a_bundle_whose_release_was_put_off_is_refused(client: Client, holdings: dict[str, Product]) -> None:
    address = bundle()
    Observation.objects.filter(obs_id="jw1").update(t_obs_release=to_mjd(FUTURE))
    assert client.get(address).status_code == 409
    assert client.head(address).status_code == 409


def test_a_bundle_whose_file_was_replaced_is_refused(client: Client, holdings: dict[str, Product]) -> None:
    address = bundle()
    Product.objects.filter(pk=holdings["public"].pk).update(sha256="0" * 64)
    assert client.get(address).status_code == 409


def test_a_tar_has_the_same_files(client: Client, holdings: dict[str, Product]) -> None:
    response = client.get(bundle(kind=DeliveryKind.TAR))
    got = body(response)
    assert len(got) == int(response["Content-Length"])
    with tarfile.open(fileobj=io.BytesIO(got)) as archive:
        assert archive.getnames() == [
            "MAST_x/JWST/jw1/a_cal.fits",
            "MAST_x/JWST/jw1/shared_asn.json",
            "MAST_x/MANIFEST.HTML",
            "MAST_x/manifest.csv",
        ]


def test_head_tells_the_length_and_sends_nothing(client: Client, holdings: dict[str, Product]) -> None:
    address = bundle()
    head, got = client.head(address), client.get(address)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("Content-Length", "ETag", "Accept-Ranges", "Content-Type", "Content-Disposition"):
        assert head[name] == got[name]


@pytest.mark.parametrize("kind", [DeliveryKind.ZIP, DeliveryKind.TAR])
def test_a_broken_download_goes_on_where_it_stopped(
    kind: DeliveryKind, client: Client, holdings: dict[str, Product]
) -> None:
    address = bundle(kind=kind)
    whole = client.get(address)
    every = body(whole)
    for cut in (1, 29, 57, 100, 5000, len(every) - 1):
        rest = client.get(address, headers={"range": f"bytes={cut}-", "if-range": whole["ETag"]})
        assert rest.status_code == 206
        assert rest["Content-Range"] == f"bytes {cut}-{len(every) - 1}/{len(every)}"
        assert int(rest["Content-Length"]) == len(every) - cut
        assert every[:cut] + body(rest) == every
    assert body(client.get(address, headers={"range": "bytes=-22"})) == every[-22:]


def test_conditions_are_kept(client: Client, holdings: dict[str, Product]) -> None:
    address = bundle()
    whole = client.get(address)
    length = int(whole["Content-Length"])
    body(whole)
    other = client.get(address, headers={"range": "bytes=10-", "if-range": '"another"'})
    assert other.status_code == 200
    assert len(body(other)) == length
    dated = client.get(address, headers={"range": "bytes=10-", "if-range": "Tue, 20 Jan 2026 12:00:00 GMT"})
    assert dated.status_code == 200
    behind = client.get(address, headers={"range": f"bytes={length}-"})
    assert behind.status_code == 416
    assert behind["Content-Range"] == f"bytes */{length}"
    assert client.get(address, headers={"if-none-match": whole["ETag"]}).status_code == 304
    assert client.get(address, headers={"if-match": '"another"'}).status_code == 412
    several = client.get(address, headers={"range": "bytes=0-1,5-6"})
    assert several.status_code == 200


def test_the_tag_of_zip_tar_and_another_list_differ(client: Client, holdings: dict[str, Product]) -> None:
    tags = {client.head(bundle(kind=kind))["ETag"] for kind in (DeliveryKind.ZIP, DeliveryKind.TAR)}
    product(observation("jw3"), "new.fits")
    tags.add(client.head(bundle())["ETag"])
    assert len(tags) == 3


def test_an_unknown_bundle_is_not_found(client: Client, holdings: dict[str, Product]) -> None:
    address = bundle()
    assert client.get(address.replace(".zip", ".tar")).status_code == 404
    assert client.get(address.replace("MAST_x", "MAST_y")).status_code == 404
    assert client.get(f"/basket/bundles/{uuid.uuid4()}/MAST_x.zip").status_code == 404
    assert client.post(address).status_code == 405


def test_a_file_that_changed_on_disk_breaks_the_download_off(client: Client, holdings: dict[str, Product]) -> None:
    address = bundle()
    archive_storage().write(holdings["public"].storage_key, io.BytesIO(b"short"))
    with pytest.raises(BrokenBundleError):
        body(client.get(address))


def test_a_running_download_is_cut_when_access_is_withdrawn(
    client: Client, holdings: dict[str, Product], settings: Settings
) -> None:
    product(Observation.objects.get(obs_id="jw1"), "long.fits", size_bytes=3 << 20)
    settings.ACCESS_RECHECK_S = 0
    response = client.get(bundle())
    assert isinstance(response, StreamingHttpResponse)
    pieces: Iterator[bytes] = iter(response)
    next(pieces)
    next(pieces)
    Observation.objects.filter(obs_id="jw1").update(t_obs_release=to_mjd(NOW + dt.timedelta(days=1)))
    with pytest.raises(BrokenBundleError, match="withdrawn"):
        list(pieces)


# Single files --------------------------------------------------------------------------------------------------------


def test_one_file_goes_out_by_itself_with_ranges(client: Client, holdings: dict[str, Product]) -> None:
    public = holdings["public"]
    address = f"/basket/files/{public.pk}/a_cal.fits"
    whole = client.get(address)
    assert body(whole) == body_of(public.uri, 5000)
    assert whole["ETag"] == f'"{public.sha256}"'
    assert whole["Content-Type"] == "application/fits"
    part = client.get(address, headers={"range": "bytes=100-199"})
    assert part.status_code == 206
    assert body(part) == body_of(public.uri, 5000)[100:200]


PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"accept": "*/*"}, "Send a token of an account that may have the file"),  # curl, requests, astroquery
        ({"accept": "application/json"}, "Send a token of an account that may have the file"),
        ({}, "Send a token of an account that may have the file"),
        ({**PAGE, "authorization": "token " + "x" * 32}, "The token has ended"),
        ({**PAGE, "cookie": "mast_token=" + "x" * 32}, "The token has ended"),
        ({"authorization": "Basic eDp5"}, "The token has ended"),
    ],
)
def test_a_program_is_refused_with_401_and_the_remedy(
    client: Client, holdings: dict[str, Product], headers: dict[str, str], words: str
) -> None:
    refused = client.get(f"/basket/files/{holdings['exclusive'].pk}/b_cal.fits", headers=headers)
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith('Bearer realm="exclusive files"')
    assert ("invalid_token" in refused["WWW-Authenticate"]) == ("ended" in words)
    assert refused["Content-Type"].startswith("text/plain")
    assert refused["Cache-Control"] == "private, no-store"
    assert refused.text.startswith("Not authorized: exclusive until 2026-07-19")
    assert words in refused.text
    assert "/accounts/programs/JWST/2736/ask/" in refused.text
    assert "x" * 32 not in refused.text


def test_a_good_token_of_somebody_without_rights_is_told_so(
    client: Client, stranger: User, holdings: dict[str, Product]
) -> None:
    _, letters = tokens.create(stranger, "laptop", [tokens.EXCLUSIVE], machine_now())
    address = f"/basket/files/{holdings['exclusive'].pk}/b_cal.fits"
    refused = client.get(address, headers={"authorization": f"token {letters}"})
    assert refused.status_code == 401
    assert "The token is good; its account, visitor@example.org, may not have the file." in refused.text
    assert "invalid_token" not in refused["WWW-Authenticate"]


def test_one_file_is_refused_with_its_reason(client: Client, staff: User, holdings: dict[str, Product]) -> None:
    address = f"/basket/files/{holdings['exclusive'].pk}/b_cal.fits"
    refused = client.get(address, headers=PAGE)
    assert refused.status_code == 403
    assert "exclusive until 2026-07-19" in refused.text
    assert "Download Basket</a>" in refused.text
    client.force_login(staff)
    assert client.get(address).status_code == 200
    missing = client.get(f"/basket/files/{holdings['missing'].pk}/c_cal.fits")
    assert missing.status_code == 409
    assert "has no copy of it" in missing.text
    assert client.get(f"/basket/files/{holdings['public'].pk}/other.fits").status_code == 404
    assert client.get("/basket/files/999999999/a.fits").status_code == 404


# From the basket to the door -----------------------------------------------------------------------------------------


def add_all_and_tick(client: Client) -> None:
    client.post("/basket/add/", {"obsid": list(Observation.objects.values_list("pk", flat=True))})
    client.post("/basket/ticks/?filters=1", {"tick": "all"})


def test_the_form_leads_to_the_bundle(client: Client, holdings: dict[str, Product]) -> None:
    add_all_and_tick(client)
    answer = client.post("/basket/download/", {"format": "zip", "name": "../my files"})
    assert answer.status_code == 303
    delivery = Delivery.objects.get()
    assert answer["Location"] == f"/basket/bundles/{delivery.pk}/__my_files.zip"
    assert delivery.files_requested == 4
    assert client.get(answer["Location"]).status_code == 200


def test_the_form_leads_to_the_download_door(client: Client, holdings: dict[str, Product], settings: Settings) -> None:
    settings.DOWNLOAD_DOOR, settings.DOWNLOAD_PORT = True, 8001
    add_all_and_tick(client)
    answer = client.post("/basket/download/", {"format": "tar"}, headers={"host": "localhost:8000"})
    assert answer["Location"].startswith("http://localhost:8001/basket/bundles/")
    answer = client.post("/basket/download/", {"format": "tar"}, headers={"host": "[::1]:8000"})
    assert answer["Location"].startswith("http://[::1]:8001/basket/bundles/")
    settings.DOWNLOAD_URL = "https://files.example.org"
    answer = client.post("/basket/download/", {"format": "tar"})
    assert answer["Location"].startswith("https://files.example.org/basket/bundles/")


def test_too_much_to_stream_points_to_batch_retrieval(
    client: Client, holdings: dict[str, Product], settings: Settings
) -> None:
    settings.STREAM_LIMIT_BYTES = 100
    add_all_and_tick(client)
    answer = client.post("/basket/download/", {"format": "zip"})
    assert answer.status_code == 409
    assert "Batch Retrieval" in answer.text
    assert not Delivery.objects.exists()


def test_the_page_without_script_says_what_will_arrive(client: Client, holdings: dict[str, Product]) -> None:
    add_all_and_tick(client)
    page = client.get("/basket/download/").text
    assert "Download 2 files · 5.3 kB" in page
    assert "exclusive until 2026-07-19 · Program 2736" in page
    assert "1 file cannot be delivered" in page


def test_an_empty_selection_and_an_unknown_format_are_told(client: Client, holdings: dict[str, Product]) -> None:
    add_all_and_tick(client)
    assert client.post("/basket/download/", {"format": "rar"}).status_code == 400
    client.post("/basket/ticks/?filters=1", {"untick": "all"})
    answer = client.post("/basket/download/", {"format": "zip"})
    assert answer.status_code == 409
    assert "No file is selected" in answer.text


# One click -----------------------------------------------------------------------------------------------------------


def one_click(client: Client, obs_id: str, **data: str) -> tuple[int, str, str]:
    answer = client.post(f"/basket/one-click/{Observation.objects.get(obs_id=obs_id).pk}/", data)
    return answer.status_code, answer.headers.get("Location", ""), answer.content.decode()


def test_one_click_brings_the_recommended_files(client: Client) -> None:
    own = observation("jw1")
    product(own, "a_i2d.fits")
    product(own, "a_uncal.fits", recommended=False)
    status, address, _ = one_click(client, "jw1")
    assert status == 303
    with zipfile.ZipFile(io.BytesIO(body(client.get(address)))) as archive:
        assert [name.rpartition("/")[2] for name in archive.namelist()] == [
            "a_i2d.fits",
            "MANIFEST.HTML",
            "manifest.csv",
        ]


def test_one_click_warns_first_when_files_would_stay_behind(client: Client) -> None:
    own, exclusive = observation("jw1"), observation("jw2", release=FUTURE)
    product(own, "a_i2d.fits")
    product(exclusive, "b_i2d.fits", parents=(own,))
    status, _, page = one_click(client, "jw1")
    assert status == 200
    assert "exclusive until 2026-07-19" in page
    assert "Go on with 1 file" in page
    status, address, _ = one_click(client, "jw1", go_on="1")
    assert status == 303
    assert b"b_i2d.fits" in body(client.get(address)), "the manifest names it"


def test_what_is_queued_for_reprocessing_is_said_before_a_download_with_three_ways_on(client: Client) -> None:
    own = observation("jw1")
    product(own, "a_i2d.fits")
    Observation.objects.update(is_stale=True)
    status, _, page = one_click(client, "jw1")
    assert status == 200
    assert "1 observation is queued for reprocessing" in page
    assert f'href="{reverse("notifications:new")}?obsid={own.pk}"' in page
    assert "Go on with 1 file" in page
    assert f'href="{reverse("search:observation", args=[own.pk])}">Cancel' in page
    status, _, _ = one_click(client, "jw1", go_on="1")
    assert status == 303


def test_the_download_form_says_how_many_observations_are_queued_for_reprocessing(client: Client) -> None:
    rows = [observation(f"jw{number}") for number in range(3)]
    for row in rows:
        product(row, f"{row.obs_id}_i2d.fits")
    Observation.objects.filter(obs_id__in=["jw0", "jw2"]).update(is_stale=True)
    add_all_and_tick(client)
    for address in ("/basket/download/", "/basket/stage/", "/basket/"):
        page = client.get(address).text
        assert "2 observations are queued for reprocessing" in page
        assert f"?obsid={rows[0].pk}&amp;obsid={rows[2].pk}" in page


def test_one_click_says_when_nothing_can_be_delivered(client: Client) -> None:
    product(observation("jw1"), "a_i2d.fits", held=Held.NOT_YET)
    product(observation("jw2"), "a_asn.json", recommended=False)
    observation("jw3", level=-1, release=None)
    status, _, page = one_click(client, "jw1", go_on="1")
    assert (status, "has no copy of it" in page) == (409, True)
    status, _, page = one_click(client, "jw2")
    assert (status, "lists no Minimum Recommended Products" in page) == (409, True)
    status, _, page = one_click(client, "jw3")
    assert (status, "is planned" in page) == (409, True)
