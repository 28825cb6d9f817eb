"""Target lists and cross-matches over HTTP."""

import io
import json
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
    assert "101–121 of 121" in page_of(client, own, "?after=100")
    assert "1–100 of 121" in page_of(client, own, "?before=101")
    assert "22–121 of 121" in page_of(client, own, "?before=2147483647")
    assert "1–1 of 1<" in page_of(client, own, "?state=bad")
    assert "T117" in page_of(client, own, "?find=t117")
    assert "No row of the list fits" in page_of(client, own, "?find=zzz")


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
    assert "101–130 of 130" in text_of(client.get(address + "?after=100"))
    assert "1–50 of 130" in text_of(client.get(address + "?size=50&before=51"))
    assert "This page is empty" in text_of(client.get(address + "?after=5000"))


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
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # the client does not know of streams
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
    for asked in (UPLOAD, f"/lists/{own.pk}/", f"/lists/{own.pk}/?state=resolved&find=ring", address):
        with django_assert_max_num_queries(12):
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
