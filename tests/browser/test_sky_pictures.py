"""The picture behind the footprints: nothing asked of another host, a plain ground where there is none."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, Request, expect

from archive.models import Observation
from tests.browser.conftest import CENTRE, RING
from tests.conftest import LivePortal
from tests.services.browser import Complaints
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

WITHOUT_WEBGL = (
    "const asked = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext ="
    " function (kind, ...rest) { return kind.startsWith('webgl') ? null : asked.call(this, kind, ...rest); };"
)
WITHOUT_STORAGE = (
    "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name,"
    " { get() { throw new DOMException('Access is denied.', 'SecurityError'); } });"
)


def test_without_a_graphics_card_the_canvases_are_in_plain_memory(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    assert sky.ask("sky.layers.map((layer) => layer.getContextAttributes().willReadFrequently)") == [True, True]


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


@pytest.fixture
def local_sky() -> Iterator[None]:
    place = Path(settings.PORTAL_HOME) / "hips" / "synthetic"
    place.mkdir(parents=True)
    (place / "properties").write_text("creator_did = ivo://portal/P/synthetic")
    yield
    shutil.rmtree(place)


def test_that_there_is_no_picture_is_told_once_and_again_when_one_is_asked_for(
    page: Page, stacked: dict[str, Observation], local_sky: None
) -> None:
    page.add_init_script(WITHOUT_WEBGL)
    notice = page.locator("[data-sky=notice]")
    Sky.of(page, RING)
    expect(notice).to_contain_text("no WebGL 2")
    sky = Sky.of(page, RING)
    expect(page.locator("[data-sky=credit]")).to_have_attribute("title", re.compile("no WebGL 2"))
    sky.rest()
    expect(notice).to_be_hidden()
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_label("Background").select_option(label="Synthetic sky")
    expect(notice).to_contain_text("no WebGL 2")


def test_a_browser_that_keeps_nothing_is_told_whose_start_that_prevents(
    page: Page, stacked: dict[str, Observation], local_sky: None
) -> None:
    page.add_init_script(WITHOUT_STORAGE)
    sky = Sky.of(page, RING)
    expect(page.locator("[data-sky=notice]")).to_have_text(
        "The image viewer did not start (Access is denied.). Footprints and grid work without it."
    )
    assert sky.ask("sky.own.footprints.size") == 4


def test_without_webgl_a_survey_is_refused_before_it_is_asked_for(page: Page, stacked: dict[str, Observation]) -> None:
    page.add_init_script(WITHOUT_WEBGL)
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
