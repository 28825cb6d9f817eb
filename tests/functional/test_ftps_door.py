"""The FTPS door as a process of its own, and the clients and attackers that come to it."""

import contextlib
import ftplib
import os
import socket
import ssl
import subprocess
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as live_settings
from django.db import connection
from pytest_django import Settings

from accounts import tokens
from accounts.models import AuditEntry, User
from archive.clock import machine_now, to_mjd
from archive.models import Observation, Product
from basket.models import Delivery, DeliveryState
from basket.staging import job, places
from mastportal.launcher import commands
from tests.conftest import FtpsServer, LivePortal
from tests.deliveries import content_of, observation, product, submitted
from tests.services.processes import Process, free_port, portal_environment

pytestmark = pytest.mark.xdist_group("ftps")
CONTENTS = {"a_i2d.fits": content_of(3_000_000, 1), "b_cal.fits": content_of(5, 2)}
DOCUMENTS = {"MANIFEST.HTML", "manifest.csv", "SHA256SUMS"}
PASSWORD = "a long pass phrase"


def staged(products: list[Product], owner: User | None = None) -> Delivery:
    delivery = submitted(products, owner=owner, now=machine_now())
    job.run(delivery.pk, machine_now, machine_now)
    # a worker process of another test of this session may have been quicker, and then does the work
    for _ in range(300):
        delivery.refresh_from_db()
        if delivery.state == DeliveryState.READY:
            return delivery
        time.sleep(0.1)
    raise AssertionError(f"the delivery stays {delivery.state}")


@pytest.fixture
def own(ftps_server: FtpsServer, settings: Settings) -> Observation:
    settings.FTPS_PORT = ftps_server.port
    return observation("jw02733-o001_t001_miri_f770w")


@pytest.fixture
def products(own: Observation) -> list[Product]:
    return [product(own, name, content) for name, content in CONTENTS.items()]


@pytest.fixture
def delivery(products: list[Product]) -> Delivery:
    return staged(products)


def refused(answer: str) -> pytest.RaisesExc[ftplib.error_perm]:
    """The server refuses, with an answer that begins like this."""
    return pytest.raises(ftplib.error_perm, match=f"^{answer}")


def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(live_settings.FTPS_CERTIFICATE))


@contextlib.contextmanager
def session(
    server: FtpsServer, user: str = "anonymous", word: str = "me@example.org", patience_s: float = 10
) -> Iterator[ftplib.FTP_TLS]:
    """A visitor with the standard library's client, the certificate checked."""
    client = ftplib.FTP_TLS(context=trust(), timeout=patience_s)
    try:
        client.connect("127.0.0.1", server.port)
        client.login(user, word)
        client.prot_p()
        yield client
    finally:
        with contextlib.suppress(*ftplib.all_errors):
            client.quit()
        client.close()


def fetched(client: ftplib.FTP_TLS, path: str) -> bytes:
    pieces: list[bytes] = []
    client.retrbinary(f"RETR {path}", pieces.append)
    return b"".join(pieces)


def names(client: ftplib.FTP_TLS, path: str) -> set[str]:
    return {name for name, _ in client.mlsd(path)}


# The clients that people have ----------------------------------------------------------------------------------------


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


# Rules 1 to 3: encryption --------------------------------------------------------------------------------------------


def test_nobody_logs_in_without_tls(ftps_server: FtpsServer, own: Observation) -> None:
    client = ftplib.FTP(timeout=10)
    client.connect("127.0.0.1", ftps_server.port)
    with refused("550 SSL/TLS required"):
        client.sendcmd("USER anonymous")
    client.close()


def test_no_data_connection_is_agreed_on_before_prot_p(ftps_server: FtpsServer, own: Observation) -> None:
    client = ftplib.FTP_TLS(context=trust(), timeout=10)
    client.connect("127.0.0.1", ftps_server.port)
    client.login("anonymous", "me@example.org")
    for command in ("PASV", "EPSV"):
        with refused("550 SSL/TLS required"):
            client.sendcmd(command)
    client.close()


def test_tls_older_than_1_2_is_refused(ftps_server: FtpsServer, own: Observation) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    client = ftplib.FTP_TLS(context=context, timeout=10)
    client.connect("127.0.0.1", ftps_server.port)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        client.auth()
    client.close()


def test_attack_prot_c_after_pasv_is_refused_and_nothing_goes_out_in_clear(
    delivery: Delivery, ftps_server: FtpsServer
) -> None:
    with session(ftps_server) as client:
        host, port = client.makepasv()
        with refused("536"):
            client.sendcmd("PROT C")
        with socket.create_connection((host, port), timeout=10) as data:
            client.putcmd(f"RETR /{delivery.folder}/b_cal.fits")
            assert CONTENTS["b_cal.fits"] not in _all_of(data)


def _all_of(data: socket.socket) -> bytes:
    data.settimeout(2)
    found = b""
    with contextlib.suppress(OSError):
        while piece := data.recv(65536):
            found += piece
    return found


def test_attack_commands_sent_in_clear_behind_auth_close_the_connection(
    ftps_server: FtpsServer, own: Observation
) -> None:
    with socket.create_connection(("127.0.0.1", ftps_server.port), timeout=10) as plain:
        plain.recv(1000)
        plain.sendall(b"AUTH TLS\r\nUSER anonymous\r\n")
        assert _all_of(plain) == b""


# Rule 4: nothing written, passive only -------------------------------------------------------------------------------


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


# Rule 5: the tree ----------------------------------------------------------------------------------------------------


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


# Rule 6: people ------------------------------------------------------------------------------------------------------


@pytest.fixture
def owner(own: Observation) -> User:
    return User.objects.create_user("pi@example.org", PASSWORD)


def test_an_account_sees_its_own_requests_and_nobody_else_does(
    products: list[Product], owner: User, ftps_server: FtpsServer
) -> None:
    delivery = staged(products, owner)
    User.objects.create_user("other@example.org", PASSWORD)
    with session(ftps_server, "PI@example.org", PASSWORD) as client:
        assert client.nlst("/stage") == [str(owner.pk)]
        assert client.nlst(f"/stage/{owner.pk}") == [str(delivery.pk)]
        assert names(client, f"/{delivery.folder}") == {*CONTENTS, *DOCUMENTS}
        assert fetched(client, f"/{delivery.folder}/b_cal.fits") == CONTENTS["b_cal.fits"]
    for visitor in (("anonymous", "x"), ("other@example.org", PASSWORD)):
        with session(ftps_server, *visitor) as client, refused("550"):
            fetched(client, f"/{delivery.folder}/b_cal.fits")


def test_an_account_that_was_closed_sees_nothing_more(
    products: list[Product], owner: User, ftps_server: FtpsServer
) -> None:
    delivery = staged(products, owner)
    with session(ftps_server, owner.email, PASSWORD) as client:
        User.objects.filter(pk=owner.pk).update(is_active=False)
        with refused("550"):
            fetched(client, f"/{delivery.folder}/b_cal.fits")


def test_a_session_ends_with_the_password_that_opened_it(
    products: list[Product], owner: User, ftps_server: FtpsServer
) -> None:
    delivery = staged(products, owner)
    with session(ftps_server, owner.email, PASSWORD) as client:
        assert fetched(client, f"/{delivery.folder}/b_cal.fits") == CONTENTS["b_cal.fits"]
        owner.set_password("another long pass phrase")
        owner.save()
        with refused("550"):
            fetched(client, f"/{delivery.folder}/b_cal.fits")


def test_wrong_passwords_and_unknown_people_get_the_same_answer_three_times(
    owner: User, ftps_server: FtpsServer
) -> None:
    client = ftplib.FTP_TLS(context=trust(), timeout=30)
    client.connect("127.0.0.1", ftps_server.port)
    for user, end in ((owner.email, ""), ("nobody@example.org", ""), (owner.email, " Disconnecting")):
        with refused(f"530 The e-mail address or the password is not right{end}"):
            client.login(user, "a wrong pass phrase")
    with pytest.raises((EOFError, OSError)):
        client.sendcmd("NOOP")
    client.close()


# Rule 7: access at the moment of use ---------------------------------------------------------------------------------


def test_access_is_asked_again_at_each_transfer_and_listing(
    delivery: Delivery, own: Observation, products: list[Product], ftps_server: FtpsServer
) -> None:
    path = f"/{delivery.folder}/a_i2d.fits"
    with session(ftps_server) as client:
        assert fetched(client, path) == CONTENTS["a_i2d.fits"]
        Product.objects.filter(pk=products[0].pk).update(t_release=to_mjd(machine_now()) + 1)
        assert names(client, f"/{delivery.folder}") == {"b_cal.fits", *DOCUMENTS}
        for command in (f"RETR {path}", f"LIST {path}", f"NLST {path}"):
            with refused("550"):
                client.retrlines(command, lambda line: None)
        for command in (f"SIZE {path}", f"MDTM {path}", f"MLST {path}", f"STAT {path}"):
            client.voidcmd("TYPE I")
            with refused("550"):
                client.sendcmd(command)


def test_who_fetches_an_exclusive_file_is_noted_once_and_a_public_one_is_not(
    own: Observation, products: list[Product], owner: User, ftps_server: FtpsServer
) -> None:
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    owner.refresh_from_db()
    Product.objects.filter(pk=products[0].pk).update(t_release=to_mjd(machine_now()) + 1)
    delivery = staged(products, owner)
    path = f"/{delivery.folder}/a_i2d.fits"
    with session(ftps_server, owner.email, PASSWORD) as client:
        assert fetched(client, path) == CONTENTS["a_i2d.fits"]
        client.retrbinary(f"RETR {path}", lambda piece: None, rest=2_999_000)  # the same transfer, going on
        fetched(client, f"/{delivery.folder}/b_cal.fits")
        fetched(client, f"/{delivery.folder}/MANIFEST.HTML")
    entry = AuditEntry.objects.get(action="fetched over FTPS")
    assert (entry.actor, entry.program, entry.subject) == ("pi@example.org", "JWST 2733", "a_i2d.fits")
    assert entry.detail.startswith("archive staff")
    assert PASSWORD not in str(vars(entry))


def test_a_token_with_the_scope_opens_the_door_and_another_does_not(
    products: list[Product], owner: User, ftps_server: FtpsServer
) -> None:
    delivery = staged(products, owner)
    _, right = tokens.create(owner, "pick-up", [tokens.STAGE], machine_now())
    _, wrong = tokens.create(owner, "other", [tokens.EXCLUSIVE], machine_now())
    with session(ftps_server, owner.email, right) as client:
        assert fetched(client, f"/{delivery.folder}/b_cal.fits") == CONTENTS["b_cal.fits"]
    with refused("530"), session(ftps_server, owner.email, wrong):
        pass


def test_a_person_with_a_second_factor_comes_with_a_token_and_not_with_the_password(
    owner: User, ftps_server: FtpsServer
) -> None:
    Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={})
    _, letters = tokens.create(owner, "pick-up", [tokens.STAGE], machine_now())
    with refused("530"), session(ftps_server, owner.email, PASSWORD):
        pass
    with session(ftps_server, owner.email, letters) as client:
        assert client.pwd() == "/"


# Rules 8 to 12: connections ------------------------------------------------------------------------------------------


def test_attack_a_data_connection_from_another_address_is_dropped(delivery: Delivery, ftps_server: FtpsServer) -> None:
    with session(ftps_server) as client:
        host, port = client.makepasv()
        with socket.create_connection((host, port), timeout=10, source_address=("127.0.0.2", 0)) as data:
            with pytest.raises(ftplib.error_temp, match=r"^425 Rejected data connection"):
                client.getresp()
            assert _all_of(data) == b""


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
