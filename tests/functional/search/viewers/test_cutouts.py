"""Cut-outs over HTTP: the right piece of the sky the right way up, and who may see it."""

import io

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from django.test import Client
from django.urls import reverse
from PIL import Image

from archive.models import Observation
from tests.factories import make_observation
from tests.functional.search.test_results_page import ring
from tests.viewer_files import fits_bytes, store

pytestmark = pytest.mark.django_db

CENTRE = SkyCoord(283.39623, 33.02913, unit="deg")


def image_with_a_star(star: SkyCoord, roll_deg: float) -> bytes:
    """200 pixels of 0.5 arc-seconds around the centre, turned, with a star three pixels wide."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [CENTRE.ra.deg, CENTRE.dec.deg]
    wcs.wcs.crpix = [100.5, 100.5]
    c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    wcs.wcs.cd = np.array([[-c, s], [s, c]]) * 0.5 / 3600
    data = np.zeros((200, 200), "f4")
    x, y = (int(np.rint(value)) for value in wcs.world_to_pixel(star))
    data[y - 1 : y + 2, x - 1 : x + 2] = 100.0
    return fits_bytes(fits.ImageHDU(data, wcs.to_header(), name="SCI"))


def imaged(star: SkyCoord, roll_deg: float = 0.0, name: str = "one", **fields: float) -> Observation:
    row = make_observation(**ring(obs_id=name, **fields))
    store(row, image_with_a_star(star, roll_deg), f"{name}_i2d.fits", "I2D", dataproduct_type="image")
    return row


def cut(client: Client, row: Observation) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    around = {"ra": str(CENTRE.ra.deg), "dec": str(CENTRE.dec.deg), "size": "20"}
    response = client.get(reverse("search:cutout", args=[row.obsid]), around)
    assert response["Content-Type"] == "image/png"
    return np.asarray(Image.open(io.BytesIO(response.content)))


@pytest.mark.parametrize("roll_deg", [0.0, 37.0, 200.0])
def test_north_is_up_and_east_is_left_however_the_image_is_turned(client: Client, roll_deg: float) -> None:
    star = CENTRE.spherical_offsets_by(6 * u.arcsec, 3 * u.arcsec)  # east and north
    picture = cut(client, imaged(star, roll_deg))
    line, column = (values.mean() for values in np.nonzero(picture > 128))
    per_pixel = 20 / picture.shape[0]
    assert (72 - column) * per_pixel == pytest.approx(6, abs=0.5)
    assert (72 - line) * per_pixel == pytest.approx(3, abs=0.5)


def test_exclusive_images_are_cut_for_nobody_else(client: Client) -> None:
    row = imaged(CENTRE, t_obs_release=61381.5)
    response = client.get(reverse("search:cutout", args=[row.obsid]), {"ra": "283.4", "dec": "33.0"})
    assert response.status_code == 403
    assert "exclusive until 2026-12-07" in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


def test_only_public_cut_outs_are_kept_by_the_browser(client: Client) -> None:
    row = imaged(CENTRE)
    here = {"ra": str(CENTRE.ra.deg), "dec": str(CENTRE.dec.deg)}
    assert client.get(reverse("search:cutout", args=[row.obsid]), here)["Cache-Control"] == "private, max-age=86400"


def test_a_place_beside_the_image_says_that_there_is_none(client: Client) -> None:
    response = client.get(reverse("search:cutout", args=[imaged(CENTRE).obsid]), {"ra": "10", "dec": "-40"})
    assert response["Content-Type"] == "image/svg+xml"
    assert b"No cut-out" in response.content


@pytest.mark.parametrize(
    "query", [{}, {"ra": "x", "dec": "1"}, {"ra": "400", "dec": "0"}, {"ra": "1", "dec": "1", "size": "1e9"}]
)
def test_what_cannot_be_cut_says_so(client: Client, query: dict[str, str]) -> None:
    assert client.get(reverse("search:cutout", args=[imaged(CENTRE).obsid]), query).status_code == 400
    assert client.get(reverse("search:cutout", args=[1]), query).status_code == 404


def test_the_grid_shows_cut_outs_around_the_searched_position(client: Client) -> None:
    row = imaged(CENTRE, name="seen")
    imaged(CENTRE, name="closed", t_obs_release=61381.5)
    make_observation(**ring(obs_id="none"))
    page = client.get(reverse("search:results"), {"q": "M57 r=1m", "view": "cutouts", "cutout": "60"}).content.decode()
    assert f"/observations/{row.obsid}/cutout/?ra=283.39" in page
    assert "&amp;size=60" in page
    assert page.count("No cut-out available") == 1
    assert page.count("/cutout/?ra=") == 2  # the link and its picture
    assert client.get(reverse("search:results"), {"q": "M57", "view": "cutouts", "cutout": "7"}).status_code == 400
