"""The details of a row beside the grid over HTTP: the part of the observation's page that htmx asks for."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from archive.columns import OBSERVATION_COLUMNS
from tests.factories import NOW_MJD, make_observation, make_product
from tests.functional.search.test_previews import picture_of
from tests.functional.search.test_results_page import page_of, ring

pytestmark = pytest.mark.django_db

IN_DRAWER = {
    "HX-Request": "true",
    "HX-Target": "drawer-body",
    "HX-Current-URL": "http://testserver/search/?q=M57#details=1",
}


def details(client: Client, obsid: int, **headers: str) -> Any:
    return client.get(reverse("search:observation", args=[obsid]), headers={**IN_DRAWER, **headers})


def test_the_drawer_holds_what_the_page_holds(client: Client) -> None:
    row = make_observation(**ring())
    make_product(row)
    page = client.get(reverse("search:observation", args=[row.obsid]))
    drawer = details(client, row.obsid)
    assert "<html" not in drawer.content.decode()
    assert "HX-Target" in drawer["Vary"]
    told = [{text for _, text in page_of(response).all("th", scope="row")} for response in (page, drawer)]
    assert told[0] == told[1]
    labels = {column.label + column.name for column in OBSERVATION_COLUMNS if column.name != "distance"}
    assert labels <= told[1]


def test_adding_from_the_drawer_leads_back_to_the_search(client: Client) -> None:
    row = make_observation(**ring())
    make_product(row)
    fields = page_of(details(client, row.obsid)).all("input", name="next")
    assert fields[0][0]["value"] == "/search/?q=M57#details=1"


def test_a_number_that_no_row_has_is_said_in_the_drawer(client: Client) -> None:
    response = details(client, 12345)
    assert response.status_code == 404
    assert response["X-Fragment"] == "1"
    assert "no observation with the number 12345" in response.content.decode()


@pytest.mark.parametrize("released", [True, False])
def test_a_preview_is_shown_to_whoever_may_see_it(client: Client, released: bool) -> None:
    row = make_observation(**ring(t_obs_release=NOW_MJD + (-1 if released else 1)))
    picture_of(row)
    html = details(client, row.obsid).content.decode()
    assert ("<img src=" in html) is released
    assert ("The preview is exclusive" in html) is not released
