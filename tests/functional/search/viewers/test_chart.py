"""The chart over HTTP: every row of the search, honest numbers, ranges back into the search."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings as SettingsWrapper

from archive.models import Observation
from search.viewers import chart as chart_module
from tests.factories import make_observations, make_planned
from tests.functional.search.test_results_page import ring

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"
CHART = {"q": RING, "chart.x": "t_min", "chart.y": "t_exptime"}


@pytest.fixture
def rows() -> list[Observation]:
    return make_observations(
        [
            ring(
                obs_id=f"row-{n}",
                t_min=59000.0 + n,
                t_exptime=10.0 * (n + 1),
                obs_collection="HST" if n % 4 == 0 else "JWST",
            )
            for n in range(40)
        ]
    )


def text_of(client: Client, **query: str) -> str:
    response = client.get(reverse("search:chart"), {**CHART, **query})
    assert response.status_code == 200
    return response.content.decode()


def points(text: str) -> set[str]:
    return set(re.findall(r'<circle [^>]*data-obsid="(\d+)"', text))


def test_every_row_of_the_search_is_a_point(client: Client, rows: list[Observation]) -> None:
    text = text_of(client)
    assert points(text) == {str(row.obsid) for row in rows}
    assert "Start Time (UTC)" in text
    assert "Exposure Length (s)" in text
    assert "Each of the 40 inside is a dot." in text


def test_rows_without_numbers_and_outside_of_the_ranges_are_counted(client: Client, rows: list[Observation]) -> None:
    make_planned(**ring(obs_id="planned"))
    text = text_of(client, **{"x.from": "59000", "x.to": "59009.5"})
    assert len(points(text)) == 10
    assert "41 observations match" in text
    assert "1 without both numbers is not drawn" in text
    assert "30 lie outside of the ranges" in text


def test_colours_are_states_or_missions(client: Client, rows: list[Observation]) -> None:
    assert 'class="points state-public"' in text_of(client)
    text = text_of(client, **{"chart.colour": "obs_collection"})
    assert 'class="points m-hst"' in text
    assert 'class="points m-jwst"' in text


def test_many_rows_are_counted_by_place(
    client: Client, rows: list[Observation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chart_module, "MOST_POINTS", 10)
    for log in ({}, {"ylog": "on"}):
        text = text_of(client, **log)
        counts = [int(count) for count in re.findall(r"<title>\w+: (\d+) observations?</title>", text)]
        assert sum(counts) == 40
        assert f"drawn as {len(counts)} dots" in text


def test_a_cone_has_its_distance_and_other_searches_do_not(client: Client, rows: list[Observation]) -> None:
    assert len(points(text_of(client, **{"chart.y": "distance"}))) == 40
    query = {"collection": "proposals", "q": "1558", "chart.y": "distance"}
    assert client.get(reverse("search:chart"), query).status_code == 400


def test_created_columns_are_axes_like_any_other(client: Client, rows: list[Observation]) -> None:
    query = {**CHART, "c.minutes": "t_exptime/60[min]", "chart.y": "minutes"}
    text = text_of(client, **query)
    assert points(text) == {str(row.obsid) for row in rows}
    assert "minutes (min)" in text
    assert '<option value="minutes" selected>minutes</option>' in text
    response = client.get(reverse("search:chart-filter"), {**query, "y.from": "5"})
    page = client.get(response["Location"]).content.decode()
    assert set(re.findall(r"row-\d+", page)) == {row.obs_id for row in rows if row.t_exptime >= 300}  # type: ignore[operator]


def test_the_ranges_become_filters_within_the_old_ones(client: Client, rows: list[Observation]) -> None:
    query = {**CHART, "f.t_exptime": "50..300", "x.from": "59003", "x.to": "59030", "y.from": "100", "y.to": "1000"}
    response = client.get(reverse("search:chart-filter"), query)
    assert response.status_code == 302
    page = client.get(response["Location"]).content.decode()
    names = set(re.findall(r"row-\d+", page))
    assert names == {row.obs_id for row in rows if 59003 <= row.t_min <= 59030 and 100 <= row.t_exptime <= 300}  # type: ignore[operator]


def test_the_rows_in_a_box_are_told_as_numbers(client: Client, rows: list[Observation]) -> None:
    response = client.get(reverse("search:chart-rows"), {**CHART, "x.from": "59010", "x.to": "59019.5"})
    assert set(json.loads(response.content)["obsids"]) == {str(row.obsid) for row in rows[10:20]}


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("2020-06-10", "2020-06-12", range(10, 13)),  # MJD 59010 to the end of 59012
        ("2020-06-10 12:00", "59012", range(11, 13)),
        ("59010", "2020-06-12T00:00:00Z", range(10, 13)),
        ("", "2020-06", range(31)),
    ],
)
def test_boxes_of_dates_take_utc_and_mjd(
    client: Client, rows: list[Observation], low: str, high: str, expected: range
) -> None:
    query = {"x.from": low, "x.to": high}
    wanted = {str(rows[number].obsid) for number in expected}
    assert points(text_of(client, **query)) == wanted
    assert f'name="x.from" value="{low}"' in text_of(client, **query)
    answer = client.get(reverse("search:chart-rows"), {**CHART, **query})
    assert set(json.loads(answer.content)["obsids"]) == wanted
    filtered = client.get(reverse("search:chart-filter"), {**CHART, **query})
    page = client.get(filtered["Location"]).content.decode()
    assert set(re.findall(r"row-\d+", page)) == {rows[number].obs_id for number in expected}


@pytest.mark.parametrize("text", ["2020-13-01", "yesterday", "2020-06-31", "0000-01-01"])
def test_what_is_no_date_is_said_so(client: Client, rows: list[Observation], text: str) -> None:
    response = client.get(reverse("search:chart"), {**CHART, "x.from": text})
    assert response.status_code == 400
    assert "Write a date, UTC, as 2022-07-12" in response.content.decode()


def test_more_rows_than_are_loaded_are_refused_with_a_remedy(
    client: Client, rows: list[Observation], settings: SettingsWrapper
) -> None:
    settings.LOAD_LIMIT_ROWS = 30
    response = client.get(reverse("search:chart"), CHART)
    assert response.status_code == 400
    assert "More than 30 observations match" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"chart.x": "target_name"}, {"chart.x": "<script>"}, {"chart.colour": "hue"}, {"x.from": "1e999"},
        {"x.to": "x"}, {"y.from": "5", "y.to": "5"}, {"nonsense": "1"}, {"q": ""}, {"f.t_min": "a..b"},
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_says_why(client: Client, query: dict[str, str]) -> None:
    for name in ("search:chart", "search:chart-rows"):
        response = client.get(reverse(name), {**CHART, **query})
        assert response.status_code == 400, name
        assert b'<script>"' not in response.content
    assert client.get(reverse("search:chart-filter"), {**CHART, **query}).status_code == 400


def test_a_logarithmic_axis_does_not_begin_at_zero(client: Client, rows: list[Observation]) -> None:
    response = client.get(reverse("search:chart"), {**CHART, "ylog": "on", "y.from": "0"})
    assert response.status_code == 400
    assert "begins above 0" in response.content.decode()


def test_a_chart_costs_few_queries(
    client: Client, rows: list[Observation], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(12):
        text_of(client)


def test_the_toolbar_leads_to_the_chart_and_greys_out_what_does_not_apply(
    client: Client, rows: list[Observation]
) -> None:
    page = client.get(reverse("search:results"), {"q": RING}).content.decode()
    assert f"{reverse('search:chart')}?collection=observations&amp;q=M57%20r%3D1m" in page
    assert "Spectra: no row of this page has a spectrum that is held here" in page
    empty = client.get(reverse("search:results"), {"q": "10 10 r=1s"}).content.decode()
    assert "Chart: there is no row to draw" in empty
