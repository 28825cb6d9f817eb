"""What somebody chooses while an answer or a script is still on its way stands."""

import re

import pytest
from playwright.sync_api import Page, expect

from archive.models import Observation
from tests.browser.held_back import HeldBack
from tests.browser.test_results_panel import COUNT, FIELD, ring
from tests.browser.test_search_pages import RING
from tests.factories import make_observation

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["ring"]  # a fixture

PANEL = "/search/filters/"


def box(page: Page, name: str) -> str:
    """The selector of a facet's box of an instrument."""
    return f"#filters-form input[name='f.instrument_name'][value='{name}/IMAGE']"


def test_a_filter_chosen_while_the_answer_to_another_comes(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    expect(page.get_by_role("slider", name="Exposure Length from")).to_be_visible()
    held = HeldBack(page, r"/search/\?")
    with page.expect_request(held.pattern):
        page.locator(box(page, "MIRI")).check()
    page.locator(box(page, "NIRISS")).check()
    held.let_go()
    expect(page.locator(COUNT)).to_have_text("40")
    for name in ("MIRI", "NIRISS"):
        expect(page.locator(box(page, name))).to_be_checked()


#: A box that is there before the panel is counted.
EXCLUSIVE = "#filters-form input[name='f.state'][value='exclusive']"


@pytest.fixture
def closed(ring: list[Observation]) -> Observation:
    """One exclusive row beside the sixty."""
    return make_observation(s_region=FIELD, obs_id="closed", t_obs_release=99000.0)


def press_while_the_panel_is_counted(page: Page, place: str) -> None:
    held = HeldBack(page, PANEL)
    page.goto(RING)
    page.locator(place).hover()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: PANEL in request.url):
        held.let_go()
    page.mouse.up()


def test_a_box_that_is_pressed_while_the_panel_is_counted(page: Page, closed: Observation) -> None:
    press_while_the_panel_is_counted(page, EXCLUSIVE)
    expect(page.locator(COUNT)).to_have_text("1")
    expect(page.locator(EXCLUSIVE)).to_be_checked()
    expect(page.get_by_role("slider", name="Exposure Length from")).to_be_visible()


def test_a_press_that_chooses_nothing_puts_the_panel_off_alone(page: Page, ring: list[Observation]) -> None:
    press_while_the_panel_is_counted(page, "#filters h2")
    expect(page.get_by_role("slider", name="Exposure Length from")).to_be_visible()


def test_what_is_chosen_before_the_scripts_are_there(page: Page, closed: Observation) -> None:
    held = HeldBack(page, r"/static/(js/grid|bundles/results)[\w.]*\.js")
    page.goto(RING, wait_until="commit")
    page.get_by_label("Select all rows of this page").check()
    page.locator(EXCLUSIVE).check()
    assert held.is_holding
    held.let_go()
    expect(page.locator(COUNT)).to_have_text("1")
    expect(page.locator("#selected-count")).to_have_text("61 selected")


def test_advanced_search_keeps_a_choice_made_while_an_answer_comes(page: Page, ring: list[Observation]) -> None:
    page.goto("/search/advanced/?dialogs=instrument_name")
    choices = page.locator("#choices-instrument_name")
    held = HeldBack(page, r"/search/advanced/\?")
    with page.expect_request(held.pattern):
        choices.get_by_role("checkbox", name=re.compile("MIRI")).check()
    choices.get_by_role("checkbox", name=re.compile("NIRISS")).check()
    held.let_go()
    expect(page.locator("#records-found")).to_have_text("40")
    for name in ("MIRI", "NIRISS"):
        expect(choices.get_by_role("checkbox", name=re.compile(name))).to_be_checked()
