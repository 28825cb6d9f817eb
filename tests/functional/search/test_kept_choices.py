"""Columns, facets and page size stay with their person: in the session, in the account, and from one to the other."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from search.models import KeptChoices
from tests.factories import make_observations
from tests.functional.search.test_results_page import page_of, ring

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"
PASSWORD = "a-long-password"


@pytest.fixture
def person() -> User:
    return User.objects.create_user("astronomer@example.org", PASSWORD)


@pytest.fixture(autouse=True)
def rows() -> None:
    make_observations([ring() for _ in range(60)])


def choose_columns(client: Client, *names: str) -> None:
    client.post(reverse("search:choose-columns"), {"search": f"q={RING}", "column": names})


def choose_size(client: Client, size: str, search: str = f"q={RING}") -> Any:
    return client.post(reverse("search:choose-size"), {"search": search, "size": size})


def results(client: Client, **parameters: str) -> Any:
    return page_of(client.get(reverse("search:results"), {"q": RING, **parameters}))


def headings(client: Client, **parameters: str) -> list[str]:
    return [a["data-column"] for a, _ in results(client, **parameters).all("th") if "data-column" in a]


def rows_shown(client: Client, **parameters: str) -> int:
    return len(results(client, **parameters).all("input", name="obsid"))


def test_the_rows_of_a_page_are_remembered_and_an_address_comes_first(client: Client) -> None:
    assert rows_shown(client) == 60
    answer = choose_size(client, "50")
    assert parse_qs(urlsplit(answer["Location"]).query)["size"] == ["50"]
    assert rows_shown(client) == 50
    assert rows_shown(client, size="100") == 60
    choose_size(client, "100")
    assert rows_shown(client) == 60


@pytest.mark.parametrize("size", ["51", "-1", "", "many", "9" * 5000, "50\0"])
def test_a_size_that_is_not_offered_changes_nothing(client: Client, size: str) -> None:
    answer = choose_size(client, size)
    assert answer.status_code == 302
    assert "size" not in parse_qs(urlsplit(answer["Location"]).query)
    assert rows_shown(client) == 60
    assert choose_size(client, "50", "no_such_column=1")["Location"] == reverse("search:home")


def test_choices_of_an_account_are_there_in_another_browser(client: Client, person: User) -> None:
    client.force_login(person)
    choose_columns(client, "obs_id", "s_ra")
    choose_size(client, "50")
    elsewhere = Client()
    elsewhere.force_login(person)
    assert headings(elsewhere) == ["obs_id", "s_ra"]
    assert rows_shown(elsewhere) == 50
    assert len(headings(Client())) > 20


def test_at_log_in_the_sessions_choices_fill_what_the_account_left_open(client: Client, person: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(person)
    choose_columns(elsewhere, "obs_id")
    choose_columns(client, "s_ra", "s_dec")
    choose_size(client, "50")
    assert client.login(email=person.email, password=PASSWORD)
    assert headings(client) == ["obs_id"]
    assert rows_shown(client) == 50
    assert KeptChoices.objects.get().kept == {"observations.columns": ["obs_id"], "observations.size": 50}
    client.logout()
    assert len(headings(client)) > 20


def test_opening_a_link_changes_nothing_that_is_kept(client: Client, person: User) -> None:
    client.force_login(person)
    choose_columns(client, "obs_id")
    assert headings(client, columns="s_ra") == ["s_ra"]
    assert headings(client) == ["obs_id"]


def test_the_unselected_rows_alone_are_a_filter(client: Client) -> None:
    found = client.get(reverse("search:rows"), {"q": RING}).json()["obsids"]
    answer = results(client, **{"f.obsid": ",".join(f"!{obsid}" for obsid in found[:20])})
    assert {a["value"] for a, _ in answer.all("input", name="obsid")} == set(found[20:])
