"""Searching and filtering by region over HTTP: address, box, Advanced Search, chips, exports, hostile texts."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.factories import make_observation, square

pytestmark = pytest.mark.django_db

REGION = "POLYGON ICRS 9 -1 11 -1 11 1 9 1"


@pytest.fixture(autouse=True)
def _rows() -> None:
    make_observation(s_region=square(10, 0, 0.1), s_ra=10.0, s_dec=0.0, obs_id="inside")
    make_observation(s_region=square(11.05, 0, 0.1), s_ra=11.05, s_dec=0.0, obs_id="at-the-rim", filters="F444W")
    make_observation(s_region=square(12, 0, 0.1), s_ra=12.0, s_dec=0.0, obs_id="outside")
    make_observation(s_region="", s_ra=10.5, s_dec=0.5, obs_id="bare", obs_collection="HST")


def search(client: Client, query: str, status: int = 200) -> str:
    response = client.get(f"/search/?{query}")
    assert response.status_code == status
    return response.content.decode()


def ids(client: Client, query: str) -> set[str]:
    return set(
        re.findall(
            "inside|at-the-rim|outside|bare",
            client.get(f"/search/?{query}&format=csv&columns=obs_id").getvalue().decode(),
        )
    )


@pytest.mark.parametrize("parameter", ["region={}", "obs_collection=JWST&obs_collection=HST&f.region={}", "q={}"])
def test_a_region_is_a_criterion_a_filter_and_a_text_of_the_box(client: Client, parameter: str) -> None:
    assert ids(client, parameter.format(quote(REGION))) == {"inside", "at-the-rim", "bare"}


def test_a_region_asked_of_the_column_of_footprints_is_a_region(client: Client) -> None:
    by_column = quote("CIRCLE 10 0 0.01")
    assert ids(client, f"s_region={by_column}") == {"inside"}
    assert ids(client, f"s_region={by_column}&region=CIRCLE 12 0 0.01&obs_collection=JWST") == {"inside", "outside"}
    assert ids(client, f"s_region={quote(square(12, 0, 0.1))}") == {"outside"}
    assert ids(client, f"s_region={quote(square(12, 0, 0.1)[:14])}*") == {"outside"}
    text = search(client, "s_region=CIRCLE 10 0 200")
    assert 'role="alert"' in text
    assert "180" in text.partition('role="alert"')[2][:600]


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("CIRCLE 10 0 0.01", {"inside"}),
        ("circle icrs 10,0,0.01", {"inside"}),
        ("CIRCLE 10 0 0.01 BOX 12 0 0.1 0.1", {"inside", "outside"}),
        ("UNION (CIRCLE ICRS 10 0 0.01 CIRCLE 10.5 0.5 0.001)", {"inside", "bare"}),
        ("POLYGON 369 −0.5 371 −0.5 371 0.5", {"inside", "at-the-rim"}),
        ("CIRCLE 190 0 179.95", {"inside", "at-the-rim", "outside", "bare"}),
    ],
)
def test_shapes_of_any_kind_and_number(client: Client, region: str, expected: set[str]) -> None:
    assert ids(client, f"region={quote(region)}") == expected
    assert ids(client, f"q={quote(region)}") == expected


def test_several_regions_of_one_parameter_are_any_of_them(client: Client) -> None:
    assert ids(client, "region=CIRCLE 10 0 0.01&region=CIRCLE 12 0 0.01") == {"inside", "outside"}


def test_it_goes_together_with_other_criteria_and_filters(client: Client) -> None:
    assert ids(client, f"region={quote(REGION)}&obs_collection=JWST&f.filters=F444W") == {"at-the-rim"}


def test_a_filter_is_a_chip_that_can_be_taken_away(client: Client) -> None:
    text = search(client, f"obs_collection=JWST&f.region={quote(REGION)}")
    assert "polygon of 4 corners" in text
    assert 'aria-label="Remove the filter Region"' in text
    assert "f.region" in text


def test_a_filter_counts_among_the_others(client: Client) -> None:
    """A facet counts what passes all filters but its own."""
    text = search(client, f"obs_collection=JWST&obs_collection=HST&f.region={quote(REGION)}")
    counts = dict(re.findall(r'name="f.obs_collection" value="(\w+)" data-count="(\d+)"', text))
    assert counts == {"JWST": "2", "HST": "1"}


def test_a_page_with_a_region_alone_has_a_title_and_a_tab(client: Client) -> None:
    text = search(client, f"region={quote('CIRCLE 10 0 0.5')}")
    assert "<title>Circle 30′ around" in text


def test_one_circle_in_the_box_is_a_search_around_its_centre(client: Client) -> None:
    text = search(client, f"q={quote('CIRCLE ICRS 10 0 0.05')}&sort=distance")
    assert "Distance" in text


def test_a_region_that_nothing_meets_says_so(client: Client) -> None:
    assert "No observation matches" in search(client, "region=CIRCLE 200 0 1")
    assert "takes the last row away" in search(client, "region=CIRCLE 200 0 1&obs_collection=JWST")


def test_advanced_search_has_a_dialog_for_it(client: Client) -> None:
    text = client.get(f"/search/advanced/?region={quote(REGION)}", follow=True).content.decode()
    assert 'id="dialog-region"' in text
    assert f'value="{REGION}"' in text
    response = client.get(f"/search/advanced/?region={quote(REGION)}&do=search")
    assert response.status_code == 302
    assert "region=POLYGON%20ICRS%209" in response["Location"]


def test_advanced_search_says_what_is_wrong_with_a_region_in_its_dialog(client: Client) -> None:
    text = client.get("/search/advanced/?region=CIRCLE 10 0", follow=True).content.decode()
    assert 'id="error-region"' in text
    assert "CIRCLE has 2 numbers" in text


def test_the_script_of_a_search_has_it(client: Client) -> None:
    text = client.get(f"/search/script/?region={quote(REGION)}").content.decode()
    assert "region=POLYGON%20ICRS%209" in text
    assert "region POLYGON ICRS 9 -1" in text  # what astroquery cannot say is named
    text = client.get("/search/script/?region=CIRCLE 10 0 0.5").content.decode()
    assert "query_region" in text


def test_a_search_by_region_can_be_saved(client: Client) -> None:
    search(client, f"region={quote(REGION)}")
    query = f"collection=observations&region={quote(REGION)}"
    client.post("/saved/", {"name": "My field", "query": query})
    assert "region=POLYGON" in client.get("/").content.decode()


HOSTILE = [
    "CIRCLE", "CIRCLE 1 2", "CIRCLE 1 2 3 4", "CIRCLE 1 2 -3", "CIRCLE 1 2 181", "CIRCLE 0 91 1", "CIRCLE nan 0 1",
    "CIRCLE 1e999 0 1", "CIRCLE x y z", "POLYGON 1 2 3 4", "POLYGON 1 2 3 4 5", "POLYGON 1 2 1 2 1 2",
    "POLYGON 0 0 180 0 90 90", "BOX 1 2 3", "BOX 1 2 0 3", "BOX 1 2 180 3", "BOX 1 2 -1 3", "GALACTIC 1 2 3",
    "CIRCLE GALACTIC 1 2 3", "ELLIPSE 1 2 3 4 5", "NOT CIRCLE 1 2 3", "10 20 0.1", "'; DROP TABLE x; --", "<script>",
    "CIRCLE 1 2 3 ICRS", "CIRCLE 1 2 \x00", "CIRCLE 1 2 3\ud800", "POLYGON " + "1 2 " * 5000, "CIRCLE 1 2 3 " * 300,
    "CIRCLE ٣ ٤ ٥x", "\u202eCIRCLE 1 2", "((((", ",,,", "CIRCLE 1 2 0x10", "CIRCLE 1 2 1_0x", "MOC", "MOC 1",
]  # fmt: skip


@pytest.mark.parametrize("region", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("parameter", ["region", "f.region"])
def test_a_bad_region_is_refused_with_a_remedy(client: Client, parameter: str, region: str) -> None:
    query = quote(region.encode("utf-8", "surrogatepass"))
    response: Any = client.get(f"/search/?obs_collection=JWST&{parameter}={query}")
    text = response.content.decode()
    assert response.status_code in {200, 400}
    assert 'role="alert"' in text
    assert "<script>" not in text.partition("<main")[2].replace("<script id=", "")
    remedies = ("Write CIRCLE", "Give at most", "Type it anew", "several steps", "Upload it again")
    assert any(remedy in text for remedy in remedies), text[-3000:]


def test_a_moc_without_its_number_is_told_to_be_uploaded(client: Client) -> None:
    assert "Upload it again" in search(client, "region=moc abc")


# The page of one row -------------------------------------------------------------------------------------------------


def test_the_view_of_the_sky_stays_in_links_and_out_of_the_search(client: Client) -> None:
    text = search(client, "obs_collection=JWST&sky=283.4,-33.03,2.5")
    assert "sky=283.4,-33.03,2.5" in text
    query = re.search(r'name="query" value="([^"]*)"', text)
    assert query is None or "sky" not in query[1]


@pytest.mark.parametrize("sky", ["x", "1,2", "1,2,3,4", "nan,0,1", "1e5,0,1", "<script>"])
def test_a_view_that_is_none_is_refused(client: Client, sky: str) -> None:
    assert "Write sky=ra,dec,field" in search(client, f"obs_collection=JWST&sky={quote(sky)}", 400)
