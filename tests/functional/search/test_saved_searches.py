"""Saved searches over HTTP: save, open, news, rename, delete and its undoing, merging at log-in."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from search.models import SavedSearch
from search.tabs import saved as searches
from search.tabs.forgetting import DELETED_KEPT, SESSION_KEPT, forget_tabs
from search.tabs.holder import Holder
from search.tabs.login import move_to_account
from search.tabs.saved import MAX_NAME_LENGTH, MAX_SAVED
from tests.factories import make_observation, make_observations

pytestmark = pytest.mark.django_db

QUERY = "collection=proposals&q=2736&f.obs_collection=JWST"


@pytest.fixture(autouse=True)
def _holdings() -> None:
    make_observations(
        [{"proposal_id": "2736"}, {"proposal_id": "2736"}, {"proposal_id": "2736", "obs_collection": "HST"}]
    )


def save(client: Client, name: str = "Deep field", query: str = QUERY) -> Any:
    return client.post(reverse("search:save"), {"name": name, "query": query})


def home(client: Client, **parameters: str) -> str:
    return client.get(f"{reverse('search:home')}?{urlencode(parameters)}").content.decode()


def test_a_saved_search_is_listed_at_home_with_its_criteria_and_rows(client: Client) -> None:
    response = save(client)
    assert response.headers["Location"] == f"/search/?{QUERY}"
    html = home(client)
    assert "Deep field" in html
    assert "2736 · Mission: JWST" in html
    assert re.search(r'<td class="number">2</td>', html)
    assert "today" in html


def test_a_text_filter_is_told_with_the_criteria(client: Client) -> None:
    save(client, query=f"{QUERY}&f.text=ngc")
    assert "2736 · Mission: JWST · text “ngc”" in home(client)


def test_the_form_for_the_name_works_without_script(client: Client) -> None:
    html = client.get(reverse("search:save"), {"query": QUERY}).content.decode()
    assert 'name="query" value="collection=proposals&amp;q=2736&amp;f.obs_collection=JWST"' in html


def test_opening_says_that_it_is_saved_and_starts_the_news_anew(client: Client) -> None:
    save(client)
    own = SavedSearch.objects.get()
    news = reverse("search:saved-news", args=[own.pk])
    assert client.get(news).content.decode().strip() == "0"
    make_observation(proposal_id="2736")
    SavedSearch.objects.update(opened_at=timezone.now())  # another moment is counted anew
    assert client.get(news).content.decode().strip() == "1"
    assert "Saved</span>" in client.get(f"/search/?{QUERY}").content.decode()
    own.refresh_from_db()
    assert own.rows == 3
    assert client.get(news).content.decode().strip() == "0"


@pytest.mark.parametrize("name", ["", "  ", "x" * (MAX_NAME_LENGTH + 1), "a\0b", "\u200b"])
def test_names_that_cannot_be_used_are_refused_with_a_word(client: Client, name: str) -> None:
    response = save(client, name)
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "q=", "no_such=1", "collection=none", "q=%00", "x" * 5000, "&&&=", "q=" + "é" * 2001]
)
def test_what_is_no_search_is_not_saved(client: Client, query: str) -> None:
    assert save(client, query=query).status_code == 400
    assert not SavedSearch.objects.exists()


def test_names_are_taken_once_a_person_and_shown_as_they_are(client: Client) -> None:
    save(client, "<b>M 31</b>")
    response = save(client, "<b>M 31</b>")
    assert response.status_code == 400
    assert "already saved as “&lt;b&gt;M 31&lt;/b&gt;”" in response.content.decode()
    assert save(Client(), "<b>M 31</b>").status_code == 302


def test_too_many_are_refused_with_the_remedy() -> None:
    holder, now = Holder(token=uuid4()), timezone.now()
    for number in range(MAX_SAVED):
        searches.save(holder, f"n{number}", QUERY, 0, now)
    with pytest.raises(searches.SavedSearchError, match="Delete one first"):
        searches.save(holder, "one more", QUERY, 0, now)


def test_renaming_keeps_to_the_rules_of_names(client: Client) -> None:
    save(client, "one")
    save(client, "two")
    own = SavedSearch.objects.get(name="two")
    address = reverse("search:saved", args=[own.pk])
    assert 'value="two"' in client.get(address).content.decode()
    assert client.post(address, {"name": "one"}).status_code == 400
    assert client.post(address, {"name": "three"}).headers["Location"] == "/"
    assert set(SavedSearch.objects.values_list("name", flat=True)) == {"one", "three"}


def test_deleting_can_be_undone_also_when_the_name_was_taken_since(client: Client) -> None:
    save(client)
    own = SavedSearch.objects.get()
    response = client.post(reverse("search:delete-saved", args=[own.pk]))
    html = client.get(response.headers["Location"]).content.decode()
    assert "“Deep field” was deleted." in html
    assert "table-continue" not in html
    save(client, query="q=M57")
    client.post(reverse("search:restore-saved", args=[own.pk]))
    assert set(SavedSearch.objects.filter(deleted_at=None).values_list("name", flat=True)) == {
        "Deep field",
        "Deep field (2)",
    }


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "²"])
def test_a_forged_number_of_a_deletion_is_ignored(client: Client, number: str) -> None:
    save(client)
    assert "was deleted" not in home(client, deleted=number)


def test_nobody_reaches_the_searches_of_others(client: Client) -> None:
    save(client)
    own = SavedSearch.objects.get()
    visitor = Client()
    save(visitor, "mine")
    for stranger in (Client(), visitor):
        assert stranger.get(reverse("search:saved", args=[own.pk])).status_code == 404
        assert stranger.get(reverse("search:saved-news", args=[own.pk])).status_code == 404
        for name in ("saved", "delete-saved", "restore-saved"):
            assert stranger.post(reverse(f"search:{name}", args=[own.pk]), {"name": "x"}).status_code == 404
    own.refresh_from_db()
    assert (own.name, own.deleted_at) == ("Deep field", None)


def test_saved_searches_follow_into_the_account_under_names_of_their_own() -> None:
    person, token, now = User.objects.create_user("a@example.org"), uuid4(), timezone.now()
    searches.save(Holder(owner=person), "M 31", QUERY, 1, now)
    searches.save(Holder(token=token), "M 31", QUERY, 1, now)
    searches.save(Holder(token=token), "M 33", QUERY, 1, now)
    move_to_account(token, person)
    assert sorted(searches.saved_searches(Holder(owner=person)).values_list("name", flat=True)) == [
        "M 31",
        "M 31 (2)",
        "M 33",
    ]


def test_what_nobody_can_reach_is_forgotten_and_nothing_else() -> None:
    person, now = User.objects.create_user("a@example.org"), timezone.now()
    long_ago = now - SESSION_KEPT * 2
    kept = [searches.save(Holder(owner=person), "account", QUERY, 1, long_ago)]
    kept.append(searches.save(Holder(token=uuid4()), "used", QUERY, 1, now))
    searches.save(Holder(token=uuid4()), "out of use", QUERY, 1, long_ago)
    gone = searches.save(Holder(owner=person), "deleted", QUERY, 1, now)
    searches.delete(gone, now - DELETED_KEPT * 2)
    forget_tabs(now)
    assert set(SavedSearch.objects.all()) == set(kept)
