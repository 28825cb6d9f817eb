"""Batch Retrieval in the browser's eyes: asking, the page of a request, cancelling, and fetching a built bundle."""

import datetime as dt
import hashlib
import io
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from archive.clock import machine_now, to_mjd
from archive.models import Observation, Product
from basket.ftps import certificate
from basket.models import Basket, Delivery, DeliveryKind, DeliveryState, Tick
from basket.progress import rough_time
from basket.queries import SESSION_KEY
from basket.staging import job, states
from notifications.models import MailState, OutboxMail
from tests.deliveries import EMAIL, FUTURE, NOW, content_of, observation, product, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_disk")]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def own(own_disk: Path, settings: Settings, tmp_path: Path) -> Observation:
    settings.ARCHIVE_NOW = NOW
    settings.FTPS_CERTIFICATE = tmp_path / "tls" / "ftps.pem"
    return observation("jw02733-o001_t001_miri_f770w")


@pytest.fixture
def products(own: Observation) -> list[Product]:
    return [product(own, "a_i2d.fits", content_of(2_000)), product(own, "b_cal.fits", content_of(500))]


@pytest.fixture
def exclusive(own: Observation) -> Product:
    return product(observation("jw02733-o002_t001_miri_f770w", release=FUTURE), "c_i2d.fits", content_of(100))


def ticked(client: Client, products: list[Product]) -> None:
    basket = Basket.objects.create()
    Tick.objects.bulk_create(Tick(basket=basket, product=each) for each in products)
    session = client.session
    session[SESSION_KEY] = str(basket.token)
    session.save()


def ask(client: Client, **form: str) -> tuple[int, str]:
    response = client.post(reverse("basket:stage"), {"method": "staging", "email": EMAIL, **form})
    return response.status_code, response.headers.get("Location", response.text)


def page(delivery: Delivery) -> str:
    return reverse("basket:request", args=[delivery.pk])


def finished(products: list[Product], kind: DeliveryKind = DeliveryKind.STAGING, owner: User | None = None) -> Delivery:
    delivery = submitted(products, kind, owner=owner, now=machine_now())
    job.run(delivery.pk, machine_now, lambda: NOW)
    delivery.refresh_from_db()
    return delivery


# Asking --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "kind"),
    [("staging", "staging"), ("built_zip", "built_zip"), ("built_tar", "built_tar")],
)
def test_the_form_leads_to_the_page_of_a_queued_request(
    client: Client, products: list[Product], method: str, kind: str
) -> None:
    ticked(client, products)
    status, location = ask(client, method=method)
    delivery = Delivery.objects.get()
    assert (status, location) == (303, page(delivery))
    assert (delivery.state, delivery.kind, delivery.email) == (DeliveryState.QUEUED, kind, EMAIL)


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"email": "nobody"}, 409, "“nobody” is not an e-mail address."),
        ({"email": ""}, 409, "An e-mail address is missing."),
        ({"method": "carrier pigeon"}, 400, "This delivery method is not known."),
    ],
)
def test_a_mistake_is_said_on_the_form_and_nothing_is_half_done(
    client: Client, products: list[Product], form: dict[str, str], status: int, words: str
) -> None:
    ticked(client, products)
    answer, text = ask(client, **form)
    assert answer == status
    assert words in text
    assert not Delivery.objects.exists()
    assert not OutboxMail.objects.exists()


def test_a_selection_without_a_deliverable_file_is_refused(client: Client, exclusive: Product) -> None:
    ticked(client, [exclusive])
    status, text = ask(client)
    assert status == 409
    assert "None of the selected files can be delivered" in text
    assert not Delivery.objects.exists()


def test_too_many_requests_of_one_person_are_refused(
    client: Client, products: list[Product], settings: Settings
) -> None:
    settings.STAGING_OPEN_REQUESTS = 1
    ticked(client, products)
    ask(client)
    status, text = ask(client)
    assert status == 409
    assert "1 requests are under way" in text
    assert Delivery.objects.count() == 1


def test_the_form_says_before_what_will_be_refused(client: Client, products: list[Product], exclusive: Product) -> None:
    ticked(client, [*products, exclusive])
    text = client.get(reverse("basket:stage")).text
    assert "2 files" in text
    assert "1 file will not be delivered" in text
    assert "exclusive until 2026-07-19" in text


def test_without_a_basket_the_form_says_so(client: Client) -> None:
    assert client.get(reverse("basket:stage")).status_code == 200


# The page ------------------------------------------------------------------------------------------------------------


def test_the_page_shows_progress_and_asks_again_every_two_seconds(client: Client, products: list[Product]) -> None:
    now = machine_now()
    delivery = submitted(products, now=now - dt.timedelta(seconds=10))
    claim = states.claim(delivery.pk, now - dt.timedelta(seconds=10))
    assert claim is not None
    states.finish_item(claim, delivery.items.get(ordinal=0), 2_000, now)
    text = client.get(page(delivery)).text
    assert "80 %" in text
    assert "<strong>1 of 2</strong> files" in text
    assert "200 B/s" in text
    assert "now copying b_cal.fits" in text
    assert 'hx-trigger="every 2s"' in text
    assert '<meta http-equiv="refresh"' in text  # for people without script
    fragment = client.get(page(delivery), headers=HTMX)
    assert fragment.status_code == 200
    assert "<html" not in fragment.text


def test_at_the_end_the_page_stops_asking_and_gives_the_commands(client: Client, products: list[Product]) -> None:
    delivery = finished(products)
    OutboxMail.objects.update(state=MailState.SENT, sent_at=machine_now())
    fragment = client.get(page(delivery), headers=HTMX)
    assert fragment.status_code == 286
    assert "hx-trigger" not in fragment.text
    assert "100 %" in fragment.text
    assert f"/{delivery.folder}/" in fragment.text
    assert "curl --ssl-reqd" in fragment.text
    assert "lftp -u" in fragment.text
    assert delivery.expires_at is not None
    assert f"{delivery.expires_at:%Y-%m-%d %H:%M} UTC" in fragment.text


def test_refused_files_are_listed_with_their_reason(
    client: Client, products: list[Product], exclusive: Product
) -> None:
    text = client.get(page(finished([*products, exclusive]))).text
    assert "exclusive until 2026-07-19 · Program 2733" in text
    assert "2 allowed, 1 refused" in text


def test_the_number_of_queries_does_not_grow_with_the_request(
    client: Client, own: Observation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    many = [product(observation(f"jw02733-o1{n:02}"), f"f{n}_i2d.fits", content_of(10)) for n in range(30)]
    delivery = submitted(many, now=machine_now())
    states.claim(delivery.pk, machine_now())
    with django_assert_num_queries(
        6
    ):  # the request, its rows, what is withheld, what failed, the mail; the copy in hand
        client.get(page(delivery), headers=HTMX)


def test_a_request_of_an_account_is_for_its_owner_alone(client: Client, products: list[Product]) -> None:
    owner = User.objects.create_user("pi@example.org", "a long pass phrase")
    delivery = finished(products, owner=owner)
    for name in ("request", "request_manifest"):
        assert client.get(reverse(f"basket:{name}", args=[delivery.pk])).status_code == 404
    assert client.post(reverse("basket:request_cancel", args=[delivery.pk])).status_code == 404
    client.force_login(owner)
    assert f"/{delivery.folder}/" in client.get(page(delivery)).text


def test_the_page_is_kept_by_no_cache(client: Client, products: list[Product]) -> None:
    assert client.get(page(submitted(products))).headers["Cache-Control"] == "private, no-store"


def test_unknown_requests_and_streamed_bundles_have_no_page(client: Client, products: list[Product]) -> None:
    delivery = submitted(products)
    assert client.get(reverse("basket:request", args=[UUID(int=1)])).status_code == 404
    Delivery.objects.update(kind=DeliveryKind.ZIP)
    assert client.get(page(delivery)).status_code == 404


def test_the_manifest_so_far_can_be_read(client: Client, products: list[Product]) -> None:
    text = client.get(reverse("basket:request_manifest", args=[submitted(products).pk])).text
    assert "a_i2d.fits" in text


def test_cancelling_is_a_post_and_shows_on_the_page(client: Client, products: list[Product]) -> None:
    delivery = submitted(products)
    address = reverse("basket:request_cancel", args=[delivery.pk])
    assert client.get(address).status_code == 405
    assert client.post(address).headers["Location"] == page(delivery)
    text = client.get(page(delivery)).text
    assert "The request was cancelled; nothing was kept." in text
    assert "Cancel request" not in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "waiting_space", "space_waits": 2, "next_at": NOW}, "tried again at 12:00:00 UTC (try 2 of 4)"),
        ({"state": "failed", "error_text": "The disk had no room."}, "The disk had no room."),
        ({"state": "expired", "expires_at": NOW, "folder": ""}, "The files were removed on 2026-01-20 12:00 UTC"),
        ({"state": "running", "cancel_requested_at": NOW}, "being cancelled"),
    ],
)
def test_each_end_has_its_words(client: Client, products: list[Product], change: dict[str, object], words: str) -> None:
    delivery = submitted(products)
    Delivery.objects.update(**change)
    assert words in client.get(page(delivery)).text


@pytest.mark.parametrize("state", [state for state in DeliveryState if state != DeliveryState.FROZEN])
@pytest.mark.parametrize("kind", [DeliveryKind.STAGING, DeliveryKind.BUILT_ZIP])
def test_every_state_has_a_page(
    client: Client, products: list[Product], state: DeliveryState, kind: DeliveryKind
) -> None:
    delivery = finished(products, kind)
    Delivery.objects.update(state=state, next_at=NOW, claimed_at=NOW, lease_until=machine_now())
    for headers in ({}, HTMX):
        assert client.get(page(delivery), headers=headers).status_code in {200, 286}


def test_a_refused_mail_is_said_on_the_page(client: Client, products: list[Product]) -> None:
    delivery = finished(products)
    OutboxMail.objects.update(state=MailState.FAILED, last_error="550 no such mailbox")
    text = client.get(page(delivery)).text
    assert "The mail to reader@example.org was refused (550 no such mailbox)." in text


def test_hostile_names_are_text(client: Client, own: Observation) -> None:
    evil = observation('<script>alert("x")</script>')
    delivery = finished([product(evil, "<img src=x>.fits", content_of(10))])
    text = client.get(page(delivery)).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


# Fetching a bundle ---------------------------------------------------------------------------------------------------


def test_a_built_bundle_is_fetched_whole_and_in_part(client: Client, products: list[Product]) -> None:
    delivery = finished(products, DeliveryKind.BUILT_ZIP)
    address = reverse("basket:built", args=[delivery.pk, delivery.built_name])
    assert address in client.get(page(delivery)).text
    whole = client.get(address)
    content = whole.getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert bundle.testzip() is None
    assert whole.headers["ETag"] == f'"{delivery.built_sha256}"'
    assert int(whole.headers["Content-Length"]) == delivery.built_size_bytes == len(content)
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.getvalue()) == (206, content[100:200])


def test_a_bundle_is_not_given_when_a_file_in_it_became_exclusive(
    client: Client, products: list[Product], own: Observation
) -> None:
    delivery = finished(products, DeliveryKind.BUILT_ZIP)
    own.t_obs_release = to_mjd(FUTURE)
    own.save()
    response = client.get(reverse("basket:built", args=[delivery.pk, delivery.built_name]))
    assert response.status_code == 409
    assert content_of(2_000)[:50] not in response.content


def test_a_bundle_of_an_account_is_for_its_owner_alone(client: Client, products: list[Product]) -> None:
    owner = User.objects.create_user("pi@example.org", "a long pass phrase")
    delivery = finished(products, DeliveryKind.BUILT_TAR, owner)
    address = reverse("basket:built", args=[delivery.pk, delivery.built_name])
    assert client.get(address).status_code == 404
    client.force_login(owner)
    assert len(client.get(address).getvalue()) == delivery.built_size_bytes


@pytest.mark.parametrize("change", [{"expires_at": NOW}, {"state": "cancelled"}, {"built_name": "other.zip"}])
def test_a_bundle_that_is_over_is_not_there(client: Client, products: list[Product], change: dict[str, object]) -> None:
    delivery = finished(products, DeliveryKind.BUILT_ZIP)
    Delivery.objects.update(**change)
    assert client.get(reverse("basket:built", args=[delivery.pk, delivery.built_name])).status_code == 404


# The door's certificate ----------------------------------------------------------------------------------------------


def test_the_certificate_is_given_without_its_key(client: Client, own: Observation, settings: Settings) -> None:
    address = reverse("basket:ftps_certificate")
    assert client.get(address).status_code == 404
    assert certificate.ensure(settings.FTPS_CERTIFICATE, "archive.example.org", NOW)
    text = client.get(address).text
    assert "BEGIN CERTIFICATE" in text
    assert "PRIVATE KEY" not in text
    assert settings.FTPS_CERTIFICATE.stat().st_mode & 0o777 == 0o600


def test_our_certificate_is_made_anew_for_another_host_only(own: Observation, settings: Settings) -> None:
    path: Path = settings.FTPS_CERTIFICATE
    certificate.ensure(path, "archive.example.org", NOW)
    assert not certificate.ensure(path, "archive.example.org", NOW)
    assert certificate.ensure(path, "192.0.2.7", NOW)
    assert certificate.is_self_signed(path)


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "5 s"), (31, "30 s"), (89, "90 s"), (300, "5 min"), (5399, "90 min"), (9000, "2.5 h")]
)
def test_the_time_left_is_a_rough_one(seconds: float, words: str) -> None:
    assert rough_time(seconds) == words


def test_parts_of_a_bundle_are_fetched_and_resumed_one_by_one(client: Client, products: list[Product]) -> None:
    ticked(client, products)
    form = {"method": "built_zip", "email": "reader@example.org", "part_size": "2"}
    assert client.post(reverse("basket:stage"), {**form, "part_size": "3"}).status_code == 400
    client.post(reverse("basket:stage"), form)
    delivery = Delivery.objects.get()
    assert delivery.part_bytes == 2_000_000_000
    Delivery.objects.filter(pk=delivery.pk).update(part_bytes=1)
    now = machine_now()
    job.run(delivery.pk, lambda: now, lambda: NOW)
    delivery.refresh_from_db()
    page = client.get(reverse("basket:request", args=[delivery.pk])).text
    parts = list(delivery.parts.all())
    assert len(parts) == 2
    for part in parts:
        address = reverse("basket:built", args=[delivery.pk, part.name])
        assert address in page
        assert part.sha256 in page
        first = client.get(address, headers={"range": "bytes=0-99"})
        rest = client.get(address, headers={"range": "bytes=100-", "if-range": first.headers["ETag"]})
        whole = first.getvalue() + rest.getvalue()
        assert hashlib.sha256(whole).hexdigest() == part.sha256
    assert client.get(reverse("basket:built", args=[delivery.pk, f"{delivery.name}.zip"])).status_code == 404
