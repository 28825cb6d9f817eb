"""The sky shows the rows that were asked for last, whatever was shown before and whichever answer comes when."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import CENTRE, RING
from tests.browser.held_back import HeldBack
from tests.factories import make_observations, square
from tests.services.browser import Complaints
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

FIFTY = f"{RING}&size=50"
#: Another search, of ten rows beside those of `FIFTY`.
BESIDE = "/search/?q=283.39624+35.02914+r%3D10m&size=50"


@pytest.fixture
def rows(transactional_db: None) -> None:
    """Rows of two missions, more of each than a page shows, and a few elsewhere."""
    ra, dec = CENTRE
    kinds = [("JWST", 70, 0.0), ("HST", 60, 0.1), ("HST", 10, 2.0)]
    make_observations(
        [{"obs_id": f"{mission}-{north}-{n:03d}", "obs_collection": mission, "s_ra": ra, "s_dec": dec + north,
          "s_region": square(ra, dec + north + n * 1e-4, 0.01)} for mission, many, north in kinds for n in range(many)]
    )  # fmt: skip


def footprints(sky: Sky) -> int:
    found: int = sky.rest().ask("sky.own.footprints.size")
    return found


def filtered(page: Page, mission: str, *, on: bool) -> Sky:
    """The sky once its rows are those of a mission, or no longer."""
    page.locator(f"#filters-form input[name='f.obs_collection'][value={mission}]").set_checked(on)
    told = re.compile(mission) if on else re.compile(f"^((?!{mission}).)*$")
    expect(page.locator("#sky-search")).to_have_attribute("data-query", told)
    return Sky(page)


def show(page: Page, scope: str) -> None:
    if page.locator("[data-sky=settings]").is_hidden():
        page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_role("combobox", name=re.compile("^Footprints of")).select_option(scope)


def search(page: Page, address: str) -> None:
    """Another search in the page."""
    page.evaluate(
        "at => void htmx.ajax('GET', at, {source: '#results', target: '#results', swap: 'outerHTML'})", address
    )
    expect(page.locator("#results")).to_have_attribute("data-query", re.compile(re.escape(address.split("+")[1])))


def test_rows_that_a_filter_hid_are_back_without_it(page: Page, rows: None) -> None:
    sky = Sky.of(page, FIFTY)
    assert footprints(filtered(page, "JWST", on=True)) == 70
    assert footprints(filtered(page, "JWST", on=False)) == 130
    assert footprints(filtered(page, "JWST", on=True)) == 70
    page.go_back()
    expect(page.locator("#sky-search")).not_to_have_attribute("data-query", re.compile("JWST"))
    assert footprints(sky) == 130


def test_rows_of_the_search_are_back_after_those_of_the_page(page: Page, rows: None) -> None:
    sky = Sky.of(page, FIFTY)
    show(page, "page")
    assert footprints(sky) == 50
    show(page, "search")
    assert footprints(sky) == 130
    expect(page.locator("[data-sky=tally]")).to_be_empty()


def test_rows_of_other_tabs_are_back_too(page: Page, rows: None) -> None:
    page.goto(BESIDE)
    sky = Sky.of(page, FIFTY)
    sets = "sky.sets.map((set) => set.footprints.size)"
    for _ in range(2):
        show(page, "tabs")
        assert sky.rest().ask(sets) == [130, 10]
        show(page, "search")
        assert sky.rest().ask(sets) == [130]


def test_rows_of_other_tabs_that_come_late_are_not_shown(page: Page, rows: None) -> None:
    page.goto(BESIDE)
    sky = Sky.of(page, FIFTY)
    held = HeldBack(page, r"/search/sky/.*35\.02914")
    show(page, "tabs")
    show(page, "search")
    held.let_go()
    assert sky.rest().ask("sky.sets.length") == 1


def test_an_answer_that_another_filter_overtook_is_not_shown(page: Page, rows: None) -> None:
    Sky.of(page, FIFTY)
    held = HeldBack(page, r"/search/sky/.*JWST")
    filtered(page, "JWST", on=True)
    filtered(page, "JWST", on=False)
    sky = filtered(page, "HST", on=True)
    expect(page.locator("[data-sky=tally]")).to_be_empty()
    assert held.is_holding
    held.let_go()
    assert footprints(sky) == 60


def test_a_failure_that_another_search_overtook_is_not_told(page: Page, complaints: Complaints, rows: None) -> None:
    complaints.expected.append("503")
    sky = Sky.of(page, BESIDE)
    held = HeldBack(page, r"/search/sky/.*33\.02914")
    search(page, FIFTY)
    expect(page.locator("[data-sky=tally]")).to_have_text("50 of 130")
    search(page, BESIDE)
    assert held.is_holding
    held.answer(status=503)
    sky.rest()
    expect(page.locator("[data-sky=notice] span")).to_be_empty()
    assert footprints(sky) == 10
