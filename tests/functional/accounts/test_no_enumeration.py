"""Whether an address has an account is told by no answer and by no work: the hashes and the statements are counted."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import adapter
from accounts.models import User
from notifications.models import OutboxMail
from tests.people import THEN, make_person

pytestmark = pytest.mark.django_db

#: The doors that are asked about an address: its field, and the others.
DOORS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "login": ("login", {"password": "not the right one"}),
    "signup": ("email", {"password1": "quite a long password"}),
    "password/reset": ("email", {}),
}
#: Small look-ups more or less, among hashes that take a hundred times as long or rows that are written alike.
ALIKE = 2
#: Status, where it leads, cookies, and the page.
Answer = tuple[int, str | None, tuple[str, ...], str]


@dataclass
class Work:
    """What an answer cost: hashes of passwords made or checked, and statements to the database."""

    hashes: int = 0
    statements: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    counted = Work()
    for name in ("encode", "verify"):
        original = getattr(Argon2PasswordHasher, name)

        def count(*args: object, _original: object = original, **kwargs: object) -> object:
            counted.hashes += 1
            return _original(*args, **kwargs)  # type: ignore[operator]  # one of the two methods above

        monkeypatch.setattr(Argon2PasswordHasher, name, count)
    return counted


def asked(client: Client, door: str, email: str, work: Work) -> tuple[Answer, Work]:
    """What a door answers about an address, without the address itself; and the work of it."""
    name, fields = DOORS[door]
    work.hashes = 0
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(f"/accounts/{door}/", {name: email, **fields})
    text = re.sub(email, "ADDRESS", answer.content.decode())
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|nonce=|hx-headers=)(".*?"|\'.*?\')', "", text)
    cookies = tuple(sorted(answer.cookies))
    return (answer.status_code, answer.headers.get("Location"), cookies, text), Work(work.hashes, len(queries))


@pytest.mark.parametrize(("door", "hashes"), [("login", 1), ("signup", 1), ("password/reset", 0)])
def test_known_and_unknown_addresses_get_the_same_answer_for_the_same_work(door: str, hashes: int, work: Work) -> None:
    make_person("known@example.org")
    make_person("closed@example.org", is_active=False)
    asked(Client(REMOTE_ADDR="192.0.2.9"), door, "first@example.org", work)  # what a process does once
    answers, costs = [], []
    for place, email in enumerate(
        ("known@example.org", "other@example.org", "KNOWN@example.org", "closed@example.org")
    ):
        answer, cost = asked(Client(REMOTE_ADDR=f"192.0.2.{place}"), door, email, work)
        answers.append(answer)
        costs.append(cost)
    assert all(answer == answers[0] for answer in answers)
    assert {cost.hashes for cost in costs} == {hashes}
    statements = [cost.statements for cost in costs]
    assert max(statements) - min(statements) <= ALIKE, statements


def test_signing_up_with_a_known_address_leaves_nothing_behind() -> None:
    make_person("known@example.org")
    Client().post("/accounts/signup/", {"email": "known@example.org", "password1": "quite a long password"})
    assert [person.email for person in User.objects.all()] == ["known@example.org"]
    assert [address.email for address in EmailAddress.objects.all()] == ["known@example.org"]
    assert [mail.to for mail in OutboxMail.objects.all()] == ["known@example.org"]


@pytest.mark.parametrize("door", ["login", "signup", "password/reset"])
def test_the_throttle_is_the_same_for_known_and_unknown_addresses(door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "machine_now", lambda: THEN)
    make_person("known@example.org")
    name, fields = DOORS[door]

    def refused_at(email: str, place: str) -> int:
        client = Client(REMOTE_ADDR=place)
        for number in range(12):
            answer = client.post(f"/accounts/{door}/", {name: email, **fields})
            if "Try again in" in answer.content.decode():
                return number
        raise AssertionError("never slowed")

    assert refused_at("known@example.org", "192.0.2.1") == refused_at("unknown@example.org", "198.51.100.1")
