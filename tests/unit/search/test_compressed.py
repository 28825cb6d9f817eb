"""Pages packed for browsers."""

import gzip
import subprocess

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from search.compressed import compressed_page

TEXT = "<p>NGC 6720 · 18 53 35</p>" * 500


@compressed_page
def page(request: HttpRequest, text: str) -> HttpResponse:
    return HttpResponse(text)


@compressed_page
def stream(request: HttpRequest) -> HttpResponseBase:
    return StreamingHttpResponse([b"row"] * 1000)


def asked(accepts: str = "br, gzip") -> HttpRequest:
    return RequestFactory().get("/", headers={"Accept-Encoding": accepts})


def test_a_browser_unpacks_what_was_said() -> None:
    answer = page(asked(), TEXT)
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.content).decode() == TEXT
    unpacked = subprocess.run(["gunzip"], input=answer.content, capture_output=True, check=True, timeout=30)
    assert unpacked.stdout.decode() == TEXT
    assert len(answer.content) < len(TEXT) / 10


def test_the_size_does_not_tell_how_well_a_page_packs() -> None:
    assert len({len(page(asked(), TEXT).content) for _ in range(20)}) > 5


def test_who_does_not_take_gzip_gets_the_page_as_it_is() -> None:
    answer = page(asked("br"), TEXT)
    assert answer.content.decode() == TEXT
    assert answer["Vary"] == "Accept-Encoding"


def test_short_pages_and_streams_pass() -> None:
    assert page(asked(), "short").content == b"short"
    assert not stream(asked()).has_header("Content-Encoding")
