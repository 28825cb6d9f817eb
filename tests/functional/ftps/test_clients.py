"""The clients that people have, at the FTPS door."""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as live_settings
from pytest_django import Settings

from basket.models import Delivery
from basket.staging import places
from tests.conftest import FtpsServer, LivePortal
from tests.functional.ftps.visits import CONTENTS, DOCUMENTS, fetched, session

pytestmark = pytest.mark.xdist_group("ftps")


def test_ftplib_fetches_a_whole_request(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        client.cwd(f"/{delivery.folder}")
        found = {name: fetched(client, name) for name in client.nlst()}
    assert {name: found[name] for name in CONTENTS} == CONTENTS
    assert set(found) == {*CONTENTS, *DOCUMENTS}


def test_the_curl_lines_of_the_mail_fetch_and_check_everything(
    delivery: Delivery, live_portal: LivePortal, settings: Settings, tmp_path: Path
) -> None:
    settings.SITE_URL = live_portal.url
    (tmp_path / "a_i2d.fits").write_bytes(CONTENTS["a_i2d.fits"][:1_000_000])  # a transfer that broke off
    lines = places.pick_up(delivery).curl_lines
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", "\n".join(lines)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "a_i2d.fits: OK\nb_cal.fits: OK" in done.stdout
    assert {name: (tmp_path / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert {path.name for path in tmp_path.iterdir()} == {*CONTENTS, *DOCUMENTS, "ftps-certificate.pem"}


def test_the_lftp_line_of_the_mail_fetches_everything(
    delivery: Delivery, live_portal: LivePortal, settings: Settings, tmp_path: Path
) -> None:
    settings.SITE_URL = live_portal.url
    way = places.pick_up(delivery)
    script = f"{way.curl_lines[0]}\n{way.lftp_line}"
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {name: (tmp_path / name).read_bytes() for name in CONTENTS} == CONTENTS
    assert {path.name for path in tmp_path.iterdir()} >= DOCUMENTS


@pytest.mark.parametrize("implicit", [False, True], ids=["explicit", "implicit"])
def test_wget_fetches_a_whole_request(
    delivery: Delivery, ftps_server: FtpsServer, tmp_path: Path, implicit: bool
) -> None:
    port = ftps_server.implicit_port if implicit else ftps_server.port
    command = [
        *("wget", "--no-config", "--no-verbose", "--recursive", "--no-directories", "--tries=1", "--timeout=30"),
        *(["--ftps-implicit"] if implicit else []),
        *("--ca-certificate", str(live_settings.FTPS_CERTIFICATE), "--ftp-user=anonymous", "--ftp-password=me"),
        f"ftps://127.0.0.1:{port}/{delivery.folder}/",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert {name: (tmp_path / name).read_bytes() for name in CONTENTS} == CONTENTS


def test_curl_comes_with_implicit_tls_too(delivery: Delivery, ftps_server: FtpsServer) -> None:
    url = f"ftps://127.0.0.1:{ftps_server.implicit_port}/{delivery.folder}/a_i2d.fits"
    command = ["curl", "--fail", "--silent", "--show-error", "--cacert", str(live_settings.FTPS_CERTIFICATE), url]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == CONTENTS["a_i2d.fits"]


def test_fifty_clients_at_once_fetch_the_whole_request(delivery: Delivery, ftps_server: FtpsServer) -> None:
    def visit(number: int) -> dict[str, bytes]:
        with session(ftps_server, patience_s=60) as client:
            together.wait(timeout=60)
            client.cwd(f"/{delivery.folder}")
            return {name: fetched(client, name) for name in CONTENTS}

    together = threading.Barrier(50)
    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(visit, range(50))) == [CONTENTS] * 50


def test_a_transfer_goes_on_where_it_broke_off(delivery: Delivery, ftps_server: FtpsServer) -> None:
    rest: list[bytes] = []
    with session(ftps_server) as client:
        client.retrbinary(f"RETR /{delivery.folder}/a_i2d.fits", rest.append, rest=2_999_000)
    assert b"".join(rest) == CONTENTS["a_i2d.fits"][2_999_000:]
