"""Where a preview lies on the sky, over HTTP: files by astropy and Pillow, corners by astropy's own footprint."""

import io
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from django.test import Client
from PIL import Image

from accounts.models import User
from archive.models import Observation, Product
from archive.storage import archive_storage
from tests.factories import make_observation
from tests.viewer_files import fits_bytes, store

pytestmark = pytest.mark.django_db
DjangoAssertMaxNumQueries = Any

EXCLUSIVE = 61381.5


def world(
    ra_deg: float = 283.4, dec_deg: float = 33.03, turn_deg: float = 25.0, frame: str = "RA---TAN DEC--TAN"
) -> WCS:
    """An image of 224 by 112 pixels of 0.06 arcsec."""
    found = WCS(naxis=2)
    found.wcs.ctype = frame.split()
    found.wcs.crval = [ra_deg, dec_deg]
    found.wcs.crpix = [100.0, 40.0]
    turn, scale = np.radians(turn_deg), 0.06 / 3600
    found.wcs.cd = scale * np.array([[-np.cos(turn), np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    found.array_shape = (112, 224)
    return found


def image(own: WCS, **cards: Any) -> bytes:
    header = own.to_header()
    header.update(cards)
    return fits_bytes(fits.ImageHDU(np.zeros((112, 224), "f4"), header, name="SCI"))


def picture(width: int = 360, height: int = 180) -> bytes:
    out = io.BytesIO()
    Image.new("L", (width, height)).save(out, "JPEG")
    return out.getvalue()


def stored(content: bytes, shown: bytes | None = None, **fields: Any) -> Observation:
    """An observation with an image and its preview."""
    own = make_observation(**fields)
    store(own, content, f"{own.obs_id}_i2d.fits", "I2D")
    store(own, picture() if shown is None else shown, f"{own.obs_id}_i2d.jpg", "I2D", product_type="PREVIEW")
    return own


def asked(client: Client, own: Observation, status: int = 200) -> dict[str, Any]:
    response = client.get(f"/observations/{own.obsid}/overlay/")
    assert response.status_code == status, response.content
    assert "no-store" in response["Cache-Control"]
    found: dict[str, Any] = response.json()
    if status != 200:
        assert set(found) == {"error", "remedy"}
        assert found["error"]
        assert found["remedy"]
    return found


@pytest.mark.parametrize("place", [(283.4, 33.03), (0.0, 0.0), (359.9999, -5.0), (120.0, 89.999), (10.0, -90.0)])
def test_the_corners_are_those_of_the_image_drawn_upside_down(client: Client, place: tuple[float, float]) -> None:
    own = stored(image(world(*place)))
    found = asked(client, own)
    assert (found["width"], found["height"]) == (360, 180)
    footprint = world(*place).calc_footprint(center=False)  # bottom left, top left, top right, bottom right
    expected = SkyCoord(footprint[[1, 2, 3, 0]], unit="deg")
    apart = SkyCoord(found["corners"], unit="deg").separation(expected)
    assert apart.arcsec.max() < 1e-4


def test_the_address_is_that_of_the_picture(client: Client) -> None:
    found = asked(client, stored(image(world())))
    response = client.get(found["href"])
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"


def test_other_frames_become_icrs(client: Client) -> None:
    own = stored(image(world(102.0, 59.0, frame="GLON-TAN GLAT-TAN")))
    expected = SkyCoord(world(102.0, 59.0).calc_footprint(center=False)[1:2], unit="deg", frame="galactic").icrs
    apart = SkyCoord([asked(client, own)["corners"][0]], unit="deg").separation(expected)
    assert apart.arcsec.max() < 1e-4


def test_distortions_in_tables_are_left_out(client: Client) -> None:
    own = stored(image(world(), CPDIS1="LOOKUP", DP1="EXTVER: 1"))
    assert len(asked(client, own)["corners"]) == 4


def test_an_exclusive_preview_is_for_those_who_may_see_it(client: Client) -> None:
    own = stored(image(world()), t_obs_release=EXCLUSIVE)
    assert "exclusive until" in asked(client, own, 403)["error"]
    client.force_login(User.objects.create_user("staff@example.org", "a long password 1", is_staff=True))
    assert asked(client, own)["corners"]


def test_the_header_of_an_exclusive_file_is_closed_too(client: Client) -> None:
    own = make_observation()
    store(own, image(world()), "x_i2d.fits", "I2D", t_release=EXCLUSIVE)
    store(own, picture(), "x_i2d.jpg", "I2D", product_type="PREVIEW")
    assert "exclusive until" in asked(client, own, 403)["error"]


def test_a_small_picture_serves_when_there_is_no_other(client: Client) -> None:
    own = make_observation()
    store(own, image(world()), "x_i2d.fits", "I2D")
    store(own, picture(120, 60), "x_i2d_thumb.jpg", "THUMB", product_type="PREVIEW")
    assert asked(client, own)["width"] == 120


def test_nothing_to_place(client: Client) -> None:
    own = make_observation()
    assert "no preview" in asked(client, own, 404)["error"]
    store(own, picture(), "x_i2d.jpg", "I2D", product_type="PREVIEW")
    store(own, image(world()), "y_i2d.fits", "I2D")
    assert "no preview" in asked(client, own, 404)["error"]


@pytest.mark.parametrize("number", [1, 2**63, 10**30])
def test_an_observation_that_is_not_here(client: Client, number: int) -> None:
    response = client.get(f"/observations/{number}/overlay/")
    assert response.status_code == 404
    assert "no observation" in response.json()["error"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (fits_bytes(fits.ImageHDU(np.zeros((112, 224), "f4"))), "does not say where"),
        (fits_bytes(), "holds no image"),
        (b"", "holds no image"),
        (b"no FITS file", "damaged"),
        (b"SIMPLE  =                    T".ljust(2880), "damaged"),
        (image(world())[:4000], "damaged"),
        (fits_bytes().replace(b"NAXIS   =                    0", b"NAXIS   =                  999"), "damaged"),
    ],
)
def test_files_that_place_nothing(client: Client, content: bytes, words: str) -> None:
    assert words in asked(client, stored(content), 404)["error"]


def test_a_picture_of_another_shape_is_not_placed(client: Client) -> None:
    assert "other proportions (360 × 360)" in asked(client, stored(image(world()), picture(360, 360)), 404)["error"]


def test_a_picture_that_is_none(client: Client) -> None:
    assert "cannot be read" in asked(client, stored(image(world()), b"\xff\xd8\xff nothing"), 404)["error"]


def test_a_copy_that_is_gone(client: Client) -> None:
    own = stored(image(world()))
    for product in Product.objects.filter(observation=own):
        archive_storage().delete(product.storage_key)
    assert "missing" in asked(client, own, 404)["error"]


def test_it_costs_few_queries(client: Client, django_assert_max_num_queries: DjangoAssertMaxNumQueries) -> None:
    own = stored(image(world()))
    for number in range(20):
        store(own, picture(), f"{own.obs_id}_{number}.jpg", "I2D", product_type="PREVIEW")
    with django_assert_max_num_queries(2):
        asked(client, own)
