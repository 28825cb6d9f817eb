"""What the sky beside the grid is told over HTTP."""

import html
import json
import re
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from django.test import Client
from pytest_django.fixtures import Settings as SettingsWrapper

from search.sky import view
from tests.factories import make_observation, make_observations, make_planned, square

pytestmark = pytest.mark.django_db
DjangoAssertNumQueries = Any


def asked(client: Client, query: str, status: int = 200) -> dict[str, Any]:
    response = client.get(f"/search/sky/?{query}")
    assert response.status_code == status, response.content
    found: dict[str, Any] = response.json()
    return found


def test_a_page_carries_the_shapes_of_its_rows(client: Client) -> None:
    own = make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0, target_name="</script><b>")
    text = client.get("/search/?obs_collection=JWST").content.decode()
    block = text.partition('<script id="sky-rows" type="application/json">')[2].partition("</script>")[0]
    (shape,) = json.loads(block)
    assert shape["id"] == str(own.obsid)
    assert "</script><b>" in shape["t"]
    assert shape["p"][0][:2] == pytest.approx([9.9, -0.1], abs=1e-6)


def test_a_page_asks_for_the_rows_of_other_pages_at_once(client: Client) -> None:
    make_observations([{"obs_id": f"row-{n}"} for n in range(60)])
    preload = r'<link rel="preload" as="fetch" crossorigin href="([^"]+)">'
    text = client.get("/search/?obs_collection=JWST&size=50").content.decode()
    (address,) = re.findall(preload, text)
    query = html.unescape(text.partition('id="sky-search"')[2].partition('data-query="')[2].partition('"')[0])
    assert html.unescape(address) == f"/search/sky/?{query}"
    assert asked(client, query)["total"] == 60
    assert not re.findall(preload, client.get("/search/?obs_collection=JWST&size=100").content.decode())


def test_a_search_answers_its_shapes(client: Client) -> None:
    own = make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    make_planned(obs_collection="HST")
    found = asked(client, "obs_collection=JWST")
    assert (found["total"], found["in_view"], found["limit"]) == (1, 1, 3000)
    assert [shape["id"] for shape in found["shapes"]] == [str(own.obsid)]


def test_filters_apply(client: Client) -> None:
    make_observation(filters="F200W")
    other = make_observation(filters="F444W")
    found = asked(client, "obs_collection=JWST&f.filters=F444W")
    assert [shape["id"] for shape in found["shapes"]] == [str(other.obsid)]
    assert found["total"] == 1


@pytest.mark.parametrize(
    ("at", "count"),
    [("10,0,0.05", 1), ("10.3,0,0.15", 1), ("10.5,0,0.1", 0), ("370,0,1", 1), ("190,0,179.99", 1), ("190,0,90", 0)],
)
def test_a_view_holds_what_reaches_into_it(client: Client, at: str, count: int) -> None:
    make_observation(s_region=square(10, 0, 0.15), s_ra=10.0, s_dec=0.0)
    found = asked(client, f"obs_collection=JWST&at={at}")
    assert (found["total"], found["in_view"], len(found["shapes"])) == (1, count, count)


def test_a_search_around_a_position_can_be_viewed_elsewhere(client: Client) -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    make_observation(s_region=square(10.5, 0, 0.1), s_ra=10.5, s_dec=0.0)
    found = asked(client, f"q={quote('10 0 r=1')}&at=10.5,0,0.2")
    assert (found["total"], found["in_view"]) == (2, 1)


def test_rows_without_a_position_count_and_are_nowhere(client: Client) -> None:
    make_observation(s_ra=None, s_dec=None)
    assert asked(client, "obs_collection=JWST") == {"total": 1, "in_view": 0, "limit": 3000, "shapes": []}


def test_many_shapes_become_a_coverage(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MAX_SHAPES", 2)
    make_observations([{"s_ra": 45.0, "s_dec": 0.0}, {"s_ra": 45.01, "s_dec": 0.01}, {"s_ra": 225.0, "s_dec": 60.0}])
    found = asked(client, "obs_collection=JWST")
    assert "shapes" not in found
    assert found["coverage"]["order"] == 4
    assert sorted(count for _, count in found["coverage"]["cells"]) == [1, 2]


def test_a_coverage_has_finer_cells_in_a_narrow_view(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MAX_SHAPES", 2)
    make_observations([{"s_ra": 45.0 + 0.2 * number, "s_dec": 0.0} for number in range(5)])
    coverage = asked(client, "obs_collection=JWST&at=45.4,0,1")["coverage"]
    assert coverage["order"] > 6
    assert [count for _, count in coverage["cells"]] == [1] * 5


def test_cells_of_wide_fields_are_never_too_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MAX_SHAPES", 2)
    monkeypatch.setattr(view, "MAX_CELLS", 4)
    rows = [{"s_region": f"CIRCLE {ra} 0 40", "s_ra": float(ra), "s_dec": 0.0} for ra in range(0, 60, 5)]
    make_observations(rows)
    coverage = asked(client, "obs_collection=JWST&at=30,0,0.1")["coverage"]
    assert len(coverage["cells"]) <= 4
    assert sum(count for _, count in coverage["cells"]) == 12


@pytest.mark.parametrize("at", ["x", "1,2", "1,2,3,4", "nan,0,1", "0,91,1", "0,0,181", "0,0,-1", "1e999,0,1", "'\"<b>"])
def test_a_view_that_is_none_is_refused_with_a_remedy(client: Client, at: str) -> None:
    found = asked(client, f"obs_collection=JWST&at={quote(at)}", 400)
    assert "at=ra,dec,radius" in found["remedy"]
    assert found["error"]


@pytest.mark.parametrize("query", ["", "nonsense=1", "collection=x", "q=a%00b"])
def test_a_search_that_cannot_be_run_is_refused(client: Client, query: str) -> None:
    found = asked(client, query, 400)
    assert set(found) == {"error", "remedy"}


def test_what_takes_the_database_too_long_is_refused_with_a_remedy(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    make_observation()
    settings.SEARCH_TIMEOUT_S = 1
    seen_of = view.seen_of
    monkeypatch.setattr(view, "seen_of", lambda rows, at: seen_of(rows.extra(where=["pg_sleep(5) IS NOT NULL"]), at))
    found = asked(client, "obs_collection=JWST", 503)
    assert found["error"] == "The database did not answer in time."
    assert found["remedy"]


@pytest.mark.parametrize("rows", [1, 40])
def test_it_takes_two_statements_whatever_the_rows(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    make_observations([{"s_ra": 10.0, "s_dec": 0.0}] * rows)
    # set_config, the counts, the shapes; the savepoint's two
    with django_assert_num_queries(5):
        asked(client, "obs_collection=JWST&at=10,0,1")


def regions_of(client: Client, query: str) -> list[dict[str, list[float]]]:
    text = client.get(f"/search/?{query}").content.decode()
    block = text.partition('<script id="sky-regions" type="application/json">')[2].partition("</script>")[0]
    found: list[dict[str, list[float]]] = json.loads(block or "[]")
    return found


@pytest.mark.parametrize("parameter", ["region={}", "obs_collection=JWST&f.region={}", "q={}"])
def test_a_page_tells_the_regions_that_were_searched(client: Client, parameter: str) -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    asked_for = quote("POLYGON ICRS 9 -1 11 -1 11 1 9 1 CIRCLE 359.5 80 0.25")
    first, second = regions_of(client, parameter.format(asked_for))
    assert first == {"p": [9.0, -1.0, 11.0, -1.0, 11.0, 1.0, 9.0, 1.0]}
    assert second == {"o": [359.5, 80.0, 0.25]}


def test_a_box_is_told_by_its_corners_and_a_search_without_region_by_nothing(client: Client) -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0)
    (box,) = regions_of(client, f"region={quote('BOX 10 0 2 1')}")
    corners = sorted(zip(box["p"][::2], box["p"][1::2], strict=True))
    assert np.array(corners) == pytest.approx(np.array([(9, -0.5), (9, 0.5), (11, -0.5), (11, 0.5)]), abs=1e-3)
    for query in ("obs_collection=JWST", "q=10+0", f"region={quote('POLYGON 1 2 3 4')}"):
        assert regions_of(client, query) == []
