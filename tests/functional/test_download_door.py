"""The download door as people meet it: a real gunicorn, broken connections, slow clients."""

import datetime as dt
import http.client
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from django.db import connection

from accounts import actions, audit, tokens
from accounts.models import Grant
from archive.clock import archive_now, machine_now
from archive.models import Product, Program
from archive.storage import archive_storage
from basket.models import DeliveryKind
from basket.selection import freeze
from tests.basket_holdings import observation, product
from tests.conftest import LivePortal
from tests.people import make_person

pytestmark = pytest.mark.django_db(transaction=True)
MIB = 1 << 20


@pytest.fixture
def bundle(live_portal: LivePortal) -> Iterator[str]:
    """The path of a bundle of 20 MiB."""
    now = archive_now()
    own = observation("jw1", release=now - dt.timedelta(days=1))
    for number in range(5):
        product(own, f"{number}.fits", size_bytes=4 * MIB)
    delivery = freeze(DeliveryKind.ZIP, Product.objects.all(), None, now, name="door")
    yield f"/basket/bundles/{delivery.pk}/door.zip"
    for key in Product.objects.values_list("storage_key", flat=True):
        archive_storage().delete(key)


@contextmanager
def request(url: str, path: str, **headers: str) -> Iterator[http.client.HTTPResponse]:
    place = urlsplit(url)
    peer = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    peer.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        yield peer.getresponse()
    finally:
        peer.close()


def test_a_download_that_broke_off_is_finished_with_a_range(live_portal: LivePortal, bundle: str) -> None:
    with request(live_portal.download_url, bundle) as answer:
        whole, tag = answer.read(), answer.headers["ETag"]
    assert len(whole) == int(answer.headers["Content-Length"]) > 20 * MIB
    with request(live_portal.download_url, bundle) as answer:
        first = answer.read(7 * MIB + 13)  # and the connection is dropped
    with request(live_portal.download_url, bundle, Range=f"bytes={len(first)}-", If_Range=tag) as answer:
        assert answer.status == 206
        assert first + answer.read() == whole


def test_a_file_that_shrinks_ends_the_connection_before_the_promised_length(
    live_portal: LivePortal, bundle: str
) -> None:
    place = archive_storage().open_local(Product.objects.get(filename="4.fits").storage_key)
    assert place is not None
    os.truncate(place, MIB)
    with request(live_portal.download_url, bundle) as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()


def stalled(url: str, path: str, stack: ExitStack) -> socket.socket:
    """A client that asks for a bundle and takes hardly anything of it."""
    place = urlsplit(url)
    peer = stack.enter_context(socket.socket())
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.settimeout(20)
    peer.connect((place.hostname, place.port))
    peer.sendall(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    assert peer.recv(12) == b"HTTP/1.1 200"
    return peer


def read_slowly(answer: http.client.HTTPResponse) -> int:
    """Read until the server ends the connection, about 3 MiB in a second; the number of bytes."""
    read = 0
    with suppress(http.client.IncompleteRead, ConnectionError):
        while piece := answer.read(64 * 1024):
            read += len(piece)
            threading.Event().wait(0.02)
    return read


def test_a_revoke_cuts_a_running_download(live_portal: LivePortal) -> None:
    """A co-investigator reads slowly; the PI revokes; the connection ends before the promised length."""
    program = Program.objects.create(mission="JWST", number="2736")
    person = make_person("co-i@example.org", None)
    grant = Grant.objects.create(program=program, email=person.email, user=person, granted_at=machine_now())
    file = product(observation("jw1", release=archive_now() + dt.timedelta(days=9)), "a.fits", size_bytes=40 * MIB)
    _, letters = tokens.create(person, "laptop", [tokens.EXCLUSIVE], machine_now())
    path = f"/basket/files/{file.pk}/a.fits"
    with request(live_portal.download_url, path, Authorization=f"token {letters}") as answer:
        assert answer.status == 200
        length = int(answer.headers["Content-Length"])
        read = len(answer.read(MIB))
        actions.revoke_access(grant, audit.CONSOLE, machine_now())
        read += read_slowly(answer)
    assert read < length
    with request(live_portal.download_url, path, Authorization=f"token {letters}") as answer:
        assert answer.status == 401
    archive_storage().delete(file.storage_key)


def connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_slow_clients_hold_neither_the_pages_nor_the_database(live_portal: LivePortal, bundle: str) -> None:
    before = connections()
    with ExitStack() as stack:
        for _ in range(40):
            stalled(live_portal.download_url, bundle, stack)
        assert connections() <= before + 8, "a running download keeps no database connection"
        started = time.monotonic()
        with request(live_portal.url, "/") as answer:
            assert answer.status == 200
        with request(live_portal.download_url, bundle, Range="bytes=0-99") as answer:
            assert len(answer.read()) == 100
        assert time.monotonic() - started < 5
    with request(live_portal.download_url, bundle) as answer:
        assert len(answer.read()) == int(answer.headers["Content-Length"]), "clients that left are forgotten"
