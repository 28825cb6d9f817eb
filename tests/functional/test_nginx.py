"""nginx in front: it sends what everybody may read, and decides nothing."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from pytest_django.plugin import DjangoDbBlocker

from archive.clock import machine_now, to_mjd
from archive.models import Product
from basket.bundle_views import file_path
from basket.models import Delivery, DeliveryKind
from basket.staging import job
from mastportal.launcher import commands
from tests.deliveries import content_of, observation, product, submitted
from tests.services.nginx import running_nginx
from tests.services.processes import Process, accepts, free_port, portal_environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("nginx")]
YEAR = dt.timedelta(days=365)
CONTENT = content_of(900_000, 7)


@dataclass(frozen=True)
class Front:
    url: str
    direct: str  # the download server behind it


@pytest.fixture(scope="module")
def _front(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    with django_db_blocker.unblock():
        env = portal_environment() | {"X_ACCEL": "yes", "BEHIND_PROXY": "yes"}
    folder = tmp_path_factory.mktemp("nginx")
    download_port = free_port()
    downloads = Process(commands.downloads(f"127.0.0.1:{download_port}", folder), folder / "downloads.log", env)
    try:
        downloads.wait_for(lambda: accepts(download_port), "an open download port")
        direct = f"http://127.0.0.1:{download_port}"
        with running_nginx(folder, direct, direct) as url:
            yield Front(url, direct)
    finally:
        downloads.stop()


@pytest.fixture
def front(transactional_db: None, _front: Front) -> Front:
    return _front


@pytest.fixture
def public(front: Front) -> Product:
    return product(observation("jw02733-o001_t001_miri_f770w"), "a_i2d.fits", CONTENT)


@pytest.fixture
def closed(front: Front) -> Product:
    own = observation("jw02733-o002_t001_miri_f770w", release=machine_now() + YEAR)
    return product(own, "canary_i2d.fits", b"canary" * 1000)


def get(url: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.get(url, headers=named, trust_env=False)


def test_a_public_file_is_sent_by_nginx_with_our_words(front: Front, public: Product) -> None:
    answer = get(front.url + file_path(public))
    assert answer.status_code == 200
    assert answer.headers["X-Sent-By"] == "nginx"
    assert hashlib.sha256(answer.content).hexdigest() == public.sha256
    assert answer.headers["ETag"] == f'"{public.sha256}"'
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a_i2d.fits"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "X-Accel-Redirect" not in answer.headers


@pytest.mark.parametrize("place", ["/api/v0.1/Download/file", "/jwst/api/v0.1/download/file/"])
def test_a_public_file_that_is_named_by_its_uri_is_sent_by_nginx(front: Front, public: Product, place: str) -> None:
    answer = get(f"{front.url}{place}?uri={public.uri}")
    assert (answer.status_code, answer.headers["X-Sent-By"]) == (200, "nginx")
    assert hashlib.sha256(answer.content).hexdigest() == public.sha256
    assert answer.headers["ETag"] == f'"{public.sha256}"'


def test_an_exclusive_file_is_refused_by_its_uri(front: Front, closed: Product) -> None:
    answer = get(f"{front.url}/api/v0.1/Download/file?uri={closed.uri}")
    assert answer.status_code == 401
    assert "X-Sent-By" not in answer.headers


def test_a_range_is_sent_by_nginx(front: Front, public: Product) -> None:
    answer = get(front.url + file_path(public), Range="bytes=1000-1999")
    assert (answer.status_code, answer.headers["X-Sent-By"]) == (206, "nginx")
    assert answer.content == CONTENT[1000:2000]
    assert answer.headers["Content-Range"] == f"bytes 1000-1999/{len(CONTENT)}"


def test_conditions_on_the_etag_are_answered_by_us(front: Front, public: Product) -> None:
    url, etag = front.url + file_path(public), f'"{public.sha256}"'
    going_on = get(url, Range="bytes=899990-", If_Range=etag)
    assert (going_on.status_code, going_on.content) == (206, CONTENT[899990:])
    assert get(url, Range="bytes=899990-", If_Range='"another"').content == CONTENT
    assert get(url, If_None_Match=etag).status_code == 304


def test_an_exclusive_file_stays_403(front: Front, closed: Product) -> None:
    answer = get(front.url + file_path(closed))
    assert answer.status_code in {401, 403}
    assert b"canary" * 2 not in answer.content
    assert "X-Sent-By" not in answer.headers


def test_nobody_opens_the_internal_places(front: Front, public: Product, closed: Product) -> None:
    for each in (public, closed):
        for path in (f"/internal/storage/{each.storage_key}", f"/internal/storage/../storage/{each.storage_key}"):
            assert get(front.url + path).status_code == 404


def test_a_bundle_that_a_worker_built_is_sent_by_nginx(front: Front, public: Product) -> None:
    delivery = submitted([public], DeliveryKind.BUILT_ZIP, now=machine_now())
    job.run(delivery.pk, machine_now, machine_now)
    delivery = Delivery.objects.get(pk=delivery.pk)
    answer = get(f"{front.url}/basket/requests/{delivery.pk}/{delivery.built_name}")
    assert (answer.status_code, answer.headers["X-Sent-By"]) == (200, "nginx")
    assert hashlib.sha256(answer.content).hexdigest() == delivery.built_sha256


def test_a_file_is_sent_by_nginx_from_its_release_on(front: Front, closed: Product) -> None:
    closed.observation.t_obs_release = to_mjd(machine_now() - YEAR)
    closed.observation.save()
    assert get(front.url + file_path(closed)).headers["X-Sent-By"] == "nginx"


def test_a_name_with_signs_is_found(front: Front) -> None:
    own = observation("jw02733-o003_t001_miri_f770w")
    strange = product(own, "50% off+plus.fits", b"content")
    answer = get(front.url + file_path(strange))
    assert (answer.headers["X-Sent-By"], answer.content) == ("nginx", b"content")


def test_of_an_address_that_is_too_long_the_portal_says_what_to_do(front: Front) -> None:
    answer = get(f"{front.url}/search/?region=POLYGON{'+10.5+-5' * 3000}")
    assert answer.status_code == 414
    assert "The address is too long" in answer.text
