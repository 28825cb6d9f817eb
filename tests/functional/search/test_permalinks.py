"""Addresses of the original portal, over HTTP."""

import json
from urllib.parse import quote

import pytest
from django.test import Client

from tests.factories import make_observation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/search/", "/Portal.html", "/portal/Mashup/Clients/Mast/Portal.html"])
def test_the_original_address_leads_to_the_search(client: Client, path: str) -> None:
    own = make_observation(obs_id="jw02736-o001_t001_nircam_clear-f200w")
    link = json.dumps({"service": "CAOMBYOBS", "inputText": own.obs_id, "title": "Observation IDs: x"})
    response = client.get(f"{path}?searchQuery={quote(link)}", follow=True)
    assert response.redirect_chain == [(f"/search/?collection=obsids&q={own.obs_id}", 302)]
    assert own.obs_id in response.content.decode()


def test_a_link_that_cannot_be_carried_over_in_full_says_so_and_offers_the_rest(client: Client) -> None:
    link = {"service": "CAOMFILTERED", "inputText": [{"paramName": "vista", "niceName": "<b>Vista", "values": [1]}]}
    link["position"] = "12, 13, 0.1"
    response = client.get("/", {"searchQuery": json.dumps(link)})
    html = response.content.decode()
    assert response.status_code == 400
    assert "Not carried over: &lt;b&gt;Vista." in html
    assert "?collection=observations&amp;q=12%2013%20r%3D0.1" in html


def test_an_empty_link_leads_home(client: Client) -> None:
    assert client.get("/Portal.html?searchQuery=").headers["Location"] == "/"


def test_a_link_is_not_followed_by_post(client: Client) -> None:
    assert client.post("/Portal.html?searchQuery=M31").status_code == 405
