"""Guessing at any door is slowed at all of them for the address that it comes from; the owner comes from another."""

import contextlib
import datetime as dt
import ftplib
import ssl

import pytest
from django.conf import settings
from django.test import Client

from accounts import throttle, tokens
from accounts.models import User
from archive.clock import machine_now
from tests.conftest import FtpsServer
from tests.people import PASSWORD, clear_throttle, make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("ftps")]
GUESSER, ELSEWHERE = "127.0.0.1", "198.51.100.7"
SLOWED = "Try again in"


@pytest.fixture
def owner(ftps_server: FtpsServer) -> User:
    clear_throttle()
    return make_person("owner@example.org")


def log_in(email: str, password: str, address: str) -> str:
    client = Client(REMOTE_ADDR=address)
    answer = client.post("/accounts/login/", {"login": email, "password": password})
    return "in" if "_auth_user_id" in client.session else answer.content.decode()


def by_ftps(server: FtpsServer, email: str, password: str) -> str:
    """What the door says; it comes from 127.0.0.1."""
    client = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=str(settings.FTPS_CERTIFICATE)), timeout=30)
    try:
        client.connect("127.0.0.1", server.port)
        return client.login(email, password)
    except ftplib.error_perm as error:
        return str(error)
    finally:
        with contextlib.suppress(*ftplib.all_errors):
            client.quit()
        client.close()


def whoami(letters: str, address: str) -> bool:
    """Whether the token is taken for its person."""
    answer = Client(REMOTE_ADDR=address).get("/whoami", headers={"authorization": f"token {letters}"})
    return not answer.json()["anon"]


def test_what_is_guessed_by_ftps_counts_at_the_page(
    owner: User, ftps_server: FtpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is not right" in by_ftps(ftps_server, owner.email, "a guess")
    now = machine_now()
    monkeypatch.setattr("accounts.adapter.machine_now", lambda: now)  # however slow the guesses are
    for number in range(throttle.ACCOUNT.capacity - 1):
        assert SLOWED not in log_in(owner.email, f"guess {number}", GUESSER)
    assert SLOWED in log_in(owner.email, PASSWORD, GUESSER)
    assert log_in(owner.email, PASSWORD, ELSEWHERE) == "in"


def test_what_is_guessed_at_the_page_is_slowed_by_ftps(
    owner: User, ftps_server: FtpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = machine_now() + dt.timedelta(hours=1)  # no try comes back by the clock of the door
    monkeypatch.setattr("accounts.adapter.machine_now", lambda: later)
    for number in range(throttle.ACCOUNT.capacity):
        log_in(owner.email, f"guess {number}", GUESSER)
    assert SLOWED.lower() in by_ftps(ftps_server, owner.email, PASSWORD)
    assert log_in(owner.email, PASSWORD, ELSEWHERE) == "in"


def test_guessed_tokens_spend_the_tries_of_their_network(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = machine_now()
    monkeypatch.setattr("accounts.token_door.machine_now", lambda: now)
    monkeypatch.setattr("accounts.adapter.machine_now", lambda: now)
    _, letters = tokens.create(owner, "laptop", [tokens.WHO], now)
    for number in range(throttle.NETWORK.capacity):
        assert not whoami(f"{number:08d}".ljust(32, "a"), GUESSER)
    assert SLOWED in log_in(owner.email, PASSWORD, GUESSER)
    assert log_in(owner.email, PASSWORD, ELSEWHERE) == "in"
    assert whoami(letters, GUESSER)  # its owner is never locked out


def test_tokens_guessed_at_the_download_address_count_too(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = machine_now()
    monkeypatch.setattr("accounts.token_door.machine_now", lambda: now)
    monkeypatch.setattr("accounts.adapter.machine_now", lambda: now)
    for number in range(throttle.NETWORK.capacity):
        headers = {"authorization": f"token {f'{number:08d}'.ljust(32, 'a')}"}
        assert Client(REMOTE_ADDR=GUESSER).get("/api/v0.1/Download/file?uri=x", headers=headers).status_code == 404
    assert SLOWED in log_in(owner.email, PASSWORD, GUESSER)
    assert log_in(owner.email, PASSWORD, ELSEWHERE) == "in"


def test_a_script_with_an_ended_token_spends_few_of_its_network_s_tries(owner: User) -> None:
    for _ in range(throttle.NETWORK.capacity + 5):
        assert not whoami("0" * 32, GUESSER)
    assert log_in(owner.email, PASSWORD, GUESSER) == "in"
