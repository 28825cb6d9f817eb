"""Making an account, logging in, second factors, sessions, and forgetting the password, over HTTP."""

import re
import statistics
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from notifications.models import OutboxMail
from tests.people import PASSWORD, make_person

pytestmark = pytest.mark.django_db

NEW = "another long password"


def link_in_last_mail() -> str:
    link: str = OutboxMail.objects.order_by("-pk")[0].context["link"]
    return re.sub(r"^https?://[^/]+", "", link)


def log_in(client: Client, email: str, password: str = PASSWORD, *, address: str = "127.0.0.1") -> bool:
    client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)
    return "_auth_user_id" in client.session


def test_an_account_begins_with_a_verified_address(client: Client) -> None:
    facts = {"email": "new@example.org", "display_name": "N. Ew", "password1": PASSWORD}
    answer = client.post("/accounts/signup/", facts)
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/confirm-email/"
    assert not log_in(client, "new@example.org")
    link = link_in_last_mail()
    assert "Yes, it is mine" in client.get(link).content.decode()
    client.post(link)
    assert log_in(client, "new@example.org")
    page = client.get("/accounts/").content.decode()
    assert "N. Ew" in page
    assert User.objects.get().display_name == "N. Ew"


@pytest.mark.parametrize("password", ["short", "password1234", "new@example.org"])
def test_weak_passwords_are_refused_with_the_rule(client: Client, password: str) -> None:
    answer = client.post("/accounts/signup/", {"email": "new@example.org", "password1": password})
    assert answer.status_code == 200
    assert 'class="field-error"' in answer.content.decode()
    assert not User.objects.exists()


def test_signing_up_with_a_known_address_looks_the_same(client: Client) -> None:
    make_person("known@example.org")
    answers = [
        client.post("/accounts/signup/", {"email": email, "password1": NEW})
        for email in ("known@example.org", "unknown@example.org")
    ]
    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1
    mails = OutboxMail.objects.order_by("pk")
    assert [mail.context["subject"] for mail in mails] == ["You already have an account", "Verify your e-mail address"]


def test_asking_for_a_new_password_looks_the_same(client: Client) -> None:
    make_person("known@example.org")
    answers = [
        client.post("/accounts/password/reset/", {"email": email})
        for email in ("known@example.org", "unknown@example.org")
    ]
    assert {answer["Location"] for answer in answers} == {"/accounts/password/reset/done/"}
    assert OutboxMail.objects.count() == 2


def test_logging_in_takes_the_same_time_for_known_and_unknown_addresses(client: Client) -> None:
    """Both spend one Argon2 check; without it the difference would be the whole of the median."""
    for number in range(7):
        make_person(f"known{number}@example.org")

    def seconds(email: str, number: int) -> float:
        start = time.perf_counter()
        assert not log_in(Client(REMOTE_ADDR=f"192.0.{number}.7"), email, "wrong")
        return time.perf_counter() - start

    known = [seconds(f"known{number}@example.org", number) for number in range(7)]
    unknown = [seconds(f"unknown{number}@example.org", number) for number in range(7)]
    # the quickest of each is what the work takes; the rest is the machine's other business
    assert min(known) == pytest.approx(min(unknown), rel=0.5)
    assert statistics.median(unknown) > 0


def test_a_reset_ends_all_sessions_and_its_link_works_once(client: Client) -> None:
    user = make_person("a@example.org")
    elsewhere = Client()
    elsewhere.force_login(user)
    client.post("/accounts/password/reset/", {"email": "A@example.org"})
    link = link_in_last_mail()
    page = client.get(link, follow=True)
    form = page.request["PATH_INFO"]
    client.post(form, {"password1": NEW, "password2": NEW})
    assert elsewhere.get("/accounts/").status_code == 302
    assert log_in(client, "a@example.org", NEW)
    assert "no longer works" in Client().get(link).content.decode()


def test_a_new_password_ends_all_other_sessions(client: Client) -> None:
    make_person("a@example.org")
    elsewhere = Client()
    assert log_in(client, "a@example.org")
    assert log_in(elsewhere, "a@example.org")
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    client.post("/accounts/password/change/", fields)
    assert elsewhere.get("/accounts/").status_code == 302
    assert client.get("/accounts/").status_code == 200
    assert UserSession.objects.count() == 1


def test_a_session_elsewhere_is_ended_from_the_list(client: Client) -> None:
    make_person("a@example.org")
    elsewhere = Client(HTTP_USER_AGENT="Lynx of the library")
    assert log_in(client, "a@example.org")
    assert log_in(elsewhere, "a@example.org")
    assert "Lynx of the library" in client.get("/accounts/sessions/").content.decode()
    session = UserSession.objects.get(user_agent="Lynx of the library")
    client.post(f"/accounts/sessions/{session.pk}/end/")
    assert elsewhere.get("/accounts/").status_code == 302


def test_nobody_ends_the_session_of_another(client: Client) -> None:
    make_person("a@example.org")
    elsewhere = Client()
    assert log_in(elsewhere, "a@example.org")
    client.force_login(make_person("b@example.org"))
    assert client.post(f"/accounts/sessions/{UserSession.objects.get().pk}/end/").status_code == 404
    assert elsewhere.get("/accounts/").status_code == 200


def test_the_session_has_a_new_key_after_logging_in(client: Client) -> None:
    make_person("a@example.org")
    client.get("/search/?collection=proposals&q=1")
    before = client.session.session_key
    assert log_in(client, "a@example.org")
    assert client.session.session_key != before


def test_an_idle_session_ends(client: Client) -> None:
    client.force_login(make_person("a@example.org"))
    session = client.session
    session["seen"] = session["seen"] - 12 * 3600 - 1
    session.save()
    assert client.get("/accounts/").status_code == 302


def test_a_second_factor_is_asked_for(client: Client) -> None:
    user = make_person("a@example.org")
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    assert not log_in(client, "a@example.org")
    page = client.get("/accounts/2fa/authenticate/").content.decode()
    assert "Enter the code" in page
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "The code is not right" in wrong.content.decode()
    now = hotp_value(secret, next(yield_hotp_counters_from_time()))
    client.post("/accounts/2fa/authenticate/", {"code": f"{now:06d}"})
    assert client.get("/accounts/").status_code == 200
    other = Client()
    log_in(other, "a@example.org")
    other.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert other.get("/accounts/").status_code == 200


def test_the_basket_comes_along(client: Client) -> None:
    from tests.factories import make_observation, make_product

    observation = make_observation()
    make_product(observation)
    client.post("/basket/add/", {"obsid": observation.obsid})
    make_person("a@example.org")
    assert log_in(client, "a@example.org")
    assert '<span class="basket-count">1</span>' in client.get("/").content.decode()


def test_guessing_from_one_address_is_slowed_while_the_owner_comes_from_another(client: Client) -> None:
    make_person("a@example.org")
    answers = [
        client.post("/accounts/login/", {"login": "a@example.org", "password": f"guess {n}"}, REMOTE_ADDR="192.0.2.1")
        for n in range(12)
    ]
    texts = [answer.content.decode() for answer in answers]
    assert "is not right" in texts[0]
    assert "Try again in" in texts[-1]
    assert not log_in(client, "a@example.org", address="192.0.2.1")
    assert log_in(Client(), "a@example.org", address="198.51.100.7")


@pytest.mark.parametrize(
    "place", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_logging_in_leads_nowhere_else(client: Client, place: str) -> None:
    make_person("a@example.org")
    answer = client.post("/accounts/login/", {"login": "a@example.org", "password": PASSWORD, "next": place})
    assert answer["Location"] == "/accounts/"


def test_an_unverified_second_address_does_not_log_in(client: Client) -> None:
    user = make_person("a@example.org")
    EmailAddress.objects.create(user=user, email="b@example.org", verified=False)
    assert not log_in(client, "b@example.org")


def words_of(client: Client, path: str) -> str:
    answer = client.get(f"/accounts/{path}")
    assert answer.status_code == 200, path
    text = answer.content.decode()
    assert "<h1" in text, path
    return re.sub(r"<[^>]*>", "", text)


def test_pages_for_everybody_speak_plainly(client: Client) -> None:
    pages = ("login", "signup", "password/reset", "password/reset/done", "confirm-email", "inactive")
    for path in (*pages, "services/login/cancelled"):
        words = words_of(client, f"{path}/")
        assert "!" not in words
        assert "please" not in words.lower()


def test_pages_of_ones_own_are_for_the_signed_in(client: Client) -> None:
    client.force_login(make_person("a@example.org"))
    pages = ["", "email/", "password/change/", "2fa/", "2fa/webauthn/", "sessions/", "services/", "tokens/", "logout/"]
    for path in [*pages, "reauthenticate/"]:
        words = words_of(client, path)
        assert "!" not in words
        assert "please" not in words.lower()
        if path != "logout/":
            assert "login" in Client().get(f"/accounts/{path}")["Location"]


def test_what_matters_asks_for_the_password_again(client: Client) -> None:
    client.force_login(make_person("a@example.org"))
    pages = ("2fa/totp/activate/", "2fa/webauthn/add/", "delete/", "export/")
    for path in pages:
        assert "/accounts/reauthenticate/" in client.get(f"/accounts/{path}")["Location"]
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path in pages[:3]:
        words_of(client, path)


def test_the_foot_names_the_help_desk(client: Client, settings: Settings) -> None:
    assert "mailto:" not in client.get("/accounts/login/").content.decode()
    settings.HELP_DESK = "help@archive.example.org"
    assert 'href="mailto:help@archive.example.org">Help desk</a>' in client.get("/accounts/login/").content.decode()
