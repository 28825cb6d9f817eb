"""Visits of the FTPS door: a request that lies there, and the standard library's client, the certificate checked."""

import contextlib
import ftplib
import socket
import ssl
import time
from collections.abc import Iterator

import pytest
from django.conf import settings as live_settings

from accounts.models import User
from archive.clock import machine_now
from archive.models import Product
from basket.models import Delivery, DeliveryState
from basket.staging import job
from tests.conftest import FtpsServer
from tests.deliveries import content_of, submitted

CONTENTS = {"a_i2d.fits": content_of(3_000_000, 1), "b_cal.fits": content_of(5, 2)}
DOCUMENTS = {"MANIFEST.HTML", "manifest.csv", "SHA256SUMS"}
PASSWORD = "a long pass phrase"


def staged(products: list[Product], owner: User | None = None) -> Delivery:
    delivery = submitted(products, owner=owner, now=machine_now())
    job.run(delivery.pk, machine_now, machine_now)
    # a worker process of another test of this session may have been quicker, and then does the work
    for _ in range(300):
        delivery.refresh_from_db()
        if delivery.state == DeliveryState.READY:
            return delivery
        time.sleep(0.1)
    raise AssertionError(f"the delivery stays {delivery.state}")


def refused(answer: str) -> pytest.RaisesExc[ftplib.error_perm]:
    """The server refuses, with an answer that begins like this."""
    return pytest.raises(ftplib.error_perm, match=f"^{answer}")


def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(live_settings.FTPS_CERTIFICATE))


@contextlib.contextmanager
def session(
    server: FtpsServer, user: str = "anonymous", word: str = "me@example.org", patience_s: float = 10
) -> Iterator[ftplib.FTP_TLS]:
    """A visitor with the standard library's client, the certificate checked."""
    client = ftplib.FTP_TLS(context=trust(), timeout=patience_s)
    try:
        client.connect("127.0.0.1", server.port)
        client.login(user, word)
        client.prot_p()
        yield client
    finally:
        with contextlib.suppress(*ftplib.all_errors):
            client.quit()
        client.close()


def fetched(client: ftplib.FTP_TLS, path: str) -> bytes:
    pieces: list[bytes] = []
    client.retrbinary(f"RETR {path}", pieces.append)
    return b"".join(pieces)


def names(client: ftplib.FTP_TLS, path: str) -> set[str]:
    return {name for name, _ in client.mlsd(path)}


def all_of(data: socket.socket) -> bytes:
    data.settimeout(2)
    found = b""
    with contextlib.suppress(OSError):
        while piece := data.recv(65536):
            found += piece
    return found
