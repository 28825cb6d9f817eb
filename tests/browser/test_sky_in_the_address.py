"""The view of the sky and the browser's way back and forward."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from archive.models import Observation
from tests.browser.conftest import RING
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)


def press(sky: Sky, *keys: str) -> float:
    """The field, deg, after keys on the sky; once it stands in the address."""
    sky.page.get_by_role("application").focus()
    for key in keys:
        sky.page.keyboard.press(key)
    field = sky.rest().view["fov"]
    expect(sky.page).to_have_url(re.compile(rf"[?&]sky=[-\d.]+,[-\d.]+,{re.escape(f'{field:.4g}')}(#|$)"))
    return field


def narrow(page: Page) -> None:
    """One row of four, by a filter."""
    page.get_by_role("checkbox", name=re.compile("Planned")).check()
    expect(page.locator("#count")).to_have_text("1")


def test_the_way_back_and_forward_leads_to_the_view_of_the_address(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    near = press(sky, "+", "+")
    narrow(page)
    wide = press(sky, "-", "-", "-")
    page.go_back()
    expect(page.locator("#count")).to_have_text("4")
    assert sky.rest().view["fov"] == pytest.approx(near, rel=1e-3)
    expect(page).to_have_url(re.compile(f",{near:.4g}$"))
    page.go_forward()
    expect(page.locator("#count")).to_have_text("1")
    assert sky.rest().view["fov"] == pytest.approx(wide, rel=1e-3)


def test_details_close_over_a_sky_that_was_moved_without_the_search_asked_anew(
    page: Page, stacked: dict[str, Observation]
) -> None:
    sky = Sky.of(page, RING)
    narrow(page)
    press(sky, "+")
    page.locator("tbody tr").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#drawer-title")).to_have_text("beside")
    field = press(sky, "-", "-")
    asked: list[str] = []

    def hear(request: Request) -> None:
        asked.append(urlsplit(request.url).path)

    page.on("request", hear)
    page.locator("#drawer-title").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("tbody tr").first).to_be_focused()
    expect(page).to_have_url(re.compile(f"sky=[^#]*,{field:.4g}$"))
    assert "/search/" not in asked


def test_who_turns_the_sky_north_up_stays_on_it(page: Page, stacked: dict[str, Observation]) -> None:
    sky = Sky.of(page, RING)
    press(sky, "+", "]")
    page.get_by_role("button", name="North up").press("Enter")
    assert sky.rest().view["roll"] == 0
    expect(page.get_by_role("application")).to_be_focused()
