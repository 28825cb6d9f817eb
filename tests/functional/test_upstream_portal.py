"""A portal whose files lie with another portal: fetched, verified and kept; each fault ends with a named reason."""

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from archive.clock import machine_now
from archive.models import Held, Product
from archive.storage import storage_for
from archive.storage.upstream import BROKEN_OFF, DOWNLOAD_PATH, REFUSED, WITHDRAWN, UpstreamStorage
from basket.bundle_views import file_path
from basket.models import Delivery, DeliveryKind, DeliveryState, ItemState
from basket.selection import freeze
from basket.staging import afterwards, job, places
from mastportal.launcher import commands
from tests.deliveries import submitted
from tests.people import make_person
from tests.services.processes import Process, accepts, free_port, portal_environment
from tests.services.second_portal import CLOSED, CONTENTS, LARGE, PUBLIC, SecondPortal, catalogue, uri_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("upstream")]
STAGED = [DeliveryKind.STAGING, DeliveryKind.BUILT_ZIP]


@pytest.fixture(scope="module")
def upstream(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SecondPortal]:
    with django_db_blocker.unblock():
        portal = SecondPortal(tmp_path_factory.mktemp("second"))
        yield portal
        portal.close()


@pytest.fixture
def files(upstream: SecondPortal, settings: Settings, tmp_path: Path) -> Iterator[dict[str, Product]]:
    """The files of the upstream portal in the catalogue of this one, which has none of their bytes yet."""
    settings.STORAGE_URL, settings.UPSTREAM_TOKEN = upstream.url, upstream.letters
    settings.UPSTREAM_FOLDER = tmp_path / "upstream"
    settings.STAGING_ROOT, settings.STAGING_FREE_BYTES = tmp_path / "staging", 0
    storage_for.cache_clear()
    yield catalogue()
    store(upstream).close()
    storage_for.cache_clear()


def store(upstream: SecondPortal) -> UpstreamStorage:
    found = storage_for(upstream.url)
    assert isinstance(found, UpstreamStorage)
    return found


def delivered(products: list[Product], kind: DeliveryKind) -> Delivery:
    staff = make_person("staff@example.org", None, is_staff=True)
    delivery = submitted(products, kind, owner=staff, now=machine_now())
    job.run(delivery.pk, machine_now, machine_now)
    delivery.refresh_from_db()
    return delivery


def sums(delivery: Delivery) -> dict[str, str]:
    """SHA-256 of the delivered files."""
    folder = places.on_disk(delivery)
    if delivery.kind == DeliveryKind.STAGING:
        return {name: sha256((folder / name).read_bytes()) for name in CONTENTS if (folder / name).exists()}
    with zipfile.ZipFile(folder / delivery.built_name) as bundle:
        found = {name.rpartition("/")[2]: sha256(bundle.read(name)) for name in bundle.namelist()}
    return {name: digest for name, digest in found.items() if name in CONTENTS}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def kept(settings: Settings) -> list[str]:
    return sorted(path.name for path in (Path(settings.UPSTREAM_FOLDER) / "fetched").rglob("*") if path.is_file())


# What arrives --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", STAGED)
def test_a_request_brings_public_and_exclusive_files_and_asks_once(
    upstream: SecondPortal, files: dict[str, Product], settings: Settings, kind: DeliveryKind
) -> None:
    before = {name: upstream.asked("GET", name) for name in (PUBLIC, CLOSED)}
    delivery = delivered([files[PUBLIC], files[CLOSED]], kind)
    assert delivery.state == DeliveryState.READY
    assert sums(delivery) == {name: sha256(CONTENTS[name]) for name in (PUBLIC, CLOSED)}
    assert kept(settings) == [CLOSED, PUBLIC]
    assert {name: upstream.asked("GET", name) - before[name] for name in before} == {PUBLIC: 1, CLOSED: 1}
    again = freeze(kind, Product.objects.filter(filename=PUBLIC), None, machine_now())
    assert again.files_included == 1
    afterwards.give_back(delivery, machine_now())
    assert store(upstream).read_range(files[PUBLIC].storage_key, 0, 10) == CONTENTS[PUBLIC][:10]
    assert upstream.asked("GET", PUBLIC) - before[PUBLIC] == 1


@pytest.fixture
def mirror(files: dict[str, Product], settings: Settings, upstream: SecondPortal, tmp_path: Path) -> Iterator[str]:
    """The download server of this portal, whose store is the other one."""
    port = free_port()
    env = portal_environment() | {"STORAGE_URL": upstream.url, "UPSTREAM_TOKEN": upstream.letters}
    server = Process(commands.downloads(f"127.0.0.1:{port}", tmp_path), tmp_path / "mirror.log", env)
    try:
        server.wait_for(lambda: accepts(port), "an open port of the mirror")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, trust_env=False, timeout=30)


def test_over_http_files_go_through_both_portals_by_the_decision_of_the_nearer(
    mirror: str, upstream: SecondPortal, files: dict[str, Product]
) -> None:
    before = upstream.asked("GET", PUBLIC)
    by_uri = f"{mirror}{DOWNLOAD_PATH}?uri={uri_of(PUBLIC)}"
    answer = get(by_uri)
    assert sha256(answer.content) == files[PUBLIC].sha256 == answer.headers["ETag"].strip('"')
    assert get(mirror + file_path(files[PUBLIC]), Range="bytes=10-19").content == CONTENTS[PUBLIC][10:20]
    delivery = freeze(DeliveryKind.ZIP, Product.objects.filter(filename=PUBLIC), None, machine_now(), name="both")
    with zipfile.ZipFile(io.BytesIO(get(f"{mirror}/basket/bundles/{delivery.pk}/both.zip").content)) as bundle:
        assert bundle.read(f"both/JWST/jw02733-{PUBLIC}/{PUBLIC}") == CONTENTS[PUBLIC]
    assert upstream.asked("GET", PUBLIC) - before == 1
    refused = get(f"{mirror}{DOWNLOAD_PATH}?uri={uri_of(CLOSED)}")
    assert refused.status_code == 401
    assert upstream.letters not in refused.text


def test_listed_files_are_held_once_they_were_fetched_and_what_does_not_come_is_named(
    upstream: SecondPortal, files: dict[str, Product], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {"held": Held.NOT_YET, "storage_key": "", "sha256": "", "crc32": None, "stored_at": None}
    Product.objects.update(**unknown)
    Product.objects.filter(filename=LARGE).update(md5="0" * 32)
    Product.objects.create(uri=uri_of("none.fits"), filename="none.fits", observation=files[PUBLIC].observation)
    settings.UPSTREAM_KEEP_BYTES = 1
    with pytest.raises(SystemExit):
        call_command("mirror", "--program", "2733")
    said = capsys.readouterr()
    assert f"has no {uri_of('none.fits')}" in said.err
    assert f"gives {uri_of(LARGE)} with another MD5 sum than its listing" in said.err
    assert said.out == "2 files are held now, 1.0 MB; 2 are not\n"
    held = Product.objects.filter(held=Held.YES).values_list("filename", "sha256", "crc32")
    assert set(held) == {(name, files[name].sha256, files[name].crc32) for name in (PUBLIC, CLOSED)}
    assert kept(settings) == []  # there is no room for them, and they come again when they are asked for
    files[PUBLIC].refresh_from_db()
    assert sums(delivered([files[PUBLIC]], DeliveryKind.STAGING)) == {PUBLIC: files[PUBLIC].sha256}


def test_a_store_of_our_own_mirrors_nothing(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = tmp_path.as_uri()
    with pytest.raises(CommandError, match="name its address there"):
        call_command("mirror")


# Faults --------------------------------------------------------------------------------------------------------------


def revoke(upstream: SecondPortal) -> Callable[[], None]:
    upstream.execute("UPDATE accounts_accesstoken SET revoked_at = now()")
    return lambda: upstream.execute("UPDATE accounts_accesstoken SET revoked_at = NULL")


def withdraw(upstream: SecondPortal) -> Callable[[], None]:
    upstream.operate("access", "withdraw", uri_of(CLOSED))

    def restore() -> None:
        upstream.operate("access", "restore", uri_of(CLOSED))

    return restore


def stop(upstream: SecondPortal) -> Callable[[], None]:
    upstream.server.kill()
    return upstream.start


FAULTS = {"revoke": (revoke, REFUSED), "withdraw": (withdraw, WITHDRAWN), "stop": (stop, BROKEN_OFF)}


@pytest.mark.parametrize("kind", STAGED)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_upstream_does_not_give_is_left_out_with_its_reason_and_comes_by_another_try(
    upstream: SecondPortal, files: dict[str, Product], settings: Settings, kind: DeliveryKind, fault: str
) -> None:
    store(upstream).bring(files[PUBLIC].storage_key)
    cause, reason = FAULTS[fault]
    mend = cause(upstream)
    try:
        delivery = delivered([files[PUBLIC], files[CLOSED]], kind)
    finally:
        mend()
    assert delivery.state == DeliveryState.PARTIAL
    failed = delivery.items.get(state=ItemState.FAILED)
    assert (failed.uri, failed.reason) == (uri_of(CLOSED), reason)
    assert sums(delivery) == {PUBLIC: files[PUBLIC].sha256}
    assert kept(settings) == [PUBLIC]
    assert not list(places.on_disk(delivery).glob(".part*"))
    assert reason in manifest(delivery)
    assert afterwards.retry(delivery, machine_now())
    job.run(delivery.pk, machine_now, machine_now)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY
    assert sums(delivery) == {name: files[name].sha256 for name in (PUBLIC, CLOSED)}


def manifest(delivery: Delivery) -> str:
    folder = places.on_disk(delivery)
    if delivery.kind == DeliveryKind.STAGING:
        return (folder / "MANIFEST.HTML").read_text()
    with zipfile.ZipFile(folder / delivery.built_name) as bundle:
        (name,) = [each for each in bundle.namelist() if each.endswith("MANIFEST.HTML")]
        return bundle.read(name).decode()


def test_an_upstream_that_stops_in_the_middle_leaves_no_half_file_and_the_next_try_goes_on(
    upstream: SecondPortal, files: dict[str, Product], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies_at_the_first_piece(keeper: object) -> Callable[[], None]:
        return upstream.server.kill

    with monkeypatch.context() as patched:
        patched.setattr("basket.staging.copying.paced", dies_at_the_first_piece)
        delivery = delivered([files[LARGE]], DeliveryKind.STAGING)
    upstream.start()
    assert delivery.state == DeliveryState.FAILED
    assert delivery.items.get().reason == BROKEN_OFF
    assert kept(settings) == []
    (part,) = [path for path in (Path(settings.UPSTREAM_FOLDER) / "parts").iterdir() if path.suffix != ".lock"]
    assert 0 < part.stat().st_size < len(CONTENTS[LARGE])
    assert afterwards.retry(delivery, machine_now())
    job.run(delivery.pk, machine_now, machine_now)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY
    assert sums(delivery) == {LARGE: files[LARGE].sha256}


@pytest.mark.parametrize("letters", ["", "x" * 32])
def test_a_single_file_that_a_wrong_token_does_not_open_is_said_before_a_byte_is_sent(
    upstream: SecondPortal, files: dict[str, Product], settings: Settings, letters: str
) -> None:
    settings.UPSTREAM_TOKEN = letters
    storage_for.cache_clear()
    reader = Client()
    reader.force_login(make_person("staff@example.org", None, is_staff=True))
    answer = reader.get(f"{DOWNLOAD_PATH}?uri={uri_of(CLOSED)}")
    assert (answer.status_code, answer.text) == (503, f"{uri_of(CLOSED)}: {REFUSED}.\n")
    page = reader.get(file_path(files[CLOSED]), headers={"accept": "text/html"})
    assert page.status_code == 503
    assert REFUSED[1:] in page.text
    assert reader.get(f"{DOWNLOAD_PATH}?uri={uri_of(PUBLIC)}").status_code == 200
