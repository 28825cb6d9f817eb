"""What leaves by the kernel is what leaves through the server: the same bytes in the same order, or it breaks off."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from basket.bundles.stretch import STRETCH_BYTES, BrokenBundleError, Piece, stretches
from basket.sending import sent

BODY = os.urandom(2 * STRETCH_BYTES + 77)


class Client:
    """The other end of a connection: takes everything that comes."""

    def __init__(self) -> None:
        self.server, self._own = socket.socketpair()
        self.received = bytearray()
        self._taking = threading.Thread(target=self._take, daemon=True)
        self._taking.start()

    def _take(self) -> None:
        while piece := self._own.recv(1 << 20):
            self.received += piece

    def everything(self) -> bytes:
        self.server.close()
        self._taking.join(timeout=30)
        self._own.close()
        return bytes(self.received)


@pytest.fixture
def client() -> Iterator[Client]:
    client = Client()
    yield client
    client.everything()


def lending(server: socket.socket) -> HttpRequest:
    """A request whose server lends the client's connection."""
    request = RequestFactory().get("/")
    request.META["gunicorn.socket"] = server
    return request


def pieces_of(path: Path, length: int = len(BODY)) -> Iterator[Piece]:
    yield b"head"
    with path.open("rb", buffering=0) as file:
        yield from stretches(file, 5, length)
    yield b"tail"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "f.fits").write_bytes(BODY)
    return tmp_path / "f.fits"


@pytest.mark.parametrize("timeout_s", [None, 20.0])
def test_both_ways_give_the_same_bytes(path: Path, client: Client, timeout_s: float | None) -> None:
    client.server.settimeout(timeout_s)
    for piece in sent(lending(client.server), pieces_of(path)):
        client.server.sendall(piece)
    assert client.everything() == b"".join(sent(RequestFactory().get("/"), pieces_of(path))) == b"head%btail" % BODY[5:]


def test_nothing_of_a_file_leaves_before_what_the_server_has_to_write(path: Path, client: Client) -> None:
    with path.open("rb", buffering=0) as file:
        left = sent(lending(client.server), stretches(file, 0, 100_000))
        assert next(left) == b""  # the server writes its headers on this
        client.server.sendall(b"headers")
        assert list(left) == []
    assert client.everything() == b"headers" + BODY[:100_000]


def test_a_file_that_is_cut_short_breaks_the_download_off(path: Path, client: Client) -> None:
    left = sent(lending(client.server), pieces_of(path))
    assert [next(left), next(left)] == [b"head", b""]
    os.truncate(path, STRETCH_BYTES // 2)
    with pytest.raises(BrokenBundleError, match="ends early"):
        list(left)
    assert len(client.everything()) < STRETCH_BYTES


def test_a_client_that_is_gone_ends_the_download(path: Path) -> None:
    server, own = socket.socketpair()
    own.close()
    with server, pytest.raises(OSError, match="Broken pipe"):
        list(sent(lending(server), pieces_of(path)))
