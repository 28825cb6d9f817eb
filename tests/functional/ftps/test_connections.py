"""Rules 8 to 12 of the FTPS door: connections, and the process itself."""

import contextlib
import ftplib
import os
import socket
import subprocess
from pathlib import Path

import pytest
from django.conf import settings as live_settings
from django.db import connection

from archive.models import Observation
from basket.models import Delivery
from mastportal.launcher import commands
from tests.conftest import FtpsServer
from tests.functional.ftps.visits import (
    all_of,
    refused,
    session,
)
from tests.services.processes import Process, free_port, portal_environment

pytestmark = pytest.mark.xdist_group("ftps")


def test_attack_a_data_connection_from_another_address_is_dropped(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        host, port = client.makepasv()
        with socket.create_connection((host, port), timeout=10, source_address=("127.0.0.2", 0)) as data:
            with pytest.raises(ftplib.error_temp, match=r"^425 Rejected data connection"):
                client.getresp()
            assert all_of(data) == b""


def test_one_address_has_so_many_connections_and_no_more(ftps_server: FtpsServer, own: Observation) -> None:
    with contextlib.ExitStack() as open_ones:
        greetings = []
        for _ in range(live_settings.FTPS_MAX_CONNECTIONS_PER_ADDRESS + 4):
            line = open_ones.enter_context(socket.create_connection(("127.0.0.1", ftps_server.port), timeout=10))
            greetings.append(line.recv(100)[:3])
    assert greetings[0] == b"220"
    assert greetings[-1] == b"421"


def test_patterns_are_not_expanded(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        client.cwd(f"/{delivery.folder}")
        with refused("550 Globbing not supported"):
            client.sendcmd("STAT *.fits")
        with refused("550"):
            client.nlst("*.fits")


def test_passive_ports_are_those_of_the_setting(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        ports = {client.makepasv()[1] for _ in range(20)}
    assert max(ports) - min(ports) < 80  # the fixture gives eighty neighbouring ports


def test_idle_visitors_hold_no_database_connection(delivery: Delivery, ftps_server: FtpsServer) -> None:
    before = _connections()
    with contextlib.ExitStack() as visitors:
        for _ in range(8):
            client = visitors.enter_context(session(ftps_server))
            client.cwd(f"/{delivery.folder}")
        assert _connections() <= before + 1


def test_a_busy_port_is_said_in_one_line(ftps_server: FtpsServer, own: Observation) -> None:
    env = portal_environment() | {"FTPS_HOST": "127.0.0.1", "FTPS_PORT": str(ftps_server.port)}
    done = subprocess.run(
        commands.ftps(), env=os.environ | env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"CommandError: ftps: port {ftps_server.port} is in use; end the other program or set FTPS_PORT to a free port"
    ]


def test_the_door_ends_cleanly_when_it_is_told_to(own: Observation, tmp_path: Path) -> None:
    port = free_port()
    env = portal_environment() | {"FTPS_HOST": "127.0.0.1", "FTPS_PORT": str(port)}
    door = Process(commands.ftps(), tmp_path / "ftps.log", env)
    door.wait_for_line(f"ftps: listening on 127.0.0.1 port {port}")
    assert door.stop() == 0
    assert "Traceback" not in door.text


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
