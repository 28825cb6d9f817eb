"""Advanced Search in a browser: choosing step by step with the count following, and the rows that come of it."""

import re

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_search_pages import axe_violations
from tests.conftest import LivePortal
from tests.factories import make_observations

pytestmark = pytest.mark.django_db(transaction=True)

INSTRUMENTS = ("MIRI/IMAGE", "NIRCAM/IMAGE", "MIRI/IFU", "ACS/WFC")


@pytest.fixture
def holdings(transactional_db: None) -> None:
    """80 observations of two missions and four instruments, ten days apart from 2020-05-31 on."""
    make_observations(
        [
            {
                "obs_id": f"own-{i:02d}",
                "obs_collection": ("JWST", "HST", "JWST")[i % 3],
                "instrument_name": INSTRUMENTS[i % 4],
                "t_min": 59000.0 + 10 * i,
                "t_max": 59000.5 + 10 * i,
            }
            for i in range(80)
        ]
    )


def sql_ids(where: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT obs_id FROM archive_observation WHERE {where} ORDER BY obs_id")  # noqa: S608 - our own
        return [row[0] for row in cursor.fetchall()]


def test_mission_wildcard_and_dates_lead_to_the_rows_of_plain_sql(page: Page, holdings: None) -> None:
    page.goto("/search/advanced/")
    count = page.locator("#records-found")
    expect(count).to_have_text("80")
    expect(page.locator("#advanced-search")).to_be_disabled()

    page.get_by_role("group", name="Mission").get_by_role("checkbox", name=re.compile("JWST")).check()
    expect(count).to_have_text(str(len(sql_ids("obs_collection = 'JWST'"))))

    narrow = page.locator("[id='find-instrument_name']")
    narrow.press_sequentially("miri")
    expect(page.locator("#choices-instrument_name label:visible")).to_have_count(2)
    narrow.fill("MIRI*")
    narrow.press("Enter")
    chosen = "obs_collection = 'JWST' AND instrument_name LIKE 'MIRI%'"
    expect(count).to_have_text(str(len(sql_ids(chosen))))
    expect(narrow).to_be_focused()

    page.get_by_role("button", name="Start Time (UTC)").click()
    first = page.locator("[id='from-t_min']")
    first.fill("2021-01-01")
    first.press("Tab")
    chosen += " AND t_min >= 59215"
    expect(count).to_have_text(str(len(sql_ids(chosen))))
    page.locator("[id='to-t_min']").fill("2022-01-01")
    page.locator("[id='to-t_min']").press("Tab")
    chosen += " AND t_min <= 59580"
    wanted = sql_ids(chosen)
    expect(count).to_have_text(str(len(wanted)))
    expect(page.locator("#announcement")).to_contain_text(f"{len(wanted)} records found")
    expect(page).to_have_url(re.compile(r"t_min=2021-01-01\.\.2022-01-01"))

    page.locator("#advanced-search").click()
    expect(page.locator("#count")).to_have_text(str(len(wanted)))
    shown = page.locator("tr[data-obsid]")
    expect(shown).to_have_count(len(wanted))
    assert all(any(name in text for text in shown.all_inner_texts()) for name in wanted)

    page.locator("a[data-advanced]").click()
    expect(count).to_have_text(str(len(wanted)))


def test_tab_applies_a_text_and_leaves_the_next_dialog_open(page: Page, holdings: None) -> None:
    page.goto("/search/advanced/?dialogs=obs_id,t_exptime")
    page.locator("[id='box-obs_id']").fill("own-0*")
    page.keyboard.press("Tab")
    expect(page.locator("#records-found")).to_have_text("10")
    # the focus stands on the heading of the next dialog, whose button folds it only when it is pressed
    expect(page.locator("[id='title-t_exptime']")).to_be_focused()
    expect(page.locator("[id='from-t_exptime']")).to_be_visible()
    page.locator("[id='from-t_exptime']").fill("1e9")
    page.locator("[id='to-t_exptime']").focus()
    expect(page.locator("#records-found")).to_have_text("0")
    page.keyboard.press("Shift+Tab")
    page.locator("[id='title-t_exptime']").press("Enter")
    expect(page.locator("[id='from-t_exptime']")).to_have_count(0)
    expect(page.locator("[id='box-obs_id']")).to_have_value("own-0*")


def test_handles_move_by_keyboard_and_fill_the_boxes(page: Page, holdings: None) -> None:
    page.goto("/search/advanced/?collection=observations&dialogs=t_min")
    handle = page.locator("[id='low-t_min']")
    expect(handle).to_have_attribute("aria-valuetext", re.compile(r"^2020-"))
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    box = page.locator("[id='from-t_min']")
    expect(box).to_have_value(re.compile(r"^20\d\d-\d\d-\d\d \d\d:\d\d$"))
    expect(handle).to_have_value("5")
    chosen = box.input_value()
    wanted = sql_ids(f"to_timestamp((t_min - 40587) * 86400) >= '{chosen}+00'")
    expect(page.locator("#records-found")).to_have_text(str(len(wanted)))
    expect(page).to_have_url(re.compile(f"t_min={chosen[:10]}"))
    expect(box).to_have_value(chosen)


def test_back_takes_a_choice_away(page: Page, holdings: None) -> None:
    page.goto("/search/advanced/")
    page.get_by_role("group", name="Mission").get_by_role("checkbox", name=re.compile("HST")).check()
    expect(page.locator("#records-found")).not_to_have_text("80")
    page.go_back()
    expect(page.locator("#records-found")).to_have_text("80")


def test_without_a_script_update_applies_the_form(browser: Browser, live_portal: LivePortal, holdings: None) -> None:
    context = browser.new_context(base_url=live_portal.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/search/advanced/")
    page.locator("input[name='obs_collection'][value='HST']").check()
    page.locator("[id='find-instrument_name']").fill("MIRI*")
    page.get_by_role("button", name="Update").click()
    wanted = sql_ids("obs_collection = 'HST' AND instrument_name LIKE 'MIRI%'")
    expect(page.locator("#records-found")).to_have_text(str(len(wanted)))
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#count")).to_have_text(str(len(wanted)))
    context.close()


def test_axe_finds_nothing_and_nothing_scrolls_sideways(page: Page, holdings: None) -> None:
    for width in (1440, 1024, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/search/advanced/?obs_collection=JWST&instrument_name=MI*RI*&filters=F200W&t_min=59100..&q=M5*")
        assert axe_violations(page) == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), width
