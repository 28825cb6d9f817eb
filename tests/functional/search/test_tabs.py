"""Tabs over HTTP: what opens one, what survives, what is written for whom."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth import login
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from search.models import Tab
from search.tabs.first import COOKIE
from search.tabs.strip import MAX_TABS
from tests.factories import make_observations

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _holdings() -> None:
    make_observations([{"proposal_id": "1558"}, {"proposal_id": "2736"}, {"proposal_id": "2736"}])


def search(client: Client, number: str = "2736", headers: Any = None, **more: str) -> str:
    response = client.get(address(number, **more), headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def address(number: str = "2736", **more: str) -> str:
    return f"{reverse('search:results')}?{urlencode({'collection': 'proposals', 'q': number, **more})}"


def tabs(html: str) -> list[tuple[str, str]]:
    """Title and count of each tab."""
    found = re.findall(r'<span class="tab-title">(.*?)</span> <span class="tab-rows">([\d,]+)', html)
    return [(unescape(title), rows) for title, rows in found]


def current(html: str) -> str:
    (title,) = re.findall(r'aria-current="page"[^>]*><span class="tab-title">(.*?)</span>', html)
    return unescape(title)


def close(client: Client, html: str, title: str, **headers: str) -> Any:
    keys = dict(re.findall(r'name="key" value="(\w+)" aria-label="Close ([^"]+)"', html))
    by_title = {name: key for key, name in keys.items()}
    now = re.findall(r'name="current" value="(\w*)"', html)[0]
    return client.post(reverse("search:close-tab"), {"key": by_title[title], "current": now}, headers=headers)


# Opening -------------------------------------------------------------------------------------------------------------


def test_each_search_is_a_tab_with_title_count_and_criteria(client: Client) -> None:
    search(client, "1558", obs_collection="JWST")
    html = search(client, "2736")
    assert tabs(html) == [("Program 1558", "1"), ("Program 2736", "2")]
    assert current(html) == "Program 2736"
    assert 'title="1558; JWST"' in html
    assert html.index("Home</span>") < html.index("Program 1558")


def test_filters_order_and_page_stay_in_their_tab_and_are_kept_with_it(client: Client) -> None:
    search(client)
    search(client, sort="-t_min", **{"f.state": "public"})
    html = client.get(reverse("search:home")).content.decode()
    assert tabs(html) == [("Program 2736", "2")]
    assert "f.state=public&amp;sort=-t_min" in html
    assert len(tabs(search(client, obs_collection="JWST"))) == 2


def test_the_address_activates_the_tab_it_belongs_to(client: Client) -> None:
    search(client, "1558")
    search(client, "2736")
    html = search(client, "1558")
    assert current(html) == "Program 1558"
    assert len(tabs(html)) == 2


def test_a_search_that_fails_opens_no_tab(client: Client) -> None:
    search(client, "1558")
    html = client.get(address("not a number")).content.decode()
    assert tabs(html) == [("Program 1558", "1")]
    assert Tab.objects.count() == 0


def test_a_fragment_brings_the_strip_along(client: Client) -> None:
    search(client, "1558")
    html = search(client, "2736", headers=HTMX)
    assert 'hx-swap-oob="true"' in html
    assert tabs(html) == [("Program 1558", "1"), ("Program 2736", "2")]
    assert current(html) == "Program 2736"


def test_too_many_tabs_close_the_one_out_of_use_longest_with_a_word(client: Client) -> None:
    for number in range(MAX_TABS):
        search(client, str(number + 1))
    search(client, "1")
    html = search(client, "2736")
    titles = [title for title, _ in tabs(html)]
    assert len(titles) == MAX_TABS
    assert "Program 2" not in titles
    assert "Program 1" in titles
    assert re.search(r"Program 2</a> was closed to make room", html)


# Closing -------------------------------------------------------------------------------------------------------------


def test_closing_another_tab_stays_here(client: Client) -> None:
    search(client, "1558")
    html = search(client, "2736")
    response = close(client, html, "Program 1558", Referer=f"http://testserver{address('2736')}")
    assert response.headers["Location"] == f"http://testserver{address('2736')}"
    assert tabs(search(client, "2736")) == [("Program 2736", "2")]


def test_closing_the_tab_looked_at_goes_to_its_neighbour_and_then_home(client: Client) -> None:
    search(client, "1558")
    html = search(client, "2736")
    response = close(client, html, "Program 2736")
    assert response.headers["Location"] == address("1558")
    response = close(client, search(client, "1558"), "Program 1558")
    assert response.headers["Location"] == "/"


def test_closing_without_a_page_change_renews_the_strip_and_moves_the_keyboard_on(client: Client) -> None:
    search(client, "1558")
    html = search(client, "2736")
    answer = close(client, html, "Program 1558", **HTMX).content.decode()
    assert tabs(answer) == [("Program 2736", "2")]
    assert answer.count("autofocus") == 1
    gone = close(client, search(client, "2736"), "Program 2736", **HTMX)
    assert gone.headers["HX-Redirect"] == "/"


def test_the_only_tab_of_a_first_visit_can_be_closed(client: Client) -> None:
    response = close(client, search(client), "Program 2736")
    assert response.headers["Location"] == "/"
    assert tabs(client.get("/").content.decode()) == []


def test_the_way_back_after_closing_never_leads_to_another_host(client: Client) -> None:
    search(client, "1558")
    html = search(client, "2736")
    response = close(client, html, "Program 1558", Referer="https://elsewhere.example/")
    assert response.headers["Location"] == "/"


@pytest.mark.parametrize("key", ["", "x", "'; DROP TABLE search_tab; --", "\0", "home", "é" * 5000])
def test_a_key_that_is_none_closes_nothing(client: Client, key: str) -> None:
    search(client, "1558")
    search(client, "2736")
    assert client.post(reverse("search:close-tab"), {"key": key, "current": "y"}).status_code == 302
    assert Tab.objects.count() == 2


def test_tabs_are_closed_by_post_with_a_token_only(client: Client) -> None:
    assert client.get(reverse("search:close-tab")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("search:close-tab"), {"key": "x"}).status_code == 403


# Several at once -----------------------------------------------------------------------------------------------------


def test_two_people_have_each_their_own_tabs(client: Client) -> None:
    other = Client()
    for visitor, number in ((client, "1558"), (other, "2736")):
        search(visitor, number)
        search(visitor, number)
    assert tabs(search(client, "1558")) == [("Program 1558", "1")]
    key = Tab.objects.get(title="Program 1558").key
    other.post(reverse("search:close-tab"), {"key": key, "current": ""})
    assert Tab.objects.filter(key=key).exists()


def test_two_windows_of_one_browser_do_not_destroy_each_others_tabs(client: Client) -> None:
    search(client, "1558")
    search(client, "2736")
    window = Client()
    window.cookies = client.cookies
    search(window, "1558", sort="-t_min")
    search(client, "2736", **{"f.state": "public"})
    search(window, "7")
    html = search(client, "2736", **{"f.state": "public"})
    assert [title for title, _ in tabs(html)] == ["Program 1558", "Program 2736", "Program 7"]


# Accounts ------------------------------------------------------------------------------------------------------------


def test_tabs_follow_their_person_into_the_account_and_to_another_browser(client: Client) -> None:
    person = User.objects.create_user("a@example.org")
    elsewhere = Client()
    elsewhere.force_login(person)
    search(elsewhere, "1558")
    search(elsewhere, "2736", **{"f.state": "public"})
    search(client, "2736", sort="-t_min")
    search(client, "7")
    request = RequestFactory().get("/")
    request.session = client.session
    login(request, person)
    request.session.save()
    mine = Tab.objects.filter(owner=person)
    assert sorted(mine.values_list("title", flat=True)) == ["Program 1558", "Program 2736", "Program 7"]
    assert "sort=-t_min" in mine.get(title="Program 2736").address
    assert not Tab.objects.filter(owner=None).exists()
    assert len(tabs(elsewhere.get("/").content.decode())) == 3


# Cost ----------------------------------------------------------------------------------------------------------------


def test_nothing_is_written_for_visitors_without_cookies(client: Client) -> None:
    for number in ("1558", "2736", "7"):
        assert tabs(search(Client(), number))[0][0] == f"Program {number}"
    assert Tab.objects.count() == 0
    search(client, "1558")
    assert Tab.objects.count() == 0
    search(client, "2736")
    assert Tab.objects.count() == 2


@pytest.mark.parametrize("method", ["head", "prefetch"])
def test_what_nobody_sees_opens_no_tab(client: Client, method: str) -> None:
    search(client, "1558")
    search(client, "2736")
    if method == "head":
        client.head(address("7"))
    else:
        search(client, "7", headers={"Sec-Purpose": "prefetch;prerender"})
    assert Tab.objects.count() == 2


@pytest.mark.parametrize("value", ["", "x", "long", "a:b:c", "é", "." * 3000])
def test_a_forged_cookie_is_no_tab(client: Client, value: str) -> None:
    client.cookies[COOKIE] = value
    html = search(client, "1558")
    assert tabs(html) == [("Program 1558", "1")]


def test_tabs_cost_one_round_trip_a_page(client: Client) -> None:
    for number in range(MAX_TABS):
        search(client, str(number + 1))
    with CaptureQueriesContext(connection) as asked:
        search(client, "1")
    of_tabs = [query["sql"] for query in asked if "search_tab" in query["sql"]]
    assert len(of_tabs) == 1
