"""Rules 6 and 7 of the FTPS door: who comes in, and access at the moment of use."""

import ftplib

import pytest
from allauth.mfa.models import Authenticator

from accounts import tokens
from accounts.models import AuditEntry, User
from archive.clock import machine_now, to_mjd
from archive.models import Observation, Product
from basket.models import Delivery
from tests.conftest import FtpsServer
from tests.functional.ftps.visits import CONTENTS, DOCUMENTS, PASSWORD, fetched, names, refused, session, staged, trust

pytestmark = pytest.mark.xdist_group("ftps")


# Rule 6: people -------------------------------------------------------------------------------------------------------


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


# Rule 7: access at the moment of use ----------------------------------------------------------------------------------


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
