"""A page that is shown again is not read again, and is never older than the holdings."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings as SettingsWrapper

from accounts.models import User
from archive.clock import from_mjd
from archive.models import Held, Observation, Product
from search.models import SkyMoc
from tests.factories import make_observation, make_product
from tests.functional.search.test_mocs import cone, fits_of, upload
from tests.functional.search.test_previews import picture_of
from tests.functional.search.test_results_page import ring

pytestmark = pytest.mark.django_db

RELEASE_MJD = 61100.5
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def shown(client: Client) -> Callable[..., str]:
    def get(**more: str) -> str:
        return client.get(reverse("search:results"), {"q": "M57 r=1m", **more}).content.decode()

    return get


def rows_read(act: Callable[[], object]) -> bool:
    """Whether rows of the grid were read."""
    with CaptureQueriesContext(connection) as sent:
        act()
    return any("t_exptime" in query["sql"] for query in sent)


def test_the_same_search_reads_no_row_twice(shown: Callable[..., str]) -> None:
    make_observation(**ring(obs_id="ring-1"))
    assert rows_read(shown)
    assert not rows_read(shown)
    assert "ring-1" in shown()
    assert rows_read(lambda: shown(size="50"))


def test_a_row_that_comes_changes_or_goes_is_seen_at_once(shown: Callable[..., str]) -> None:
    row = make_observation(**ring(obs_id="ring-1"))
    assert "ring-2" not in shown()
    make_observation(**ring(obs_id="ring-2"))
    assert "ring-2" in shown()
    Observation.objects.filter(pk=row.pk).update(target_name="RENAMED-RING")
    assert "RENAMED-RING" in shown()
    row.delete()
    assert "ring-1" not in shown()


def test_what_the_sky_shows_of_a_search_is_read_once(client: Client) -> None:
    def seen(**view: str) -> int:
        found: int = client.get(reverse("search:sky"), {"q": "M57 r=1m", **view}).json()["in_view"]
        return found

    def statements(**view: str) -> int:
        with CaptureQueriesContext(connection) as sent:
            seen(**view)
        return sum('"hpx"' in query["sql"] for query in sent)

    make_observation(**ring())
    assert statements() > 0
    assert statements() == 0
    assert statements(at="283.4,33.03,2") > 0
    make_observation(**ring())
    assert seen() == 2


def test_a_release_is_seen_on_the_sky_at_its_second(client: Client, settings: SettingsWrapper) -> None:
    def state() -> str:
        (shape,) = client.get(reverse("search:sky"), {"q": "M57 r=1m"}).json()["shapes"]
        found: str = shape["s"]
        return found

    make_observation(**ring(t_obs_release=RELEASE_MJD))
    settings.ARCHIVE_NOW = from_mjd(RELEASE_MJD) - SECOND
    before = state()
    settings.ARCHIVE_NOW = from_mjd(RELEASE_MJD)
    assert state() != before


def test_a_file_that_is_withdrawn_takes_its_viewer_along(shown: Callable[..., str]) -> None:
    row = make_observation(**ring())
    make_product(row, product_group="X1D", held=Held.YES, storage_key="a", sha256="0" * 64, crc32=0)
    viewer = reverse("search:spectrum", args=[row.pk])
    assert viewer in shown()
    Product.objects.update(held=Held.LOST)
    assert viewer not in shown()


def test_a_release_is_seen_at_its_second_and_not_before(shown: Callable[..., str], settings: SettingsWrapper) -> None:
    make_observation(**ring(t_obs_release=RELEASE_MJD))
    settings.ARCHIVE_NOW = from_mjd(RELEASE_MJD) - SECOND
    assert "Exclusive until" in shown()
    settings.ARCHIVE_NOW = from_mjd(RELEASE_MJD)
    assert "Exclusive until" not in shown()
    settings.ARCHIVE_NOW = from_mjd(RELEASE_MJD) - SECOND
    assert "Exclusive until" in shown()


def test_pictures_are_those_of_the_person_who_asks(client: Client, shown: Callable[..., str]) -> None:
    closed = picture_of(make_observation(**ring(t_obs_release=RELEASE_MJD)))
    address = reverse("basket:file", args=[closed.pk, closed.filename])
    client.force_login(User.objects.create_user("staff@example.org", "a long password 1", is_staff=True))
    assert address in shown(view="previews")
    client.logout()
    assert address not in shown(view="previews")


def test_a_limit_that_is_changed_holds_for_searches_that_were_asked_before(
    shown: Callable[..., str], settings: SettingsWrapper
) -> None:
    for _ in range(3):
        make_observation(**ring())
    assert "A very large result" not in shown()
    settings.LOAD_LIMIT_ROWS = 2
    assert "A very large result" in shown()


def test_a_coverage_map_is_looked_at_each_time(client: Client) -> None:
    make_observation(**ring())
    upload(client, fits_of(cone(283.396, 33.029, 1)))
    own = SkyMoc.objects.get()

    def shown() -> str:
        return client.get(reverse("search:results"), {"q": f"MOC {own.pk}"}).content.decode()

    assert rows_read(shown)
    assert rows_read(shown)
    SkyMoc.objects.all().delete()
    assert not rows_read(shown)
