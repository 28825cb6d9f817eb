"""The chart in a browser: a dragged box zooms in UTC, with Shift it selects rows of the grid."""

import datetime as dt
import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from archive.clock import to_mjd
from archive.models import Observation
from tests.browser.test_search_pages import axe_violations
from tests.factories import make_observations, square

pytestmark = pytest.mark.django_db(transaction=True)

FIELD = square(283.39624, 33.02914, 0.02)
SEARCH = "q=283.39624+33.02914+r%3D2m"


@pytest.fixture
def rows(transactional_db: None) -> list[Observation]:
    return make_observations(
        [
            {"s_region": FIELD, "obs_id": f"row-{n}", "t_min": 59000.0 + n, "t_exptime": 10.0 * (n + 1)}
            for n in range(40)
        ]
    )


def drag(page: Page, first: Observation, last: Observation) -> None:
    """A box around the points of two rows and everything between."""
    centres = []
    for row in (first, last):
        box = page.locator(f"#chart circle[data-obsid='{row.obsid}']").bounding_box()
        assert box is not None
        centres.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    (x0, y0), (x1, y1) = centres
    page.mouse.move(x0 - 4, y0 + 4)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1 + 4, y1 - 4)
    page.mouse.up()


def test_a_dragged_box_zooms_and_its_boxes_hold_utc(page: Page, rows: list[Observation]) -> None:
    page.goto(f"/search/chart/?{SEARCH}&chart.x=t_min&chart.y=t_exptime")
    expect(page.locator("#chart circle[data-obsid]")).to_have_count(40)
    drag(page, rows[10], rows[20])
    expect(page.locator("#chart circle[data-obsid]")).to_have_count(11)
    assert re.fullmatch(r"2020-06-(09|10) [0-9:]{8}", page.get_by_label("Start Time from").input_value())
    page.go_back()
    expect(page.locator("#chart circle[data-obsid]")).to_have_count(40)


def test_a_slider_fills_its_box_in_utc_and_draws_what_is_left(page: Page, rows: list[Observation]) -> None:
    page.goto(f"/search/chart/?{SEARCH}&chart.x=t_min&chart.y=t_exptime")
    handle = page.get_by_label("Start Time, lower end of the drawn range")
    handle.focus()
    for _ in range(5):
        page.keyboard.press("PageUp")  # a tenth of the axis
    expect(page.get_by_label("Start Time from")).to_have_value(re.compile(r"2020-06-\d\d \d\d:\d\d:\d\d"))
    low = dt.datetime.fromisoformat(page.get_by_label("Start Time from").input_value()).replace(tzinfo=dt.UTC)
    left = [row for row in rows if (row.t_min or 0.0) >= to_mjd(low)]
    assert 15 <= len(left) <= 25
    expect(page).to_have_url(re.compile(rf"x\.from={low:%Y-%m-%d}"))
    expect(page.locator("#chart circle[data-obsid]")).to_have_count(len(left))
    page.get_by_label("Exposure Length, upper end of the drawn range").fill("50")
    page.get_by_label("Exposure Length, upper end of the drawn range").dispatch_event("change")
    expect(page).to_have_url(re.compile(r"y\.to=\d"))
    expect(page.get_by_label("Start Time from")).to_have_value(re.compile("^2020-06-"))


def test_shift_and_a_box_select_rows_of_the_grid(page: Page, rows: list[Observation]) -> None:
    page.goto(f"/search/chart/?{SEARCH}&chart.x=t_min&chart.y=t_exptime")
    page.keyboard.down("Shift")
    drag(page, rows[10], rows[14])
    page.keyboard.up("Shift")
    expect(page.locator("#chart-selected")).to_have_text("5 selected")
    expect(page.locator("#chart circle.selected")).to_have_count(5)
    page.get_by_role("link", name="Back to the grid with them").click()
    expect(page.locator("#selected-count")).to_have_text("5 selected")
    expect(page.locator(f"tr[data-obsid='{rows[12].obsid}'] input.tick")).to_be_checked()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    page: Page, rows: list[Observation], scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/search/chart/?{SEARCH}&chart.x=t_min&chart.y=t_exptime")
        expect(page.locator("#chart circle[data-obsid]")).to_have_count(40)
        assert axe_violations(page) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
