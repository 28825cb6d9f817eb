"""The embedded servers: what they allow, and how they get past what a killed one left."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from mastportal.embedded import places, sockets
from mastportal.embedded.borrowing import borrowed_postgres
from mastportal.embedded.errors import ServiceError
from mastportal.embedded.postgres import Postgres
from mastportal.embedded.valkey import Valkey


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a cluster in it; each test starts the server itself."""
    place = tmp_path_factory.mktemp("home")
    with Postgres(place, durable=False).running():
        return place


def one(server: Postgres, question: str) -> object:
    with psycopg.connect(server.url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def test_the_portals_role_is_no_superuser_and_needs_no_port(home: Path) -> None:
    with Postgres(home, durable=False).running() as server:
        assert one(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        assert one(server, "SHOW listen_addresses") == ""
        assert one(server, "SHOW data_checksums") == "on"
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700


def test_a_role_that_the_map_does_not_name_is_refused(home: Path) -> None:
    refused = pytest.raises(psycopg.OperationalError, match="Peer authentication failed")
    with Postgres(home, durable=False).running() as server, refused:
        psycopg.connect(server.url.replace("portal@", "stranger@"))


def test_rows_outlive_a_killed_server_whose_number_somebody_else_has(home: Path) -> None:
    server = Postgres(home)
    server.prepare()
    child = server.start()
    server.wait_until_ready(child)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    lock_file = server.place.data / "postmaster.pid"
    text = lock_file.read_text()
    helpers = psutil.Process(child.pid).children(recursive=True)
    child.kill()
    child.wait(timeout=30)
    for process in helpers:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    lock_file.write_text(text.replace(str(child.pid), str(os.getpid()), 1))
    with Postgres(home, durable=False).running():
        assert one(server, "SELECT number FROM kept") == 42


def test_a_server_that_still_runs_is_ended_before_the_next_start(home: Path) -> None:
    left = Postgres(home, durable=False)
    left.prepare()
    child = left.start()
    left.wait_until_ready(child)
    with Postgres(home, durable=False).running() as server:
        assert one(server, "SELECT 1") == 1
    child.wait(10)


def test_commands_share_one_server_and_the_first_starts_it(home: Path) -> None:
    with borrowed_postgres(home, ["first"]) as started:
        assert started
        with borrowed_postgres(home, ["second"]) as started_again:
            assert not started_again
    assert not Postgres(home).is_ready()


def test_data_of_another_major_version_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / "postgresql-9").mkdir()
    with pytest.raises(ServiceError, match="another PostgreSQL"):
        Postgres(tmp_path).prepare()
    assert [place.name for place in tmp_path.glob("postgresql-*")] == ["postgresql-9"]


def test_root_without_user_namespaces_is_told_so_about_data_made_with_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "own_identity", lambda probe: None)
    with pytest.raises(ServiceError, match="need user namespaces"):
        Postgres(home).prepare()


# Sockets -------------------------------------------------------------------------------------------------------------
def test_a_long_path_gets_a_short_folder_of_sockets() -> None:
    deep = Path("/srv") / ("long" * 30) / "portal"
    for socket in (sockets.postgres_socket_folder(deep) / ".s.PGSQL.5432.lock", sockets.valkey_socket(deep)):
        assert len(os.fsencode(socket)) <= sockets.LONGEST_SOCKET_PATH_BYTES
    assert sockets.run_folder(deep) != sockets.run_folder(deep.with_name("other"))
    assert sockets.run_folder(Path("/srv/portal")) == Path("/srv/portal/run")


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[Path]:
    """A link where our folder should be, as somebody with ill will would lay it under /tmp."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    yield link
    link.unlink()


def test_a_folder_that_somebody_else_laid_is_refused(trap: Path) -> None:
    with pytest.raises(ServiceError, match="belongs to somebody else"):
        sockets.private_folder(trap)


# Valkey --------------------------------------------------------------------------------------------------------------
def test_messages_outlive_a_restart_of_the_broker(tmp_path: Path) -> None:
    for expected in (None, b"rung"):
        with Valkey(tmp_path).running() as server, redis.Redis(unix_socket_path=str(server.socket)) as client:
            assert client.get("bell") == expected
            client.set("bell", "rung")
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
