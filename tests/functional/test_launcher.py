"""`make run` from outside: what it prints, what it serves, what it leaves behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from tests.services.processes import Process, free_port, free_ports

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = [sys.executable, "-m", "mastportal.launcher"]
#: Doors and workers have 20 s each to stop, PostgreSQL 60 s for what a busy disk makes of its last checkpoint.
LONGEST_STOP_S = 110

pytestmark = pytest.mark.xdist_group("launcher")


def environment(home: Path) -> dict[str, str]:
    """A portal of its own: own folder, own ports, embedded servers."""
    port, download_port, ftps_port, *passive = free_ports(13)
    return {
        "PORTAL_HOME": str(home),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SECRET_KEY": "",
        "SAMPLE_ARCHIVE": "no",
        "SYNTHETIC_SKY": "no",
        "PORT": str(port),
        "DOWNLOAD_PORT": str(download_port),
        "FTPS_HOST": "127.0.0.1",
        "FTPS_PORT": str(ftps_port),
        "FTPS_PASSIVE_PORTS": f"{passive[0]}-{passive[-1]}",
    }


@contextmanager
def portal(home: Path, env: dict[str, str]) -> Iterator[Process]:
    """A running portal; whatever the test did to it, nothing is left."""
    process = Process(LAUNCHER, home.parent / f"{home.name}-{time.monotonic_ns()}.log", env)
    try:
        process.wait_for_line("\nready ", patience_s=120)
        yield process
    finally:
        process.stop(patience_s=LONGEST_STOP_S)
        for left in processes_of(home):
            left.kill()


def processes_of(home: Path) -> list[psutil.Process]:
    """Every process of this data folder's portal: each carries the folder's name in its environment."""
    wanted = str(home)
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PORTAL_HOME") == wanted and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def ends_with(env: dict[str, str], *, timeout_s: float = 30) -> str:
    """What a launcher says that must refuse to start: exactly one line, and no success."""
    done = subprocess.run(
        LAUNCHER, check=False, env=os.environ | env, capture_output=True, text=True, timeout=timeout_s, cwd=ROOT
    )
    assert done.returncode != 0
    lines = (done.stdout + done.stderr).strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


# A run ---------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose path is longer than a unix socket's may be."""
    return tmp_path_factory.mktemp("deep") / ("a-folder-with-a-long-name-" * 4) / "portal"


@pytest.fixture(scope="module")
def env(home: Path) -> dict[str, str]:
    home.parent.mkdir()
    return environment(home)


@pytest.fixture(autouse=True)
def _hears_control_c() -> Iterator[None]:
    """A shell's background job ignores SIGINT, and so would the portals that it starts, as `nohup` wants."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_it_serves_and_stops_without_leaving_a_process(home: Path, env: dict[str, str]) -> None:
    with portal(home, env) as running:
        ready = [line for line in running.text.splitlines() if line.startswith("ready")]
        assert ready == [f"ready http://127.0.0.1:{env['PORT']}"]
        for port in (env["PORT"], env["DOWNLOAD_PORT"]):
            assert httpx.get(f"http://127.0.0.1:{port}/readyz").json()["ready"] is True
        assert httpx.get(f"http://127.0.0.1:{env['PORT']}/").status_code == 200
        with socket.create_connection(("127.0.0.1", int(env["FTPS_PORT"])), timeout=5) as door:
            assert door.recv(3) == b"220"
        assert "already runs" in ends_with(env | {"PORT": str(free_port()), "DOWNLOAD_PORT": str(free_port())})
        assert len(processes_of(home)) > 8
        assert running.stop(signal.SIGTERM, patience_s=LONGEST_STOP_S) == 0
        assert processes_of(home) == []


def test_it_starts_again_after_being_killed_and_brings_back_what_dies(home: Path, env: dict[str, str]) -> None:
    with portal(home, env) as killed:
        os.kill(killed.pid, signal.SIGKILL)
        killed.child.wait(timeout=30)
        with portal(home, env) as running:
            assert "Traceback" not in running.text
            for name in ("postgres", "gunicorn"):
                main_process(home, name).kill()
            running.wait_for_line("web ended", patience_s=20)
            running.wait_for_line("postgres ended", patience_s=20)
            running.wait_for(lambda: is_ready(env["PORT"]), "a portal that answers again", patience_s=60)
            assert running.stop(signal.SIGINT, patience_s=LONGEST_STOP_S) == 0
            assert processes_of(home) == []


def main_process(home: Path, name: str) -> psutil.Process:
    """The oldest process of that name."""
    found = [process for process in processes_of(home) if name in " ".join(process.cmdline())]
    return min(found, key=lambda process: process.create_time())


def is_ready(port: str) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def test_a_command_uses_the_embedded_database_without_a_portal_that_runs(home: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "showmigrations", "archive"],
        check=False,
        env=os.environ | env,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert "[X] 0001_initial" in done.stdout, done.stderr
    assert processes_of(home) == []


# Refusals ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("variable", ["PORT", "DOWNLOAD_PORT", "FTPS_PORT"])
def test_a_busy_port_is_named_with_its_variable(variable: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        busy = str(other.getsockname()[1])
        said = ends_with(environment(tmp_path) | {variable: busy})
    assert busy in said
    assert variable in said


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = ends_with(environment(tmp_path / "file" / "portal"))
    assert str(tmp_path / "file" / "portal") in said
    assert "PORTAL_HOME" in said


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/none"),
        ("DATABASE_URL", "mysql://localhost/none"),
        ("DATABASE_URL", "postgresql:///portal?host=/nowhere"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0"),
        ("REDIS_URL", "unix:///nowhere/valkey.sock"),
        ("PORT", "eighty"),
        ("ARCHIVE_NOW", "yesterday"),
    ],
)
def test_a_wrong_setting_is_named_and_no_password_shown(variable: str, value: str, tmp_path: Path) -> None:
    said = ends_with(environment(tmp_path) | {variable: value})
    assert variable in said
    assert "secret" not in said


def test_two_doors_cannot_share_a_port(tmp_path: Path) -> None:
    env = environment(tmp_path)
    said = ends_with(env | {"DOWNLOAD_PORT": env["PORT"]})
    assert "DOWNLOAD_PORT" in said
