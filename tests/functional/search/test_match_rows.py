"""Cross-Match of a search's own rows over HTTP."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from archive.models import Observation
from search.models import CrossMatch, CrossMatchPair, TargetList
from tests.factories import make_observation

pytestmark = pytest.mark.django_db

ADDRESS = "/search/cross-match/?collection=proposals&q=7777"


@pytest.fixture
def rows() -> dict[str, Observation]:
    """Two rows of program 7777, one with a neighbour 3″ away, one alone; a third row has no position."""
    return {
        "near": make_observation(proposal_id="7777", obs_id="near", s_ra=10.0, s_dec=0.0),
        "alone": make_observation(proposal_id="7777", obs_id="alone", s_ra=50.0, s_dec=0.0),
        "unplaced": make_observation(proposal_id="7777", obs_id="unplaced", s_ra=None, s_dec=None),
        "neighbour": make_observation(proposal_id="8888", obs_id="neighbour", s_ra=10.0, s_dec=3 / 3600),
    }


def match(client: Client, **form: object) -> Any:
    return client.post(ADDRESS, {"radius": "5", "rows": "all", "against": "observations", **form}, follow=True)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_rows_are_matched_with_all_observations_but_not_with_themselves(
    client: Client, rows: dict[str, Observation]
) -> None:
    answer = match(client)
    pair = CrossMatchPair.objects.get()
    assert (pair.ordinal, pair.observation.obs_id) == (1, "neighbour")
    assert pair.separation_arcsec == pytest.approx(3.0, abs=1e-6)
    own = TargetList.objects.get()
    assert own.name == "Rows of 7777"
    assert own.notes == ["1 rows of the search have no position and were left out."]
    assert {field["name"]: field["type"] for field in own.fields}["obsid"] == "string"
    page = text_of(answer)
    assert "1 of 2 rows matched" in page
    assert '<td class="right">3.000</td>' in page
    assert page.count("near") > 1
    assert "neighbour" in page


def test_selected_rows_alone_can_be_matched(client: Client, rows: dict[str, Observation]) -> None:
    page = text_of(match(client, rows="selected", obsid=[rows["alone"].obsid]))
    assert "No other observation lies within 5″ of them. Give a larger radius." in page
    assert not TargetList.objects.exists()
    assert not CrossMatch.objects.exists()
    assert "No row is selected." in text_of(match(client, rows="selected"))


def test_rows_are_matched_with_a_list(client: Client, rows: dict[str, Observation]) -> None:
    client.post("/lists/upload/", {"file": SimpleUploadedFile("mine.csv", b"name,ra,dec\nm,10,0\nn,99,0\n")})
    own = TargetList.objects.get()
    assert "mine.csv" in text_of(client.post(ADDRESS, HTTP_HX_REQUEST="true"))
    match(client, against=str(own.pk))
    pair = CrossMatchPair.objects.get()
    assert (pair.number, pair.observation.obs_id) == (1, "near")
    assert (CrossMatch.objects.get().pairs, TargetList.objects.count()) == (1, 1)
    far = text_of(
        client.post("/search/cross-match/?q=50+0", {"radius": "5", "rows": "all", "against": str(own.pk)}, follow=True)
    )
    assert "No row of the search lies within 5″ of them." in far


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"radius": "x"}, "is not a number"),
        ({"radius": "-1"}, "cannot be used"),
        ({"radius": "nan"}, "cannot be used"),
        ({"radius": "99999"}, "cannot be used"),
        ({"against": "nothing"}, "You have no such target list."),
        ({"against": "00000000-0000-4000-8000-000000000000"}, "You have no such target list."),
    ],
)
def test_what_cannot_be_matched_is_told_on_the_results(
    client: Client, rows: dict[str, Observation], form: dict[str, str], said: str
) -> None:
    answer = match(client, **form)
    assert answer.redirect_chain[-1][0].startswith("/search/?collection=proposals&q=7777")
    assert said in text_of(answer)
    assert not TargetList.objects.exists()


def test_a_search_without_rows_has_nothing_to_match(client: Client, rows: dict[str, Observation]) -> None:
    answer = client.post("/search/cross-match/?collection=proposals&q=1", {"radius": "5"}, follow=True)
    assert "The search has no such rows." in text_of(answer)
    assert client.post("/search/cross-match/?nothing=1", {"radius": "5"}).status_code == 302


def test_the_toolbar_leads_to_it_and_without_script_it_is_a_page(client: Client, rows: dict[str, Observation]) -> None:
    assert "/search/cross-match/?" in text_of(client.get("/search/?collection=proposals&q=7777"))
    page = text_of(client.post(ADDRESS, {"obsid": [rows["near"].obsid]}))
    assert "<html" in page
    assert '<strong>Selected</strong> <span class="secondary">1 row</span>' in page
