"""Cross-matches of target lists with the observations over HTTP."""

import io
import uuid
import warnings

import pytest
from astropy.io import ascii as astropy_ascii
from astropy.table import Table
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from archive.models import Name, Observation
from basket.models import BasketObservation
from search.models import CrossMatch, RowState
from tests.factories import make_observation, make_observations, make_planned
from tests.target_lists import CSV, FIELD, UPLOAD, match, ring, send, text_of

pytestmark = pytest.mark.django_db

__all__ = ["ring"]  # a fixture


def test_a_cross_match_shows_a_row_for_every_pair(client: Client, ring: list[Observation]) -> None:
    make_planned(s_region=FIELD, obs_id="coming")
    own = send(client, CSV)
    answer = match(client, own)
    page = text_of(answer)
    assert answer.redirect_chain[0][0].startswith(f"/lists/{own.pk}/matches/")
    found = CrossMatch.objects.get()
    assert (found.pairs, found.targets, found.targets_matched, found.observations) == (4, 3, 1, 4)
    assert "2 rows of the list without a match" in page
    assert "Nothing there, M 31" in page
    assert page.count('<tr class="state-public"') == 3
    assert page.count('<tr class="state-planned"') == 1
    assert "8.8</td>" in page
    assert "ring-2" in page


def test_only_the_ticked_rows_are_matched(client: Client, ring: list[Observation]) -> None:
    own = send(client, CSV)
    answer = match(client, own, rows="selected", row=["2", "3"])
    assert "No observation lies within 5″ of any of the 2 rows." in text_of(answer)
    assert not CrossMatch.objects.exists()
    match(client, own, rows="selected", row=["1"])
    assert CrossMatch.objects.get().targets == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"radius": "x"}, "is not a number"),
        ({"radius": "-1"}, "The radius -1″ cannot be used"),
        ({"radius": "nan"}, "cannot be used"),
        ({"radius": "1e9"}, "Give a radius from 0 to 3,600″"),
        ({"rows": "selected"}, "No row is selected"),
        ({"rows": "selected", "row": ["4"]}, "None of the chosen rows has a position"),
        ({"rows": "selected", "row": ["99999", "x", "²"]}, "None of the chosen rows has a position"),
    ],
)
def test_without_a_match_there_is_a_message_and_no_new_page(
    client: Client, ring: list[Observation], form: dict[str, object], words: str
) -> None:
    own = send(client, CSV)
    answer = match(client, own, **form)
    assert answer.redirect_chain == [(f"/lists/{own.pk}/", 302)]
    assert words in text_of(answer)
    assert not CrossMatch.objects.exists()


def test_pages_of_pairs(client: Client) -> None:
    make_observations([{"s_region": FIELD} for _ in range(130)])
    own = send(client, CSV)
    first = match(client, own)
    address = first.redirect_chain[-1][0]
    assert "1–100 of 130" in text_of(first)
    assert "101–130 of 130" in text_of(client.get(address + "?page=2"))
    assert "51–100 of 130" in text_of(client.get(address + "?size=50&page=2"))
    assert "101–130 of 130" in text_of(client.get(address + "?page=5000"))


def test_matched_observations_go_into_the_basket(client: Client, ring: list[Observation]) -> None:
    match(client, send(client, CSV))
    client.post(reverse("basket:add"), {"obsid": [ring[0].obsid, ring[0].obsid]})
    assert BasketObservation.objects.get().observation == ring[0]


@pytest.mark.parametrize("slug", ["csv", "ecsv", "votable", "fits", "json", "html"])
def test_a_cross_match_is_exported_with_both_sets_of_columns(
    client: Client, ring: list[Observation], slug: str
) -> None:
    own = send(client, b"name,RA,DEC,mag,s_ra\nRing,283.39624,33.02914,8.8,x\nEmpty,0,0,,y\n")
    address = match(client, own).redirect_chain[-1][0]
    answer = client.get(f"{address}{slug}/")
    content = answer.getvalue()  # the client does not know of streams
    assert answer.status_code == 200
    if slug in {"json", "html"}:
        assert b"separation" in content
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if slug == "csv":
            table = astropy_ascii.read(content.decode(), format="csv")
        else:
            form = {"ecsv": "ascii.ecsv"}.get(slug, slug)
            table = Table.read(content.decode() if slug == "ecsv" else io.BytesIO(content), format=form)
    assert len(table) == 3
    assert {"name", "mag", "separation", "list_s_ra", "s_ra", "obs_id"} <= set(table.colnames)
    assert list(table["mag"]) == [8.8] * 3
    assert list(table["separation"]) == [0.0] * 3


def test_a_list_keeps_its_newest_cross_matches(client: Client, ring: list[Observation]) -> None:
    own = send(client, CSV)
    addresses = [match(client, own, radius=str(radius)).redirect_chain[-1][0] for radius in range(1, 8)]
    assert CrossMatch.objects.count() == 5
    assert client.get(addresses[0]).status_code == 404
    assert client.get(addresses[-1]).status_code == 200


def test_pages_ask_few_queries(
    client: Client, ring: list[Observation], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    own = send(client, CSV)
    address = match(client, own).redirect_chain[-1][0]
    look = "?f.row_state=resolved&f.text=ring&f.c3=<9&sort=-c3&size=50"
    for asked in (UPLOAD, f"/lists/{own.pk}/", f"/lists/{own.pk}/{look}", address):
        with django_assert_max_num_queries(14):
            client.get(asked)


def test_names_of_the_archive_resolve_a_whole_list_in_few_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Name.objects.create(key="ALPHA", name="Alpha", canonical_name="Alpha", ra_deg=1.0, dec_deg=2.0)
    make_observation(target_name="MY-FIELD", s_ra=50.0, s_dec=10.0, s_region="")
    lines = ["Alpha", "MY-FIELD", *(f"unknown {n}" for n in range(400))]
    with django_assert_max_num_queries(16):
        own = send(client, "\n".join(lines).encode(), "names.txt")
    assert own.rows.filter(state=RowState.RESOLVED).count() == 2


def test_an_unknown_list_or_match_is_a_designed_page(client: Client) -> None:
    own = send(client, CSV)
    assert client.get(f"/lists/{uuid.uuid4()}/").status_code == 404
    assert client.get(f"/lists/{own.pk}/matches/{uuid.uuid4()}/").status_code == 404
