"""The details drawer in a browser: keyboard, focus, address, history, small screens."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from archive.models import Observation
from tests.browser.test_search_pages import RING, axe_violations
from tests.factories import make_observations, make_product, square
from tests.services.browser import Complaints

pytestmark = pytest.mark.django_db(transaction=True)

FIELD = square(283.39624, 33.02914, 0.02)


@pytest.fixture
def ring(transactional_db: None) -> list[Observation]:
    rows = make_observations([{"s_region": FIELD, "obs_id": f"ring-{n}"} for n in range(5)])
    make_product(rows[0])
    return rows


def title(page: Page) -> str:
    return page.locator("#drawer-title").inner_text()


def test_enter_opens_a_row_and_escape_gives_the_focus_back(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    page.wait_for_load_state("load")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer-title")).to_be_focused()
    assert title(page) == "ring-0"
    expect(page.locator("#drawer-place")).to_have_text("Row 1")
    expect(page.get_by_role("button", name="Previous row")).to_be_disabled()
    page.keyboard.press("n")
    expect(page.locator("#drawer-title")).to_have_text("ring-1")
    page.get_by_role("button", name="Next row").press("Enter")
    expect(page.locator("#drawer-title")).to_have_text("ring-2")
    expect(page.get_by_role("button", name="Next row")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("tbody tr").nth(2)).to_be_focused()
    expect(page).to_have_url(re.compile(r"^[^#]*$"))


def test_reload_back_and_a_link_show_the_same_details(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    page.locator("tbody tr").nth(3).get_by_role("link", name="Details of ring-3").click()
    expect(page.locator("#drawer-title")).to_have_text("ring-3")
    page.reload()
    expect(page.locator("#drawer-title")).to_have_text("ring-3")
    address = page.url
    page.go_back()
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("tbody tr")).to_have_count(5)
    page.goto("/")
    page.goto(address)
    expect(page.locator("#drawer-title")).to_have_text("ring-3")


def test_a_filter_keeps_the_drawer_and_the_basket_fills_from_it(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    page.locator("tbody tr").first.get_by_role("link", name="Details of ring-0").click()
    page.get_by_role("button", name=re.compile("^Add to basket 1 file")).click()
    expect(page.locator("#basket-link")).to_contain_text("1 file")
    expect(page.locator("#drawer-title")).to_have_text("ring-0")
    page.get_by_role("searchbox", name="Keyword or text filter").fill("ring-[12]")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("2")
    expect(page.locator("#drawer-place")).to_have_text("Not on this page")
    expect(page).to_have_url(re.compile(r"f\.text=.*#details=\d+"))


def test_an_unknown_number_in_the_address_is_explained(
    page: Page, ring: list[Observation], complaints: Complaints
) -> None:
    complaints.expected = ["404"]  # the console tells of every refusal
    page.goto(f"{RING}#details=7")
    expect(page.locator("#drawer-body")).to_contain_text("no observation with the number 7")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_drawer(page: Page, ring: list[Observation], scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("about:blank")
        page.goto(f"{RING}#details={ring[0].obsid}")
        expect(page.locator("#drawer-title")).to_be_focused()
        assert axe_violations(page) == [], f"at {width} px, {scheme}"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
