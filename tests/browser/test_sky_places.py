"""What the sky draws lies where astropy, an image's world coordinates and HEALPix say."""

import json
from urllib.parse import quote

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import Angle, SkyCoord
from astropy.wcs import WCS
from cdshealpix.nested import vertices
from mocpy import MOC
from playwright.sync_api import FilePayload, Page, expect

from archive.models import Observation
from tests.browser.conftest import RING
from tests.factories import make_observation
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)


def stereographic(view: dict[str, float]) -> WCS:
    """The same view by astropy: "STG" around the pane's middle, north up, east left."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---STG", "DEC--STG"]
    wcs.wcs.crval = [view["ra"], view["dec"]]
    # a pixel at the centre: the width is 4 tan(fov / 4) radians of the plane
    cdelt = np.degrees(4 * np.tan(np.radians(view["fov"]) / 4)) / view["width"]
    wcs.wcs.cdelt = [-cdelt, cdelt]
    wcs.wcs.crpix = [view["width"] / 2, view["height"] / 2]
    return wcs


VIEWS = [
    (283.39, 33.03, 0.09),
    (0.0, 0.0, 4.0),
    (359.99, -45.0, 24.0),
    (120.0, 89.9, 4.0),
    (10.0, -90.0, 40.0),
    (80.0, 20.0, 150.0),
]


def test_places_are_drawn_where_astropy_projects_them(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    for looked in VIEWS:
        sky.look(*looked)
        view = sky.view
        xs, ys = np.meshgrid(np.linspace(5, view["width"] - 5, 7), np.linspace(5, view["height"] - 5, 7))
        # astropy's rows grow upwards, and FITS counts pixels so that a view's edge is at half a pixel
        pixels = np.column_stack([xs.ravel(), view["height"] - ys.ravel()])
        places = stereographic(view).wcs_pix2world(pixels, 1)
        got = np.array(sky.ask("given.map(([ra, dec]) => hook.pixelOf(ra, dec))", places.tolist()))
        assert np.abs(got - np.column_stack([xs.ravel(), ys.ravel()])).max() < 0.1, looked


@pytest.mark.parametrize("fov_deg", [0.09, 20.0, 170.0])
def test_the_scale_is_as_long_as_its_angle_across_the_middle(
    page: Page, stacked: dict[str, Observation], fov_deg: float
) -> None:
    sky = Sky.of(page, RING).look(80.0, 20.0, fov_deg)
    bar = page.locator("[data-sky=scale]")
    angle = Angle(bar.inner_text().replace("′", "m").replace("″", "s").replace("°", "d"), u.deg)
    middle = SkyCoord(80.0, 20.0, unit="deg")
    ends = [middle.directional_offset_by(turn * u.deg, angle / 2) for turn in (90, 270)]
    (left, _), (right, _) = (sky.pixel_of(end.ra.deg, end.dec.deg) for end in ends)
    drawn = bar.locator("i").bounding_box()
    assert drawn
    assert abs(right - left) == pytest.approx(drawn["width"], abs=0.1)


def test_the_outline_lies_on_its_pixels_across_zero_hours_and_at_the_poles(page: Page, transactional_db: None) -> None:
    corners = {
        "zero": [(359.99, -0.01), (0.01, -0.01), (0.01, 0.01), (359.99, 0.01)],
        "north": [(0.0, 89.99), (90.0, 89.99), (180.0, 89.99), (270.0, 89.99)],
        "south": [(0.0, -89.99), (270.0, -89.99), (180.0, -89.99), (90.0, -89.99)],
    }
    for name, ring in corners.items():
        region = "POLYGON ICRS " + " ".join(f"{ra} {dec}" for ra, dec in ring)
        make_observation(obs_id=name, s_region=region, s_ra=ring[0][0], s_dec=ring[0][1], obs_collection="JWST")
    for name, (ra, dec) in {"zero": (0.0, 0.0), "north": (0.0, 90.0), "south": (0.0, -90.0)}.items():
        sky = Sky.of(page, f"/search/?q={ra}+{dec}+r%3D2m").look(ra, dec, 0.05)
        assert sky.ask("sky.own.footprints.size") == 1, name
        for place in corners[name]:
            x, y = sky.pixel_of(*place)
            assert sky.opacity_near(x, y) > 100, f"{name}: nothing is drawn at {place}"


def on_the_rim(image: WCS, width: int, height: int) -> list[tuple[float, float]]:
    """Places along the edges of an image by its own world coordinates: of a tangent plane these are great circles."""
    shares = np.linspace(0.03, 0.97, 9)
    along, across = 0.5 + shares * width, 0.5 + shares * height
    still = np.full(len(shares), 0.5)
    edges = [(along, still), (along, still + height), (still, across), (still + width, across)]
    places = [np.column_stack(image.wcs_pix2world(x, y, 1)) for x, y in edges]
    return [(float(ra), float(dec)) for ra, dec in np.concatenate(places)]


#: Centre, width and height, turn (deg), field of the view (deg): a camera, and one of TESS, at 0 hours and at a pole.
IMAGES = {
    "camera": (150.0, 2.2, 0.05, 0.04, 33.0, 0.1),
    "zero": (0.003, -20.0, 0.05, 0.04, 120.0, 0.1),
    "tess": (359.0, 10.0, 24.0, 24.0, 20.0, 60.0),
    "pole": (80.0, -89.0, 24.0, 24.0, 70.0, 60.0),
}


@pytest.mark.parametrize("name", IMAGES)
def test_the_outline_of_an_image_lies_where_its_world_coordinates_say(
    page: Page, transactional_db: None, name: str
) -> None:
    ra, dec, wide, high, turn, fov = IMAGES[name]
    image, (columns, rows) = WCS(naxis=2), (600, 500)
    image.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    image.wcs.crval, image.wcs.crpix = [ra, dec], [columns / 2 + 0.5, rows / 2 + 0.5]
    image.wcs.cdelt = [-wide / columns, high / rows]
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    image.wcs.pc = [[c, -s], [s, c]]
    corners = image.calc_footprint(axes=(columns, rows), center=False)
    region = "POLYGON ICRS " + " ".join(f"{x:.9f} {y:.9f}" for x, y in corners)
    make_observation(obs_id=name, s_region=region, s_ra=ra, s_dec=dec)
    sky = Sky.of(page, f"/search/?q={ra}+{dec}+r%3D2m").look(ra, dec, fov)
    view = sky.view
    seen = 0
    for place in on_the_rim(image, columns, rows):
        ((x, up),) = stereographic(view).wcs_world2pix([place], 1)
        y = view["height"] - up
        if not (110 < x < view["width"] - 110 and 150 < y < view["height"] - 150):
            continue  # under a label of the grid, or out of view
        seen += 1
        assert sky.opacity_near(x, y) > 100, f"nothing is drawn within a pixel of {place}"
    assert seen >= 8


def test_the_searched_region_is_drawn_along_great_circles(page: Page, stacked: dict[str, Observation]) -> None:
    region = "POLYGON ICRS 250 50 310 50 310 20 250 20"
    sky = Sky.of(page, f"/search/?region={region}").look(280.0, 50.0, 40.0)
    ends = SkyCoord([250, 310], [50, 50], unit="deg")
    turn = ends[0].position_angle(ends[1])
    for share in (0.3, 0.4, 0.5):
        place = ends[0].directional_offset_by(turn, share * ends[0].separation(ends[1]))
        x, y = sky.pixel_of(place.ra.deg, place.dec.deg)
        assert sky.opacity_near(x, y, across=6) > 90, f"nothing is drawn at {place}"


def uploaded(page: Page, moc: MOC) -> str:
    """The region that an uploaded MOC is."""
    page.goto("/search/moc/upload/")
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    file: FilePayload = {
        "name": "area.json",
        "mimeType": "application/json",
        "buffer": json.dumps(moc.serialize("json")).encode(),
    }
    answer = page.request.post(
        page.url, multipart={"csrfmiddlewaretoken": token, "file": file}, headers={"Accept": "application/json"}
    )
    return str(answer.json()["region"])


def test_the_border_of_a_searched_moc_is_drawn(page: Page, stacked: dict[str, Observation]) -> None:
    moc = MOC.from_string("5/1000")
    sky = Sky.of(page, f"/search/?region={quote(uploaded(page, moc))}")
    lon, lat = vertices(np.array([1000], np.uint64), 5, step=8)
    corners = SkyCoord(lon[0], lat[0])
    sky.look(float(corners.ra.deg[0]), float(corners.dec.deg.mean()), 6.0)
    for begin, end in zip(corners, np.roll(corners, -1), strict=True):
        middle = begin.directional_offset_by(begin.position_angle(end), begin.separation(end) / 2)
        x, y = sky.pixel_of(middle.ra.deg, middle.dec.deg)
        assert sky.opacity_near(x, y, across=4, along=4) > 90, f"nothing is drawn at {middle}"
    expect(page.get_by_role("list", name="Footprints by colour")).not_to_contain_text("MOC")
    sky.look(float(corners.ra.deg[8]) + 0.001, float(corners.dec.deg[8]), 1 / 3600)  # its sides are millions of pixels


def test_a_moc_of_a_long_border_is_drawn_by_coarser_cells_and_that_is_said(
    page: Page, stacked: dict[str, Observation]
) -> None:
    moc = MOC.from_cone(283.4 * u.deg, 33 * u.deg, radius=20 * u.deg, max_depth=12)
    sky = Sky.of(page, f"/search/?region={quote(uploaded(page, moc))}")
    expect(page.get_by_role("list", name="Footprints by colour")).to_contain_text("MOC, drawn in cells of 3.4′")
    assert sky.ask("sky.searched.length") == 1


#: Keeps what is written on a canvas since it was last cleared: text, place and alignment.
HEAR_LABELS = """(() => {
  const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
  window.labels = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    window.labels.push([text, x, y, this.textAlign]);
    return fillText.call(this, text, x, y);
  };
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas.dataset.sky === "base") window.labels = [];
    return clearRect.call(this, ...box);
  };
})()"""


@pytest.mark.parametrize("frame", ["galactic", "icrs"])
def test_each_label_of_the_grid_says_its_line(page: Page, stacked: dict[str, Observation], frame: str) -> None:
    page.add_init_script(HEAR_LABELS)
    sky = Sky.of(page, RING)
    sky.ask("sky.set({ frame: given })", frame)
    for fov in (40.0, 7.0, 2.0, 0.9, 0.3, 0.1, 0.02, 0.005, 0.0005):
        sky.look(266.2, -28.8, fov)
        told = {"longitude": 0, "latitude": 0}
        for text, x, y, align in page.evaluate("window.labels"):
            line = {"left": [0, y + 4], "right": [sky.view["width"], y + 4], "center": [x, sky.view["height"]]}[align]
            place = sky.ask("sky.view.at(...given)", line)
            coordinates = SkyCoord(place["ra"], place["dec"], unit="deg")
            here = coordinates.galactic if frame == "galactic" else coordinates
            lon, lat = here.spherical.lon, here.spherical.lat
            kind = "longitude" if "h" in text or text.startswith("l") else "latitude"
            apart = abs((angle_of(text) - (lon if kind == "longitude" else lat)).wrap_at(180 * u.deg).deg)
            apart *= np.cos(lat.rad) if kind == "longitude" else 1
            # two definitions of the galactic frame are 0.02″ apart
            assert apart < 2 * fov / sky.view["width"] + 1e-5, f"{text} at {lon} {lat} in a field of {fov}°"
            told[kind] += 1
        assert min(told.values()) > 0, f"lines without a label in a field of {fov}°: {told}"


def angle_of(label: str) -> Angle:
    """``+33° 01′ 45″``, ``18h 53m 35.0s``, ``l 63.15°`` and ``b -2°`` as the grid writes them."""
    text = label.removeprefix("l ").removeprefix("b ").replace("′", "'").replace("″", '"')
    return Angle(text, unit="hourangle" if "h" in text else "deg")
