"""The grid of a target list over HTTP: sorted, filtered, its columns chosen, on the sky, as a file."""

import json
import re

import pytest
from astropy.table import Table
from django.test import Client
from django.urls import reverse

from archive.models import Observation
from search.models import CrossMatch
from tests.factories import make_observations
from tests.target_lists import CSV, match, page_of, ring, send, text_of

pytestmark = pytest.mark.django_db

__all__ = ["ring"]  # a fixture


STARS = b"""#@string,ra,dec,float,int,string
name,RA,DEC,mag,visits,kind
a,10,0,3.5,2,"star, young"
b,11,1,12.25,9,galaxy
c,12,2,,5,galaxy
d,13,3,7,1,
"""


def names_of(page: str) -> list[str]:
    return re.findall(r'<td class="f-first">(\w+)<', page)


def test_a_list_is_sorted_by_any_columns_with_blanks_last(client: Client) -> None:
    own = send(client, STARS)
    assert names_of(page_of(client, own)) == ["a", "b", "c", "d"]
    assert names_of(page_of(client, own, "?sort=c3")) == ["a", "d", "b", "c"]
    assert names_of(page_of(client, own, "?sort=-c3")) == ["b", "d", "a", "c"]
    assert names_of(page_of(client, own, "?sort=c5,-c4")) == ["b", "c", "a", "d"]
    assert names_of(page_of(client, own, "?sort=-row_ra")) == ["d", "c", "b", "a"]
    assert 'aria-sort="descending"' in page_of(client, own, "?sort=-c3")


def test_facets_of_a_list_count_what_the_other_filters_leave(client: Client) -> None:
    own = send(client, STARS)
    page = page_of(client, own, "?f.c3=3..10")
    assert names_of(page) == ["a", "d"]
    assert 'name="f.c5" value="&quot;star, young&quot;" data-count="1"' in page
    assert re.search(r'name="f.c5" value="galaxy" data-count="0"', page)
    assert 'name="f.row_state" value="resolved" data-count="2"' in page
    assert re.search(r'name="f.c3.from" value="3"', page)
    assert "<svg" in page.partition('data-facet="c3"')[2][:3000]
    assert names_of(page_of(client, own, "?f.c5=galaxy&f.c4=>=6")) == ["b"]
    assert names_of(page_of(client, own, "?f.c5=gal*")) == ["b", "c"]
    assert names_of(page_of(client, own, "?f.c5=!galaxy")) == ["a", "d"]
    assert names_of(page_of(client, own, "?f.c3.from=5&f.c3.to=")) == ["b", "d"]
    assert names_of(page_of(client, own, "?f.text=young|^d$")) == ["a", "d"]


@pytest.mark.parametrize(
    "query", ["?f.c3=abc", "?f.c99=1", "?sort=nothing", "?size=7", "?columns=x", "?f.text=(", "?q=%00"]
)
def test_an_address_that_no_list_understands_is_told(client: Client, query: str) -> None:
    own = send(client, STARS)
    answer = client.get(reverse("search:list", args=[own.pk]) + query)
    assert answer.status_code == 400
    assert 'role="alert"' in text_of(answer)
    assert names_of(text_of(answer)) == ["a", "b", "c", "d"]


def test_columns_of_a_list_are_chosen_and_moved(client: Client) -> None:
    own = send(client, STARS)
    address = reverse("search:list_columns", args=[own.pk])
    form = {"search": "f.c5=galaxy", "column": ["row_name", "c5", "c3"], "earlier": "c3"}
    answer = client.post(address, form)
    assert answer["Location"].endswith("?f.c5=galaxy&columns=row_name,c3,c5")
    page = text_of(client.get(answer["Location"]))
    assert re.findall(r'<th [^>]*data-column="(\w+)"', page) == ["row_name", "c3", "c5"]
    assert "columns" not in client.post(address, {**form, "reset": "1"})["Location"]
    chosen = client.post(address, {"search": "", "column": ["c4"], "facets": "1"})
    assert re.findall(r'data-facet="(\w+)"', text_of(client.get(chosen["Location"]))) == ["c4"]


def test_a_filter_renews_only_the_grid_of_a_list(client: Client) -> None:
    own = send(client, STARS)
    answer = client.get(reverse("search:list", args=[own.pk]) + "?f.c5=galaxy", HTTP_HX_REQUEST="true")
    assert "<html" not in text_of(answer)
    assert answer["HX-Push-Url"].endswith("?f.c5=galaxy")
    assert names_of(text_of(answer)) == ["b", "c"]


def test_the_sky_gets_the_placed_rows_that_the_filters_leave_of_all_pages(client: Client) -> None:
    own = send(client, b"name,ra,dec\n" + b"".join(b"T%d,%d,0\n" % (n, n) for n in range(120)) + b"unplaced,,\n")
    sources = json.loads(
        re.findall(r'<script id="sky-sources"[^>]*>(.*?)</script>', page_of(client, own, "?size=50"))[0]
    )
    assert len(sources) == 120
    assert sources[7] == {"id": "8", "ra": 7.0, "dec": 0.0, "t": "T7"}
    assert [source["t"] for source in sources_of(page_of(client, own, "?f.c0=T5"))] == ["T5"]


def test_the_sky_gets_the_footprints_of_a_page(client: Client) -> None:
    table = (
        b"name,ra,dec,s_region\n"
        b'field,10,20,"POLYGON ICRS 9.9 19.9 10.1 19.9 10.1 20.1 9.9 20.1"\n'
        b'round,11,20,"CIRCLE ICRS 11 20 0.5"\nplain,12,20,\n'
    )
    page = page_of(client, send(client, table))
    shapes = json.loads(re.findall(r'<script id="sky-rows"[^>]*>(.*?)</script>', page)[0])
    assert [shape["t"] for shape in shapes] == ["field", "round"]
    assert shapes[0]["id"] == "1"
    assert sorted(zip(shapes[0]["p"][0][::2], shapes[0]["p"][0][1::2], strict=True)) == [
        (9.9, 19.9), (9.9, 20.1), (10.1, 19.9), (10.1, 20.1),
    ]  # fmt: skip
    assert shapes[1]["o"] == [[11.0, 20.0, 0.5]]
    assert [source["t"] for source in sources_of(page)] == ["field", "round", "plain"]


def test_the_sky_gets_the_footprints_of_all_pages_that_the_filters_leave(client: Client) -> None:
    rows = [f'T{n},{n % 90},0,"CIRCLE ICRS {n % 90} 0 0.5"'.encode() for n in range(120)]
    own = send(client, b"name,ra,dec,s_region\n" + b"\n".join([*rows, b"plain,5,5,"]))
    address = re.findall(
        r'id="sky-search" hidden data-rows="([^"]+)" data-count="121"', page_of(client, own, "?page=2")
    )[0]
    assert address == f"/lists/{own.pk}/sky/?"
    found = client.get(address).json()
    assert (found["total"], found["in_view"], len(found["shapes"])) == (121, 121, 120)
    assert found["shapes"][7]["o"] == [[7.0, 0.0, 0.5]]
    some = client.get(f"{address}f.c0=T5,T95&at=5,0,1").json()
    assert [shape["t"] for shape in some["shapes"]] == ["T5", "T95"]
    assert client.get(f"{address}at=7,0,0.1").json()["in_view"] == 2
    assert "Write at=ra,dec,radius" in client.get(f"{address}at=up").json()["remedy"]
    assert Client().get(address).status_code == 404


def test_the_sky_gets_the_observations_of_all_pairs_and_the_regions_of_the_list(
    client: Client, ring: list[Observation]
) -> None:
    region = b'"POLYGON ICRS 283.3 33.0 283.5 33.0 283.5 33.1 283.3 33.1"'
    own = send(client, b"name,ra,dec,s_region\nRing,283.39624,33.02914," + region + b"\n")
    page = text_of(match(client, own, radius="5"))
    shapes = json.loads(re.findall(r'<script id="sky-rows"[^>]*>(.*?)</script>', page)[0])
    assert {shape["id"] for shape in shapes} == {*(str(row.obsid) for row in ring), "target-1"}
    assert [source["id"] for source in sources_of(page)] == ["target-1"]
    assert page.count('data-target="target-1"') == len(ring)
    (address,) = re.findall(r'id="sky-search" hidden data-rows="([^"]+)"', page)
    found = client.get(address).json()
    assert {shape["id"] for shape in found["shapes"]} == {*(str(row.obsid) for row in ring), "target-1"}
    elsewhere = client.get(f"{address}at=10,10,1").json()
    assert (elsewhere["in_view"], elsewhere["shapes"]) == (0, [])
    assert Client().get(address).status_code == 404


def test_what_is_chosen_on_the_sky_leads_to_its_page_of_pairs(client: Client) -> None:
    places = [(283.0 + 0.1 * n, 33.0) for n in range(60)]
    made = make_observations([{"s_ra": ra, "s_dec": dec, "s_region": ""} for ra, dec in places])
    lines = [b'T%d,%.4f,33.0,"CIRCLE ICRS %.4f 33.0 0.01"' % (n, ra, ra) for n, (ra, _) in enumerate(places)]
    page = match(client, send(client, b"name,ra,dec,s_region\n" + b"\n".join(lines)), radius="5")
    text = text_of(page)
    (here,) = re.findall(r'id="ticks" data-address="([^"]+)" data-query=""', text)
    (count,) = re.findall(
        r'id="sky-search" hidden data-rows="[^"]+" data-count="(\d+)"', client.get(f"{here}?size=50").content.decode()
    )
    assert int(count) == 110, "50 observations, 50 regions and 10 pairs elsewhere"
    for around in (str(made[55].obsid), "target-56"):
        found = client.get(f"{here}?size=50&around={around}", headers={"HX-Request": "true"})
        assert f'data-obsid="{made[55].obsid}"' in text_of(found)
        assert f'data-obsid="{made[5].obsid}"' not in text_of(found)
        assert found["HX-Push-Url"] == f"{here}?size=50&page=2"
    for around in ("1", "target-", "x", "%00", "9" * 40):
        assert f'data-obsid="{made[5].obsid}"' in text_of(client.get(f"{here}?size=50&around={around}"))


def sources_of(page: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(re.findall(r'<script id="sky-sources"[^>]*>(.*?)</script>', page)[0])
    return found


@pytest.mark.parametrize("slug", ["csv", "votable", "ecsv", "json", "html", "fits"])
def test_a_list_comes_back_as_a_file_of_each_format(client: Client, slug: str) -> None:
    own = send(client, STARS)
    address = reverse("search:list_export", args=[own.pk])
    answer = client.post(address, {"format": slug, "search": "f.c5=galaxy"})
    assert answer.status_code == 200
    assert 'filename="targets.' in answer["Content-Disposition"]
    content = answer.getvalue()
    assert b"galaxy" in content
    assert b"young" not in content
    if slug == "ecsv":
        table = Table.read(content.decode(), format="ascii.ecsv")
        assert list(table["visits"]) == [9, 5]
        assert table["mag"].dtype.kind == "f"
        assert list(table["list_ra"]) == [11.0, 12.0]


def test_only_ticked_rows_and_shown_columns_of_a_list_are_exported(client: Client) -> None:
    own = send(client, STARS)
    form = {"format": "csv", "search": "columns=c3", "export_columns": "displayed", "export_rows": "selected"}
    answer = client.post(reverse("search:list_export", args=[own.pk]), {**form, "row": "2", "numbers": "4,x,,2"})
    assert answer.getvalue().decode().split() == ["list_row,mag", "2,12.25", "4,7.0"]


def test_bad_lines_are_named_above_the_grid(client: Client) -> None:
    page = page_of(client, send(client, CSV))
    assert "1 row cannot be used." in page
    assert "Line 7: 3 values for 4 columns" in page
    numbers = page_of(client, send(client, b"#@string,ra,dec\nname,RA,DEC\nx,1,1\ny,abc,95\n"))
    assert "Line 4: “abc” and “95” are no right ascension and declination" in numbers


def test_ticks_of_other_pages_are_matched_too(client: Client, ring: list[Observation]) -> None:
    own = send(client, b"name,RA,DEC\nx,1,1\ny,283.39624,33.02914\n")
    answer = match(client, own, rows="selected", row="1", numbers="1,2")
    assert answer.redirect_chain[-1][0].startswith(f"/lists/{own.pk}/matches/")
    assert CrossMatch.objects.get().chosen == [1, 2]
