"""The web server's worker, with a page of ours for an address that it refuses to read."""

import socket
from contextlib import suppress
from typing import Any

from django.template import loader
from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

#: What is left of the request is read before the connection is closed, or the browser might lose the answer with it.
_MOST_LEFT_BYTES = 1 << 20
_PATIENCE_S = 2.0


class WebWorker(ThreadWorker):
    """gunicorn's threads; an address of more bytes than they read gets a page as its answer."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        if not isinstance(exc, LimitRequestLine):
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("Refused an address of more than %s bytes", exc.max_size)
        with suppress(OSError):
            client.settimeout(_PATIENCE_S)
            client.sendall(_too_long())
            client.shutdown(socket.SHUT_WR)
            _read_the_rest(client)


def _too_long() -> bytes:
    page = loader.get_template("errors/414.html").render().encode()
    head = (
        "HTTP/1.1 414 URI Too Long\r\n"
        "Connection: close\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"Content-Length: {len(page)}\r\n\r\n"
    )
    return head.encode() + page


def _read_the_rest(client: socket.socket) -> None:
    left_bytes = _MOST_LEFT_BYTES
    while left_bytes > 0 and (read := client.recv(1 << 16)):
        left_bytes -= len(read)
