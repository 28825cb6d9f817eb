"""What is asked of the rows beside a choice without an answer yet: the choice stands, and so does what was asked."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from archive.models import Observation
from tests.browser.held_back import HeldBack
from tests.browser.test_no_choice_is_lost import PANEL, box
from tests.browser.test_results_panel import COUNT, headings, parameters, ring
from tests.browser.test_search_pages import RING
from tests.browser.test_target_lists import upload

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["ring"]  # a fixture

ROWS = r"/search/(\?|columns/|size/)"
PUBLIC = "#filters-form input[name='f.state'][value='public']"


def open_ring(page: Page, query: str = "&size=50") -> None:
    page.goto(RING + query)
    expect(page.get_by_role("slider", name="Exposure Length from")).to_be_visible()


def sort_by_exposure(page: Page) -> None:
    page.locator("#h-t_exptime").click()


def choose_a_larger_page(page: Page) -> None:
    page.get_by_label("Rows on a page").select_option("100")


def remove_the_chip(page: Page) -> None:
    page.get_by_role("link", name="Remove the filter").click()


def leave_out_the_exposure(page: Page) -> None:
    page.get_by_title("Choose and order the columns").click()
    page.locator("#columns-form input[value='t_exptime']").uncheck()
    page.locator("#columns-form").get_by_role("button", name="Show these").click()


def move_the_exposure(page: Page) -> None:
    page.locator("#h-t_exptime").focus()
    page.keyboard.press("Alt+ArrowLeft")


def is_sorted(page: Page) -> None:
    expect(page.locator("th[aria-sort]")).to_have_attribute("data-column", "t_exptime")
    assert parameters(page)["sort"] == ["t_exptime"]


def has_the_larger_page(page: Page) -> None:
    expect(page).not_to_have_url(re.compile("size="))  # so many are usual
    expect(page.get_by_label("Rows on a page")).to_have_value("100")


def has_one_chip(page: Page) -> None:
    expect(page.get_by_role("link", name="Remove the filter")).to_have_count(1)
    assert "f.state" not in parameters(page)


def has_no_exposure(page: Page) -> None:
    expect(page.locator("th[data-column=t_exptime]")).to_have_count(0)
    assert "s_ra" in headings(page)


def has_moved(page: Page) -> None:
    expect(page).to_have_url(re.compile("columns="))


@pytest.mark.parametrize(
    ("ask", "is_done"),
    [
        (sort_by_exposure, is_sorted),
        (choose_a_larger_page, has_the_larger_page),
        (remove_the_chip, has_one_chip),
        (leave_out_the_exposure, has_no_exposure),
        (move_the_exposure, has_moved),
    ],
)
def test_a_filter_stands_and_so_does_what_is_asked_beside_it(
    page: Page, ring: list[Observation], ask: Callable[[Page], None], is_done: Callable[[Page], None]
) -> None:
    open_ring(page, "&size=50&f.state=public")
    held = HeldBack(page, ROWS)
    page.locator(box(page, "MIRI")).check()
    ask(page)
    held.let_go()
    expect(page.locator(COUNT)).to_have_text("20")
    is_done(page)
    expect(page.locator(COUNT)).to_have_text("20")
    expect(page.locator(box(page, "MIRI"))).to_be_checked()


def test_the_next_page_is_that_of_the_filtered_rows(page: Page, ring: list[Observation]) -> None:
    open_ring(page)
    held = HeldBack(page, ROWS)
    page.locator(PUBLIC).check()
    page.get_by_role("link", name="Next page").click()
    held.let_go()
    expect(page.locator(".pane-foot")).to_contain_text("51–60 of 60")
    assert parameters(page)["f.state"] == ["public"]


def test_a_step_that_the_filtered_rows_do_not_have_is_named(page: Page, ring: list[Observation]) -> None:
    open_ring(page)
    held = HeldBack(page, ROWS)
    page.locator(box(page, "MIRI")).check()
    page.get_by_role("link", name="Next page").click()
    held.let_go()
    expect(page.locator(COUNT)).to_have_text("20")
    expect(page.get_by_text("“Next page” does not apply to them")).to_be_visible()


def test_a_filter_chosen_while_the_order_changes(page: Page, ring: list[Observation]) -> None:
    open_ring(page)
    held = HeldBack(page, ROWS)
    with page.expect_request(held.pattern):
        sort_by_exposure(page)
    page.locator(box(page, "MIRI")).check()
    held.let_go()
    expect(page.locator(COUNT)).to_have_text("20")
    is_sorted(page)


def test_an_order_survives_a_filter_chosen_before_the_panel_is_counted_anew(
    page: Page, ring: list[Observation]
) -> None:
    open_ring(page)
    HeldBack(page, PANEL)
    sort_by_exposure(page)
    expect(page.locator("th[aria-sort]")).to_have_attribute("data-column", "t_exptime")
    page.locator(box(page, "MIRI")).check()
    expect(page.locator(COUNT)).to_have_text("20")
    is_sorted(page)


def test_a_link_of_the_panel_waits_until_it_is_counted_anew(page: Page, ring: list[Observation]) -> None:
    open_ring(page, "&f.state=public")
    page.locator(box(page, "MIRI")).check()
    expect(page.locator(COUNT)).to_have_text("20")
    clear = page.locator("#filters [data-facet=instrument_name]").get_by_role("link", name="Clear")
    expect(clear).to_be_visible()
    held = HeldBack(page, PANEL)
    sort_by_exposure(page)
    expect(page.locator("th[aria-sort]")).to_have_attribute("data-column", "t_exptime")
    clear.click()
    held.let_go()
    expect(page.locator(COUNT)).to_have_text("60")
    is_sorted(page)
    assert parameters(page)["f.state"] == ["public"]


def test_two_clicks_on_a_heading_at_once_sort_once(page: Page, ring: list[Observation]) -> None:
    open_ring(page)
    held = HeldBack(page, ROWS)
    page.locator("#h-t_exptime").dblclick()
    held.let_go()
    expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#waiting.htmx-request")).to_have_count(0)
    is_sorted(page)


def test_another_tab_opens_once_the_filter_is_part_of_this_one(page: Page, ring: list[Observation]) -> None:
    page.goto("/search/?collection=obsids&q=ring-7")
    open_ring(page)
    held = HeldBack(page, ROWS)
    page.locator(box(page, "MIRI")).check()
    page.locator("#tabs").get_by_role("link", name="ring-7").click()
    held.let_go()
    expect(page.locator("#tabs [aria-current=page]")).to_contain_text("ring-7")
    page.locator("#tabs .tab a[href*=instrument_name]").click()
    expect(page.locator(COUNT)).to_have_text("20")
    assert parameters(page)["f.instrument_name"] == ["MIRI/IMAGE"]


def test_the_keys_for_the_basket_wait_too(page: Page, ring: list[Observation]) -> None:
    open_ring(page)
    held = HeldBack(page, ROWS)
    page.locator(box(page, "MIRI")).check()
    page.locator("#pane-results").focus()
    page.locator("#main").focus()
    page.keyboard.press("g")
    page.keyboard.press("b")
    held.let_go()
    page.wait_for_url("**/basket/")
    page.go_back()
    expect(page.locator(COUNT)).to_have_text("20")


@pytest.mark.parametrize("filter_is_first", [True, False])
def test_a_list_is_sorted_and_filtered_at_once(page: Page, ring: list[Observation], filter_is_first: bool) -> None:
    upload(page)
    resolved = page.locator("#filters-form input[name='f.row_state']").first
    held = HeldBack(page, r"/lists/\d+/\?")
    acts = [resolved.check, page.locator("a[data-sort]").nth(1).click]
    for act in acts if filter_is_first else reversed(acts):
        act()
    held.let_go()
    expect(page.locator("th[aria-sort]")).to_have_count(1)
    expect(page.locator("#count")).not_to_have_text("5")
    expect(page.locator("#filters-form input[name='f.row_state']").first).to_be_checked()
    assert parameters(page).keys() >= {"sort", "f.row_state"}


# Advanced Search -----------------------------------------------------------------------------------------------------

ADVANCED = r"/search/advanced/\?"
OPENED = "#dialog-filters"


@pytest.fixture
def advanced(page: Page, ring: list[Observation]) -> HeldBack:
    """Advanced Search, whose next answers are held back."""
    page.goto("/search/advanced/?dialogs=instrument_name")
    expect(page.locator("#records-found")).to_have_text("60")
    return HeldBack(page, ADVANCED)


def choose_miri(page: Page) -> None:
    page.locator("#choices-instrument_name").get_by_role("checkbox", name=re.compile("MIRI")).check()


def is_chosen_and_open(page: Page) -> None:
    expect(page.locator("#records-found")).to_have_text("20")
    expect(page.locator(OPENED)).to_be_visible()
    expect(page.locator("#advanced.htmx-request")).to_have_count(0)
    expect(page.locator("#records-found")).to_have_text("20")
    expect(page.locator(OPENED)).to_be_visible()


def test_a_button_of_advanced_search_after_a_choice(page: Page, advanced: HeldBack) -> None:
    choose_miri(page)
    page.locator("#column-filters").click()
    advanced.let_go()
    is_chosen_and_open(page)


def test_a_choice_of_advanced_search_after_a_button(page: Page, advanced: HeldBack) -> None:
    with page.expect_request(advanced.pattern):
        page.locator("#column-filters").click()
    choose_miri(page)
    advanced.let_go()
    is_chosen_and_open(page)


def test_two_buttons_of_advanced_search_at_once(page: Page, advanced: HeldBack) -> None:
    for name in ("filters", "target_name"):
        with page.expect_request(advanced.pattern):
            page.locator(f"#column-{name}").click()
    advanced.let_go()
    for name in ("filters", "target_name"):
        expect(page.locator(f"#dialog-{name}")).to_be_visible()


def test_a_button_that_is_held_down_while_the_answer_comes(page: Page, advanced: HeldBack) -> None:
    with page.expect_request(advanced.pattern):
        choose_miri(page)
    page.locator("#column-filters").hover()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: "/advanced/" in request.url):
        advanced.let_go()
    page.mouse.up()
    is_chosen_and_open(page)


def test_the_export_is_of_what_was_just_chosen(page: Page, advanced: HeldBack) -> None:
    with page.expect_request(advanced.pattern):
        choose_miri(page)
    advanced.let_go()
    export = page.locator("a#advanced-export")
    expect(export).to_be_visible()
    held = HeldBack(page, ADVANCED)
    page.locator("#choices-instrument_name").get_by_role("checkbox", name=re.compile("NIRISS")).check()
    export.click()
    held.let_go()
    page.wait_for_url("**/search/export/**")
    assert parameters(page)["instrument_name"] == ["MIRI/IMAGE", "NIRISS/IMAGE"]


def test_a_search_that_lasts_grows_pale_under_a_bar_until_its_answer_comes(page: Page, ring: list[Observation]) -> None:
    open_ring(page)
    rows = HeldBack(page, ROWS)
    page.locator(PUBLIC).check()
    expect(page.locator("#waiting")).to_have_css("opacity", "1")
    expect(page.locator("#results")).to_have_css("opacity", "0.55")
    rows.let_go()
    expect(page.locator("#waiting")).to_have_css("opacity", "0")
    expect(page.locator("#results")).to_have_css("opacity", "1")
