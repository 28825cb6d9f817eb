"""Reference files from CRDS: only where one is named, whole and looked at, kept, and asked for again later."""

import datetime as dt
import hashlib
import zlib
from pathlib import Path

import pytest
from pytest_django import Settings

from archive import crds
from archive.fits import Card, primary_hdu
from archive.models import Held, Product, ReferenceFetch
from archive.references import add_references, parse_reference
from archive.storage import archive_storage
from mastportal.checks import crds_is_an_address
from tests.services.upstream import OtherArchive

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 1, 20, 12, 0, tzinfo=dt.UTC)
DARK = "jwst_nircam_dark_0343.fits"
PATH = f"/unchecked_get/references/jwst/{DARK}"
BODY = primary_hdu([Card("REFTYPE", "DARK")]) + bytes(2880)


@pytest.fixture
def dark(settings: Settings, tmp_path: Path, other_archive: OtherArchive) -> Product:
    """A reference that is named and not held, and a CRDS that has it."""
    settings.STORAGE_URL, settings.UPSTREAM_FOLDER = (tmp_path / "storage").as_uri(), tmp_path / "upstream"
    settings.CRDS_URL = other_archive.host + "/unchecked_get/references/{mission}/{filename}"
    settings.STAGING_FREE_BYTES = 0
    other_archive.files[PATH] = BODY
    reference = parse_reference(DARK)
    assert reference
    add_references([reference])
    return Product.objects.get(filename=DARK)


def fetch(now: dt.datetime = NOW) -> int:
    return crds.fetch_wanted(archive_storage(), now)


def test_what_is_wanted_comes_once_and_is_held_like_any_other(
    dark: Product, other_archive: OtherArchive, tmp_path: Path
) -> None:
    assert crds.want([dark.pk], NOW) == 1
    assert crds.want([dark.pk], NOW) == 1, "wanted twice is fetched once"
    assert (fetch(), fetch()) == (1, 0)
    dark.refresh_from_db()
    facts = (dark.held, dark.size_bytes, dark.sha256, dark.crc32)
    assert facts == (Held.YES, len(BODY), hashlib.sha256(BODY).hexdigest(), zlib.crc32(BODY))
    assert b"".join(archive_storage().stream(dark.storage_key)) == BODY
    assert len(other_archive.gets()) == 1
    assert not ReferenceFetch.objects.exists()
    assert not [path for path in (tmp_path / "upstream").rglob("*.fits") if path.is_file()], "kept in one place"
    assert crds.want([dark.pk], NOW) == 0


def test_without_an_address_nobody_is_asked(dark: Product, settings: Settings, other_archive: OtherArchive) -> None:
    assert crds.want([dark.pk], NOW) == 1
    settings.CRDS_URL = ""
    assert crds.want([dark.pk], NOW) == 0
    assert fetch() == 0
    assert other_archive.asked == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "has no crds://jwst_nircam_dark_0343.fits"),
        (b"<!DOCTYPE html><p>Down for maintenance", "is no .fits file"),
        (b"", "is no .fits file"),
    ],
)
def test_a_failure_is_kept_with_its_cause_and_tried_again_later(
    dark: Product, other_archive: OtherArchive, body: bytes | None, words: str
) -> None:
    other_archive.files.clear()
    if body is not None:
        other_archive.files[PATH] = body
    crds.want([dark.pk], NOW)
    assert fetch() == 0
    row = ReferenceFetch.objects.get()
    assert words in row.error_text
    assert (row.attempts, row.next_at) == (1, NOW + dt.timedelta(minutes=1))
    dark.refresh_from_db()
    assert dark.held == Held.NOT_YET
    other_archive.files[PATH] = BODY
    assert fetch() == 0, "not before its time"
    assert fetch(row.next_at) == 1


def test_half_a_file_is_never_kept_and_the_next_fetch_begins_anew(dark: Product, other_archive: OtherArchive) -> None:
    other_archive.breaks_off_after = 2880
    crds.want([dark.pk], NOW)
    assert fetch() == 0
    assert fetch(NOW + dt.timedelta(minutes=1)) == 1
    assert [span for _, span, _ in other_archive.gets()] == ["", ""], (
        "no SHA-256 is known that would tell a mix of versions"
    )
    dark.refresh_from_db()
    assert dark.sha256 == hashlib.sha256(BODY).hexdigest()


def test_a_silent_server_is_not_waited_for_long(dark: Product, settings: Settings, other_archive: OtherArchive) -> None:
    settings.CRDS_TIMEOUT_S = 0.2
    other_archive.is_silent = True
    crds.want([dark.pk], NOW)
    assert fetch() == 0
    assert "ReadTimeout" in ReferenceFetch.objects.get().error_text


def test_an_address_without_a_file_is_refused_at_the_start(settings: Settings) -> None:
    settings.CRDS_URL = "https://crds.example.org/"
    assert [problem.id for problem in crds_is_an_address(None)] == ["portal.E006"]
    settings.CRDS_URL = "https://{mission}-crds.example.org/references/{filename}"
    assert crds_is_an_address(None) == []
