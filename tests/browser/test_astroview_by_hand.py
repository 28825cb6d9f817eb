"""AstroView as hands use it: regions drawn by mouse and finger, rows shown on the sky, small screens, nothing shown."""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from playwright.sync_api import Browser, Page, expect

from archive.models import Observation
from tests.browser.conftest import CENTRE, RING
from tests.conftest import LivePortal
from tests.factories import make_observation, square
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

RA, DEC = CENTRE
Place = tuple[float, float]


@pytest.fixture
def scattered(transactional_db: None) -> list[Observation]:
    """Positions without a footprint, a few arc-minutes around one: which of them a region holds is told by hand."""
    rng = np.random.default_rng(11)
    away = rng.uniform(-0.06, 0.06, (60, 2))
    return [make_observation(obs_id=f"at-{n}", s_ra=RA + x, s_dec=DEC + y) for n, (x, y) in enumerate(away)]


def inside(rows: Sequence[Observation], corners: Sequence[Place], sky: Sky) -> int:
    """Rows whose pixel lies in a polygon of pixels, by the winding of its corners around it."""
    count = 0
    for row in rows:
        assert row.s_ra is not None
        assert row.s_dec is not None
        turns = np.array(corners) - sky.pixel_of(row.s_ra, row.s_dec)
        angles = np.unwrap(np.append(np.arctan2(turns[:, 1], turns[:, 0]), np.arctan2(turns[0, 1], turns[0, 0])))
        count += bool(abs(angles[-1] - angles[0]) > np.pi)
    return count


BOX: list[Place] = [(90, 200), (230, 330)]
FREE: list[Place] = [(60, 200), (200, 150), (290, 300), (180, 420), (80, 330)]


def drag_by_mouse(page: Page, places: Sequence[Place]) -> None:
    stage = page.locator("[data-sky=stage]").bounding_box()
    assert stage
    page.mouse.move(stage["x"] + places[0][0], stage["y"] + places[0][1])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(stage["x"] + x, stage["y"] + y, steps=6)
    page.mouse.up()


def drag_by_finger(page: Page, places: Sequence[Place]) -> None:
    stage = page.locator("[data-sky=stage]").bounding_box()
    assert stage
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: Place) -> None:
        told = [{"x": stage["x"] + x, "y": stage["y"] + y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    touch("touchStart", places[0])
    for (ax, ay), (bx, by) in pairwise(places):
        for share in (0.25, 0.5, 0.75, 1.0):
            touch("touchMove", (ax + (bx - ax) * share, ay + (by - ay) * share))
    touch("touchEnd")


def tap(page: Page, *places: Place) -> None:
    """By as many fingers at once."""
    stage = page.locator("[data-sky=stage]").bounding_box()
    assert stage
    session = page.context.new_cdp_session(page)
    told = [{"x": stage["x"] + x, "y": stage["y"] + y} for x, y in places]
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": told})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_one_finger_chooses_and_two_do_not(browser: Browser, live_portal: LivePortal, transactional_db: None) -> None:
    make_observation(s_region=square(RA, DEC, 0.05), s_ra=RA, s_dec=DEC)
    context = browser.new_context(base_url=live_portal.url, has_touch=True)
    page = context.new_page()
    x, y = Sky.of(page, RING).rest().look(RA, DEC, 0.2).pixel_of(RA, DEC)
    tap(page, (x - 20, y), (x + 20, y))
    expect(page.locator("#selected-count")).to_have_text("0 selected")
    tap(page, (x, y))
    expect(page.locator("#selected-count")).to_have_text("1 selected")
    context.close()


@pytest.mark.parametrize("tool", ["a box", "a circle", "a free line"])
def test_a_region_drawn_by_mouse_finds_what_lies_in_it(page: Page, scattered: list[Observation], tool: str) -> None:
    sky = Sky.of(page, RING).look(RA, DEC, 0.12)
    page.get_by_role("button", name=f"Draw {tool}").click()
    drag_by_mouse(page, FREE if "line" in tool else BOX)
    if "circle" in tool:
        middle, rim = (sky.ask("sky.view.at(...given)", list(place)) for place in BOX)
        radius = SkyCoord(middle["ra"], middle["dec"], unit="deg").separation(
            SkyCoord(rim["ra"], rim["dec"], unit="deg")
        )
        places = SkyCoord([row.s_ra for row in scattered], [row.s_dec for row in scattered], unit="deg")
        expected = int((places.separation(SkyCoord(middle["ra"], middle["dec"], unit="deg")) < radius).sum())
    else:
        (ax, ay), (bx, by) = BOX
        expected = inside(scattered, FREE if "line" in tool else [(ax, ay), (bx, ay), (bx, by), (ax, by)], sky)
    words = {
        "a box": r"Box of 2\.9′ × 2\.7′",
        "a circle": r"Circle, radius 4′",
        "a free line": r"Free line of \d+ corners",
    }
    expect(page.locator("[data-sky=region] p")).to_have_text(re.compile(words[tool]))
    page.get_by_role("button", name="Search this region").click()
    expect(page).to_have_url(re.compile("region="))
    assert 0 < expected < len(scattered)
    expect(page.locator("#count")).to_have_text(str(expected))


@pytest.mark.parametrize("tool", ["a box", "a free line"])
def test_a_region_drawn_by_a_finger_filters_and_leaves_the_buttons_free(
    browser: Browser, live_portal: LivePortal, scattered: list[Observation], tool: str
) -> None:
    context = browser.new_context(
        base_url=live_portal.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    sky = Sky.of(page, RING)
    page.get_by_role("tab", name="Sky").tap()
    sky.rest().look(RA, DEC, 0.12)
    page.get_by_role("button", name=f"Draw {tool}").tap()
    (ax, ay), (bx, by) = drawn = [(120.0, 130.0), (280.0, 260.0)]
    corners = [(ax, ay), (bx, ay), (bx, by), (ax, by)]
    drag_by_finger(page, drawn if "box" in tool else [*corners, (ax, ay + 4)])
    # four corners drawn as a free line are no box
    said = page.locator("[data-sky=region] p")
    expect(said).to_have_text(re.compile("^Box of" if "box" in tool else "^Free line of"))
    bar = page.locator("[data-sky=region]").bounding_box()
    for name in ("Fit the results", "Settings of the sky"):
        button = page.get_by_role("button", name=name).bounding_box()
        assert bar
        assert button
        assert button["y"] + button["height"] <= bar["y"], f"the region lies on {name}"
    expected = inside(scattered, corners, sky)
    page.get_by_role(
        "button", name="Filter by region"
    ).click()  # a tap that a busy machine answers late is a long press
    expect(page).to_have_url(re.compile("f.region="))
    assert 0 < expected < len(scattered)
    expect(page.locator("#count")).to_have_text(str(expected))
    context.close()


def test_the_settings_fit_the_sky_of_a_small_screen(page: Page, scattered: list[Observation]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sky = Sky.of(page, RING)
    page.get_by_role("tab", name="Sky").click()
    sky.rest()
    page.get_by_role("button", name="Settings of the sky").click()
    panel, place = page.locator("[data-sky=settings]").bounding_box(), page.locator("[data-sky=sky]").bounding_box()
    assert panel
    assert place
    assert place["y"] <= panel["y"]
    assert panel["y"] + panel["height"] <= place["y"] + place["height"]


def test_none_shows_no_footprint_and_answers_to_none(page: Page, transactional_db: None) -> None:
    make_observation(s_region=square(RA, DEC, 0.03), s_ra=RA, s_dec=DEC)
    sky = Sky.of(page, RING)
    page.get_by_role("button", name="None", exact=True).click()
    sky.rest()
    x, y = sky.pixel_of(RA, DEC - 0.03)
    assert sky.opacity_near(x, y, across=0) < 60
    sky.point_at(RA, DEC, click=True)
    expect(page.locator("#selected-count")).to_have_text("0 selected")
    expect(page.locator("[data-sky=label]")).to_be_hidden()
    page.get_by_role("application").focus()
    page.keyboard.press("n")
    expect(page.locator("#announcement")).to_have_text("No footprint in view; the sky shows none")


def test_a_row_shown_on_the_sky_stays_in_the_address(page: Page, transactional_db: None) -> None:
    make_observation(s_region=square(RA, DEC, 0.03), s_ra=RA, s_dec=DEC)
    sky = Sky.of(page, RING).look(RA + 5, DEC, 20.0)
    page.locator("[data-row-menu]").first.click()
    page.get_by_text("Show on the sky").click()
    expect(page).to_have_url(re.compile(r"&sky=283\.3\d+,33\.0\d+,0\.\d+"))
    before = sky.rest().view
    page.reload()
    assert sky.rest().view["fov"] == pytest.approx(before["fov"], rel=1e-3)


def test_the_colour_picker_shows_the_colour_of_the_search(page: Page, scattered: list[Observation]) -> None:
    sky = Sky.of(page, RING)
    settings, picker = (
        page.get_by_role("button", name="Settings of the sky"),
        page.get_by_label("Colour of this search"),
    )
    settings.click()
    ordinary = picker.input_value()
    picker.fill("#ff8800")
    page.reload()
    sky.rest()
    settings.click()
    expect(picker).to_have_value("#ff8800")
    page.get_by_role("button", name="by mission").click()
    expect(picker).to_have_value(ordinary)
    assert sky.rest().ask("sky.own.colour") == ""


def test_without_a_script_the_scale_stands_clear_of_the_coordinates(
    browser: Browser, live_portal: LivePortal, transactional_db: None
) -> None:
    make_observation(s_region=square(RA, DEC, 0.03), s_ra=RA, s_dec=DEC)
    context = browser.new_context(base_url=live_portal.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(RING)
    chart = page.frame_locator("iframe.locator-frame")
    bar = chart.locator(".scale-bar").bounding_box()
    assert bar
    labels = chart.locator(".labels text").all()
    assert len(labels) > 3
    for label in labels[:-1]:  # the last is the bar's own
        box = label.bounding_box()
        assert box
        apart_across = box["x"] >= bar["x"] + bar["width"] or box["x"] + box["width"] <= bar["x"]
        apart_along = box["y"] >= bar["y"] + bar["height"] or box["y"] + box["height"] <= bar["y"]
        assert apart_across or apart_along, label.text_content()
    context.close()
