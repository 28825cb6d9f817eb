"""The search pages in a browser: keyboard, selection in grid and sky, history, colours, small screens, no script."""

import re
from typing import Literal

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from archive.models import Observation
from tests.conftest import LivePortal
from tests.factories import make_observation, make_observations, make_planned, make_product, square
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

RING = "/search/?q=283.39624+33.02914+r%3D2m"
FIELD = square(283.39624, 33.02914, 0.02)


@pytest.fixture
def ring(transactional_db: None) -> list[Observation]:
    rows = make_observations([{"s_region": FIELD, "obs_id": f"ring-{n}"} for n in range(60)])
    make_product(rows[0], size_bytes=3_000_000)
    make_observation(s_region=FIELD, obs_id="closed", t_obs_release=99000.0)
    make_planned(s_region=FIELD, obs_id="coming")
    return rows


def test_the_keyboard_alone_finds_ticks_and_opens_a_row(page: Page, ring: list[Observation]) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("283.39624 33.02914 r=2m")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("62")
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#selected-count")).to_have_text("1 selected")
    ticked = page.locator("tbody tr").nth(1)
    expect(ticked).to_have_class(re.compile("selected"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/.*#details=\d+"))
    expect(page.locator("#drawer-title")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_url(re.compile("/basket/"))


def test_the_keyboard_alone_goes_from_the_search_box_to_a_full_basket(page: Page, ring: list[Observation]) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("283.39624 33.02914 r=2m")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("62")
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowDown")
    expect(page.locator("tbody tr").first).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#estimate")).to_contain_text("1 file · 3 MB")
    with page.expect_response(lambda answer: answer.request.method == "POST" and "/basket/add" in answer.url):
        page.keyboard.press("a")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_url(re.compile("/basket/"))
    expect(page.locator("main")).to_contain_text(ring[0].obs_id)


def test_the_selection_is_one_thing_in_grid_sky_and_tool_bar(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    sky = Sky(page).rest()
    obsid = str(ring[0].obsid)
    row = page.locator(f"tr[data-obsid='{obsid}']")
    row.hover()
    assert sky.ask("sky.hovered") == obsid
    row.locator("input.tick").check()
    assert sky.ask("[...sky.selected]") == [obsid]
    expect(page.locator("#estimate")).to_contain_text("1 file · 3 MB")
    sky.ask("sky.tell('select', {id: given, on: false, key: 'own'})", obsid)
    expect(row.locator("input.tick")).not_to_be_checked()


def test_sorting_and_filters_stay_in_the_address_and_come_back(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    page.get_by_role("checkbox", name=re.compile("Exclusive Access")).check()
    expect(page.locator("#count")).to_have_text("1")
    expect(page).to_have_url(re.compile(r"f\.state=exclusive"))
    page.go_back()
    expect(page.locator("#count")).to_have_text("62")
    page.get_by_role("columnheader", name="Target Name").get_by_role("link").click()
    expect(page).to_have_url(re.compile("sort=target_name"))
    page.reload()
    expect(page.get_by_role("columnheader", name="Target Name")).to_have_attribute("aria-sort", "ascending")


@pytest.mark.parametrize(("address", "most"), [("/", 8), (RING, 11)])
def test_a_first_visit_asks_for_a_handful_of_files(
    page: Page, ring: list[Observation], address: str, most: int
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_load_state("load")
    files = [url for url in asked if "/static/" in url and "/vendor/aladin" not in url]
    assert 4 <= len(files) <= most, files


def test_light_and_dark_can_be_chosen_and_are_kept(page: Page, ring: list[Observation]) -> None:
    page.goto("/")
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("button", name="Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


@pytest.mark.parametrize("address", ["/", RING, "/basket/", "/programs/JWST/1558/"])
def test_on_a_telephone_nothing_scrolls_sideways(page: Page, ring: list[Observation], address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_on_a_telephone_the_panes_are_tabs(page: Page, ring: list[Observation]) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(RING)
    expect(page.locator("#pane-sky")).to_be_hidden()
    page.get_by_role("tab", name="Sky").click()
    expect(page.locator("#pane-sky")).to_be_visible()
    expect(page.locator("#pane-results")).to_be_hidden()


def test_without_a_script_a_search_still_ends_in_the_basket(
    browser: Browser, live_portal: LivePortal, ring: list[Observation]
) -> None:
    context = browser.new_context(base_url=live_portal.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(RING)
    page.locator("input[name='f.state'][value='public']").check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page.locator("#count")).to_have_text("60")
    page.locator(f"input[name='obsid'][value='{ring[0].obsid}']").check()
    page.locator("#add").click()
    expect(page.locator("#basket-link")).to_contain_text("1 file")
    context.close()


def test_paper_shows_the_rows_and_none_of_what_is_beside_them(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    page.emulate_media(media="print")
    expect(page.locator("tr[data-obsid]").first).to_be_visible()
    expect(page.locator("#count")).to_be_visible()
    for name in ("#pane-filters", "#pane-sky", "#tabs"):
        expect(page.locator(name)).to_be_hidden()
    expect(page.get_by_role("link", name=re.compile("^Details of")).first).to_be_hidden()


def test_forced_colours_leave_what_is_chosen_and_the_colours_of_missions(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    chip, sky = page.locator("tbody .mission").first, page.locator("[data-sky=scale]")
    colour = "one => getComputedStyle(one, '::before').backgroundColor"
    before = chip.evaluate(colour)
    told = sky.evaluate("one => getComputedStyle(one).color")
    page.emulate_media(forced_colors="active")
    assert chip.evaluate(colour) == before
    assert sky.evaluate("one => getComputedStyle(one).color") == told, "the canvas under it keeps its colours"
    for group in ("Positions as", "Rows as"):
        chosen, other = (
            page.get_by_role("group", name=group)
            .locator(":scope > *")
            .nth(n)
            .evaluate("one => getComputedStyle(one).backgroundColor")
            for n in (0, 1)
        )
        assert chosen != other, group


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, ring: list[Observation], scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    addresses = (
        "/",
        RING,
        "/search/?collection=proposals&q=x",
        f"/observations/{ring[0].obsid}/",
        "/programs/JWST/1558/",
    )
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for address in addresses:
            page.goto(address)
            assert axe_violations(page) == [], f"{address} at {width} px, {scheme}"


def axe_violations(page: Page) -> list[str]:
    page.evaluate((settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{item['id']}: {item['nodes'][0]['html']}" for item in found["violations"]]
