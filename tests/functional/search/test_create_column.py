"""Create Column over HTTP: the form, the grid with the column, its order, its deletion, and the exports."""

import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from astropy.table import Table
from django.test import Client
from django.urls import reverse

from tests.factories import make_observations
from tests.functional.search.test_results_page import HTMX, page_of, ring

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"
FORM = {"first": "t_exptime", "operation": "/", "second": "", "second_number": "60", "unit": "min"}


@pytest.fixture(autouse=True)
def rows() -> None:
    make_observations([ring(t_exptime=seconds) for seconds in (120.0, 600.0, None, 0.0)])


def create(client: Client, search: str = f"q={RING}", **fields: str) -> Any:
    return client.post(reverse("search:create-column"), {"search": search, "name": "minutes", **FORM, **fields})


def query_of(answer: Any) -> dict[str, list[str]]:
    return parse_qs(urlsplit(answer["Location"]).query)


def texts(client: Client, address: str, column: str) -> list[str]:
    page = page_of(client.get(address))
    place = [a["data-column"] for a, _ in page.all("th") if "data-column" in a].index(column)
    body = [text for _, text in page.all("td")]
    width = len(body) // len(page.all("input", name="obsid"))
    return [body[n + 2 + place] for n in range(0, len(body), width)]


def test_the_column_comes_behind_the_first_and_can_be_sorted(client: Client) -> None:
    answer = create(client)
    assert query_of(answer)["c.minutes"] == ["t_exptime/60[min]"]
    page = page_of(client.get(answer["Location"]))
    headings = [a for a, _ in page.all("th") if "data-column" in a]
    assert headings[1]["data-column"] == "minutes"
    assert "Exposure Length (s) ÷ 60" in headings[1]["title"]
    assert "Unit: min" in headings[1]["title"]
    assert texts(client, f"{answer['Location']}&sort=-minutes", "minutes") == ["10.0000", "2.0000", "0.0000", ""]


def test_a_column_of_chosen_columns_is_deleted_with_its_order(client: Client) -> None:
    answer = create(client, f"q={RING}&columns=obs_id,s_ra&sort=t_min")
    assert query_of(answer)["columns"] == ["obs_id,minutes,s_ra"]
    search = f"{urlsplit(answer['Location']).query}&f.minutes=1.."
    form = {"search": search.replace("sort=t_min", "sort=minutes,t_min"), "drop": "minutes"}
    left = query_of(client.post(reverse("search:choose-columns"), form))
    assert left["columns"] == ["obs_id,s_ra"]
    assert left["sort"] == ["t_min"]
    assert not {"c.minutes", "f.minutes"} & set(left)


def test_columns_kept_before_do_not_hide_a_created_one(client: Client) -> None:
    client.post(reverse("search:choose-columns"), {"search": f"q={RING}", "column": ["obs_id", "s_ra"]})
    page = page_of(client.get(reverse("search:results"), {"q": RING, "c.minutes": "t_exptime/60"}))
    assert [a["data-column"] for a, _ in page.all("th") if "data-column" in a] == ["obs_id", "minutes", "s_ra"]


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "t_min"},
        {"name": "a b"},
        {"name": "'; DROP TABLE archive_observation; --"},
        {"second_number": ""},
        {"second_number": "1e309"},
        {"second_number": "NaN"},
        {"second_number": "<script>alert(1)</script>"},
        {"first": "target_name"},
        {"first": "x" * 10_000},
        {"operation": "^"},
        {"operation": "log10", "first": "", "first_number": "5"},
        {"second": "s_ra", "operation": "+"},
        {"name": "\0"},
        {"name": "\u202eevil"},
        {"unit": "furlongs"},
        {"unit": "min]; --"},
    ],
)
def test_what_cannot_be_created_is_said_in_the_form_as_it_was_filled_in(client: Client, fields: dict[str, str]) -> None:
    data = {"search": f"q={RING}", "name": "minutes", **FORM, **fields}
    for headers in ({}, HTMX):
        answer = client.post(reverse("search:create-column"), data, headers=headers)
        assert answer.status_code == 400
        page = page_of(answer)
        assert page.all("p", id="create-error")[0][1].count(".") >= 2
        assert "<script>alert" not in answer.content.decode()
    assert answer["HX-Retarget"] == "#create-column"
    assert "<html" not in answer.content.decode()


def test_an_address_that_says_no_search_leads_home(client: Client) -> None:
    assert create(client, "no_such=1")["Location"] == reverse("search:home")
    assert client.get(reverse("search:create-column"), {"c.x": "1/0"})["Location"] == reverse("search:home")


@pytest.mark.parametrize("name", ["csv", "votable", "ecsv", "json", "html", "fits"])
def test_every_export_has_the_column_with_its_unit(client: Client, name: str) -> None:
    query = {"q": RING, "c.minutes": "t_exptime/60[min]", "sort": "-minutes", "format": name}
    answer = client.get(reverse("search:results"), query)
    assert answer.status_code == 200
    content = answer.getvalue()
    if name == "json":
        written = json.loads(content)
        assert written["columns"][-1]["name"] == "minutes"
        assert written["columns"][-1]["unit"] == "min"
        assert [row["minutes"] for row in written["rows"]] == [10.0, 2.0, 0.0, None]
        return
    if name == "html":
        assert b"minutes" in content
        return
    formats = {"csv": "ascii.csv", "ecsv": "ascii.ecsv"}
    table = Table.read(io.BytesIO(content), format=formats.get(name, name))
    assert len(table) == 4
    assert list(table["minutes"][:3]) == [10.0, 2.0, 0.0]
    if name in {"votable", "ecsv", "fits"}:
        assert str(table["minutes"].unit) == "min"


def test_displayed_columns_alone_are_exported_in_their_order(client: Client) -> None:
    query = {"q": RING, "c.minutes": "t_exptime/60", "columns": "obs_id,minutes", "format": "csv"}
    content = client.get(reverse("search:results"), query).getvalue().decode()
    assert content.splitlines()[0] == "obs_id,minutes"


def test_chips_tabs_scripts_and_facets_know_the_column(client: Client) -> None:
    query = {"q": RING, "c.minutes": "t_exptime/60", "f.minutes": "1..5", "facets": "minutes"}
    page = page_of(client.get(reverse("search:filters"), query, headers=HTMX))
    assert page.all("div", data_facet="minutes")
    shown = page_of(client.get(reverse("search:results"), query))
    assert [text for _, text in shown.all("span", class_="filter-chip")] == ["minutes: 1 – 5"]
    script = client.get(reverse("search:script"), query).content.decode()
    assert "c.minutes" in script
    assert "the created column minutes" in script
    assert client.get(reverse("search:advanced"), query, follow=True).status_code == 200
