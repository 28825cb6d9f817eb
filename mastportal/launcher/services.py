"""Which processes make the portal, in the order in which they start; they stop in the opposite order."""

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from mastportal.embedded import children
from mastportal.embedded.postgres import STOP_SIGNAL, Postgres
from mastportal.embedded.valkey import Valkey
from mastportal.launcher import commands
from search.synthetic.place import is_complete

_PROBE_PATIENCE_S = 5


@dataclass(frozen=True)
class Service:
    """A process that the launcher keeps running.

    start : starts it, its output into the given file descriptor.
    is_ready : whether it truly answers; None when that cannot be asked from outside.
    after_ready : what has to be done once it answers, before others start.
    patience_s : how long it may take to stop before it is killed.
    ends_by_itself : it has something to do once; when that went well it is not started again.
    """

    name: str
    start: Callable[[int], subprocess.Popen[bytes]]
    is_ready: Callable[[], bool] | None = None
    after_ready: Callable[[], None] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience_s: float = 20
    ends_by_itself: bool = False


def postgres(server: Postgres) -> Service:
    def start(output: int) -> subprocess.Popen[bytes]:
        server.prepare()
        return server.start(output)

    return Service("postgres", start, server.is_ready, server.provide_database, STOP_SIGNAL, patience_s=60)


def valkey(server: Valkey) -> Service:
    def start(output: int) -> subprocess.Popen[bytes]:
        server.prepare()
        return server.start(output)

    return Service("valkey", start, server.is_ready)


@dataclass(frozen=True)
class Addresses:
    """Where the doors open."""

    host: str
    port: int
    download_port: int
    ftps_host: str
    ftps_port: int


def workers() -> list[Service]:
    # celery's quick stop: a running job is given up after a grace time and found again by its lease
    env = _environment() | {"REMAP_SIGTERM": "SIGQUIT"}
    return [
        Service("stage", _starter(commands.stage_worker(), env)),
        Service("mail", _starter(commands.mail_worker(), env)),
        Service("beat", _starter(commands.beat(), _environment())),
    ]


def errands() -> list[Service]:
    """What is made once, while people use the portal already."""
    if not settings.SYNTHETIC_SKY or is_complete():
        return []
    return [Service("sky", _starter(commands.make_sky(), _environment()), patience_s=5, ends_by_itself=True)]


def doors(home: Path, at: Addresses) -> list[Service]:
    """What people come to: pages, downloads, FTPS."""
    env = _environment()
    web = commands.web(bind(at.host, at.port), home / "run")
    downloads = commands.downloads(bind(at.host, at.download_port), home / "run")
    return [
        Service("web", _starter(web, env), _answers(at.host, at.port)),
        Service("downloads", _starter(downloads, env | {"DATABASE_KEEP_S": "0"}), _answers(at.host, at.download_port)),
        Service("ftps", _starter(commands.ftps(), env), lambda: _accepts(reachable(at.ftps_host), at.ftps_port)),
    ]


def _environment() -> dict[str, str]:
    return dict(os.environ) | {"PYTHONUNBUFFERED": "1", "DOWNLOAD_DOOR": "on"}


def _starter(command: list[str], env: Mapping[str, str]) -> Callable[[int], subprocess.Popen[bytes]]:
    def start(output: int) -> subprocess.Popen[bytes]:
        return children.start(command, env=env, output=output)

    return start


def bind(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """An address at which this machine reaches a server that listens on an interface."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a comparison


def _answers(host: str, port: int) -> Callable[[], bool]:
    """Whether `/readyz` says yes."""
    address = f"http://{bind(reachable(host), port)}/readyz"
    # a proxy of the environment is not meant for this machine's own ports
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask() -> bool:
        try:
            with direct.open(address, timeout=_PROBE_PATIENCE_S) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return ask


def _accepts(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0
