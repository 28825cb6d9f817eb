"""The export in a browser: the dialog above the results, its page without script, the script page."""

import json
import re
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from archive.models import Observation
from tests.browser.test_search_pages import RING, axe_violations, ring
from tests.conftest import LivePortal

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["ring"]  # a fixture


def test_ticked_rows_are_exported_from_the_dialog(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    for row in ring[:2]:
        page.locator(f"tr[data-obsid='{row.obsid}'] input.tick").check()
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export table")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("radio", name=re.compile("^Selected"))).to_be_checked()
    dialog.get_by_role("radio", name=re.compile("^JSON")).check()
    dialog.get_by_role("radio", name=re.compile("^Displayed")).check()
    with page.expect_download() as coming:
        dialog.get_by_role("button", name="Export").click()
    expect(dialog).to_be_hidden()
    document = json.loads(coming.value.path().read_text(encoding="utf-8"))
    assert {row["obs_id"] for row in document["rows"]} == {row.obs_id for row in ring[:2]}
    headings = page.locator("table.grid thead th").count() - 2
    assert len(document["columns"]) == headings


def test_the_keyboard_opens_and_closes_the_dialog(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    button = page.get_by_role("button", name="Export")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Export table")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("62 rows")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_it_works_without_script(browser: Browser, live_portal: LivePortal, ring: list[Observation]) -> None:
    context = browser.new_context(base_url=live_portal.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(RING)
    page.locator(f"tr[data-obsid='{ring[0].obsid}'] input.tick").check()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("heading", name="Export", exact=True)).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("main").get_by_role("button", name="Export").click()
    assert coming.value.suggested_filename.endswith(".csv")
    assert coming.value.path().read_text(encoding="utf-8").count(ring[0].obs_id) == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, ring: list[Observation], scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    search = RING.partition("?")[2]
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for address in (f"/search/export/?{search}", f"/search/script/?{search}&f.state=public"):
            page.goto(address)
            assert axe_violations(page) == [], f"{address} at {width} px"
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1440, "height": 800})
    page.goto(RING)
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("dialog", name="Export table")).to_be_visible()
    assert axe_violations(page) == []
