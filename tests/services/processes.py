"""Processes that tests start: with a log that is shown when they fail, and never left behind."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from mastportal.embedded import children


class Process:
    """A child of the test run, its output in a file."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self.child = children.start(command, env=os.environ | dict(env or {}), output=output)

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, happened: Callable[[], bool], what: str, *, patience_s: float = 60) -> None:
        deadline = time.monotonic() + patience_s
        while not happened():
            if self.child.poll() is not None:
                raise AssertionError(f"the process ended with {self.child.returncode} before {what}:\n{self.text}")
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {patience_s} s:\n{self.text}")
            time.sleep(0.05)

    def wait_for_line(self, words: str, *, patience_s: float = 60) -> None:
        self.wait_for(lambda: words in self.text, f"the words {words!r}", patience_s=patience_s)

    def kill(self) -> None:
        """End it as a power cut would: the process and all it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait(timeout=30)

    def stop(self, how: signal.Signals = signal.SIGTERM, *, patience_s: float = 30) -> int:
        children.stop(self.child, how, patience_s=patience_s)
        return self.child.returncode


def run(command: Sequence[str], env: Mapping[str, str] | None = None, *, timeout_s: float = 120) -> str:
    """Run a command to its end; its output, standard error included."""
    done = subprocess.run(
        list(command),
        check=False,
        env=os.environ | dict(env or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout_s,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def free_ports(count: int, *, start: int = 20000) -> range:
    """Neighbouring ports that nobody listens on; each test process looks in a part of its own."""
    first = start + os.getpid() * 97 % 20000
    while not all(_is_free(port) for port in range(first, first + count)):
        first += count
    return range(first, first + count)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def portal_environment() -> dict[str, str]:
    """What a process needs to work on this test run's database, folder and broker."""
    return {
        "DATABASE_URL": _test_database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "PORTAL_HOME": str(settings.PORTAL_HOME),
        "SECRET_KEY": settings.SECRET_KEY,
    }


def _test_database_url() -> str:
    facts = connection.settings_dict
    account = quote(facts["USER"], safe="")
    if facts["PASSWORD"]:
        account += ":" + quote(facts["PASSWORD"], safe="")
    query = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in facts["OPTIONS"].items() if value)
    host = quote(facts["HOST"], safe="")
    if facts["HOST"].startswith("/"):
        return f"postgresql://{account}@/{facts['NAME']}?host={host}" + (f"&{query}" if query else "")
    port = f":{facts['PORT']}" if facts["PORT"] else ""
    return f"postgresql://{account}@{host}{port}/{facts['NAME']}" + (f"?{query}" if query else "")
