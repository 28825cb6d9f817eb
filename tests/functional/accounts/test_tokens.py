"""Tokens: what they open and what they do not, their age, and `/whoami`."""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from accounts import shown_once, tokens
from accounts.models import AccessToken, AuditEntry, User
from archive.clock import machine_now, to_mjd
from notifications.models import OutboxMail
from tests.basket_holdings import FUTURE, observation, product
from tests.people import PASSWORD, clear_throttle, make_person

pytestmark = pytest.mark.django_db

EVERYTHING = [scope.name for scope in tokens.SCOPES]
DAY = dt.timedelta(days=1)
NEW = "another long password 2"


@pytest.fixture
def person() -> User:
    return make_person("alice@example.org", None, display_name="A. User", is_staff=True)


def token(person: User, scopes: list[str] = EVERYTHING) -> str:
    return tokens.create(person, "laptop", scopes, machine_now())[1]


def whoami(**headers: str) -> dict[str, object]:
    answer = Client().get("/whoami", headers=headers)
    assert answer.status_code == 200
    found: dict[str, object] = answer.json()
    return found


ANONYMOUS = {"eppn": "", "ezid": "anonymous", "attrib": {}, "anon": True, "scopes": [], "session": None, "token": None}


@pytest.mark.parametrize("form", ["token {}", "Token {}", "Bearer {}", "bearer {}"])
def test_whoami_tells_the_person_of_a_token(form: str, person: User) -> None:
    letters = token(person)
    found = whoami(authorization=form.format(letters))
    assert found["anon"] is False
    assert found["eppn"] == "alice@example.org"
    attributes = found["attrib"]
    assert isinstance(attributes, dict)
    assert attributes["display_name"] == "A. User"
    assert found["token"] == f"{letters[:8]}..."
    assert letters not in str(found)


def test_whoami_takes_the_cookie_of_the_stock_client(person: User) -> None:
    client = Client()
    client.cookies["mast_token"] = token(person, [tokens.EXCLUSIVE])
    assert client.get("/whoami").json()["anon"] is False


@pytest.mark.parametrize("shown", ["", "token " + "x" * 32, "token short", "token " + "é" * 32, "Basic abc"])
def test_a_bad_token_is_anonymous(shown: str, person: User) -> None:
    assert whoami(authorization=shown.encode().decode("latin-1")) == ANONYMOUS


def make_by_form(client: Client) -> None:
    answer = client.post("/accounts/tokens/", {"name": "Astroquery", "scope": [tokens.EXCLUSIVE]})
    assert (answer.status_code, answer["Location"], answer.content) == (302, "/accounts/tokens/", b"")


def letters_on(page: str) -> str:
    found = re.search(r'id="token">([A-Za-z0-9]{32})<', page)
    return found[1] if found else ""


def token_page(client: Client) -> str:
    answer = client.get("/accounts/tokens/")
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_the_letters_are_shown_once_and_kept_as_a_digest(person: User) -> None:
    client = Client()
    client.force_login(person)
    form = client.get("/token?suggested_name=Astroquery&suggested_scope=mast:exclusive_access").content.decode()
    assert 'value="Astroquery"' in form
    assert len(re.findall(r'name="scope"[^>]* checked', form)) == 1
    make_by_form(client)
    letters = letters_on(token_page(client))
    kept = AccessToken.objects.get()
    assert kept.digest == tokens.digest_of(letters)
    assert letters not in str(vars(kept))
    assert letters not in token_page(client)
    assert AccessToken.objects.count() == 1


def test_until_they_are_shown_the_letters_lie_in_halves(person: User) -> None:
    client = Client()
    client.force_login(person)
    make_by_form(client)
    cookie, kept = client.cookies[shown_once.COOKIE], Session.objects.get().get_decoded()
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/accounts/tokens/", True, "Strict")
    half = kept[shown_once.KEY]["half"]
    letters = letters_on(token_page(client))
    for where in (half, cookie.coded_value):
        assert len(where) == 64
        assert letters not in where
        assert letters.encode() not in bytes.fromhex(where)
    assert shown_once.KEY not in Session.objects.get().get_decoded()
    assert client.cookies[shown_once.COOKIE].value == ""


@pytest.mark.parametrize("cookie", ["", "00", "zz" * 32, "ff" * 32, "é", "00" * 32])
def test_without_its_half_the_page_says_what_to_do(cookie: str, person: User) -> None:
    client = Client()
    client.force_login(person)
    make_by_form(client)
    client.cookies[shown_once.COOKIE] = cookie
    page = token_page(client)
    assert letters_on(page) == ""
    assert "Revoke it, and make another." in page
    assert "Revoke it, and make another." not in token_page(client)


def test_another_person_of_the_same_browser_is_shown_nothing(person: User) -> None:
    client = Client()
    client.force_login(person)
    make_by_form(client)
    client.force_login(make_person("bob@example.org", None))
    page = token_page(client)
    assert (letters_on(page), "is made" in page) == ("", False)


@pytest.mark.parametrize(
    ("age", "silence", "lives"),
    [(9, 9, True), (11, 11, False), (59, 9, True), (61, 1, False), (30, 11, False)],
)
def test_a_token_dies_of_silence_and_of_age(age: int, silence: int, lives: bool, person: User) -> None:
    now = machine_now()
    letters = token(person)
    used = now - silence * DAY if silence < age else None
    AccessToken.objects.update(created_at=now - age * DAY, last_used_at=used)
    assert (whoami(authorization=f"token {letters}")["anon"] is False) == lives


def test_a_revoked_token_and_one_of_a_closed_account_are_dead_at_once(person: User) -> None:
    first, second = token(person), token(person)
    client = Client()
    client.force_login(person)
    client.post(f"/accounts/tokens/{AccessToken.objects.order_by('pk')[0].pk}/revoke/")
    assert whoami(authorization=f"token {first}") == ANONYMOUS
    assert whoami(authorization=f"token {second}")["anon"] is False
    User.objects.update(is_active=False)
    assert whoami(authorization=f"token {second}") == ANONYMOUS


def new_password(client: Client, person: User) -> None:
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})


def reset(client: Client, person: User) -> None:
    client.logout()
    client.post("/accounts/password/reset/", {"email": person.email})
    link = OutboxMail.objects.get(context__label="Set a new password").context["link"]
    address = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(address, {"password1": NEW, "password2": NEW})


def at_the_console(client: Client, person: User) -> None:
    person.set_password(NEW)
    person.save()


@pytest.mark.parametrize("change", [new_password, reset, at_the_console])
def test_a_token_dies_with_the_password(change: Callable[[Client, User], None]) -> None:
    clear_throttle()
    person, other = make_person("bob@example.org"), make_person("carol@example.org", None)
    letters, of_other = token(person), token(other)
    client = Client()
    client.force_login(person)
    change(client, person)
    person.refresh_from_db()
    assert person.check_password(NEW)
    assert whoami(authorization=f"token {letters}") == ANONYMOUS
    assert whoami(authorization=f"token {of_other}")["anon"] is False
    entry = AuditEntry.objects.get(action="revoked a token")
    assert (entry.subject, entry.detail) == ("laptop of bob@example.org", "the password was changed")
    assert AccessToken.objects.get(user=person).revoked_at


def test_a_newer_hash_of_the_same_password_ends_no_token(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    person = make_person("bob@example.org", None)
    person.password = make_password(PASSWORD, hasher="pbkdf2_sha256")
    person.save()
    letters = token(person)
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[::-1]
    assert person.check_password(PASSWORD)
    assert not User.objects.get(pk=person.pk).password.startswith("pbkdf2_sha256")
    assert whoami(authorization=f"token {letters}")["anon"] is False


def test_its_use_is_noted_each_five_minutes_at_most(person: User) -> None:
    letters = token(person)
    whoami(authorization=f"token {letters}")
    first = AccessToken.objects.get().last_used_at
    whoami(authorization=f"token {letters}")
    assert AccessToken.objects.get().last_used_at == first


def test_a_token_opens_exclusive_files_within_its_scope(person: User) -> None:
    own = observation("jw02736001001", release=FUTURE + 4000 * DAY)
    made = product(own, "a_cal.fits")
    assert to_mjd(FUTURE) > 0
    place = f"/basket/files/{made.pk}/a_cal.fits"
    assert Client().get(place).status_code == 401
    for scopes, status in ((EVERYTHING, 200), ([tokens.WHO], 401)):
        answer = Client().get(place, headers={"authorization": f"token {token(person, scopes)}"})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "place",
    [
        "/accounts/",
        "/accounts/tokens/",
        "/accounts/email/",
        "/accounts/programs/JWST/2733/log/",
        "/accounts/export/",
        "/admin/",
    ],
)
def test_a_token_opens_no_page_of_the_account(place: str, person: User) -> None:
    answer = Client().get(place, headers={"authorization": f"token {token(person)}"})
    assert answer.status_code == 302


def test_a_token_posts_no_form(person: User) -> None:
    headers = {"authorization": f"token {token(person)}"}
    for place in ("/accounts/tokens/", "/accounts/programs/JWST/2733/grants/", "/accounts/delete/"):
        assert Client().post(place, {"email": "x@example.org"}, headers=headers).status_code == 302
    assert AccessToken.objects.count() == 1
