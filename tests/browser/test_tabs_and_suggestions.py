"""Tabs and suggestions in a browser, by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_observation, make_observations, make_program

pytestmark = pytest.mark.django_db(transaction=True)

IDS = "MAST Observations by Observation ID"


@pytest.fixture(autouse=True)
def _holdings(transactional_db: None) -> None:
    make_observations([{"proposal_id": "2736"} for _ in range(3)])
    make_observation(target_name="RING-BKG", obs_id="jw02733-o001", proposal_id="2733")
    make_program(number="2733", title="Webb ERO", pi_name="Pontoppidan, Klaus M.")


def titles(page: Page) -> list[str]:
    return page.locator("#tabs .tab-title").all_text_contents()


def search(page: Page, text: str, collection: str = "proposals") -> None:
    page.get_by_label("Collection").select_option(collection)
    page.get_by_label("Search for").fill(text)
    page.get_by_label("Search for").press("Enter")
    expect(page.locator("#tabs [aria-current=page]")).to_contain_text(text)


def test_tabs_open_survive_and_close_by_keyboard(page: Page) -> None:
    page.goto("/")
    search(page, "2736")
    search(page, "2733")
    assert titles(page) == ["Program 2736", "Program 2733"]
    expect(page.locator("#tabs .tab.current")).to_contain_text("1")
    page.reload()
    assert titles(page) == ["Program 2736", "Program 2733"]
    page.go_back()
    expect(page.locator("#tabs [aria-current=page]")).to_contain_text("Program 2736")
    assert titles(page) == ["Program 2736", "Program 2733"]

    other = page.context.new_page()
    other.goto("/")
    assert titles(other) == ["Program 2736", "Program 2733"]
    other.close()

    page.get_by_role("button", name="Close Program 2733").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tabs .tab-title")).to_have_count(1)
    expect(page.get_by_role("link", name=re.compile("Program 2736"))).to_be_focused()
    page.get_by_role("button", name="Close Program 2736").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/$"))
    expect(page.locator("#tabs .tab-title")).to_have_count(0)


def test_a_suggestion_is_chosen_by_keyboard(page: Page) -> None:
    page.goto("/")
    box = page.get_by_label("Search for")
    box.focus()
    page.keyboard.type("pontop", delay=20)
    options = page.locator("#suggestions [role=option]")
    expect(options.first).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", re.compile("suggested-1-1"))
    page.keyboard.press("Enter")
    expect(box).to_have_value("2733")
    expect(page.get_by_label("Collection")).to_have_value("proposals")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/$"))
    page.keyboard.press("Enter")
    expect(page.locator("#tabs [aria-current=page]")).to_contain_text("Program 2733")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Collection").select_option(label=IDS)
    box = page.get_by_label("Search for")
    box.focus()
    page.keyboard.type("n4ro01020, jw027", delay=10)
    expect(page.get_by_role("option", name="jw02733-o001")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Suggestions")).to_be_hidden()
    expect(box).to_have_value("n4ro01020, jw027")
    page.keyboard.press("ArrowDown")
    page.get_by_role("option", name="jw02733-o001").click()
    expect(box).to_have_value("n4ro01020, jw02733-o001")
    expect(box).to_be_focused()


def test_a_search_is_saved_found_at_home_deleted_and_back(page: Page) -> None:
    page.goto("/search/?collection=proposals&q=2736")
    page.get_by_role("link", name="Save search").click()
    page.get_by_label("Name").fill("Ring fields")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("Saved as “Ring fields”")
    page.goto("/")
    row = page.get_by_role("row", name=re.compile("Ring fields"))
    expect(row.locator("td").nth(2)).to_have_text("0")
    page.get_by_role("button", name="Delete Ring fields").click()
    expect(page.get_by_text("“Ring fields” was deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Ring fields", exact=True)).to_be_visible()
