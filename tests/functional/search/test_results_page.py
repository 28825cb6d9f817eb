"""The results page over HTTP: states in words, links, fragments, messages, hostile input, numbers of queries."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.factories import make_observation, make_observations, make_planned, make_product, square

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"
HTMX = {"HX-Request": "true"}


class Page(HTMLParser):
    """What a test asks of a page: elements with their attributes and their text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag not in {"input", "meta", "link", "col", "br"}:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self.elements[self._open.pop()][0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for index in self._open:
            self.elements[index][2].append(data)

    def all(self, tag: str, **wanted: str) -> list[tuple[dict[str, str], str]]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in wanted.items()}
        return [
            (attributes, " ".join("".join(text).split()))
            for name, attributes, text in self.elements
            if name == tag and all(value in attributes.get(key, "").split(" ") for key, value in wanted.items())
        ]


@pytest.fixture
def search(client: Client) -> Callable[..., Any]:
    def get(q: str = RING, headers: dict[str, str] | None = None, **parameters: str) -> Any:
        return client.get(reverse("search:results"), {"q": q, **parameters}, headers=headers)

    return get


def page_of(response: Any) -> Page:
    return Page(response.content.decode())


def ring(**fields: Any) -> dict[str, Any]:
    return {"s_region": square(283.39624, 33.02914, 0.02), **fields}


# Rows ----------------------------------------------------------------------------------------------------------------


def test_every_row_says_its_state_in_words_with_the_date(search: Callable[..., Any]) -> None:
    make_observation(**ring(obs_id="open"))
    make_observation(**ring(obs_id="closed", t_obs_release=61381.5, proposal_id="2736"))
    make_planned(**ring(obs_id="coming"))
    page = page_of(search())
    rows = {attributes["class"]: text for attributes, text in page.all("tr") if "data-obsid" in attributes}
    assert "Public" in rows["state-public"]
    assert "Exclusive until 2026-12-07 · Program 2736" in rows["state-exclusive"]
    assert "Planned, not yet observed" in rows["state-planned"]


def test_planned_rows_offer_no_download(search: Callable[..., Any]) -> None:
    make_planned(**ring())
    public = make_observation(**ring())
    page = page_of(search())
    downloads = [a["formaction"] for a, _ in page.all("button", form="one-row") if "one-click" in a["formaction"]]
    assert downloads == [reverse("basket:one_click", args=[public.obsid])]


def test_the_tool_bar_says_count_target_position_and_radius(search: Callable[..., Any]) -> None:
    make_observations([ring(), ring()])
    page = page_of(search())
    assert page.all("span", id="count") == [({"class": "lead", "id": "count"}, "2")]
    target = page.all("p", class_="target-line")[0][1]
    assert "NGC 6720" in target
    assert "18 53 35.0" in target
    assert "+33 01 4" in target
    assert "r 1′" in target


def test_boxes_carry_the_number_that_the_basket_takes(search: Callable[..., Any]) -> None:
    own = make_observation(**ring())
    page = page_of(search())
    assert [a["value"] for a, _ in page.all("input", name="obsid")] == [str(own.obsid)]
    form = page.all("form", id="selection")[0][0]
    assert (form["method"], form["action"]) == ("post", reverse("basket:add"))


def test_filters_are_boxes_with_counts(search: Callable[..., Any]) -> None:
    make_observations([ring(), ring(obs_collection="HST"), ring(t_obs_release=61381.5)])
    page = page_of(search(**{"f.obs_collection": "JWST"}))
    boxes = {
        (a["name"], a["value"]): (a["data-count"], "checked" in a) for a, _ in page.all("input") if a.get("data-count")
    }
    assert boxes["f.obs_collection", "JWST"] == ("2", True)
    assert boxes["f.obs_collection", "HST"] == ("1", False)
    assert boxes["f.state", "exclusive"] == ("1", False)
    assert boxes["f.state", "planned"] == ("0", False)
    assert page.all("span", id="count")[0][1] == "2"
    assert "of 3 observations" in page.all("h1")[0][1]


def test_headings_sort_and_say_how_they_are_sorted(search: Callable[..., Any]) -> None:
    make_observations([ring(t_exptime=1.0), ring(t_exptime=2.0)])
    page = page_of(search(sort="-t_exptime"))
    heading = next(a for a, text in page.all("th", scope="col") if text.startswith("Exposure"))
    assert heading["aria-sort"] == "descending"
    links = {text: a["href"] for a, text in page.all("a") if "sort=" in a.get("href", "")}
    assert parse_qs(urlsplit(links["Mission"]).query)["sort"] == ["obs_collection"]


def test_pages_lead_to_their_neighbours_and_back(search: Callable[..., Any], client: Client) -> None:
    made = make_observations([ring(t_min=60000.0 + i) for i in range(120)])
    first = page_of(search(size="50", sort="t_min"))
    assert "1–50 of 120" in first.all("div", class_="pane-foot")[0][1]
    following = next(a["href"] for a, _ in first.all("a") if a.get("aria-label") == "Next page")
    second = page_of(client.get(following))
    assert "51–100 of 120" in second.all("div", class_="pane-foot")[0][1]
    ids = [a["value"] for a, _ in second.all("input", name="obsid")]
    assert ids == [str(row.obsid) for row in made[50:100]]
    back = next(a["href"] for a, _ in second.all("a") if a.get("aria-label") == "Previous page")
    assert page_of(client.get(back)).all("input", name="obsid") == first.all("input", name="obsid")


def test_without_a_script_a_chart_draws_footprints_by_state_and_mission_with_their_names(
    search: Callable[..., Any], client: Client
) -> None:
    own = make_observation(**ring(obs_id="closed", t_obs_release=61381.5))
    frame = page_of(search()).all("iframe")[0][0]
    answer = client.get(frame["src"])
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    page = page_of(answer)
    shape = next(a for a, _ in page.all("path", class_="footprint"))
    assert shape["data-obsid"] == str(own.obsid)
    assert {"m-jwst", "state-exclusive"} <= set(shape["class"].split())
    assert any(text.startswith("closed NGC-6720 exclusive until 2026-12-07") for _, text in page.all("title"))


# Fragments -----------------------------------------------------------------------------------------------------------


def test_htmx_gets_the_results_alone_from_the_same_address(search: Callable[..., Any]) -> None:
    make_observation(**ring())
    whole, part = search(), search(headers=HTMX)
    assert whole.content.startswith(b"<!doctype html>")
    assert b"<html" not in part.content
    assert b"<title>NGC 6720" in part.content
    one = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", part.content.decode())
    other = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", whole.content.decode())
    body = one[one.index('<div class="results-body') :].strip()
    assert body in other
    for response in (whole, part):
        assert {"HX-Request", "HX-History-Restore-Request"} <= set(response["Vary"].split(", "))


def test_going_back_in_the_browser_gets_the_whole_page(search: Callable[..., Any]) -> None:
    response = search(headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert response.content.startswith(b"<!doctype html>")


def test_every_htmx_address_is_also_a_plain_one(search: Callable[..., Any]) -> None:
    make_observations([ring() for _ in range(60)])
    page = page_of(search(size="50", **{"f.state": "public"}))
    for attributes, _ in page.all("a"):
        if "hx-get" in attributes:
            assert attributes["hx-get"] == attributes["href"]
    for attributes, _ in page.all("form"):
        if "hx-get" in attributes:
            assert attributes["hx-get"] == attributes["action"]


# Messages ------------------------------------------------------------------------------------------------------------

MESSAGES = [
    ({"q": "no such name at all"}, 200, "The name was not resolved"),
    ({"q": "14 03 12.6 95 20 56.7"}, 200, ""),
    ({"q": "M57 r=99d"}, 200, ""),
    ({"q": "M57 r=abc"}, 200, ""),
    ({"q": ""}, 200, "search box is empty"),
    ({"q": "1073, abc", "collection": "proposals"}, 200, "A proposal ID is a number"),
    ({"q": "99999", "collection": "proposals"}, 200, ""),
    ({"q": "M57", "collection": "nothing"}, 400, "is not a collection"),
    ({"q": "M57", "no_such_column": "1"}, 400, "is not a column"),
    ({"q": "M57", "sort": "no_such_column"}, 400, "cannot be sorted"),
    ({"q": "M57", "size": "7"}, 400, "are not offered"),
    ({"q": "M57", "page": "broken"}, 200, ""),
    ({"q": "a\0b"}, 400, ""),
]


@pytest.mark.parametrize(("parameters", "status", "words"), MESSAGES, ids=lambda value: str(value)[:40])
def test_every_refusal_is_a_page_that_says_what_to_do(
    client: Client, parameters: dict[str, str], status: int, words: str
) -> None:
    make_observation(**ring())
    for headers in ({}, HTMX):
        response = client.get(reverse("search:results"), parameters, headers=headers)
        assert response.status_code == status
        answers = [a for a, _ in page_of(response).all("div", class_="empty") if a.get("data-message")]
        assert answers
        assert words in response.content.decode().replace("&#x27;", "'")
        assert response["X-Fragment"] == ("1" if headers else "0")


def test_rows_hidden_by_filters_leave_the_filters_and_a_way_out(search: Callable[..., Any]) -> None:
    make_observation(**ring())
    page = page_of(search(**{"f.state": "planned"}))
    assert page.all("section", id="pane-filters")
    remedy = next(a["href"] for a, text in page.all("a") if text == "Clear the filters")
    assert "f.state" not in remedy


def test_an_empty_circle_offers_the_radius_of_the_nearest_row(search: Callable[..., Any], client: Client) -> None:
    make_observation(s_ra=283.39624, s_dec=33.1)
    page = page_of(search("M57 r=1m"))
    remedy = next(a["href"] for a, _ in page.all("a", class_="btn-primary") if "q=" in a.get("href", ""))
    assert page_of(client.get(remedy)).all("span", id="count")[0][1] == "1"


# Hostile input -------------------------------------------------------------------------------------------------------

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_what_people_type_and_what_the_archive_holds_is_escaped(search: Callable[..., Any]) -> None:
    make_observation(
        **ring(obs_id=NASTY, target_name=NASTY, filters=NASTY, obs_collection=NASTY, instrument_name=NASTY)
    )
    for response in (search(), search(NASTY), search(**{"f.obs_collection": NASTY}), search(**{NASTY: "1"})):
        html = response.content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_pages_need_no_script_in_them_and_no_other_host(search: Callable[..., Any]) -> None:
    make_observation(**ring())
    response = search()
    page = page_of(response)
    programs = [a for a, _ in page.all("script") if a.get("type") != "application/json"]
    assert all(a.get("src", "").startswith("/static/") for a in programs)
    assert not any("style" in attributes or "onclick" in attributes for _, attributes, _ in page.elements)
    assert not re.search(r'(src|href)="(https?:)?//', response.content.decode())
    assert "default-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_searching_is_reading(client: Client, method: str) -> None:
    assert getattr(client, method)(reverse("search:results")).status_code == 405


# Cost ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters", [{"q": RING}, {"q": "1558", "collection": "proposals"}, {"q": RING, "f.state": "public"}]
)
def test_a_page_takes_at_most_twelve_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries, parameters: dict[str, str]
) -> None:
    rows = make_observations([ring(proposal_id="1558") for _ in range(120)])
    make_product(rows[0])
    client.post(reverse("basket:add"), {"obsid": [rows[0].obsid]})
    with django_assert_max_num_queries(12):
        assert client.get(reverse("search:results"), parameters).status_code == 200
