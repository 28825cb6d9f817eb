"""The results page in a browser: filters, history and two windows, columns by drag and by keyboard, selection."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from archive.models import Observation
from tests.browser.test_search_pages import RING, axe_violations
from tests.conftest import LivePortal
from tests.factories import make_observations, make_product, square

pytestmark = pytest.mark.django_db(transaction=True)

FIELD = square(283.39624, 33.02914, 0.02)
COUNT = "#count"


@pytest.fixture
def ring(transactional_db: None) -> list[Observation]:
    instruments = ("MIRI/IMAGE", "NIRCAM/IMAGE", "NIRISS/IMAGE")
    rows = make_observations(
        [
            {
                "s_region": FIELD,
                "obs_id": f"ring-{n}",
                "instrument_name": instruments[n % 3],
                "t_exptime": float(10 * n + 10),
                "filters": f"F{n % 12:02d}W",
            }
            for n in range(60)
        ]
    )
    make_product(rows[0], size_bytes=3_000_000)
    return rows


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def headings(page: Page) -> list[str]:
    cells = page.locator("thead th[data-column]")
    return [str(name) for name in cells.evaluate_all("cells => cells.map((cell) => cell.dataset.column)")]


def test_filters_work_by_keyboard_alone_and_keep_the_focus(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    box = page.get_by_role("checkbox", name=re.compile("^MIRI"))
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator(COUNT)).to_have_text("20")
    expect(box).to_be_focused()
    handle = page.get_by_role("slider", name="Exposure Length from")
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"f\.t_exptime="))
    expect(handle).to_be_focused()
    expect(page.locator(".filter-chip")).to_have_count(2)
    low = float(parameters(page)["f.t_exptime"][0].partition("..")[0])
    left = [row for row in ring if row.instrument_name == "MIRI/IMAGE" and (row.t_exptime or 0) >= low]
    expect(page.locator(COUNT)).to_have_text(str(len(left)))


MOVE_AS_SOON_AS_DRAWN = """
new MutationObserver((changes, observer) => {
  const handle = document.getElementById("low-t_exptime");
  if (!handle) return;
  observer.disconnect();
  handle.stepUp();
  handle.dispatchEvent(new Event("input", { bubbles: true }));
  handle.dispatchEvent(new Event("change", { bubbles: true }));
}).observe(document.getElementById("filters"), { childList: true });
"""


def test_a_handle_moved_the_moment_the_panel_is_counted_anew_narrows(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    expect(page.get_by_role("slider", name="Exposure Length from")).to_be_visible()
    page.evaluate(MOVE_AS_SOON_AS_DRAWN)
    page.get_by_role("checkbox", name=re.compile("^MIRI")).check()
    expect(page).to_have_url(re.compile(r"f\.t_exptime="))
    expect(page.locator(".filter-chip")).to_have_count(2)


def test_going_back_and_reloading_bring_filters_and_rows_back(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    box = page.get_by_role("checkbox", name=re.compile("NIRISS"))
    box.check()
    expect(page.locator(COUNT)).to_have_text("20")
    text = page.get_by_role("searchbox", name="Keyword or text filter")
    text.fill("ring-[12]$")
    text.press("Enter")
    expect(page.locator(COUNT)).to_have_text("1")
    page.go_back()
    expect(page.locator(COUNT)).to_have_text("20")
    expect(text).to_have_value("")
    expect(box).to_be_checked()
    page.reload()
    expect(page.locator(COUNT)).to_have_text("20")
    expect(box).to_be_checked()


def test_two_windows_hold_two_searches_apart(page: Page, ring: list[Observation]) -> None:
    other = page.context.new_page()
    page.goto(RING)
    other.goto(RING)
    page.get_by_role("checkbox", name=re.compile("NIRISS")).check()
    other.get_by_role("checkbox", name=re.compile("Public")).check()
    expect(page.locator(COUNT)).to_have_text("20")
    expect(other.locator(COUNT)).to_have_text("60")
    page.locator("tbody input.tick").first.check()
    expect(other.locator("#selected-count")).to_have_text("0 selected")
    other.reload()
    expect(other.locator(COUNT)).to_have_text("60")
    other.close()


def test_values_can_be_narrowed_and_sorted_by_name(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    facet = page.locator("[data-facet='filters']")
    facet.get_by_role("searchbox").fill("f11")
    expect(facet.locator(".values label:visible")).to_have_count(1)
    facet.get_by_role("searchbox").fill("")
    facet.get_by_role("button", name=re.compile("by name")).click()
    names = facet.locator(".values").first.locator(".cut").all_inner_texts()
    assert names == sorted(names)


def test_columns_are_chosen_found_and_moved(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    page.locator("#edit-columns > summary").click()
    page.get_by_role("searchbox", name="Find a column").fill("waveband")
    expect(page.locator("#columns-form li:visible")).to_have_count(1)
    page.get_by_role("searchbox", name="Find a column").fill("")
    page.locator("#columns-form").get_by_role("button", name="None", exact=True).click()
    for name in ("Mission", "Target Name", "Observation ID"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    page.get_by_role("button", name="Move Observation ID to the left").press("Enter")
    page.locator("#columns-form").get_by_role("button", name="Show these").click()
    expect(page.locator("thead th[data-column]")).to_have_count(3)
    page.reload()
    assert headings(page) == ["obs_collection", "target_name", "obs_id"]
    page.locator("#h-obs_id").focus()
    page.keyboard.press("Alt+ArrowLeft")
    expect(page.locator("thead th[data-column]").nth(1)).to_have_attribute("data-column", "obs_id")
    expect(page.locator("#h-obs_id")).to_be_focused()
    page.locator("th[data-column=target_name]").drag_to(
        page.locator("th[data-column=obs_collection]"), target_position={"x": 4, "y": 10}
    )
    expect(page.locator("thead th[data-column]").first).to_have_attribute("data-column", "target_name")
    assert headings(page) == ["target_name", "obs_collection", "obs_id"]


def test_shift_and_a_click_sort_by_a_second_column(page: Page, ring: list[Observation]) -> None:
    page.goto(RING)
    page.locator("#h-instrument_name").click()
    expect(page).to_have_url(re.compile("sort=instrument_name"))
    page.locator("#h-t_exptime").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("sort=instrument_name,t_exptime"))
    expect(page.locator("th[data-column=t_exptime] .place")).to_have_text("2")


def test_the_selection_spans_pages_and_can_be_shown_alone(page: Page, ring: list[Observation]) -> None:
    page.goto(f"{RING}&size=50")
    page.locator("tbody input.tick").nth(3).check()
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".pane-foot").first).to_contain_text("51–60 of 60")
    page.locator("tbody input.tick").nth(1).check()
    expect(page.locator("#selected-count")).to_have_text("2 selected")
    page.locator("#selected-count").click()
    page.get_by_role("button", name="Show selected only").click()
    expect(page.locator(COUNT)).to_have_text("2")
    expect(page.locator("tbody tr.selected")).to_have_count(2)
    page.get_by_role("link", name="Remove the filter Product Group ID").click()
    expect(page.locator(COUNT)).to_have_text("60")
    page.reload()
    expect(page.locator("#selected-count")).to_have_text("2 selected")


def test_all_results_are_selected_and_added_with_their_estimate(page: Page, ring: list[Observation]) -> None:
    page.goto(f"{RING}&size=50")
    page.locator("#selected-count").click()
    page.get_by_role("button", name="Select all 60 results").click()
    expect(page.locator("#selected-count")).to_have_text("60 selected")
    expect(page.locator("#estimate")).to_contain_text("1 file · 3 MB")
    page.locator("#add").click()
    expect(page.locator("#messages")).to_contain_text("Added 60 observations")


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_axe_finds_nothing_in_the_filters(
    page: Page, live_portal: LivePortal, ring: list[Observation], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{RING}&f.t_exptime=100..300&f.instrument_name=MIRI/IMAGE")
    if width == 390:
        page.get_by_role("tab", name=re.compile("Filters")).click()
    else:
        page.locator("#edit-columns > summary").click()
    if width == 1024:
        page.get_by_role("button", name="Show the filters").click()
    expect(page.get_by_role("slider", name="Exposure Length from")).to_be_visible()
    assert axe_violations(page) == []


def test_table_display_and_inversion_work_across_pages(page: Page, ring: list[Observation]) -> None:
    page.goto(f"{RING}&size=50")
    menu = page.locator("#selected-count")

    def choose(name: str) -> None:
        menu.click()
        page.get_by_role("button", name=name, exact=True).click()

    page.locator("tbody input.tick").nth(0).check()
    page.locator("tbody input.tick").nth(1).check()
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    expect(menu).to_have_text("2 selected")
    choose("Show selected only")
    expect(page.locator(COUNT)).to_have_text("2")
    choose("Show unselected only")
    expect(page.locator(COUNT)).to_have_text("58")
    page.reload()
    expect(page.locator(COUNT)).to_have_text("58")
    choose("Show all rows")
    expect(page.locator(COUNT)).to_have_text("60")
    assert "f.obsid" not in parameters(page)
    choose("Invert all 60 results")
    expect(menu).to_have_text("58 selected")
    expect(page.locator("tbody tr").nth(0)).not_to_have_class(re.compile("selected"))
    page.locator("#h-t_exptime").click()
    expect(page).to_have_url(re.compile("sort=t_exptime"))
    expect(menu).to_have_text("58 selected")
    choose("Select none")
    expect(menu).to_have_text("0 selected")
