"""The grid of a cross-match over HTTP: both sets of columns sorted, filtered, counted, chosen and written to files."""

import io
import json
import re
import warnings
from collections import Counter
from typing import Any

import pytest
from astropy.table import Table
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from search.models import CrossMatch, CrossMatchPair
from tests.factories import make_observations

pytestmark = pytest.mark.django_db

#: Two targets at one place and one elsewhere; `kind` and `mag` are the list's own columns.
CSV = b"name,RA,DEC,kind,mag\nA,10,20,star,5.5\nB,10,20,galaxy,12.25\nC,50,-30,star,\n"
OBSERVATIONS: list[dict[str, Any]] = [
    {"obs_id": "jw-1", "obs_collection": "JWST", "instrument_name": "NIRCAM/IMAGE", "t_exptime": 100.0,
     "s_ra": 10.0, "s_dec": 20.0, "s_region": "CIRCLE 10 20 0.01"},
    {"obs_id": "hst-1", "obs_collection": "HST", "instrument_name": "ACS/WFC", "t_exptime": 900.0,
     "s_ra": 10.0, "s_dec": 20.001, "s_region": ""},
    {"obs_id": "hst-2", "obs_collection": "HST", "instrument_name": "WFC3/IR", "t_exptime": None,
     "s_ra": 50.0, "s_dec": -30.0, "s_region": "", "t_obs_release": 90_000.0},
    {"obs_id": "plan-1", "obs_collection": "JWST", "instrument_name": "MIRI/IMAGE", "t_exptime": 50.0,
     "calib_level": -1, "s_ra": 50.0, "s_dec": -30.0005, "s_region": "", "t_obs_release": None},
]  # fmt: skip


@pytest.fixture
def address(client: Client) -> str:
    make_observations(OBSERVATIONS)
    answer = client.post("/lists/upload/", {"file": SimpleUploadedFile("mine.csv", CSV)})
    own = answer["Location"].split("/")[2]
    made = client.post(reverse("search:cross_match", args=[own]), {"radius": "5", "rows": "all"})
    assert CrossMatch.objects.get().pairs == 6
    return str(made["Location"])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def pairs_in(page: str) -> list[tuple[str, str]]:
    """The observation and the row of the list of each pair, in the grid's order."""
    return re.findall(r'aria-label="Select (\S+) near (\S+)"', page)


def shown(client: Client, address: str, query: str = "") -> list[tuple[str, str]]:
    answer = client.get(address + query)
    assert answer.status_code == 200, text_of(answer)[:3000]
    return pairs_in(text_of(answer))


EVERY = [("jw-1", "A"), ("hst-1", "A"), ("jw-1", "B"), ("hst-1", "B"), ("hst-2", "C"), ("plan-1", "C")]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", EVERY),
        ("obs_collection,-separation", [EVERY[1], EVERY[3], EVERY[4], EVERY[5], EVERY[0], EVERY[2]]),
        ("-c4,obs_id", [EVERY[3], EVERY[2], EVERY[1], EVERY[0], EVERY[4], EVERY[5]]),
        ("-t_exptime,row_name", [EVERY[1], EVERY[3], EVERY[0], EVERY[2], EVERY[5], EVERY[4]]),
        ("-row_name,-centre_separation", [EVERY[5], EVERY[4], EVERY[3], EVERY[2], EVERY[1], EVERY[0]]),
    ],
)
def test_pairs_are_sorted_by_columns_of_both(
    client: Client, address: str, sort: str, order: list[tuple[str, str]]
) -> None:
    assert shown(client, address, f"?sort={sort}") == order


def test_headings_add_a_column_to_the_order_and_say_its_place(client: Client, address: str) -> None:
    page = text_of(client.get(address + "?sort=obs_collection,-separation"))
    heading = re.findall(r'<th [^>]*data-column="separation"[^>]*aria-sort="(\w+)".*?class="place">(\d)', page)
    assert heading == [("descending", "2")]
    assert "sort=obs_collection,-separation,t_exptime" in page
    assert '<th class="" scope="col" draggable="true" data-column="dataRights"' not in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?f.obs_collection=HST", [EVERY[1], EVERY[3], EVERY[4]]),
        ("?f.instrument_name=NIRCAM*&f.c3=galaxy", [EVERY[2]]),
        ("?f.c4=5..6", EVERY[:2]),
        ("?f.separation=>0", [EVERY[1], EVERY[3], EVERY[5]]),
        ("?f.state=exclusive", [EVERY[4]]),
        ("?f.state=planned", [EVERY[5]]),
        ("?f.dataRights=EXCLUSIVE_ACCESS", [EVERY[4]]),
        ("?f.row_name=!A,!B", EVERY[4:]),
        ("?f.text=galaxy", EVERY[2:4]),
        ("?f.text=wfc3|miri", EVERY[4:]),
        ("?f.t_exptime.from=60&f.t_exptime.to=200", [EVERY[0], EVERY[2]]),
        ("?f.obs_id=nothing", []),
    ],
)
def test_pairs_are_filtered_by_columns_of_both(
    client: Client, address: str, query: str, expected: list[tuple[str, str]]
) -> None:
    assert shown(client, address, query) == expected


def counts_of(page: str, name: str) -> dict[str, int]:
    return {
        value: int(count) for value, count in re.findall(rf'name="f\.{name}" value="([^"]*)" data-count="(\d+)"', page)
    }


def test_facets_count_pairs_and_ignore_their_own_choice(client: Client, address: str) -> None:
    page = text_of(client.get(address + "?f.obs_collection=HST"))
    assert counts_of(page, "obs_collection") == Counter(
        pair.observation.obs_collection for pair in CrossMatchPair.objects.select_related("observation")
    )
    assert counts_of(page, "c3") == {"star": 2, "galaxy": 1}
    assert counts_of(page, "state") == {"public": 2, "exclusive": 1, "planned": 0}
    assert 'data-facet="separation"' in page
    chosen = text_of(client.get(address + "?facets=calib_level,c4"))
    assert re.findall(r'class="facet-box" data-facet="(\w+)"', chosen) == ["c4", "calib_level"]


def test_many_pairs_are_shown_without_counts(client: Client, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.lists.match_pages.MAX_FACET_PAIRS", 5)
    page = text_of(client.get(address + "?f.text=star"))
    assert "Values are counted for up to" in page
    assert pairs_in(page) == [EVERY[0], EVERY[1], EVERY[4], EVERY[5]]
    assert "1–4 of 4" in page


def test_columns_of_both_are_chosen_and_ordered(client: Client, address: str) -> None:
    form = {"search": "f.c3=star", "column": ["obs_id", "separation", "c4"], "earlier": "c4"}
    answer = client.post(f"{address}columns/", form)
    assert answer["Location"] == f"{address}?f.c3=star&columns=obs_id,c4,separation"
    page = text_of(client.get(answer["Location"]))
    assert re.findall(r'<th [^>]*data-column="(\w+)"', page) == ["obs_id", "c4", "separation"]
    assert "columns" not in client.post(f"{address}columns/", {**form, "reset": "1"})["Location"]
    facets = client.post(f"{address}columns/", {"search": "", "column": ["proposal_id"], "facets": "1"})
    assert facets["Location"] == f"{address}?facets=proposal_id"


def test_a_filter_renews_only_the_grid(client: Client, address: str) -> None:
    answer = client.get(address + "?f.c3=galaxy", HTTP_HX_REQUEST="true")
    assert "<html" not in text_of(answer)
    assert answer["HX-Push-Url"] == f"{address}?f.c3=galaxy"
    assert pairs_in(text_of(answer)) == EVERY[2:4]


@pytest.mark.parametrize(
    "query", ["?nothing=1", "?sort=state", "?f.t_min=x", "?size=7", "?f.text=(a%2B)%2B", "?after=100"]
)
def test_an_address_that_cannot_be_read_is_told_and_all_pairs_shown(client: Client, address: str, query: str) -> None:
    answer = client.get(address + query)
    assert answer.status_code == 400
    assert 'class="notice notice-error"' in text_of(answer)
    assert pairs_in(text_of(answer)) == EVERY


# Files ---------------------------------------------------------------------------------------------------------------


def rows_of(content: bytes, slug: str) -> list[tuple[str, str]]:
    """The observation and the name of the list of each row of a file."""
    if slug == "json":
        found = json.loads(content)
        return [(row["obs_id"], row["name"]) for row in found["rows"]]
    if slug == "html":
        cells = re.findall(r"<tr>(.*?)</tr>", content.decode(), re.DOTALL)
        return [pair for row in cells if (pair := _pair_in(row))]
    form = {"csv": "ascii.csv", "ecsv": "ascii.ecsv"}.get(slug, slug)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = Table.read(content.decode() if "ascii" in form else io.BytesIO(content), format=form)
    return [(str(row["obs_id"]), str(row["name"])) for row in table]


def _pair_in(row: str) -> tuple[str, str] | None:
    obs_id = re.search(r"<td[^>]*>((?:jw|hst|plan)-\d)</td>", row)
    name = re.search(r"<td[^>]*>([ABC])</td>", row)
    return (obs_id[1], name[1]) if obs_id and name else None


@pytest.mark.parametrize("slug", ["csv", "votable", "ecsv", "json", "html", "fits"])
def test_the_filtered_pairs_are_written_in_their_order_in_every_format(client: Client, address: str, slug: str) -> None:
    look = "f.c3=star&sort=-t_exptime,row_name"
    expected = [EVERY[1], EVERY[0], EVERY[5], EVERY[4]]
    answer = client.post(f"{address}export/", {"format": slug, "search": look, "export_rows": "filtered"})
    assert answer.status_code == 200
    assert rows_of(answer.getvalue(), slug) == expected
    assert rows_of(client.get(f"{address}{slug}/?{look}").getvalue(), slug) == expected


def test_all_or_ticked_pairs_and_shown_columns_are_written(client: Client, address: str) -> None:
    form = {"format": "csv", "search": "f.c3=star&columns=obs_id,c4,separation,row_name", "export_columns": "displayed"}
    everything = client.post(f"{address}export/", {**form, "export_rows": "all"}).getvalue().decode().splitlines()
    assert everything[0] == "list_row,obs_id,mag,separation,list_name"
    assert len(everything) == 7
    ticked = client.post(f"{address}export/", {**form, "export_rows": "selected", "pairs": "3,5,x"}).getvalue().decode()
    assert ticked.splitlines()[1:] == ["2,jw-1,12.25,0.0,B", "3,hst-2,,0.0,C"]
    by_box = CrossMatchPair.objects.get(ordinal=5).observation_id
    boxes = client.post(f"{address}export/", {**form, "export_rows": "selected", "obsid": [by_box]}).getvalue().decode()
    assert boxes.splitlines()[1:] == ["3,hst-2,,0.0,C"]


def test_only_columns_of_the_list_can_be_written(client: Client, address: str) -> None:
    form = {"format": "csv", "search": "columns=c3", "export_columns": "displayed", "export_rows": "all"}
    assert client.post(f"{address}export/", form).getvalue().decode().split() == [
        "list_row,kind", "1,star", "1,star", "2,galaxy", "2,galaxy", "3,star", "3,star"
    ]  # fmt: skip


def test_a_file_that_cannot_be_is_refused(client: Client, address: str) -> None:
    assert client.get(f"{address}csv/?nothing=1").status_code == 400
    assert client.post(f"{address}export/", {"format": "csv", "search": "sort=x"}).status_code == 400
    assert client.post(f"{address}export/", {"format": "exe"}).status_code == 404
    assert client.get(f"{address}exe/").status_code == 404
    assert Client().post(f"{address}export/", {"format": "csv"}).status_code == 404


def test_filters_and_orders_cost_no_more_queries(
    client: Client, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(address)
    for look in ("", "?f.c3=star&f.obs_collection=HST&sort=-c4,obs_id", "?f.text=star&columns=obs_id,c4,s_region"):
        with django_assert_max_num_queries(15):
            client.get(address + look)
