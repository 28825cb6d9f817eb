"""The embedded Valkey: the broker that wakes workers. What must not be lost is in PostgreSQL."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import redis

from mastportal.embedded import binaries, children, sockets, stale
from mastportal.embedded.errors import ServiceError

STOP_SIGNAL = signal.SIGTERM
PATIENCE_S = 60.0


class Valkey:
    """One server on a unix socket, its append-only file under the data folder."""

    def __init__(self, home: Path) -> None:
        self.data = home / "valkey"
        self.socket = sockets.valkey_socket(home)

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def prepare(self) -> None:
        sockets.private_folder(self.data)
        sockets.private_folder(self.socket.parent)
        stale.end_valkey_of(self.data, self.socket)

    def command(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "databases": "64",
            "loglevel": "warning",
        }
        return [
            str(binaries.valkey_server()),
            *(word for name, value in settings.items() for word in (f"--{name}", value)),
        ]

    def start(self, output: int | IO[bytes] = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return children.start(self.command(), stop=STOP_SIGNAL, cwd=self.data, output=output)

    def is_ready(self) -> bool:
        try:
            with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    @contextlib.contextmanager
    def running(self, output: int | IO[bytes] = subprocess.DEVNULL) -> Iterator["Valkey"]:
        """The server for the length of a `with` block."""
        self.prepare()
        child = self.start(output)
        try:
            self.wait_until_ready(child)
            yield self
        finally:
            children.stop(child, STOP_SIGNAL)

    def wait_until_ready(self, child: subprocess.Popen[bytes], patience_s: float = PATIENCE_S) -> None:
        deadline = time.monotonic() + patience_s
        while not self.is_ready():
            if child.poll() is not None:
                raise ServiceError(f"Valkey ended at its start (exit code {child.returncode}); its log says why")
            if time.monotonic() > deadline:
                raise ServiceError(f"Valkey does not answer after {patience_s:.0f} s; its log says why")
            time.sleep(0.02)
