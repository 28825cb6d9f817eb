"""Suggestions over HTTP."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import make_observations, make_program

pytestmark = pytest.mark.django_db


def test_options_carry_what_goes_into_the_box_escaped(client: Client) -> None:
    make_program(number="2736", title='<script>alert("x")</script>', pi_name="Sample, Ada")
    response = client.get(reverse("search:suggest"), {"collection": "observations", "q": "sample"})
    html = response.content.decode()
    assert 'role="option"' in html
    assert 'data-text="2736" data-collection="proposals"' in html
    assert "<script" not in html
    assert response.headers["Cache-Control"] == "private, max-age=60"


def test_a_suggestion_takes_few_queries(client: Client) -> None:
    make_observations([{"target_name": f"RING-{number}"} for number in range(20)])
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("search:suggest"), {"collection": "observations", "q": "ring"})
    assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) <= 5


def test_suggestions_are_only_read(client: Client) -> None:
    assert client.post(reverse("search:suggest")).status_code == 405
    assert client.get(reverse("search:suggest")).content.strip() == b""


@pytest.mark.parametrize("page", ["search:home", "search:results"])
def test_the_box_works_without_suggestions_and_names_its_list(client: Client, page: str) -> None:
    html = client.get(reverse(page), {"q": "M57"}).content.decode()
    assert 'role="combobox"' in html
    assert '<div class="suggestions" id="suggestions" role="listbox" aria-label="Suggestions" hidden></div>' in html
    assert f'data-suggest="{reverse("search:suggest")}"' in html


def test_a_name_that_nobody_knows_gets_links_to_names_like_it(client: Client) -> None:
    html = client.get(reverse("search:results"), {"q": "Adromeda"}).content.decode()
    assert re.search(
        r'Did you mean <a href="/search/\?collection=observations&amp;q=Andromeda"[^>]*>Andromeda</a>', html
    )
    assert "Search the target names for “Adromeda”" in html
