"""Logging in by OpenID Connect and by ORCID, from the button to the session, against a real service."""

import html
import http.client
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.orcid.views import OrcidOAuth2Adapter
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from notifications.models import OutboxMail
from tests.people import PASSWORD, clear_throttle, make_person
from tests.services.openid import CLIENT, SECRET, LoginService

pytestmark = pytest.mark.django_db

OIDC, ORCID = "/accounts/oidc/oidc/login/", "/accounts/orcid/login/"


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoginService]:
    """The service, set up as the variables OIDC_… and ORCID_… do it."""
    clear_throttle()
    running = LoginService()
    app = {"provider_id": "oidc", "name": "the observatory", "client_id": CLIENT, "secret": SECRET}
    oidc = {**settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]}
    oidc["APPS"] = [app | {"settings": {"server_url": running.issuer}}]
    orcid = {**settings.SOCIALACCOUNT_PROVIDERS["orcid"], "APPS": [{"client_id": CLIENT, "secret": SECRET}]}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": oidc, "orcid": orcid}
    monkeypatch.setattr(OrcidOAuth2Adapter, "authorize_url", f"{running.issuer}/authorize")
    monkeypatch.setattr(OrcidOAuth2Adapter, "access_token_url", f"{running.issuer}/token")
    monkeypatch.setattr(OrcidOAuth2Adapter, "profile_url", f"{running.issuer}/v3.0/%s/record")
    yield running
    running.stop()


def through(client: Client, door: str, process: str = "login") -> str:
    """Press the button, say yes at the service, and come back."""
    return come_back(client, leave_for(leaving(client, f"{door}?process={process}")))


def leaving(client: Client, door: str) -> str:
    """The address that the page on the way to the service leads to, by itself and by its link."""
    page = client.post(door).content.decode()
    by_itself, by_link = (
        re.search(r'content="0; url=(http[^"]+)"', page),
        re.search(r'href="(http[^"]+authorize[^"]+)"', page),
    )
    assert by_itself
    assert by_link
    assert by_itself[1] == by_link[1]
    return html.unescape(by_link[1])


def leave_for(address: str) -> str:
    """Where the service sends the browser."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    location = connection.getresponse().headers["Location"]
    connection.close()
    return location


def come_back(client: Client, address: str) -> str:
    """The page that the way back ends on."""
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}", follow=True).content.decode()


def signed_in(client: Client) -> str:
    """The address of the account that the session is of, or nothing."""
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).email if number else ""


def verified(sub: str, email: str, **facts: object) -> dict[str, object]:
    return {"sub": sub, "email": email, "email_verified": True, **facts}


def test_a_verified_address_makes_an_account_at_once_and_finds_it_again(client: Client, service: LoginService) -> None:
    assert "Log in with the observatory" in client.get("/accounts/login/").content.decode()
    service.person = verified("42", "new@example.org", name="N. Ew")
    through(client, OIDC)
    assert signed_in(client) == "new@example.org"
    assert User.objects.get().display_name == "N. Ew"
    assert not service.wrong
    service.person = verified("42", "moved@example.org")
    other = Client()
    through(other, OIDC)
    assert signed_in(other) == "new@example.org"


@pytest.mark.parametrize("is_verified", [True, False])
def test_an_address_never_opens_the_account_that_has_it(
    is_verified: bool, client: Client, service: LoginService
) -> None:
    make_person("owner@example.org")
    service.person = {"sub": "666", "email": "Owner@example.org", "email_verified": is_verified}
    through(client, OIDC)
    assert not signed_in(client)
    assert not SocialAccount.objects.exists()
    assert OutboxMail.objects.get().context["subject"] == "You already have an account"


def test_an_address_that_the_service_did_not_verify_is_verified_by_mail(client: Client, service: LoginService) -> None:
    service.person = {"sub": "42", "email": "new@example.org", "email_verified": False}
    page = through(client, OIDC)
    assert "<h1" in page
    assert not signed_in(client)
    assert not EmailAddress.objects.filter(verified=True).exists()
    mail = OutboxMail.objects.get()
    assert mail.to == "new@example.org"
    client.post(urlsplit(mail.context["link"]).path)
    through(client, OIDC)
    assert signed_in(client) == "new@example.org"


def test_orcid_tells_no_address_and_one_is_asked_for(client: Client, service: LoginService) -> None:
    page = through(client, ORCID)
    assert "One more thing: your address" in page
    assert 'value="Josiah Carberry"' in page
    client.post("/accounts/services/signup/", {"email": "josiah@example.org", "display_name": "J. Carberry"})
    assert not signed_in(client)
    client.post(urlsplit(OutboxMail.objects.get().context["link"]).path)
    through(client, ORCID)
    assert signed_in(client) == "josiah@example.org"
    assert User.objects.get().display_name == "J. Carberry"
    assert SocialAccount.objects.get().uid == service.orcid[0]


@pytest.mark.parametrize("told", [[], ["owner@example.org"]])
def test_orcid_never_opens_an_account_by_its_address(told: list[str], client: Client, service: LoginService) -> None:
    make_person("owner@example.org")
    service.orcid = (service.orcid[0], told)
    through(client, ORCID)
    if not told:
        client.post("/accounts/services/signup/", {"email": "owner@example.org"})
    assert not signed_in(client)
    assert not SocialAccount.objects.exists()


def test_a_signed_in_person_connects_a_service_after_the_password(client: Client, service: LoginService) -> None:
    make_person("owner@example.org")
    client.post("/accounts/login/", {"login": "owner@example.org", "password": PASSWORD})
    page = through(client, ORCID, "connect")
    assert "Enter the password again" in page
    page = client.post("/accounts/reauthenticate/", {"password": PASSWORD}, follow=True).content.decode()
    assert "now opens your account" in page
    other = Client()
    through(other, ORCID)
    assert signed_in(other) == "owner@example.org"


def test_a_code_is_no_good_in_another_browser(client: Client, service: LoginService) -> None:
    service.person = verified("42", "new@example.org")
    back = leave_for(leaving(client, OIDC))
    stranger = Client()
    assert "did not let you in" in come_back(stranger, back)
    assert not signed_in(stranger)


def test_a_service_that_speaks_of_two_people_is_refused(client: Client, service: LoginService) -> None:
    service.person, service.userinfo_sub = verified("42", "new@example.org"), "43"
    assert "did not let you in" in through(client, OIDC)
    assert not User.objects.exists()


def test_no_form_is_redirected_to_a_service(client: Client, service: LoginService) -> None:
    service.hosts = ["login.example.org"]
    answer = client.post(OIDC)
    assert answer.status_code == 200
    assert "On the way to login.example.org" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "example.org" not in answer["Content-Security-Policy"]


def test_a_service_that_is_away_is_explained(client: Client, service: LoginService) -> None:
    service.server.server_close()
    page = client.post(OIDC, follow=True)
    assert "did not let you in" in page.content.decode()


def test_without_a_password_what_matters_asks_for_a_mailed_code(client: Client, service: LoginService) -> None:
    service.person = verified("42", "new@example.org")
    through(client, OIDC)
    page = client.get("/accounts/export/", follow=True).content.decode()
    assert "Have a code mailed to you" in page
    asked = {"recipient": "new@example.org", "next": "/accounts/export/"}
    page = client.post("/accounts/reauthenticate/code/", asked, follow=True).content.decode()
    assert "Enter the code" in page
    confirm = "/accounts/reauthenticate/code/confirm/"
    assert "The code is not right" in client.post(confirm, {"code": "000000"}).content.decode()
    code = re.findall(r"\n\n(\S+)$", OutboxMail.objects.get().context["text"])[0]
    taken = client.post(confirm, {"code": code, "next": "/accounts/export/"}, follow=True)
    assert taken["Content-Type"] == "application/zip"


def test_codes_by_mail_are_throttled(client: Client) -> None:
    clear_throttle()
    client.force_login(make_person("owner@example.org"))
    asked = {"recipient": "owner@example.org"}
    pages = [client.post("/accounts/reauthenticate/code/", asked, follow=True).content.decode() for _ in range(10)]
    assert "Try again in" in pages[-1]
    assert OutboxMail.objects.count() < 10
