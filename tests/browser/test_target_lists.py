"""A target list in a browser: upload, states of rows, cross-match, basket; accessibility and small screens."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from archive.models import Observation
from tests.browser.test_search_pages import axe_violations
from tests.factories import make_observations, make_product, square
from tests.services.browser import Complaints
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

CSV = b"""#@string,ra,dec,float
name,RA,DEC,mag
Ring,18 53 35.10,+33 01 44.9,8.8
Nothing there,10.5,-20.25,
M 31,,,3.4
no such name 12,,,
broken,1,2
"""


@pytest.fixture
def ring(transactional_db: None) -> list[Observation]:
    rows = make_observations([{"s_region": square(283.39624, 33.02914, 0.02), "obs_id": f"ring-{n}"} for n in range(3)])
    make_product(rows[0], size_bytes=3_000_000)
    return rows


def upload(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Upload Target List").click()
    dialog = page.get_by_role("dialog", name="Upload Target List")
    dialog.get_by_label("File").set_input_files({"name": "targets.csv", "mimeType": "text/csv", "buffer": CSV})
    dialog.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator("#count")).to_have_text("5", timeout=30_000)


def test_a_list_is_uploaded_matched_and_taken_to_the_basket(page: Page, ring: list[Observation]) -> None:
    upload(page)
    expect(page.locator(".target-state", has_text="Resolved")).to_have_count(3)
    expect(page.locator("tr", has_text="no such name 12")).to_contain_text(re.compile("Unresolved|Not asked yet"))
    expect(page.locator("tr", has_text="broken")).to_contain_text("Bad line")
    expect(page.locator("tr", has_text="broken")).to_contain_text("3 values for 4 columns")
    expect(page.get_by_role("navigation", name="Open searches")).to_contain_text("targets.csv")
    expect(page.locator("[data-sky=tally]")).to_have_text("3 of 5")  # a row without a position is not on the sky
    page.get_by_role("checkbox", name="Select Nothing there").check()
    expect(page.locator("#ticked-count")).to_have_text("1 selected")
    page.get_by_role("button", name="Cross-Match").click()
    expect(page.get_by_text("No observation lies within 2″ of the row.")).to_be_visible()
    expect(page.locator("#ticked-count")).to_have_text("1 selected")
    page.get_by_role("checkbox", name="Select Nothing there").uncheck()
    page.get_by_label("Radius").fill("5")
    page.get_by_role("button", name="Cross-Match").click()
    expect(page.locator("#count")).to_have_text("3")
    expect(page.get_by_text("2 rows of the list without a match")).to_be_visible()
    page.get_by_role("checkbox", name="Select ring-0 near Ring").check()
    page.get_by_role("button", name="Add to basket").click()
    expect(page.locator("#basket-link")).to_contain_text("1 file")
    expect(page.locator("#count")).to_have_text("3")


def test_a_list_is_filtered_sorted_and_ticked_on_all_pages(page: Page, ring: list[Observation]) -> None:
    upload(page)
    page.wait_for_load_state()  # the panel answers once its scripts are there
    page.get_by_label("Radius").fill("7")
    page.get_by_role("group", name="State").get_by_text("bad").click()
    expect(page.locator("#count")).to_have_text("1")
    expect(page.get_by_label("Radius")).to_have_value("7")  # typed before the rows changed
    expect(page).to_have_url(re.compile(r"f\.row_state=bad"))
    page.go_back()
    expect(page.locator("#count")).to_have_text("5")
    page.get_by_role("link", name="mag").click()
    expect(page).to_have_url(re.compile(r"sort=c3"))
    expect(page.locator("tbody tr").first).to_contain_text("M 31")
    page.get_by_role("button", name="0 selected").click()
    page.get_by_role("button", name="Select all 3 rows with a position").click()
    expect(page.locator("#ticked-count")).to_have_text("3 selected")
    page.reload()
    expect(page.locator("#ticked-count")).to_have_text("3 selected")
    page.get_by_title("The rows as a file").click()
    page.get_by_role("combobox", name="Rows", exact=True).select_option("selected")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "targets.csv"
    assert len(download.value.path().read_text().splitlines()) == 4


def test_a_cross_match_is_sorted_filtered_and_exported(page: Page, ring: list[Observation]) -> None:
    upload(page)
    page.get_by_label("Radius").fill("5")
    page.get_by_role("button", name="Cross-Match").click()
    expect(page.locator("#count")).to_have_text("3")
    page.wait_for_load_state()
    page.get_by_role("link", name="mag", exact=True).click()
    expect(page).to_have_url(re.compile(r"sort=c3$"))
    page.get_by_role("link", name="Observation ID", exact=True).click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("sort=c3,obs_id$"))
    page.get_by_role("link", name="Observation ID", exact=True).click(modifiers=["Shift"])
    expect(page.locator("tbody tr").first).to_contain_text("ring-2")
    page.get_by_role("searchbox", name="Keyword or text filter").fill("ring-[01]")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_have_text("2")
    page.get_by_role("checkbox", name="Select ring-1 near Ring").check()
    page.get_by_title("The rows as a file").click()
    page.get_by_role("combobox", name="Rows", exact=True).select_option("selected")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2
    assert "ring-1" in lines[1]
    expect(page.locator("#count")).to_have_text("2")


REGIONS = b"name,RA,DEC,s_region\n" + b"".join(
    b'T%d,%.4f,33.02914,"CIRCLE ICRS %.4f 33.02914 0.01"\n' % (n, 283 + 0.03 * n, 283 + 0.03 * n) for n in range(60)
)


def test_footprints_of_a_list_are_chosen_on_the_sky_on_every_page(page: Page, ring: list[Observation]) -> None:
    page.goto("/lists/upload/")
    form = page.locator("form", has=page.locator("input[type=file]")).last
    form.locator("input[type=file]").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": REGIONS})
    form.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator("#count")).to_have_text("60", timeout=30_000)
    sky = Sky.of(page, f"{page.url}?size=50")
    assert sky.ask("sky.own.footprints.size") == 60
    for n in (2, 55):  # of this page, and of the next one
        sky.look(283 + 0.03 * n, 33.02914, 0.1).point_at(283 + 0.03 * n, 33.02914, click=True)
    expect(page.locator("#ticked-count")).to_have_text("2 selected")
    expect(page.get_by_role("checkbox", name="Select T2", exact=True)).to_be_checked()
    page.get_by_role("group", name="Footprints").get_by_role("button", name="Selected").click()
    assert sky.rest().ask("[...sky.selected].sort().map((id) => [id, sky.isShown(id)])") == [["3", True], ["56", True]]
    assert sky.ask("sky.isShown('4')") is False


def test_pairs_of_another_page_are_chosen_on_the_sky(page: Page, transactional_db: None) -> None:
    make_observations(
        [{"obs_id": f"star-{n}", "s_ra": 283 + 0.03 * n, "s_dec": 33.02914, "s_region": ""} for n in range(60)]
    )
    page.goto("/lists/upload/")
    form = page.locator("form", has=page.locator("input[type=file]")).last
    form.locator("input[type=file]").set_input_files({"name": "r.csv", "mimeType": "text/csv", "buffer": REGIONS})
    form.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_label("Radius").fill("5")
    page.get_by_role("button", name="Cross-Match").click()
    expect(page.locator("#count")).to_have_text("60", timeout=30_000)
    sky = Sky.of(page, f"{page.url}?size=50")
    assert sky.ask("sky.own.footprints.size") == 120
    sky.look(283 + 0.03 * 55, 33.02914, 0.1).point_at(283 + 0.03 * 55, 33.02914, click=True)
    expect(page).to_have_url(re.compile("page=2"))
    row = page.locator("tr[data-obsid]", has_text="star-55")
    expect(row).to_be_focused()
    expect(row.locator("input.tick")).to_be_checked()
    expect(page.locator("#ticked-count")).to_have_text("1 selected")
    assert sky.rest().view["fov"] == pytest.approx(0.1)


def test_the_dialog_says_what_is_wrong_with_a_file_and_stays(
    page: Page, complaints: Complaints, ring: list[Observation]
) -> None:
    complaints.expected = ["400"]  # the console tells of every refusal
    page.goto("/")
    page.get_by_role("link", name="Upload Target List").click()
    dialog = page.get_by_role("dialog", name="Upload Target List")
    expect(dialog.get_by_label("File")).to_be_focused()
    dialog.get_by_label("File").set_input_files(
        {"name": "t.gz", "mimeType": "application/gzip", "buffer": b"\x1f\x8b" + bytes(100)}
    )
    dialog.get_by_role("button", name="Upload", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("The file is compressed (gzip). Upload the table itself")
    assert axe_violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_rows_of_a_search_are_matched(page: Page, ring: list[Observation]) -> None:
    page.goto("/search/?collection=proposals&q=1558")
    page.get_by_role("checkbox", name="Select ring-1").check()
    page.get_by_role("button", name="Cross-Match").click()
    dialog = page.get_by_role("dialog", name="Cross-Match")
    expect(dialog.get_by_text("1 row", exact=True)).to_be_visible()
    assert axe_violations(page) == []
    dialog.get_by_role("button", name="Cross-Match").click()
    expect(page.locator("#count")).to_have_text("2")
    expect(page.locator("tbody tr", has_text="ring-0")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_lists(page: Page, ring: list[Observation], scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    upload(page)
    list_address = page.url
    page.get_by_role("button", name="Cross-Match").click()
    expect(page.locator("#count")).to_have_text("3")
    for address in ("/lists/upload/", list_address, page.url):
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(address)
            assert axe_violations(page) == [], f"{address} at {width} px, {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
