"""Target lists and cross-matches over HTTP."""

import io
import json
import re
import uuid
import warnings
from typing import Any

import pytest
from astropy.io import ascii as astropy_ascii
from astropy.table import Table
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from archive.models import Name, Observation
from basket.models import BasketObservation
from search.models import CrossMatch, CrossMatchPair, RowState, TargetList, TargetRow
from tests.factories import make_observation, make_observations, make_planned, square

pytestmark = pytest.mark.django_db

UPLOAD = "/lists/upload/"
FIELD = square(283.39624, 33.02914, 0.02)
CSV = b"""# three targets
#@string,ra,dec,float
name,RA,DEC,mag
Ring,18 53 35.10,+33 01 44.9,8.8
Nothing there,10.5,-20.25,
M 31,,,3.4
broken,1,2
"""


@pytest.fixture
def ring() -> list[Observation]:
    return make_observations([{"s_region": FIELD, "obs_id": f"ring-{n}"} for n in range(3)])


def send(client: Client, content: bytes, name: str = "targets.csv") -> TargetList:
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return TargetList.objects.get(pk=answer["Location"].split("/")[2])


def refused(client: Client, content: bytes, name: str = "targets.csv") -> str:
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 400
    assert TargetList.objects.count() == 0
    return text_of(answer)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def page_of(client: Client, own: TargetList, query: str = "") -> str:
    answer = client.get(reverse("search:list", args=[own.pk]) + query)
    assert answer.status_code == 200
    return text_of(answer)


def match(client: Client, own: TargetList, **form: object) -> Any:
    return client.post(
        reverse("search:cross_match", args=[own.pk]), {"radius": "5", "rows": "all", **form}, follow=True
    )


# Uploading -----------------------------------------------------------------------------------------------------------


def test_a_list_says_for_every_row_whether_it_was_resolved(client: Client) -> None:
    own = send(client, CSV)
    page = page_of(client, own)
    states = list(own.rows.order_by("number").values_list("state", flat=True))
    assert states == [RowState.RESOLVED, RowState.RESOLVED, RowState.RESOLVED, RowState.BAD]
    assert "OpenNGC: NGC 224" in page
    assert "3 values for 4 columns" in page
    assert own.rows.get(state=RowState.BAD).line == 7
    assert page.count('<tr class="target-') == 4


def test_text_can_be_pasted_instead(client: Client) -> None:
    answer = client.post(UPLOAD, {"text": "M101\r\n180.468 -18.866\r\nxyzzy 12345\r\n"}, follow=True)
    own = TargetList.objects.get()
    assert [row.state for row in own.rows.order_by("number")] == ["resolved", "resolved", "unresolved"]
    assert "No resolver knows the name." in text_of(answer)


def test_filters_and_pages_of_a_list_are_in_the_address(client: Client) -> None:
    own = send(client, b"name,ra,dec\n" + b"".join(b"T%d,%d,0\n" % (n, n % 360) for n in range(120)) + b"bad\n")
    page = page_of(client, own)
    assert "1–100 of 121" in page
    assert "101–121 of 121" in page_of(client, own, "?page=2")
    assert "101–121 of 121" in page_of(client, own, "?page=99")
    assert "1–100 of 121" in page_of(client, own, "?page=-4")
    assert "51–100 of 121" in page_of(client, own, "?size=50&page=2")
    assert "1–1 of 1<" in page_of(client, own, "?f.row_state=bad")
    assert "T117" in page_of(client, own, "?f.text=t117")
    assert "No row of the list fits" in page_of(client, own, "?f.text=zzz")


# The grid ------------------------------------------------------------------------------------------------------------

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
    assert sources[7] == {"id": 8, "ra": 7.0, "dec": 0.0, "t": "T7"}
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
    assert {shape["id"] for shape in found["shapes"]} == {str(row.obsid) for row in ring}
    assert client.get(f"{address}at=10,10,1").json()["in_view"] == 0
    assert Client().get(address).status_code == 404


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


# Whose ---------------------------------------------------------------------------------------------------------------


def test_a_list_belongs_to_its_browser_alone(client: Client) -> None:
    own = send(client, CSV)
    stranger = Client()
    for name in ("list", "list_positions"):
        assert stranger.get(reverse(f"search:{name}", args=[own.pk])).status_code == 404
    for name in ("cross_match", "choose_position", "resolve_again", "delete_list"):
        assert stranger.post(reverse(f"search:{name}", args=[own.pk]), {"radius": 1}).status_code == 404
    assert own.name not in text_of(stranger.get(UPLOAD))
    stranger_with_lists = Client()
    send(stranger_with_lists, b"name\nM101\n", "theirs.csv")
    assert stranger_with_lists.get(reverse("search:list", args=[own.pk])).status_code == 404
    assert TargetList.objects.count() == 2


def test_a_list_follows_its_person_into_the_account(client: Client) -> None:
    own = send(client, CSV)
    person = User.objects.create_user("astronomer@example.org", "a-long-password")
    client.login(email="astronomer@example.org", password="a-long-password")
    own.refresh_from_db()
    assert (own.owner, own.token) == (person, None)
    elsewhere = Client()
    elsewhere.force_login(person)
    assert own.name in page_of(elsewhere, own)


def test_positions_come_as_json_for_the_sky(client: Client) -> None:
    own = send(client, CSV)
    answer = json.loads(client.get(reverse("search:list_positions", args=[own.pk])).content)
    assert answer["columns"] == ["number", "name", "ra_deg", "dec_deg"]
    assert answer["rows"][1] == [2, "Nothing there", 10.5, -20.25]
    assert len(answer["rows"]) == 3


def test_a_person_chooses_the_position_where_it_is_in_doubt(client: Client) -> None:
    own = send(client, b"RA,RAJ2000,DEC,DECJ2000\n1,10,2,20\n")
    assert "Several columns may hold the position" in page_of(client, own)
    assert own.rows.get().state == RowState.UNRESOLVED
    address = reverse("search:choose_position", args=[own.pk])
    client.post(address, {"ra": "1", "dec": "3", "name": "", "region": ""})
    row = own.rows.get()
    assert (row.ra_deg, row.dec_deg, row.state) == (10.0, 20.0, RowState.RESOLVED)
    assert "Choose Position.</strong>" not in page_of(client, own)
    for wrong in ({"ra": "1"}, {"ra": "9", "dec": "1"}, {}, {"ra": "1", "dec": "1"}, {"ra": "x", "dec": "²"}):
        client.post(address, wrong)
    assert own.rows.get().ra_deg == 10.0


def test_a_list_is_deleted_with_its_matches(client: Client, ring: list[Observation]) -> None:
    own = send(client, CSV)
    match(client, own)
    assert CrossMatchPair.objects.exists()
    client.post(reverse("search:delete_list", args=[own.pk]))
    assert not TargetList.objects.exists()
    assert not TargetRow.objects.exists()
    assert not CrossMatchPair.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"# nothing but a comment\n", "The file is empty"),
        (b"\x1f\x8b\x08\x00junk", "compressed (gzip)"),
        (b"PK\x03\x04junk", "a zip archive or a spreadsheet"),
        (b"SIMPLE  =                    T", "a FITS file"),
        (b"ra,dec\0\0\0", "holds NUL bytes"),
        (b"ra,dec\n" + b"1,2\n" * 10_001, "10,001 rows"),
        (b"ra,dec,ra\n1,2,3\n", "“ra” twice"),
        (b"#@angle\nra,dec\n1,2\n", "declares the type “angle”"),
        (b"ra,dec\nx\n", "No line can be read. Line 2"),
        (b"<html></html>", "not VOTABLE"),
        (b"<VOTABLE><RESOURCE>", "not well-formed"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(client: Client, content: bytes, words: str) -> None:
    assert words in refused(client, content)


def test_a_line_of_a_hundred_megabytes_is_refused_before_it_is_kept(client: Client) -> None:
    assert "larger than 20 MB" in refused(client, b"x" * 100_000_000)


def test_an_upload_needs_the_forgery_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(UPLOAD, {"text": "M101"}).status_code == 403


def test_what_a_list_says_is_escaped(client: Client) -> None:
    evil = b'name,ra,dec,"<b>c</b>"\n"<script>alert(1)</script>",10,20,"\'><img src=x>"\n'
    page = page_of(client, send(client, evil, "<i>x</i>.csv"))
    for raw in ("<script>alert(1)", "<b>c", "<img src=x", "<i>x"):
        assert raw not in page


# Cross-matches -------------------------------------------------------------------------------------------------------


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


# The dialog ----------------------------------------------------------------------------------------------------------


def test_every_search_page_has_the_upload_as_a_dialog_and_as_a_page(client: Client) -> None:
    for address in ("/", "/search/?q=10+0", f"/lists/{send(client, CSV).pk}/"):
        page = text_of(client.get(address))
        assert '<dialog class="dialog upload-dialog" id="upload-dialog"' in page
        assert f'href="{UPLOAD}" hx-get="{UPLOAD}"' in page
    dialog = text_of(client.get(UPLOAD, HTTP_HX_REQUEST="true"))
    assert "<html" not in dialog
    assert "Up to 10,000 rows, 200 columns, 20 MB" in dialog
    assert "What can be read" in dialog


def test_the_script_learns_where_the_list_is_or_why_there_is_none(client: Client) -> None:
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile("a.csv", CSV)}, HTTP_X_UPLOAD="1")
    assert json.loads(answer.content) == {"address": f"/lists/{TargetList.objects.get().pk}/"}
    answer = client.post(UPLOAD, {"file": SimpleUploadedFile("a.csv", b"\x1f\x8b")}, HTTP_X_UPLOAD="1")
    assert answer.status_code == 400
    assert json.loads(answer.content)["text"] == "The file is compressed (gzip)."
