"""Rules 1 to 3 of the FTPS door: nothing goes in clear."""

import ftplib
import socket
import ssl
import warnings

import pytest

from archive.models import Observation
from basket.models import Delivery
from tests.conftest import FtpsServer
from tests.functional.ftps.visits import CONTENTS, all_of, refused, session, trust

pytestmark = pytest.mark.xdist_group("ftps")


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
            assert CONTENTS["b_cal.fits"] not in all_of(data)


def test_attack_commands_sent_in_clear_behind_auth_close_the_connection(
    ftps_server: FtpsServer, own: Observation
) -> None:
    with socket.create_connection(("127.0.0.1", ftps_server.port), timeout=10) as plain:
        plain.recv(1000)
        plain.sendall(b"AUTH TLS\r\nUSER anonymous\r\n")
        assert all_of(plain) == b""
