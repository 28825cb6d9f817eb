"""A form that is sent twice at once makes one thing, and the second sending is answered as the first was."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import shown_once, tokens
from accounts.models import AccessRequest, AccessToken, Grant, Lead, User
from accounts.throttle import redis_server
from archive.models import Observation, Program
from basket.models import Delivery
from notifications.models import OutboxMail, Subscription
from search.models import CrossMatch, SavedSearch, SkyMoc, TargetList
from tests.basket_holdings import PAST, observation, product
from tests.factories import make_observations
from tests.people import make_person
from tests.target_lists import CSV, FIELD, UPLOAD

pytestmark = pytest.mark.django_db

#: What the forms of one page carry.
TOKEN = "a" * 64


def forget() -> None:
    server = redis_server()
    for key in server.scan_iter("once:*"):
        server.delete(key)


@pytest.fixture(autouse=True)
def _nothing_was_sent() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def own(db: None, settings: Settings, tmp_path: Path) -> Observation:
    """An observation of JWST 2736 with one public file."""
    settings.STORAGE_URL = (tmp_path / "storage").as_uri()
    found = observation("jw02736001001_02101_00001_nrcb1", release=PAST)
    product(found, "jw02736001001_02101_00001_nrcb1_cal.fits")
    Program.objects.create(mission="JWST", number="2736", pi_email="pi@example.org")
    return found


@pytest.fixture
def person(own: Observation) -> User:
    """Somebody signed in who leads the program."""
    leader = make_person("pi@example.org", None)
    Lead.objects.create(program=Program.objects.get(), email=leader.email, user=leader, since=PAST)
    return leader


@pytest.fixture
def client(person: User, own: Observation) -> Client:
    """Of that person, with the file in the basket, ticked."""
    made = Client()
    made.force_login(person)
    made.post("/basket/add/", {"obsid": own.obsid})
    made.post("/basket/ticks/?filters=1", {"tick": "all"})
    return made


def sent(client: Client, address: str, fields: dict[str, Any]) -> HttpResponse:
    answer = client.post(address, {**fields, "csrfmiddlewaretoken": TOKEN})
    assert isinstance(answer, HttpResponse)
    return answer


def file(name: str, content: bytes) -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content)}


SUBSCRIPTION = {"mission": "JWST", "programs": "2736", "kinds": "new", "frequency": "fast", "channel": "email"}
#: The view, what is sent, and how many there are of what it makes.
FORMS: dict[str, tuple[str, Callable[[], dict[str, Any]], Callable[[], int]]] = {
    "token": ("account_tokens", lambda: {"name": "laptop"}, AccessToken.objects.count),
    "request for access": ("ask_for_access", lambda: {"message": "for science"}, AccessRequest.objects.count),
    "invitation": ("grant_access", lambda: {"email": "co@example.org"}, Grant.objects.count),
    "saved search": ("search:save", lambda: {"name": "Ring", "query": "q=M57"}, SavedSearch.objects.count),
    "subscription": ("notifications:new", lambda: SUBSCRIPTION, Subscription.objects.count),
    "retrieval": ("basket:stage", lambda: {"method": "staging", "email": "pi@example.org"}, Delivery.objects.count),
    "bundle": ("basket:download", lambda: {"format": "zip"}, Delivery.objects.count),
    "one click": ("basket:one_click", dict, Delivery.objects.count),
    "target list": ("search:upload", lambda: file("targets.csv", CSV), TargetList.objects.count),
    "coverage map": ("search:moc-upload", lambda: file("moc.json", b'{"3": [1, 2, 3]}'), SkyMoc.objects.count),
}
ARGUMENTS = {"ask_for_access": ["JWST", "2736"], "grant_access": ["JWST", "2736"]}


@pytest.mark.parametrize("name", FORMS)
def test_a_form_that_is_sent_twice_makes_one_thing(name: str, client: Client, own: Observation) -> None:
    view, fields, count = FORMS[name]
    if name == "request for access":
        client.force_login(make_person("asker@example.org", None))
    address = reverse(view, args=[own.obsid] if name == "one click" else ARGUMENTS.get(view))
    first, second = (sent(client, address, fields()) for _ in range(2))
    assert first.status_code in {302, 303}, re.findall(r"<h1.*|<p>.*", first.content.decode())
    assert (second.status_code, second["Location"]) == (first.status_code, first["Location"])
    assert count() == 1
    assert OutboxMail.objects.count() <= 1


def test_a_cross_match_is_made_once(client: Client) -> None:
    make_observations([{"s_region": FIELD, "obs_id": "ring"}])
    sent(client, UPLOAD, file("targets.csv", CSV))
    address = reverse("search:cross_match", args=[TargetList.objects.get().pk])
    first, second = (sent(client, address, {"radius": "5", "rows": "all"}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert CrossMatch.objects.count() == 1


def test_the_letters_of_the_one_token_are_shown_after_the_second_click(client: Client) -> None:
    fields = {"name": "laptop"}
    sent(client, "/accounts/tokens/", fields)
    client.cookies.pop(shown_once.COOKIE)  # the browser dropped the first answer for the second
    sent(client, "/accounts/tokens/", fields)
    letters = re.search(r"\b[A-Za-z0-9]{32}\b", client.get("/accounts/tokens/").content.decode())
    assert letters
    assert AccessToken.objects.get().digest == tokens.digest_of(letters[0])


def test_what_is_remembered_tells_neither_the_session_nor_the_token(client: Client) -> None:
    sent(client, "/accounts/tokens/", {"name": "laptop"})
    remembered = [redis_server().lrange(key, 0, -1) for key in redis_server().scan_iter("once:*:answer")]
    letters = re.search(r"\b[A-Za-z0-9]{32}\b", client.get("/accounts/tokens/").content.decode())
    assert letters
    assert client.session.session_key
    assert "/accounts/tokens/" in str(remembered)
    assert client.session.session_key not in str(remembered)
    assert letters[0] not in str(remembered)


def test_the_message_of_the_first_answer_comes_with_the_second(client: Client) -> None:
    fields = {"name": "Ring", "query": "q=M57"}
    sent(client, reverse("search:save"), fields)
    client.cookies.pop("messages")
    second = sent(client, reverse("search:save"), fields)
    assert client.get(second["Location"]).content.decode().count("Saved as “Ring”.") == 1


def test_somebody_without_a_session_gets_the_one_that_the_first_sending_began(own: Observation) -> None:
    one, other = Client(), Client()
    fields = {"name": "Ring", "query": "q=M57"}
    for client in (one, other):  # the same browser, whose first answer came too late to be kept
        sent(client, reverse("search:save"), fields)
    assert SavedSearch.objects.count() == 1
    assert other.cookies[settings.SESSION_COOKIE_NAME].value == one.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.mark.parametrize("change", [{"name": "desk"}, {"csrfmiddlewaretoken": "b" * 64}])
def test_other_words_or_another_page_make_another_thing(client: Client, change: dict[str, str]) -> None:
    fields = {"name": "laptop", "csrfmiddlewaretoken": TOKEN}
    client.post("/accounts/tokens/", fields)
    client.post("/accounts/tokens/", fields | change)
    assert AccessToken.objects.count() == 2


def test_a_form_that_was_refused_can_be_sent_again(client: Client) -> None:
    fields = {"name": "Ring", "query": "q=M57"}
    sent(client, reverse("search:save"), fields)
    forget()
    assert sent(client, reverse("search:save"), fields).status_code == 400
    SavedSearch.objects.all().delete()
    assert sent(client, reverse("search:save"), fields).status_code == 302


def test_without_the_server_that_remembers_a_form_is_answered_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.once.redis_server", lambda: redis.Redis(port=1))
    assert sent(client, "/accounts/tokens/", {"name": "laptop"}).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_sendings_at_the_same_moment_make_one_thing(person: User) -> None:
    session = Client()
    session.force_login(person)
    together = threading.Barrier(4)

    def send(_: int) -> str:
        client = Client()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.cookies[settings.SESSION_COOKIE_NAME].value
        together.wait(timeout=20)
        try:
            return sent(client, "/accounts/tokens/", {"name": "laptop"}).cookies[shown_once.COOKIE].value
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        halves = set(threads.map(send, range(4), timeout=60))
    assert AccessToken.objects.count() == 1
    assert len(halves) == 1
