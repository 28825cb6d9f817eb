"""The FTPS server, from the settings."""

import socket
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import ThreadedFTPServer

from archive.clock import machine_now
from basket.ftps import certificate
from basket.ftps.handler import DoorHandler, ImplicitHandler, tls_context


class DoorServer(ThreadedFTPServer):  # type: ignore[misc]  # the library has no types
    """A thread a visitor: checking a password holds up nobody else."""


def make_server(
    host: str, port: int, passive_ports: Iterable[int] | None, implicit_port: int | None = None
) -> DoorServer:
    """A server that listens already; port 0 takes a free one.

    Parameters
    ----------
    implicit_port : where visitors come with implicit TLS; None: nowhere.

    Raises
    ------
    OSError : the port is taken, or the data folder cannot be written.
    """
    path: Path = settings.FTPS_CERTIFICATE
    certificate.ensure(path, settings.FTPS_PUBLIC_HOST, machine_now())
    Path(settings.STAGING_ROOT).mkdir(mode=0o755, parents=True, exist_ok=True)
    attributes = {
        "ssl_context": tls_context(str(path)),
        "timeout": settings.FTPS_TIMEOUT_S,
        "passive_ports": list(passive_ports) if passive_ports is not None else None,
        "masquerade_address": settings.FTPS_MASQUERADE or None,
    }
    server = _listening(host, port, type("ConfiguredHandler", (DoorHandler,), attributes))
    if implicit_port is not None:
        handler = type("ConfiguredImplicitHandler", (ImplicitHandler,), attributes)
        _listening(host, implicit_port, handler, server.ioloop)  # served by the loop of the other
    return server


def _listening(host: str, port: int, handler: type[DoorHandler], ioloop: IOLoop | None = None) -> DoorServer:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = DoorServer(socket.create_server((host, port), family=family), handler, ioloop)
    server.max_cons = settings.FTPS_MAX_CONNECTIONS
    server.max_cons_per_ip = settings.FTPS_MAX_CONNECTIONS_PER_ADDRESS
    return server
