"""Advanced Search over HTTP: forms without a script, htmx, the search box, hostile boxes, cost."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from search.advanced.fields import FIELD, FIELDS, OBJECT, Control
from tests.advanced_form import form_of, found, holdings, page, sql_count, submitted
from tests.factories import make_observations

pytestmark = pytest.mark.django_db

__all__ = ["holdings", "page"]  # fixtures

HTMX = {"HX-Request": "true"}
ALL_DIALOGS = ",".join(field.name for field in FIELDS)


# Without script ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_a_form_sent_back_unchanged_says_the_same(client: Client, page: Any) -> None:
    addresses = [
        "",
        f"dialogs={ALL_DIALOGS}",
        "obs_collection=JWST&instrument_name=MIRI*&instrument_name=ACS/WFC&filters=%22%22&t_exptime=500..5000",
        "t_min=!2021&t_max=2020..2021, 2022..&s_ra=..200&calib_level=2&mtFlag=true&dialogs=none",
        "q=M57 r=1m&obs_collection=JWST&dialogs=-q,-obs_collection,filters&sort=-t_min&size=250&columns=obs_id",
        'target_name="a, b"&target_name=NGC-6720&proposal_pi=Espinoza, Nestor&find.filters=f2&by=filters&named=wa',
    ]
    for address in addresses:
        first = page(urlencode(parse_qsl(address)))
        again = submitted(client, form_of(first).fields)
        assert found(again) == found(first)
        before, after = (_criteria(response) for response in (first, again))
        assert before == after, address


def _criteria(response: Any) -> list[tuple[str, str]]:
    return sorted(
        (name, value) for name, value in form_of(response).fields if value and name not in {"dialogs", "collection"}
    )


@pytest.mark.usefixtures("holdings")
def test_every_address_of_the_page_is_its_own(client: Client, page: Any) -> None:
    first = submitted(
        client, [*form_of(page()).fields, ("from.t_min", "2021-01-01"), ("find.instrument_name", "MIRI*")]
    )
    (address, status) = first.redirect_chain[-1]
    assert (status, len(first.redirect_chain)) == (302, 1)
    assert "from." not in address
    assert client.get(address).status_code == 200


@pytest.mark.usefixtures("holdings")
def test_buttons_keep_what_was_typed(client: Client, page: Any) -> None:
    fields = [(name, "Espinoza*" if name == "proposal_pi" else value) for name, value in form_of(page()).fields]
    response = submitted(client, fields, do="toggle:wavelength_region")
    assert found(response) == sql_count("proposal_pi = 'Espinoza, Nestor'")
    assert "dialog-wavelength_region" in response.content.decode()


@pytest.mark.usefixtures("holdings")
def test_each_button_does_what_it_says(client: Client, page: Any) -> None:
    start = page("obs_collection=JWST&instrument_name=MIRI*")
    fields = form_of(start).fields
    removed = submitted(client, fields, do="remove:obs_collection")
    assert found(removed) == sql_count("instrument_name LIKE 'MIRI%%'")
    assert found(submitted(client, fields, do="clear")) == 32
    hidden = submitted(client, fields, do="hide")
    assert "No dialog is open" in hidden.content.decode()
    assert found(hidden) == found(start)
    assert "dialog-obs_collection" in submitted(client, form_of(hidden).fields, do="defaults").content.decode()
    folded = submitted(client, fields, do="fold:obs_collection")
    assert "choices-obs_collection" not in folded.content.decode()
    assert found(folded) == found(start)


@pytest.mark.usefixtures("holdings")
def test_search_leads_to_as_many_rows_as_were_found(client: Client, page: Any) -> None:
    response = page("obs_collection=JWST&instrument_name=MIRI*&t_exptime=100..")
    answer = submitted(client, form_of(response).fields, do="search", follow=False)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["Location"])
    assert target.path == reverse("search:results")
    rows = client.get(answer.headers["Location"]).content.decode()
    shown = re.search(r'id="count">([\d,]+)', rows)
    assert shown
    assert int(shown[1].replace(",", "")) == found(response) > 0


@pytest.mark.usefixtures("holdings")
def test_an_unreadable_range_stays_in_its_boxes(client: Client, page: Any) -> None:
    fields = form_of(page("dialogs=t_exptime")).fields
    typed = [(name, {"from.t_exptime": "1..3", "to.t_exptime": "9"}.get(name, value)) for name, value in fields]
    response = submitted(client, typed)
    html = response.content.decode()
    assert 'value="1..3"' in html
    assert "Write a whole expression in the first box" in html
    assert form_of(response).buttons["search"] is False


# htmx ----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_htmx_gets_the_form_alone_and_the_address_to_show(client: Client) -> None:
    response = client.get(
        reverse("search:advanced"), {"find.instrument_name": "MIRI*", "dialogs": "instrument_name"}, headers=HTMX
    )
    html = response.content.decode()
    assert html.startswith("<form")
    assert response.headers["HX-Push-Url"] == (
        f"{reverse('search:advanced')}?collection=observations&instrument_name=MIRI*&dialogs=instrument_name"
    )
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.usefixtures("holdings")
def test_htmx_is_sent_on_to_the_rows(client: Client) -> None:
    response = client.get(reverse("search:advanced"), {"obs_collection": "JWST", "do": "search"}, headers=HTMX)
    assert response.headers["HX-Redirect"].startswith(f"{reverse('search:results')}?collection=observations")


# The search box ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_a_position_narrows_everything(page: Any) -> None:
    assert found(page("q=12.0 -56.0 r=1&obs_collection=HST")) == 1


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize("text", ["M5*", "no such thing 123", "12 95", "M57 r=99", "Jupiter"])
def test_a_box_that_cannot_be_searched_says_so_inline(page: Any, text: str) -> None:
    response = page(urlencode({"q": text}))
    assert 'id="error-q"' in response.content.decode()
    assert form_of(response).buttons["search"] is False
    assert form_of(response).words["records-found"] == "–"


def test_other_collections_have_their_own_box(page: Any) -> None:
    make_observations([{"proposal_id": "1073"}, {"proposal_id": "2736"}, {"proposal_id": "4"}])
    response = page("collection=proposals&q=1073, 02736")
    assert found(response) == 2
    assert "Proposal ID" in response.content.decode()


# Hostile boxes -------------------------------------------------------------------------------------------------------

HOSTILE = [
    "'; DROP TABLE archive_observation; --", "\" OR 1=1 --", "<script>alert(1)</script>", "{{ 7*7 }}", "%s%s%n",
    "\\", "*", "%", "**", "!", "!!x", "..", "a..b..c", ">=", "><", ",,,", '"', '"a" b', "1e999", "nan", "-inf",
    "9" * 400, "\u202e\u0000", "\ud7ff\uffff", "١٢٣", "2022-13-45", "0001-01-01..9999-12-31", "(a+)+$", "&dialogs=none",
]  # fmt: skip


def _boxes() -> Iterator[tuple[str, str]]:
    for name, field in FIELD.items():
        if field.control is Control.VALUES:
            yield from ((f"find.{name}", name), (name, name))
        elif field.control is Control.RANGE:
            yield from ((f"from.{name}", name), (f"to.{name}", name))
        else:
            yield name, name


@pytest.mark.parametrize(("parameter", "name"), [*_boxes()])
def test_hostile_texts_are_answered_in_every_box(client: Client, parameter: str, name: str) -> None:
    for text in HOSTILE:
        query = {parameter: text, "dialogs": "q" if name == OBJECT else name}
        response = client.get(reverse("search:advanced"), query, follow=True)
        assert response.status_code in {200, 400}, (parameter, text)
        assert "<script>alert" not in response.content.decode()
        assert "{{ 7*7 }}" not in response.content.decode() or "49" not in response.content.decode()


@pytest.mark.parametrize("query", ["nonsense=1", "dialogs=x", "do=explode", "do=toggle:x", "collection=x", "sort=x"])
def test_an_address_that_says_nothing_is_refused_with_a_way_out(page: Any, query: str) -> None:
    for headers in ({}, HTMX):
        response = page(query, headers=headers)
        assert response.status_code == 400
        assert "Open Advanced Search" in response.content.decode()


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post(reverse("search:advanced")).status_code == 405


# Cost ----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_a_page_with_every_dialog_open_takes_few_queries(
    page: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cache.clear()
    with django_assert_max_num_queries(12):
        page(f"obs_collection=JWST&t_exptime=100..&filters=CLEAR&dialogs={ALL_DIALOGS}")


def test_the_upload_of_a_moc_takes_along_what_the_form_holds(client: Client) -> None:
    answer = client.get("/search/advanced/", {"dialogs": "region", "obs_collection": "JWST", "do": "moc"})
    assert answer.status_code == 302
    address, _, query = answer["Location"].partition("?")
    assert address == "/search/moc/upload/"
    assert "obs_collection=JWST" in query
    fragment = client.get("/search/advanced/", {"obs_collection": "JWST", "do": "moc"}, headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == answer["Location"]
