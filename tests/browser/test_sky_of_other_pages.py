"""What the sky shows of a search's other pages: asked for once, beside the page that shows it."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import CENTRE, RING
from tests.factories import make_observations, square
from tests.services.browser import Complaints
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

FIFTY = f"{RING}&size=50"


@pytest.fixture
def rows(transactional_db: None) -> None:
    ra, dec = CENTRE
    make_observations([{"obs_id": f"row-{n:03d}", "s_region": square(ra, dec + n * 1e-4, 0.01)} for n in range(130)])


@pytest.fixture
def column(transactional_db: None) -> None:
    """Rows northwards, none over another: row-120 lies 0.12° from the centre."""
    ra, dec = CENTRE
    make_observations(
        [{"obs_id": f"row-{n:03d}", "s_region": square(ra, dec + n * 1e-3, 4e-4), "s_ra": ra, "s_dec": dec + n * 1e-3}
         for n in range(130)]
    )  # fmt: skip


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The paths that the page asks for."""
    paths: list[str] = []

    def hear(request: Request) -> None:
        paths.append(urlsplit(request.url).path)

    page.on("request", hear)
    return paths


def test_they_are_read_once_while_the_page_comes_in_and_drawn(page: Page, asked: list[str], rows: None) -> None:
    page.add_init_script(
        "{ const read = window.fetch; window.fetch = (...how) => {"
        " window.page ||= document.readyState + (document.body ? ', with a body' : '');"
        " return read(...how); }; }"
    )
    sky = Sky.of(page, FIFTY)
    assert page.evaluate("window.page") == "loading"
    assert asked.count("/search/sky/") == 1
    assert sky.ask("sky.own.footprints.size") == 130


def test_they_are_drawn_where_nothing_was_read_beside_the_page(page: Page, asked: list[str], rows: None) -> None:
    def without_hint(route: Route) -> None:
        answer = route.fetch()
        hint = re.compile(r'<link rel="preload"[^>]*>')
        assert hint.search(answer.text())
        route.fulfill(response=answer, body=hint.sub("", answer.text()))

    page.route("**/search/?*", without_hint)
    sky = Sky.of(page, FIFTY)
    assert asked.count("/search/sky/") == 1
    assert sky.ask("sky.own.footprints.size") == 130


def test_an_answer_that_is_a_refusal_is_told(page: Page, complaints: Complaints, rows: None) -> None:
    complaints.expected.append("503")
    refusal = {"error": "The search takes too long.", "remedy": "Narrow it."}
    page.route("**/search/sky/?*", lambda route: route.fulfill(status=503, json=refusal))
    Sky.of(page, FIFTY)
    expect(page.get_by_text("The sky shows this page only. The search takes too long. Narrow it.")).to_be_visible()


def test_rows_of_other_pages_are_on_the_sky_until_only_those_of_this_are_chosen(page: Page, rows: None) -> None:
    sky = Sky.of(page, FIFTY)
    assert sky.ask("sky.own.footprints.size") == 130
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_role("combobox", name=re.compile("^Footprints of")).select_option("page")
    assert sky.rest().ask("sky.own.footprints.size") == 50


def test_those_of_other_rows_are_asked_for_once_and_before_their_page_is_drawn(
    page: Page, asked: list[str], rows: None
) -> None:
    Sky.of(page, FIFTY)
    page.evaluate(
        "document.addEventListener('htmx:afterSwap',"
        " ({ target }) => target.id === 'results' && performance.mark('swapped'), { capture: true })"
    )
    page.get_by_role("checkbox", name=re.compile("Public")).check()
    expect(page.locator("#sky-search")).to_have_attribute("data-query", re.compile("public"))
    sky = Sky(page).rest()
    assert sky.ask("sky.own.footprints.size") == 130
    assert asked.count("/search/sky/") == 2
    began, swapped = page.evaluate(
        "[performance.getEntriesByType('resource').filter((one) => one.name.includes('/search/sky/')).at(-1).startTime,"
        " performance.getEntriesByName('swapped')[0].startTime]"
    )
    assert began < swapped


def test_rows_below_what_can_be_seen_come_once_the_sky_has_been_drawn(page: Page, transactional_db: None) -> None:
    ra, dec = CENTRE
    make_observations([{"obs_id": f"row-{n:03d}", "s_region": square(ra, dec + n * 1e-4, 0.01)} for n in range(60)])
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => {"
        " const rows = [...document.querySelectorAll('tr[data-obsid]')];"
        " window.first = rows.filter((row) => row.checkVisibility()).length; })"
    )
    Sky.of(page, f"{RING}&size=100")
    expect(page.locator("tr[data-obsid]").last).to_be_visible()
    assert page.evaluate("[window.first, document.querySelectorAll('tr[data-obsid]').length]") == [30, 60]


def test_a_footprint_of_another_page_leads_to_its_row(page: Page, column: None) -> None:
    ra, dec = CENTRE
    sky = Sky.of(page, f"{RING}&size=50&sort=obs_id").look(ra, dec + 0.12, 0.05)
    sky.point_at(ra, dec + 0.12, click=True)
    row = page.locator("tr[data-obsid]", has_text="row-120")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    expect(row.locator("input.tick")).to_be_checked()
    expect(page.locator("#announcement")).to_have_text(re.compile(r"row-120.*, row 121; selected, 1 selected"))
    page.get_by_role("application").focus()
    for key in ("n", "p", "Enter"):
        page.keyboard.press(key)
        sky.rest()
    expect(page.locator("#selected-count")).to_have_text("2 selected")


def test_a_footprint_of_another_tab_leads_to_its_row_and_the_sky_stays(page: Page, column: None) -> None:
    ra, dec = CENTRE
    Sky.of(page, f"{RING}&size=50&sort=obs_id")
    sky = Sky.of(page, f"/search/?q={ra}+{dec}+r%3D3s")
    page.get_by_role("button", name="Settings of the sky").click()
    page.get_by_role("combobox", name=re.compile("^Footprints of")).select_option("tabs")
    page.keyboard.press("Escape")
    sky.rest().look(ra, dec + 0.12, 0.05).point_at(ra, dec + 0.12, click=True)
    row = page.locator("tr[data-obsid]", has_text="row-120")
    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()
    expect(row.locator("input.tick")).to_be_checked()
    view = sky.rest().view
    assert view["dec"] == pytest.approx(dec + 0.12)
    assert view["fov"] == pytest.approx(0.05)
    page.reload()
    expect(page.locator("#selected-count")).to_have_text("1 selected")
