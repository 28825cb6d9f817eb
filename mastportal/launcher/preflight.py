"""What is looked at before anything starts. Each finding is one line that names the remedy."""

import errno
import socket
import tempfile
from pathlib import Path

import psycopg
import redis

from mastportal.embedded.errors import ServiceError
from mastportal.launcher.services import Addresses


def check_folder(home: Path) -> None:
    """The data folder exists, or can be made, and can be written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home):
            pass
    except OSError as error:
        raise ServiceError(
            f"the data folder {home} cannot be written ({error.strerror}); set PORTAL_HOME to one that can"
        ) from None


def check_ports(at: Addresses) -> None:
    """Every port is free, and no two doors want the same one."""
    wanted = {
        "PORT": (at.host, at.port),
        "DOWNLOAD_PORT": (at.host, at.download_port),
        "FTPS_PORT": (at.ftps_host, at.ftps_port),
    }
    taken: dict[int, str] = {}
    for variable, (host, port) in wanted.items():
        if port in taken:
            raise ServiceError(f"{variable} and {taken[port]} are both {port}; set one of them to another port")
        taken[port] = variable
        _check_port(variable, host, port)


def _check_port(variable: str, host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            raise ServiceError(_why_not(error, variable, host, port)) from None


def _why_not(error: OSError, variable: str, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use by another program; stop it or set {variable} to a free port"
    if error.errno == errno.EACCES:
        return f"this account may not open port {port}; set {variable} to a port above 1023"
    return f"{host} port {port} cannot be opened ({error.strerror}); set {variable} or the interface to another"


def check_database(url: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.Error as error:
        raise ServiceError(f"DATABASE_URL: the database cannot be reached ({_first_line(error)})") from None


def check_broker(url: str) -> None:
    """A redis or valkey of one's own answers."""
    address, _, _ = url.partition("?")
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=10, socket_timeout=10) as client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise ServiceError(f"REDIS_URL: the broker cannot be reached ({_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
