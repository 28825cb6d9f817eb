"""AstroView: footprints where the sky has them, one selection with the grid, nothing asked of another host."""

import json
import re
import shutil
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import Angle, SkyCoord
from astropy.wcs import WCS
from cdshealpix.nested import healpix_to_lonlat, vertices
from django.conf import settings
from mocpy import MOC
from playwright.sync_api import Browser, FilePayload, Page, Request, expect

from archive.models import Observation
from tests.browser.test_search_pages import axe_violations
from tests.conftest import LivePortal
from tests.factories import make_observation, make_observations, make_planned, square
from tests.services.browser import Complaints
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

RING = "/search/?q=283.39624+33.02914+r%3D10m"
CENTRE = (283.39624, 33.02914)


#: The middle of cell 101 of order 3, degrees.
HEALPIX_101 = tuple(float(angle.deg[0]) for angle in healpix_to_lonlat(np.array([101], np.uint64), 3))


@pytest.fixture
def stacked(transactional_db: None) -> dict[str, Observation]:
    """Three squares, one in the other, and one beside them of another kind."""
    ra, dec = CENTRE
    return {
        "large": make_observation(obs_id="large", s_region=square(ra, dec, 0.06), s_ra=ra, s_dec=dec),
        "middle": make_observation(obs_id="middle", s_region=square(ra, dec, 0.03), s_ra=ra, s_dec=dec),
        "small": make_observation(obs_id="small", s_region=square(ra, dec, 0.01), s_ra=ra, s_dec=dec),
        "beside": make_planned(obs_id="beside", s_region=square(ra, dec - 0.1, 0.02), s_ra=ra, s_dec=dec - 0.1),
    }


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
            drawn = max(sky.colour_at("base", x + dx, y + dy)[3] for dx in (-1, 0, 1) for dy in (-1, 0, 1))
            assert drawn > 100, f"{name}: nothing is drawn at {place}"


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
        drawn = max(sky.colour_at("base", x + dx, y + dy)[3] for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        assert drawn > 100, f"nothing is drawn within a pixel of {place}"
    assert seen >= 8


def test_without_a_graphics_card_the_canvases_are_in_plain_memory(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    assert sky.ask("sky.layers.map((layer) => layer.getContextAttributes().willReadFrequently)") == [True, True]


def test_a_click_selects_the_smallest_and_more_clicks_go_through_the_others(
    page: Page, stacked: dict[str, Observation]
) -> None:
    sky = Sky.of(page, RING)

    def see_selected(*names: str) -> None:
        for name in names:
            expect(page.locator(f"#selection input[name=obsid][value='{stacked[name].obsid}']")).to_be_checked()
        expect(page.locator("#selection input.tick:checked[name=obsid]")).to_have_count(len(names))

    for expected in ("small", "middle", "large", "small"):
        sky.point_at(CENTRE[0], CENTRE[1], click=True)
        see_selected(expected)
    expect(page.locator("#selected-count")).to_have_text("1 selected")
    sky.point_at(CENTRE[0], CENTRE[1] - 0.1, click=True)
    see_selected("beside", "small")
    x, y = sky.pixel_of(CENTRE[0], CENTRE[1] - 0.12)
    sky.rest()
    assert max(min(sky.colour_at("top", x + d, y + e)[:3]) for d in range(-6, 7) for e in (-1, 0, 1)) > 200, "not white"


def test_a_tick_leaves_the_sky_where_it_is(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    before = page.locator("[data-sky=stage]").bounding_box()
    sky.point_at(CENTRE[0], CENTRE[1], click=True)
    expect(page.locator("#estimate")).not_to_be_empty()
    assert page.locator("[data-sky=stage]").bounding_box() == before


def test_hovering_lights_row_and_footprint_both_ways(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    row = page.locator(f"tr[data-obsid='{stacked['middle'].obsid}']")
    row.hover()
    sky.rest()
    x, y = sky.pixel_of(CENTRE[0], CENTRE[1] + 0.02)
    assert sky.colour_at("top", x, y)[3] > 60, "the footprint is not filled"
    sky.point_at(CENTRE[0], CENTRE[1] - 0.1)
    expect(page.locator(f"tr[data-obsid='{stacked['beside'].obsid}']")).to_have_class(re.compile("lit"))
    expect(row).not_to_have_class(re.compile("lit"))
    expect(page.locator("[data-sky=label]")).to_contain_text("beside")


def test_nothing_is_asked_of_another_host(page: Page, live_portal: LivePortal, stacked: dict[str, Observation]) -> None:
    asked: list[Request] = []

    def hear(request: Request) -> None:
        asked.append(request)

    page.on("request", hear)
    sky = Sky.of(page, RING).look(10.0, 20.0, 90.0)
    page.get_by_role("button", name="Settings of the sky").click()
    sky.rest()
    hosts = {urlsplit(request.url).netloc for request in asked if not request.url.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(live_portal.url).netloc}


def test_a_survey_out_of_reach_leaves_the_sky_as_it_was(
    page: Page, complaints: Complaints, stacked: dict[str, Observation]
) -> None:
    complaints.expected.append("alasky.cds.unistra.fr")
    page.route("https://alasky.cds.unistra.fr/**", lambda route: route.abort())
    sky = Sky.of(page, RING)
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_label("Background").select_option(label="DSS2 color")
    expect(page.locator("[data-sky=notice]")).to_contain_text("The survey cannot be reached.")
    assert sky.rest().ask("sky.engine.isPlain")
    page.keyboard.press("Escape")
    sky.point_at(CENTRE[0], CENTRE[1] - 0.1, click=True)
    expect(page.locator("#selected-count")).to_have_text("1 selected")


def test_the_keyboard_walks_through_the_footprints(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    page.get_by_role("application").focus()
    page.keyboard.press("n")
    expect(page.locator("#announcement")).to_contain_text("row 1; 1 of 4 in view")
    page.keyboard.press("Enter")
    expect(page.locator("#selected-count")).to_have_text("1 selected")
    before = sky.view
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    sky.rest()
    assert sky.view["fov"] < before["fov"]
    assert sky.view["ra"] != before["ra"]
    page.keyboard.press("Home")
    assert sky.rest().view["fov"] == pytest.approx(before["fov"], rel=1e-3)


def test_the_view_stays_while_the_rows_change(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING).look(283.4, 33.05, 0.4)
    page.get_by_role("checkbox", name=re.compile("Planned")).check()
    expect(page.locator("#count")).to_have_text("1")
    assert sky.rest().view["fov"] == pytest.approx(0.4)
    assert sky.ask("sky.own.footprints.size") == 1
    page.locator("#pane-sky [data-do-fold]").click()
    page.locator("#pane-sky [data-unfold]").click()
    assert sky.rest().view["fov"] == pytest.approx(0.4)


def test_rows_of_other_pages_are_on_the_sky(page: Page, transactional_db: None) -> None:
    ra, dec = CENTRE
    make_observations([{"obs_id": f"row-{n:03d}", "s_region": square(ra, dec + n * 1e-4, 0.01)} for n in range(130)])
    sky = Sky.of(page, f"{RING}&size=50")
    assert sky.ask("sky.own.footprints.size") == 130
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_role("combobox", name=re.compile("^Footprints of")).select_option("page")
    assert sky.rest().ask("sky.own.footprints.size") == 50


def test_the_rows_of_other_pages_are_asked_for_once_and_before_the_page_is_drawn(
    page: Page, transactional_db: None
) -> None:
    ra, dec = CENTRE
    make_observations([{"obs_id": f"row-{n:03d}", "s_region": square(ra, dec + n * 1e-4, 0.01)} for n in range(130)])
    asked: list[str] = []

    def hear(request: Request) -> None:
        asked.append(urlsplit(request.url).path)

    page.on("request", hear)
    Sky.of(page, f"{RING}&size=50")
    assert asked.count("/search/sky/") == 1
    page.evaluate(
        "document.addEventListener('htmx:afterSwap',"
        " ({ target }) => target.id === 'results' && performance.mark('swapped'), { capture: true })"
    )
    page.get_by_role("checkbox", name=re.compile("Public")).check()
    expect(page.locator("#sky-search")).to_have_attribute("data-query", re.compile("public"))
    sky = Sky(page).rest()
    assert sky.ask("sky.own.footprints.size") == 130
    assert asked.count("/search/sky/") == 2
    began, swapped = page.evaluate(
        "[performance.getEntriesByType('resource').filter((one) => one.name.includes('/search/sky/')).at(-1).startTime,"
        " performance.getEntriesByName('swapped')[0].startTime]"
    )
    assert began < swapped


def test_rows_below_what_can_be_seen_come_once_the_sky_has_been_drawn(page: Page, transactional_db: None) -> None:
    ra, dec = CENTRE
    make_observations([{"obs_id": f"row-{n:03d}", "s_region": square(ra, dec + n * 1e-4, 0.01)} for n in range(60)])
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => {"
        " const rows = [...document.querySelectorAll('tr[data-obsid]')];"
        " window.first = rows.filter((row) => row.checkVisibility()).length; })"
    )
    Sky.of(page, f"{RING}&size=100")
    expect(page.locator("tr[data-obsid]").last).to_be_visible()
    assert page.evaluate("[window.first, document.querySelectorAll('tr[data-obsid]').length]") == [30, 60]


def test_a_footprint_of_another_page_leads_to_its_row(page: Page, transactional_db: None) -> None:
    ra, dec = CENTRE
    make_observations(
        [{"obs_id": f"row-{n:03d}", "s_region": square(ra, dec + n * 1e-3, 4e-4), "s_ra": ra, "s_dec": dec + n * 1e-3}
         for n in range(130)]
    )  # fmt: skip
    sky = Sky.of(page, f"{RING}&size=50&sort=obs_id").look(ra, dec + 0.12, 0.05)
    sky.point_at(ra, dec + 0.12, click=True)
    row = page.locator("tr[data-obsid]", has_text="row-120")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    expect(row.locator("input.tick")).to_be_checked()
    expect(page.locator("#announcement")).to_have_text(re.compile(r"row-120.*, row 121; selected, 1 selected"))
    page.get_by_role("application").focus()
    for key in ("n", "p", "Enter"):
        page.keyboard.press(key)
        sky.rest()
    expect(page.locator("#selected-count")).to_have_text("2 selected")


def test_each_open_tab_has_its_colour_and_a_chosen_one_stays(page: Page, stacked: dict[str, Observation]) -> None:
    Sky.of(page, f"/search/?q={CENTRE[0]}+{CENTRE[1]}+r%3D1m")
    sky = Sky.of(page, RING)
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_role("combobox", name=re.compile("^Footprints of")).select_option("tabs")
    first, second = sky.rest().ask("sky.sets.map(({ colour }) => colour)")
    assert first
    assert second
    assert first != second
    legend = page.get_by_role("list", name="Footprints by colour").get_by_role("listitem")
    expect(legend).to_have_text(["this search", re.compile("18 53 35")])
    page.get_by_label("Colour of this search").fill("#ff8800")
    page.reload()
    assert Sky(page).rest().ask("sky.own.colour") == "#ff8800"


def test_on_a_small_screen_what_was_picked_is_told_and_leads_to_the_list(
    page: Page, stacked: dict[str, Observation]
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sky = Sky.of(page, RING)
    page.get_by_role("tab", name="Sky").click()
    sky.rest().look(*CENTRE, 0.4).point_at(*CENTRE, click=True)
    way = page.get_by_role("button", name="Show in list")
    expect(way).to_be_in_viewport(ratio=1)
    card = page.locator("[data-sky=card]").bounding_box()
    assert card
    for name in ("Zoom in", "Zoom out", "Fit the results", "Full screen", "Settings of the sky"):
        button = page.get_by_role("button", name=name).bounding_box()
        assert button
        assert button["y"] + button["height"] <= card["y"], f"the card lies on {name}"
    assert (
        page.locator("[data-sky=card]").evaluate("card => getComputedStyle(card).backgroundColor") != "rgba(0, 0, 0, 0)"
    )
    way.click()
    expect(page.locator(f"tr[data-obsid='{stacked['small'].obsid}']")).to_be_in_viewport()


#: Settled once its promise resolves: whoever listens only then may have missed it.
DRAW_THE_RESULTS_ANEW = """async () => {
  const settled = new Promise((done, fail) => {
    document.addEventListener("htmx:afterSettle", done, { once: true });
    setTimeout(() => fail(new Error("the results did not settle")), 30000);
  });
  await htmx.ajax("GET", location.href, { source: "#results", target: "#results", swap: "outerHTML" });
  await settled;
}"""


def test_who_works_on_the_sky_by_keyboard_stays_there_while_the_rows_change(
    page: Page, stacked: dict[str, Observation]
) -> None:
    Sky.of(page, RING)
    page.get_by_role("application").focus()
    page.evaluate(DRAW_THE_RESULTS_ANEW)
    expect(page.get_by_role("application")).to_be_focused()


def test_the_searched_region_is_drawn_along_great_circles(page: Page, stacked: dict[str, Observation]) -> None:
    region = "POLYGON ICRS 250 50 310 50 310 20 250 20"
    sky = Sky.of(page, f"/search/?region={region}").look(280.0, 50.0, 40.0)
    ends = SkyCoord([250, 310], [50, 50], unit="deg")
    turn = ends[0].position_angle(ends[1])
    for share in (0.3, 0.4, 0.5):
        place = ends[0].directional_offset_by(turn, share * ends[0].separation(ends[1]))
        x, y = sky.pixel_of(place.ra.deg, place.dec.deg)
        drawn = max(sky.colour_at("base", x + dx, y + dy)[3] for dx in range(-6, 7) for dy in (-1, 0, 1))
        assert drawn > 90, f"nothing is drawn at {place}"


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
        drawn = max(sky.colour_at("base", x + dx, y + dy)[3] for dx in range(-4, 5) for dy in range(-4, 5))
        assert drawn > 90, f"nothing is drawn at {middle}"
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
    checked = 0
    for fov in (40.0, 7.0, 2.0, 0.9, 0.3, 0.1, 0.02, 0.005, 0.0005):
        sky.look(266.2, -28.8, fov)
        for text, x, y, align in page.evaluate("window.labels"):
            left, line = (0.0, y + 4) if align == "left" else (x, sky.view["height"])
            place = sky.ask("sky.view.at(...given)", [left, line])
            coordinates = SkyCoord(place["ra"], place["dec"], unit="deg")
            lon, lat = (
                (coordinates.galactic.l, coordinates.galactic.b)
                if frame == "galactic"
                else (coordinates.ra, coordinates.dec)
            )
            at = lat if align == "left" else lon
            told = Angle(text, unit="hourangle") if "h" in text else Angle(text.replace("′", "'").replace("″", '"'))
            apart = abs((told - at).wrap_at(180 * u.deg).deg) * (1 if align == "left" else np.cos(lat.rad))
            # two definitions of the galactic frame are 0.02″ apart
            assert apart < 2 * fov / sky.view["width"] + 1e-5, f"{text} at {at} in a field of {fov}°"
            checked += 1
    assert checked > 15


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_legend_says_what_the_shades_of_cells_mean(
    page: Page, stacked: dict[str, Observation], scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    sky = Sky.of(page, RING)
    legend = page.get_by_role("list", name="Footprints by colour")
    expect(legend).not_to_contain_text("in a cell")
    sky.ask("[sky.setCoverage({ order: 3, cells: [[100, 2], [101, 1234]] }), sky.tell('rows', null)]")
    expect(legend.get_by_role("listitem").last).to_have_text("few: 2  many: 1,234 in a cell")
    shades = [float(shade) for shade in legend.locator(".shade").evaluate_all("all => all.map((s) => s.style.opacity)")]
    drawn = sky.rest().look(HEALPIX_101[0], HEALPIX_101[1], 5.0).colour_at("base", 100, 100)
    assert len(shades) == 5
    assert shades == sorted(shades)
    assert drawn[3] == pytest.approx(255 * shades[-1], abs=3)
    page.get_by_role("button", name="None").click()
    expect(legend).not_to_contain_text("in a cell")


def test_a_local_sky_that_went_leaves_the_plain_ground_and_asks_nobody_else(
    page: Page, live_portal: LivePortal, complaints: Complaints, stacked: dict[str, Observation]
) -> None:
    complaints.expected.append("404")
    asked: list[str] = []

    def hear(request: Request) -> None:
        asked.append(request.url)

    sky = Sky.of(page, RING)
    page.on("request", hear)
    said = sky.ask("sky.setSurvey(new URL('/hips/synthetic', location.href).href, {}).catch((error) => error.message)")
    assert said == "The synthetic sky cannot be read."
    assert sky.rest().ask("sky.engine.isPlain")
    others = [url for url in asked if not url.endswith(".svg")]  # the page's own icon may still come
    assert others == [f"{live_portal.url}/hips/synthetic/properties"]


def test_the_sky_says_how_far_its_picture_is_drawn(page: Page, stacked: dict[str, Observation]) -> None:
    place = Path(settings.PORTAL_HOME) / "hips" / "synthetic"
    place.mkdir(parents=True)
    page.add_init_script("localStorage.setItem('sky', JSON.stringify({ survey: 'plain' }))")
    try:
        (place / "progress.json").write_text('{"done": 510, "total": 1020}')
        page.goto(RING)
        expect(page.locator("[data-sky=drawing]")).to_have_text("Synthetic sky: 50 % drawn")
        (place / "progress.json").write_text('{"done": 816, "total": 1020}')
        expect(page.locator("[data-sky=drawing]")).to_have_text("Synthetic sky: 80 % drawn")
        (place / "properties").write_text("creator_did = ivo://portal/P/synthetic")
        expect(page.locator("[data-sky=drawing]")).to_be_hidden()
        page.get_by_role("button", name="Settings of the sky").click()
        page.get_by_label("Background").select_option(label="Plain, grid only")
        assert page.get_by_label("Background").locator("option").first.text_content() == "Synthetic sky"
    finally:
        shutil.rmtree(place)


def test_without_webgl_a_survey_is_refused_before_it_is_asked_for(page: Page, stacked: dict[str, Observation]) -> None:
    page.add_init_script(
        "const asked = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext ="
        " function (kind, ...rest) { return kind.startsWith('webgl') ? null : asked.call(this, kind, ...rest); };"
    )
    asked: list[str] = []

    def hear(request: Request) -> None:
        asked.append(urlsplit(request.url).netloc)

    Sky.of(page, RING)
    page.on("request", hear)
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_label("Background").select_option(label="DSS2 color")
    expect(page.locator("[data-sky=notice]")).to_contain_text("no WebGL 2")
    expect(page.get_by_label("Background")).to_have_value("plain")
    assert set(asked) <= {urlsplit(page.url).netloc}  # its own icon may still come


def test_a_pane_that_grows_tells_its_field(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING).look(283.4, 33.05, 1.0)
    expect(page.locator("#pane-sky noscript")).to_be_hidden()
    field = page.locator("[data-sky=field]")
    expect(field).to_contain_text("1° ×")
    before = sky.view["width"]
    page.get_by_role("separator", name="Width of the sky").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(field).to_contain_text(f"{1.0 * (before + 160) / before:.2g}° ×")  # a size is told in the frame after
    assert sky.rest().view["width"] == before + 160


def test_the_chart_without_a_script_has_the_colours_of_the_missions_and_the_height_of_the_pane(
    browser: Browser, live_portal: LivePortal, stacked: dict[str, Observation]
) -> None:
    context = browser.new_context(base_url=live_portal.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(RING)
    frame, pane = page.locator("iframe.locator-frame").bounding_box(), page.locator("#pane-sky").bounding_box()
    assert frame
    assert pane
    assert pane["height"] - frame["height"] < 40
    outline = page.frame_locator("iframe.locator-frame").locator(".footprint").first
    # the colour of JWST on the sky
    expect(outline).to_have_css("stroke", "rgb(245, 143, 192)")
    context.close()


def test_the_label_stays_in_the_pane(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    view, stage = sky.view, page.locator("[data-sky=stage]").bounding_box()
    assert stage
    for x, y in [(0.02, 0.3), (0.98, 0.3), (0.5, 0.97), (0.98, 0.97)]:
        sky.ask(
            "sky.tell('hover', given)",
            {"id": "", "text": f"{'long ' * 30}\nsecond", "x": x * view["width"], "y": y * view["height"]},
        )
        label = page.locator("[data-sky=label]").bounding_box()
        assert label
        assert stage["x"] <= label["x"]
        assert label["x"] + label["width"] <= stage["x"] + stage["width"]
        assert stage["y"] <= label["y"]
        assert label["y"] + label["height"] <= stage["y"] + stage["height"]


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_the_sky(page: Page, stacked: dict[str, Observation], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    Sky.of(page, RING)
    if width < 768:
        page.get_by_role("tab", name="Sky").click()
    Sky(page).rest()
    page.get_by_role("button", name="Settings of the sky").click()
    assert axe_violations(page) == []
