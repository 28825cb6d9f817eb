"""Rules 4 and 5 of the FTPS door: nothing is written, and nothing is seen but the requests."""

import os
from pathlib import Path

import pytest

from archive.clock import machine_now
from basket.models import Delivery, DeliveryState
from basket.staging import places
from tests.conftest import FtpsServer
from tests.functional.ftps.visits import CONTENTS, DOCUMENTS, fetched, names, refused, session

pytestmark = pytest.mark.xdist_group("ftps")


# Rule 4: nothing written, passive only --------------------------------------------------------------------------------


WRITING = [
    *("STOR x", "STOU", "APPE x", "DELE a_i2d.fits", "MKD x", "XMKD x", "RMD x", "RNFR a_i2d.fits", "RNTO x"),
    *("MFMT 20200101000000 a_i2d.fits", "SITE CHMOD 777 a_i2d.fits"),
]
CONNECTING_BACK = ["PORT 127,0,0,1,4,1", "EPRT |1|127.0.0.1|1025|"]


def test_commands_that_write_or_connect_back_are_unknown(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        client.cwd(f"/{delivery.folder}")
        for command in (*WRITING, *CONNECTING_BACK):
            with refused("50[02]"):
                client.sendcmd(command)
        assert names(client, ".") == {*CONTENTS, *DOCUMENTS}


# Rule 5: the tree -----------------------------------------------------------------------------------------------------


def test_attack_links_and_dot_files_are_neither_listed_nor_read(
    delivery: Delivery, ftps_server: FtpsServer, tmp_path: Path
) -> None:
    where = places.on_disk(delivery)
    (tmp_path / "secret").write_bytes(b"not for them")
    os.symlink(tmp_path / "secret", where / "link")
    os.symlink(tmp_path, where.parent / "anonlink")
    (where / ".hidden").write_bytes(b"x")
    (where / "b_cal.fits").unlink()
    os.symlink(tmp_path / "secret", where / "b_cal.fits")  # in place of a file of the request
    with session(ftps_server) as client:
        lines: list[str] = []
        client.retrlines(f"LIST /{delivery.folder}", lines.append)
        assert sorted(line.split()[-1] for line in lines) == sorted({"a_i2d.fits", *DOCUMENTS})
        assert "secret" not in "".join(lines)
        for name in ("link", ".hidden", "b_cal.fits", "../anonlink/secret"):
            with refused("550"):
                fetched(client, f"/{delivery.folder}/{name}")


def test_all_files_belong_to_the_archive_and_are_read_only(delivery: Delivery, ftps_server: FtpsServer) -> None:
    lines: list[str] = []
    with session(ftps_server) as client:
        client.retrlines(f"LIST /{delivery.folder}", lines.append)
    assert all(line.split()[:4] == ["-r--r--r--", "1", "archive", "archive"] for line in lines)


def test_nothing_outside_the_tree_is_there(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        for path in ("/../../etc/passwd", "/stage/../../secret_key", "//etc/passwd", "/bundles", "/secret_key"):
            with refused("550"):
                fetched(client, path)
            with refused("550"):
                client.cwd(path)


def test_the_anonymous_folder_is_entered_but_not_listed(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        assert client.nlst("/") == ["stage"]
        assert client.nlst("/stage") == ["anonymous"]
        client.cwd("/stage/anonymous")
        for command in ("NLST", "LIST", "MLSD"):
            with refused("550 This folder is not listed"):
                client.retrlines(command, lambda line: None)
        with refused("550"):
            client.sendcmd("STAT /stage/anonymous")
        with refused("550"):
            client.cwd("/stage/anonymous/anon" + "0" * 32)


def test_a_request_is_seen_only_while_it_is_ready(delivery: Delivery, ftps_server: FtpsServer) -> None:
    folder = f"/{delivery.folder}"
    with session(ftps_server) as client:
        for change in ({"state": DeliveryState.RUNNING}, {"expires_at": machine_now()}):
            before = {name: getattr(delivery, name) for name in change}
            Delivery.objects.filter(pk=delivery.pk).update(**change)
            with refused("550"):
                client.cwd(folder)
            Delivery.objects.filter(pk=delivery.pk).update(**before)
        client.cwd(folder)
