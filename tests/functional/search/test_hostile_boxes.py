"""Twenty-six hostile texts in every box of searching: each is searched as it stands or refused with a remedy."""

import html
import re

import pytest
from django.test import Client
from django.urls import reverse

from archive.models import Observation
from search.collections import COLLECTIONS
from search.columns import OBSERVATION_COLUMNS, REGION, Kind
from search.models import SavedSearch
from tests.factories import make_observation, make_planned
from tests.functional.search.test_results_page import HTMX, ring

pytestmark = pytest.mark.django_db

HOSTILE = [
    "'; DROP TABLE archive_observation; --", '" OR ""="', "1) OR (1=1", "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}{% now %}", "%s%(x)s%%", "\\", "*", "a*b*c", "!", "..", "9..1", ">=",
    ",,,", '"open', "1e999", "nan", "-" + "9" * 400, "\u202e\u200b\ufeff", "nul\0l", "\ud83d half", "١٢٣ ²½",
    "(a+)+$(?=x)[", "x" * 3_000, "2022-13-45..0000-00-00",
]  # fmt: skip
BARE = ("<script>alert", "<img src=x")
COLUMNS = [column.name for column in OBSERVATION_COLUMNS if column.kind is not Kind.STATE] + [REGION.name]


@pytest.fixture(autouse=True)
def _rows() -> None:
    make_observation(**ring(obs_id="one", target_name='<script>alert(2)</script>"'))
    make_planned(**ring(obs_id="two"))


def _address(text: str) -> str:
    """A half of a pair of characters reaches a server as the replacement of its bytes."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def check(client: Client, query: dict[str, str]) -> None:
    """The answer is a page with rows counted, or one that says what is wrong and what to do."""
    response = client.get(reverse("search:results"), query, headers=HTMX)
    page = response.content.decode()
    assert response.status_code in {200, 400}, (query, response.status_code)
    assert not any(tag in page.replace("<script>alert(2)", "!") for tag in BARE), query
    counted = re.search(r'id="count">([0-9,]+)<', page)
    told = re.search(r'data-message="([a-z-]+)"', page)
    assert counted or told, query
    if not counted:
        words = html.unescape(re.sub(r"<[^>]+>", " ", page[page.index("data-message") :]))
        assert len(words.split()) > 6, (query, words)
        assert "Traceback" not in page


@pytest.mark.parametrize("collection", [collection.slug for collection in COLLECTIONS])
def test_the_search_box(client: Client, collection: str) -> None:
    for text in map(_address, HOSTILE):
        check(client, {"collection": collection, "q": text})
        check(client, {"collection": collection, "q": f"M57 r={text}"})
        assert client.get(reverse("search:suggest"), {"collection": collection, "q": text}).status_code == 200
    assert Observation.objects.count() == 2


@pytest.mark.parametrize("column", COLUMNS)
def test_the_filter_of_each_column(client: Client, column: str) -> None:
    for text in map(_address, HOSTILE):
        check(client, {"q": "M57 r=1m", f"f.{column}": text})


@pytest.mark.parametrize(
    "column", ["target_name", "filters", "t_exptime", "calib_level", "t_min", "s_ra", "mtFlag", "region"]
)
def test_a_criterion_of_each_kind(client: Client, column: str) -> None:
    for text in map(_address, HOSTILE):
        check(client, {column: text})


@pytest.mark.parametrize("column", ["t_min", "distance"])
def test_both_boxes_of_a_range(client: Client, column: str) -> None:
    for text in map(_address, HOSTILE):
        for low, high in ((text, ""), ("", text), ("5", text), (text, "5")):
            check(client, {"q": "M57", f"f.{column}.from": low, f"f.{column}.to": high})


@pytest.mark.parametrize(
    "parameter", ["f.text", "sort", "columns", "facets", "size", "page", "view", "sky", "around", "c.x", "no.such"]
)
def test_every_other_part_of_the_address(client: Client, parameter: str) -> None:
    for text in map(_address, HOSTILE):
        check(client, {"q": "M57", parameter: text})


def test_the_panel_says_why_it_cannot_be_counted(client: Client) -> None:
    for text in map(_address, HOSTILE):
        for name in ("f.text", "f.instrument_name", "f.t_min", "f.distance"):
            response = client.get(reverse("search:filters"), {"q": "M57", name: text}, headers=HTMX)
            assert response.status_code in {200, 400}
            assert response.content.strip(), (name, text)
            if response.status_code == 400:
                assert response["Content-Type"].startswith("text/plain")
                assert len(response.content.split()) > 3


def test_the_name_of_a_saved_search(client: Client) -> None:
    for text in map(_address, HOSTILE):
        for name in (text, f"{text} again"):
            response = client.post(f"{reverse('search:save')}?query=q%3DM57", {"query": "q=M57", "name": name})
            assert response.status_code in {302, 400}, name
            if response.status_code == 400:
                assert 'role="alert"' in response.content.decode()
    assert SavedSearch.objects.count() > 10
    home = client.get(reverse("search:home")).content.decode()
    assert not any(tag in home for tag in BARE)


def test_the_text_of_a_target_list(client: Client) -> None:
    for text in map(_address, HOSTILE):
        for content in (
            text,
            f"name,ra,dec\n{text},10,20\n",
            f"{text},ra,dec\n1,10,{text}\n",
            f"#@{text}\nra,dec\n1,2\n",
        ):
            response = client.post(reverse("search:upload"), {"text": content}, follow=True)
            assert response.status_code in {200, 400}, content
            page = response.content.decode()
            assert not any(tag in page for tag in BARE), content
            assert "/lists/" in response.redirect_chain[-1][0] if response.redirect_chain else 'role="alert"' in page


def test_the_boxes_of_a_chart_and_of_a_created_column(client: Client) -> None:
    for text in map(_address, HOSTILE):
        for name in ("x.from", "x.to", "y.from", "chart.x", "chart.colour"):
            response = client.get(reverse("search:chart"), {"q": "M57", name: text})
            assert response.status_code in {200, 400}, (name, text)
            assert not any(tag in response.content.decode().replace("<script>alert(2)", "!") for tag in BARE)
        form = {"search": "q=M57", "name": text, "expression": text, "first": text, "operator": text, "second": text}
        assert client.post(reverse("search:create-column"), form).status_code in {200, 302, 400}


def test_a_link_of_the_original_portal(client: Client) -> None:
    for text in map(_address, HOSTILE):
        for link in (text, '{"service": "CAOMFILTERED", "inputText": "' + text + '"}', "{" + text):
            response = client.get("/Portal.html", {"searchQuery": link}, follow=True)
            assert response.status_code in {200, 400}, link
            assert not any(tag in response.content.decode().replace("<script>alert(2)", "!") for tag in BARE)
