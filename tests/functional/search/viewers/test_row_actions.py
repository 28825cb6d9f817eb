"""Row actions: drawn only where a held file allows them, read with the rows; the page for Jdaviz."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from archive.models import Held, Observation
from tests.factories import list_product, make_observation, make_observations, make_product
from tests.functional.search.test_results_page import ring
from tests.viewer_files import store, x1d_bytes

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"
HELD = {"held": Held.YES, "storage_key": "a/b", "sha256": "0" * 64, "crc32": 0}


def actions_of(client: Client) -> dict[str, set[str]]:
    """The viewers that each row links to, by obs_id."""
    html = client.get(reverse("search:results"), {"q": RING}).content.decode()
    names = {str(row.obsid): row.obs_id for row in Observation.objects.all()}
    found: dict[str, set[str]] = {name: set() for name in names.values()}
    for obsid, action in re.findall(r'class="slot slot-viewer" href="/observations/(\d+)/(\w+)/"', html):
        found[names[obsid]].add(action)
    return found


@pytest.mark.parametrize(
    ("group", "kind", "expected"),
    [
        ("X1D", "spectrum", {"spectrum", "jdaviz"}),
        ("C1D", "spectrum", {"spectrum", "jdaviz"}),
        ("SX1", "spectrum", {"spectrum", "jdaviz"}),
        ("X1DINTS", "timeseries", {"spectrum", "timeseries"}),
        ("WHTLT", "timeseries", {"timeseries"}),
        ("CORRTAG_A", "spectrum", {"timeseries"}),
        ("S3D", "cube", {"jdaviz"}),
        ("I2D", "image", {"jdaviz"}),
        ("CAL", "image", {"jdaviz"}),
        ("CAL", "spectrum", set()),
        ("UNCAL", "image", set()),
    ],
)
def test_a_row_has_the_actions_of_its_files(client: Client, group: str, kind: str, expected: set[str]) -> None:
    make_product(make_observation(**ring(obs_id="has")), product_group=group, dataproduct_type=kind, **HELD)
    make_observation(**ring(obs_id="has-not"))
    assert actions_of(client) == {"has": expected, "has-not": set()}


def test_a_file_that_is_not_held_allows_nothing(client: Client) -> None:
    make_product(make_observation(**ring(obs_id="away")), product_group="X1D")
    assert actions_of(client) == {"away": set()}


def test_actions_cost_no_query_of_their_own(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for row in make_observations([ring() for _ in range(40)]):
        make_product(row, product_group="X1D", **HELD)
    with django_assert_max_num_queries(12):
        client.get(reverse("search:results"), {"q": RING})


def test_jdaviz_gets_its_lines_recommended_files_first(client: Client) -> None:
    row = make_observation(obs_id="cube")
    other = store(row, x1d_bytes(), "cube_x1d.fits", "X1D", dataproduct_type="spectrum")
    other.listings.update(recommended=False)
    store(row, x1d_bytes(), "cube_s3d.fits", "S3D", dataproduct_type="cube")
    text = client.get(reverse("search:jdaviz", args=[row.obsid])).content.decode()
    assert text.index("Display default MRP") < text.index("cube_s3d.fits") < text.index("Other data products")
    assert text.index("Other data products") < text.index("cube_x1d.fits")
    assert "jdaviz --layout=cubeviz cube_s3d.fits" in text
    assert "viewer = Specviz()" in text
    assert f"/basket/files/{other.pk}/cube_x1d.fits" in text


def test_jdaviz_names_no_address_of_a_closed_file(client: Client) -> None:
    row = make_observation(obs_id="closed", t_obs_release=61381.5)
    product = store(row, x1d_bytes(), "closed_x1d.fits", "X1D", dataproduct_type="spectrum")
    list_product(product, make_observation(obs_id="parent"))
    text = client.get(reverse("search:jdaviz", args=[row.obsid])).content.decode()
    assert "exclusive until 2026-12-07" in text
    assert f"/basket/files/{product.pk}/" not in text


def test_an_unknown_observation_is_not_found(client: Client) -> None:
    assert client.get("/observations/1/jdaviz/").status_code == 404
