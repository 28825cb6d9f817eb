"""Filters, chips, columns, orders and selections of the results page over HTTP."""

import csv
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from archive.models import Observation
from basket.models import BasketObservation
from tests.factories import make_observation, make_observations, make_planned, make_product
from tests.functional.search.test_results_page import HTMX, page_of, ring
from tests.shared_data import shared_file

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"


@pytest.fixture
def panel(client: Client) -> Callable[..., Any]:
    def get(q: str = RING, **parameters: str | list[str]) -> Any:
        return client.get(reverse("search:filters"), {"q": q, **parameters}, headers=HTMX)

    return get


def boxes(response: Any, field: str) -> dict[str, int]:
    ticks = page_of(response).all("input", name=field)
    return {a["value"]: int(a["data-count"]) for a, _ in ticks if "data-count" in a}


def sql_counts(statement: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(cursor.fetchall())


# Filters -------------------------------------------------------------------------------------------------------------


def test_counts_of_a_facet_are_those_of_plain_sql_and_ignore_its_own_ticks(panel: Callable[..., Any]) -> None:
    make_observations(
        [
            ring(instrument_name="MIRI/IMAGE", filters="F770W", t_exptime=100.0),
            ring(instrument_name="MIRI/IMAGE", filters="F560W", t_exptime=900.0),
            ring(instrument_name="NIRCAM/IMAGE", filters="F200W;CLEAR", t_exptime=200.0),
            ring(instrument_name="NIRCAM/IMAGE", filters="F200W", t_exptime=300.0),
        ]
    )
    response = panel(**{"f.instrument_name": "MIRI/IMAGE", "f.t_exptime": "50..500"})
    assert boxes(response, "f.instrument_name") == sql_counts(
        "SELECT instrument_name, count(*) FROM archive_observation WHERE t_exptime BETWEEN 50 AND 500 GROUP BY 1"
    )
    shown = {value: rows for value, rows in boxes(response, "f.filters").items() if rows}
    assert shown == {"F770W": 1}


def test_ticks_a_range_and_a_text_round_trip_through_the_form(client: Client, panel: Callable[..., Any]) -> None:
    make_observations([ring(t_exptime=float(n), target_name=f"RING-{n}") for n in (10, 20, 30, 40)])
    response = panel(**{"f.t_exptime": "15..35", "f.text": "ring-[23]", "f.obs_collection": "JWST"})
    page = page_of(response)
    assert page.all("input", name="f.t_exptime.from")[0][0]["value"] == "15"
    assert page.all("input", name="f.t_exptime.to")[0][0]["value"] == "35"
    assert page.all("input", name="f.text")[0][0]["value"] == "ring-[23]"
    assert "checked" in page.all("input", name="f.obs_collection", value="JWST")[0][0]
    form = [("q", RING), ("f.t_exptime.from", "15"), ("f.t_exptime.to", "35"), ("f.text", "ring-[23]")]
    shown = client.get(reverse("search:results"), dict(form), headers=HTMX)
    assert page_of(shown).all("span", id="count")[0][1] == "2"
    pushed = parse_qs(urlsplit(shown["HX-Push-Url"]).query)
    assert pushed["f.t_exptime"] == ["15..35"]


def test_a_histogram_has_bars_handles_and_boxes(panel: Callable[..., Any]) -> None:
    make_observations([ring(t_exptime=float(n)) for n in (1, 10, 100, 1000)])
    page = page_of(panel(**{"f.t_exptime": "5..500"}))
    assert page.all("svg", class_="histogram")
    ends = [a["aria-label"] for a, _ in page.all("input", type="range") if "Exposure" in a["aria-label"]]
    assert ends == ["Exposure Length from", "Exposure Length to"]


def test_the_distance_filter_is_there_around_a_position_only(panel: Callable[..., Any]) -> None:
    make_observation(**ring(s_ra=283.4, proposal_id="1558"))
    assert page_of(panel()).all("div", data_facet="distance")
    assert not page_of(panel("1558", collection="proposals")).all("div", data_facet="distance")


def test_all_filters_are_a_page_without_a_script(client: Client) -> None:
    make_observations([ring(), ring(obs_collection="HST")])
    page = page_of(client.get(reverse("search:filters"), {"q": RING, "f.obs_collection": "HST"}))
    assert page.all("span", id="count")[0][1] == "1"
    assert page.all("input", name="f.instrument_name")
    assert page.all("form", id="filters-form")[0][0]["action"] == reverse("search:filters")


def test_the_panel_shows_the_chosen_facets_and_remembers_them(client: Client, panel: Callable[..., Any]) -> None:
    make_observation(**ring())
    answer = client.post(reverse("search:choose-filters"), {"search": f"q={RING}", "column": ["project", "t_min"]})
    assert parse_qs(urlsplit(answer["Location"]).query)["facets"] == ["project,t_min"]
    shown = [a["data-facet"] for a, _ in page_of(panel()).all("div", class_="facet-box")]
    assert {"project", "t_min"} <= set(shown)
    assert "instrument_name" not in shown
    client.post(reverse("search:choose-filters"), {"search": f"q={RING}", "reset": "1"})
    assert page_of(panel()).all("div", data_facet="instrument_name")


# Chips ---------------------------------------------------------------------------------------------------------------


def test_chips_name_the_filters_and_take_them_off(client: Client) -> None:
    make_observations([ring(t_exptime=200.0), ring(t_exptime=900.0)])
    query = {"q": RING, "f.t_exptime": "100..500", "f.obs_collection": ["HST", "JWST"]}
    page = page_of(client.get(reverse("search:results"), query))
    chips = [text for _, text in page.all("span", class_="filter-chip")]
    assert chips == ["Mission: 2 values", "Exposure Length: 100 – 500 s"]
    remove = next(a["href"] for a, _ in page.all("a") if a.get("aria-label") == "Remove the filter Exposure Length")
    left = page_of(client.get(remove))
    assert [text for _, text in left.all("span", class_="filter-chip")] == ["Mission: 2 values"]
    assert left.all("span", id="count")[0][1] == "2"


def test_a_hostile_filter_is_escaped_in_its_chip_and_box(client: Client, panel: Callable[..., Any]) -> None:
    make_observation(**ring())
    nasty = "<script>alert(1)</script>\"'"
    for response in (
        client.get(reverse("search:results"), {"q": RING, "f.instrument_name": nasty}),
        panel(**{"f.instrument_name": nasty}),
        panel(**{"f.text": "<script>"}),
    ):
        assert "<script>alert" not in response.content.decode()
        assert 'value="<script>' not in response.content.decode()


# Columns and orders --------------------------------------------------------------------------------------------------


def headings(response: Any) -> list[str]:
    return [a["data-column"] for a, _ in page_of(response).all("th") if "data-column" in a]


def test_chosen_columns_come_in_their_order_and_are_remembered(client: Client) -> None:
    make_observation(**ring())
    chosen = ["obs_id", "target_name", "s_ra"]
    answer = client.post(reverse("search:choose-columns"), {"search": f"q={RING}", "column": chosen})
    assert headings(client.get(answer["Location"])) == chosen
    assert headings(client.get(reverse("search:results"), {"q": "M57 r=2m"})) == chosen
    back = client.post(reverse("search:choose-columns"), {"search": f"q={RING}", "reset": "1"})
    assert "columns" not in parse_qs(urlsplit(back["Location"]).query)
    assert len(headings(client.get(back["Location"]))) > 20


def test_the_originals_columns_in_its_order_are_one_click(client: Client) -> None:
    make_observation(**ring())
    answer = client.post(
        reverse("search:choose-columns"), {"search": f"q={RING}", "column": ["obs_id"], "original": "1"}
    )
    shown = headings(client.get(answer["Location"]))
    assert shown[:5] == ["intentType", "provenance_name", "obs_collection", "instrument_name", "project"]
    # whatever the archive's configuration does not hide, and the column that came after it was captured
    with shared_file("portal_caom_columns.csv").open(encoding="utf-8") as configuration:
        lines = list(csv.DictReader(configuration))
    hidden = {"_selected_", "dataRights", "dataURL", "srcDen"}
    visible = {
        line["column"]
        for line in lines
        if line["visible"] != "False" and not line["removed"] and line["column"] not in hidden
    }
    assert set(shown) == {*visible, "provenance_name", "proposal_type", "sequence_number"}
    numbered = sorted(
        (int(line["order"]), line["column"]) for line in lines if line["order"] and line["column"] in shown
    )
    assert [name for name in shown if name in {column for _, column in numbered}] == [name for _, name in numbered]


def test_a_column_moves_without_a_script(client: Client) -> None:
    make_observation(**ring())
    form = {"search": f"q={RING}", "column": ["obs_id", "target_name", "s_ra"], "earlier": "s_ra"}
    answer = client.post(reverse("search:choose-columns"), form)
    assert headings(client.get(answer["Location"])) == ["obs_id", "s_ra", "target_name"]


def test_another_persons_columns_stay_as_they_are(client: Client) -> None:
    make_observation(**ring())
    client.post(reverse("search:choose-columns"), {"search": f"q={RING}", "column": ["obs_id"]})
    assert len(headings(Client().get(reverse("search:results"), {"q": RING}))) > 20


def test_headings_add_to_the_order_with_shift(client: Client) -> None:
    rows = make_observations(
        [ring(filters=name, t_exptime=seconds) for name, seconds in (("B", 1.0), ("A", 1.0), ("A", 2.0))]
    )
    response = client.get(reverse("search:results"), {"q": RING, "sort": "filters,-t_exptime"})
    page = page_of(response)
    assert [a["value"] for a, _ in page.all("input", name="obsid")] == [
        str(row.obsid) for row in (rows[2], rows[1], rows[0])
    ]
    assert [text for _, text in page.all("span", class_="place")] == ["1", "2"]
    added = {a["id"]: a["data-added"] for a, _ in page.all("a") if "data-added" in a}
    assert parse_qs(added["h-filters"])["sort"] == ["-filters,-t_exptime"]
    assert parse_qs(added["h-t_exptime"])["sort"] == ["filters"]
    assert parse_qs(added["h-target_name"])["sort"] == ["filters,-t_exptime,target_name"]


# Selection -----------------------------------------------------------------------------------------------------------


def test_all_results_are_those_that_the_filters_leave(client: Client) -> None:
    rows = make_observations([ring(t_exptime=float(n)) for n in range(120)])
    found = client.get(reverse("search:rows"), {"q": RING, "size": "50", "f.t_exptime": "10.."}).json()["obsids"]
    assert set(found) == {str(row.obsid) for row in rows[10:]}
    assert len(found) == 110


def test_too_many_results_are_refused_with_the_remedy(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.selection_views.MAX_SELECTED", 2)
    make_observations([ring(), ring(), ring()])
    answer = client.get(reverse("search:rows"), {"q": RING})
    assert answer.status_code == 409
    assert "at most 2 rows" in answer.json()["refusal"]


def test_a_search_that_cannot_run_selects_nothing(client: Client) -> None:
    answer = client.get(reverse("search:rows"), {"q": "M57", "no_such_column": "1"})
    assert answer.status_code == 400
    assert "is not a column" in answer.json()["refusal"]


def test_every_row_goes_into_the_basket_without_a_script(client: Client) -> None:
    rows = make_observations([ring() for _ in range(60)])
    make_planned(**ring())
    make_product(rows[0])
    answer = client.post(reverse("search:add-all"), {"search": f"q={RING}&size=50", "next": "/search/?q=M57"})
    assert answer["Location"] == "/search/?q=M57"
    assert BasketObservation.objects.count() == 60


def test_selected_rows_alone_are_a_filter_with_their_numbers(client: Client) -> None:
    rows = make_observations([ring() for _ in range(90)])
    wanted = [str(row.obsid) for row in rows[:80]]
    query = {"q": RING, "f.obsid": [",".join(wanted[:40]), ",".join(wanted[40:])]}
    page = page_of(client.get(reverse("search:results"), query))
    assert {a["value"] for a, _ in page.all("input", name="obsid")} == set(wanted)
    assert [text for _, text in page.all("span", class_="filter-chip")] == ["Product Group ID: 80 values"]


# No dead ends --------------------------------------------------------------------------------------------------------


def test_a_page_without_rows_names_the_filter_that_took_the_last_one(client: Client) -> None:
    make_observations([ring(t_exptime=10.0), ring(t_exptime=20.0)])
    response = client.get(reverse("search:results"), {"q": RING, "f.t_exptime": "500..900", "f.obs_collection": "JWST"})
    message = page_of(response).all("div", class_="empty")[0][1]
    assert "Exposure Length" in message
    assert Observation.objects.count() == 2


def test_a_search_page_stays_light(client: Client) -> None:
    make_observations([ring(s_ra=283.39624 + n / 10000) for n in range(100)])
    response = client.get(reverse("search:results"), {"q": RING}, headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert len(response.content) < 200_000
    assert not re.search(rb"\sstyle=", response.content)
