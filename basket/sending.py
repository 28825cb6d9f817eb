"""How the pieces of a download leave: parts of files by the kernel, everything else through the server."""

import socket
from collections.abc import Iterable, Iterator

from django.http import HttpRequest

from basket.bundles.stretch import Piece


def socket_of(request: HttpRequest) -> socket.socket | None:
    """The client's connection, where the server lends it (gunicorn does)."""
    found: socket.socket | None = request.META.get("gunicorn.socket")
    return found


def sent(request: HttpRequest, pieces: Iterable[Piece]) -> Iterator[bytes]:
    """What the server still has to send: parts of files have gone out by then, or come as bytes without a socket.

    The server must write each piece before it asks for the next one, as WSGI wants it.
    """
    peer = socket_of(request)
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
        elif peer is None:
            yield piece.read()
        else:
            yield b""  # the headers go out, if they have not, and access may be asked again
            piece.send(peer)
