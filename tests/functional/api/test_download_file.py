"""`Download/file`: one file by its URI, to programs: the same bytes and decisions as everywhere else."""

import hashlib
import logging
from urllib.parse import quote

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import tokens
from accounts.models import AuditEntry, Grant, User
from archive.clock import machine_now
from archive.models import Held, Product, Program
from archive.storage import archive_storage
from archive.storage.upstream import DOWNLOAD_PATH
from tests.basket_holdings import FUTURE, body_of, observation, product
from tests.people import THEN, make_person

pytestmark = pytest.mark.django_db
SIZE_BYTES = 5000


@pytest.fixture
def public() -> Product:
    return product(observation("jw1"), "a_cal.fits", size_bytes=SIZE_BYTES, uri="mast:JWST/product/a_cal.fits")


@pytest.fixture
def exclusive() -> Product:
    own = observation("jw2", release=FUTURE)
    return product(own, "b_cal.fits", size_bytes=SIZE_BYTES, uri="mast:JWST/product/b_cal.fits")


@pytest.fixture
def reader() -> User:
    """Somebody whom the PI has given access."""
    person = make_person("co-i@example.org", None)
    program = Program.objects.create(mission="JWST", number="2736")
    Grant.objects.create(program=program, email=person.email, user=person, granted_at=THEN)
    return person


def address(uri: str) -> str:
    """As astroquery writes it: ``:`` and ``/`` as they stand."""
    return f"{DOWNLOAD_PATH}?uri={quote(uri, safe=':/')}"


def body(response: object) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join(response)


def letters_of(person: User, *scopes: str) -> str:
    return tokens.create(person, "laptop", scopes or (tokens.EXCLUSIVE,), machine_now())[1]


# What goes out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_a_public_file_comes_with_its_length_its_sum_and_its_name(client: Client, public: Product, accept: str) -> None:
    answer = client.get(address(public.uri), headers={"accept": accept})
    assert answer.status_code == 200
    content = body(answer)
    assert content == body_of(public.uri, SIZE_BYTES)
    assert answer["Content-Length"] == str(len(content))
    assert answer["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Content-Type"] == "application/fits"
    assert answer["Content-Disposition"] == 'attachment; filename="a_cal.fits"'
    assert answer["Cache-Control"] == "private, no-store"
    assert "Content-Encoding" not in answer


@pytest.mark.parametrize(
    "place",
    [
        "/api/v0.1/Download/file",
        "/api/v0.1/download/file/",
        "/API/V0.1/DOWNLOAD/FILE",
        "/api/v0/download/file",
        "/jwst/api/v0.1/Download/file",
        "/jwst/api/v0.1/download/file/",
    ],
)
@pytest.mark.parametrize("written", ["mast:JWST/product/a_cal.fits", "mast%3AJWST%2Fproduct%2Fa_cal.fits"])
def test_every_spelling_of_the_address_is_served_directly(
    client: Client, public: Product, place: str, written: str
) -> None:
    answer = client.get(f"{place}?bundle_name=MAST_x.sh&uri={written}")
    assert answer.status_code == 200
    assert body(answer) == body_of(public.uri, SIZE_BYTES)


def test_head_says_what_get_says(client: Client, public: Product) -> None:
    head, got = client.head(address(public.uri)), client.get(address(public.uri))
    assert head.status_code == got.status_code == 200
    assert dict(head.headers) == dict(got.headers)
    assert head.content == b""


def test_a_download_goes_on_where_it_broke_off(client: Client, public: Product) -> None:
    tag = client.head(address(public.uri))["ETag"]
    part = client.get(address(public.uri), headers={"range": f"bytes=4000-{SIZE_BYTES - 1}", "if-range": tag})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 4000-{SIZE_BYTES - 1}/{SIZE_BYTES}")
    assert body(part) == body_of(public.uri, SIZE_BYTES)[4000:]
    assert client.get(address(public.uri), headers={"range": f"bytes={SIZE_BYTES}-"}).status_code == 416
    assert client.get(address(public.uri), headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    "uri",
    [
        "mast:HLA/url/cgi-bin/getdata.cgi?config=ops&dataset=hst_11_f606w",
        "mast:HLSP/a b;c=d.fits",
        "mast:HLSP/j1234+56.fits",
        "mast:HLSP/é%20ñ.fits",
    ],
)
def test_a_uri_may_hold_any_sign(client: Client, uri: str) -> None:
    product(observation("jw3"), "strange.fits", uri=uri)
    assert body(client.get(address(uri))) == body_of(uri)
    assert body(client.get(DOWNLOAD_PATH, {"uri": uri})) == body_of(uri)


def test_a_plus_sign_may_be_sent_as_it_stands(client: Client) -> None:
    uri = "mast:HLSP/j1234+56.fits"
    product(observation("jw3"), "j1234+56.fits", uri=uri)
    assert body(client.get(f"{DOWNLOAD_PATH}?uri={uri}")) == body_of(uri)


def test_previews_and_thumbnails_come_as_files(client: Client) -> None:
    own = observation("jw1")
    for name in ("a_cal.jpg", "a_cal_thumb.jpg"):
        made = product(own, name, category="PREVIEW", group="")
        answer = client.get(address(made.uri))
        assert (answer["Content-Type"], answer["Content-Disposition"]) == (
            "image/jpeg",
            f'attachment; filename="{name}"',
        )
        assert body(answer) == body_of(made.uri)


def test_a_file_costs_few_questions(client: Client, public: Product) -> None:
    with CaptureQueriesContext(connection) as asked:
        client.get(address(public.uri))
    assert len(asked) <= 1


# To whom -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["token {}", "Token {}", "Bearer {}"])
def test_a_token_opens_an_exclusive_file(client: Client, exclusive: Product, reader: User, form: str) -> None:
    headers = {"authorization": form.format(letters_of(reader))}
    assert client.head(address(exclusive.uri), headers=headers).status_code == 200
    answer = client.get(address(exclusive.uri), headers=headers)
    assert body(answer) == body_of(exclusive.uri, SIZE_BYTES)
    assert answer["Cache-Control"] == "private, no-store"
    assert [entry.action for entry in AuditEntry.objects.filter(subject="b_cal.fits")] == ["fetched"]


def test_the_cookie_of_astroquery_and_a_session_open_it_too(client: Client, exclusive: Product, reader: User) -> None:
    client.cookies["mast_token"] = letters_of(reader)
    assert client.get(address(exclusive.uri)).status_code == 200
    signed_in = Client()
    signed_in.force_login(reader)
    assert signed_in.get(address(exclusive.uri)).status_code == 200


def test_a_token_that_has_ended_or_lacks_the_scope_opens_public_files_alone(
    client: Client, public: Product, exclusive: Product, reader: User
) -> None:
    for letters in ("x" * 32, letters_of(reader, tokens.WHO)):
        headers = {"authorization": f"token {letters}"}
        assert client.get(address(public.uri), headers=headers).status_code == 200
        refused = client.get(address(exclusive.uri), headers=headers)
        assert refused.status_code == 401
        assert "lacks the scope mast:exclusive_access" in refused.text
        assert letters not in refused.text


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_an_exclusive_file_is_refused_with_401_in_plain_text(client: Client, exclusive: Product, accept: str) -> None:
    for person in (None, make_person("stranger@example.org", None)):
        if person:
            client.force_login(person)
        refused = client.get(address(exclusive.uri), headers={"accept": accept})
        assert refused.status_code == 401
        assert refused["Content-Type"].startswith("text/plain")
        assert refused["WWW-Authenticate"].startswith("Bearer realm=")
        assert refused["Cache-Control"] == "private, no-store"
        assert refused.text.startswith("Not authorized: exclusive until 2026-07-19")
        assert client.head(address(exclusive.uri)).status_code == 401


def test_no_log_has_the_token(
    client: Client, exclusive: Product, reader: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    good, bad = letters_of(reader), "y" * 32
    for letters in (good, bad):
        client.get(address(exclusive.uri), headers={"authorization": f"token {letters}"})
    assert good not in caplog.text
    assert bad not in caplog.text
    assert good not in str(list(AuditEntry.objects.values()))


# What stays behind ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?uri=", "?uri=mast:JWST/product/a_cal.fits&uri=mast:JWST/product/b_cal.fits"])
def test_not_one_uri_is_a_bad_request(client: Client, public: Product, query: str) -> None:
    answer = client.get(DOWNLOAD_PATH + query)
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert answer.text.startswith("Name one file by one parameter uri")


@pytest.mark.parametrize("uri", ["mast:JWST/product/none.fits", "../../etc/passwd", "%00", "a\nb", "%ff", "x" * 5000])
def test_an_unknown_uri_is_not_found_and_said_in_one_line(client: Client, uri: str) -> None:
    answer = client.get(f"{DOWNLOAD_PATH}?uri={uri if '%' in uri else quote(uri)}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert answer.text.startswith("This archive has no file ")
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize(
    ("held", "words"), [(Held.NOT_YET, "has no copy of it"), (Held.LOST, "is damaged, gone or withdrawn")]
)
def test_a_file_that_is_not_held_is_named_so(client: Client, public: Product, held: str, words: str) -> None:
    Product.objects.filter(pk=public.pk).update(held=held)
    answer = client.get(address(public.uri))
    assert answer.status_code == 404
    assert answer.text.startswith(f"{public.uri}: ")
    assert words in answer.text


def test_a_planned_observation_has_no_files(client: Client) -> None:
    made = product(observation("jw9", level=-1), "plan.fits")
    answer = client.get(address(made.uri))
    assert answer.status_code == 404
    assert "nothing has been observed yet" in answer.text


def test_a_damaged_copy_is_said_before_a_byte_is_sent(client: Client, public: Product, settings: Settings) -> None:
    for damage in (b"short", None):
        archive_storage().delete(public.storage_key)
        if damage:
            path = archive_storage().root / public.storage_key  # type: ignore[attr-defined]  # a folder, in tests
            path.write_bytes(damage)
        answer = client.get(address(public.uri))
        assert answer.status_code == 503
        assert "the stored copy of the file is not" in answer.text or "does not give the file" in answer.text
        assert str(settings.PORTAL_HOME) not in answer.text


def test_other_methods_are_refused_without_a_page(public: Product) -> None:
    answer = Client(enforce_csrf_checks=True).post(DOWNLOAD_PATH, {"uri": public.uri})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
