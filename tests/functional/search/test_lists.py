"""Target lists over HTTP: uploading, the dialog, and whose a list is."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from archive.models import Observation
from search.models import CrossMatchPair, RowState, TargetList, TargetRow
from tests.target_lists import CSV, UPLOAD, match, page_of, refused, ring, send, text_of

pytestmark = pytest.mark.django_db

__all__ = ["ring"]  # a fixture


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
