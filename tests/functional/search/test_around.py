"""`around=`: the page of a search that holds one row."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.factories import make_observation, make_observations

pytestmark = pytest.mark.django_db
SIZE = 50


def rows_on(client: Client, query: str) -> list[str]:
    text = client.get(f"/search/?{query}&size={SIZE}").content.decode()
    return re.findall(r'name="obsid" value="(\d+)"', text)


@pytest.fixture
def obsids() -> list[str]:
    rows = [
        {"s_ra": 10 + 0.0001 * i, "s_dec": 0.0, "t_exptime": None if i % 7 == 0 else float(i % 5)} for i in range(130)
    ]
    return [str(row.obsid) for row in make_observations(rows)]


@pytest.mark.parametrize("query", ["obs_collection=JWST", "obs_collection=JWST&sort=-t_exptime,obs_id", "q=10 0 r=1"])
def test_every_row_is_on_the_page_that_holds_it(client: Client, obsids: list[str], query: str) -> None:
    pages = []
    address = query
    for _ in range(3):
        text = client.get(f"/search/?{address}&size={SIZE}").content.decode()
        pages.append(re.findall(r'name="obsid" value="(\d+)"', text))
        following = re.search(r'href="/search/\?([^"]*)" hx-get="[^"]*" aria-label="Next page"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert sorted(obsid for page in pages for obsid in page) == sorted(obsids)
    for page in pages:
        for obsid in (page[0], page[-1]):
            assert rows_on(client, f"{query}&around={obsid}") == page


def test_the_address_of_the_page_replaces_it(client: Client, obsids: list[str]) -> None:
    response = client.get(
        f"/search/?obs_collection=JWST&sort=obsid&size={SIZE}&around={obsids[120]}", headers={"HX-Request": "true"}
    )
    assert "around" not in response["HX-Push-Url"]
    assert "page=after." in response["HX-Push-Url"]


def test_filters_count(client: Client, obsids: list[str]) -> None:
    page = rows_on(client, f"obs_collection=JWST&f.t_exptime=3&sort=obsid&around={obsids[128]}")
    assert obsids[128] in page


@pytest.mark.parametrize("around", ["1", "x", "-5", "99999999999999999999", "٣", "%00", "<script>alert(1)</script>"])
def test_an_unknown_row_gives_the_first_page_and_a_notice(client: Client, obsids: list[str], around: str) -> None:
    text = client.get(f"/search/?obs_collection=JWST&sort=obsid&size={SIZE}&around={around}").content.decode()
    assert re.findall(r'name="obsid" value="(\d+)"', text) == obsids[:SIZE]
    assert "The row is not among those shown" in text
    assert "<script>alert" not in text


def test_a_row_that_a_filter_hides_is_unknown(client: Client, obsids: list[str]) -> None:
    make_observation(filters="F999W")
    text = client.get(f"/search/?obs_collection=JWST&f.filters=F999W&around={obsids[0]}").content.decode()
    assert "The row is not among those shown" in text


def test_a_search_that_fails_says_why(client: Client) -> None:
    text = client.get("/search/?q=10 0 r=x&around=5").content.decode()
    assert "The radius cannot be read" in text


def test_it_takes_three_statements_more(client: Client, obsids: list[str], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(22):
        rows_on(client, f"obs_collection=JWST&around={obsids[120]}")
