"""What the sky says, and goes on showing, when the server's answer does not come or cannot be read."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.held_back import HeldBack
from tests.browser.test_sky_of_other_pages import asked
from tests.browser.test_sky_of_what_is_asked_last import BESIDE, FIFTY, footprints, rows, search, show
from tests.services.browser import Complaints
from tests.services.sky import Sky

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["asked", "rows"]  # fixtures

NOTICE = "[data-sky=notice]"
SILENT = "The server did not answer; check the connection."


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"status": 500, "body": "<h1>Server Error (500)</h1>"}, "The server answered 500."),
        ({"status": 503, "json": {}}, "The server answered 503."),
        ({"body": "<!doctype html><p>Log in to this network"}, "The server's answer cannot be read."),
        ({"body": '{"total": 130, "in_v'}, "The server's answer cannot be read."),
        ({"body": "null"}, "The server's answer cannot be read."),
        (None, SILENT),
    ],
)
def test_it_says_why_until_the_next_search(
    page: Page, complaints: Complaints, rows: None, answer: dict[str, Any] | None, why: str
) -> None:
    complaints.expected += ["500", "503", "ERR_FAILED"]
    page.route("**/search/sky/?*", lambda route: route.fulfill(**answer) if answer else route.abort())
    sky = Sky.of(page, FIFTY)
    expect(page.locator(NOTICE)).to_have_text(f"The sky shows this page only. {why}")
    assert footprints(sky) == 50
    search(page, BESIDE)
    assert footprints(sky) == 10
    assert page.locator(NOTICE).is_hidden()


def test_it_says_that_rows_are_on_their_way_until_they_come(page: Page, rows: None) -> None:
    held = HeldBack(page, "/search/sky/")
    page.goto(FIFTY)
    expect(page.locator(NOTICE)).to_have_text("The rows of other pages are still on their way.")
    page.locator("tr[data-obsid] input.tick").first.check()
    expect(page.locator("#selected-count")).to_have_text("1 selected")
    held.let_go()
    assert footprints(Sky(page)) == 130
    assert page.locator(NOTICE).is_hidden()


def test_it_says_so_once_without_a_network_and_asks_again_with_one(
    page: Page, complaints: Complaints, rows: None
) -> None:
    complaints.expected.append("ERR_INTERNET_DISCONNECTED")
    sky = Sky.of(page, FIFTY)
    show(page, "page")
    page.context.set_offline(True)
    page.evaluate("window.said = []")
    sky.ask("void sky.addEventListener('problem', ({ detail }) => window.said.push(detail))")
    show(page, "search")
    for north in (33.1, 33.2, 33.3):
        sky.look(283.4, north, 1.0)
    assert page.evaluate("window.said") == [f"The sky shows this page only. {SILENT}"]
    with page.expect_request("**/search/sky/?*"):
        page.context.set_offline(False)
    assert footprints(sky) == 130
    assert page.locator(NOTICE).is_hidden()


def test_it_names_the_tab_whose_rows_do_not_come(page: Page, complaints: Complaints, rows: None) -> None:
    complaints.expected.append("500")
    page.goto(BESIDE)
    sky = Sky.of(page, FIFTY)
    page.route(re.compile("/search/sky/.*35"), lambda route: route.fulfill(status=500))
    show(page, "tabs")
    expect(page.locator(NOTICE)).to_have_text(
        re.compile("The sky may not show all rows of “.*35.*”. The server answered 500.")
    )
    assert footprints(sky) == 130
    show(page, "search")
    assert page.locator(NOTICE).is_hidden()


# The coverage as a MOC, and a preview on the sky -----------------------------------------------------------------

MOC = "[data-sky=moc]"


def test_the_coverage_of_a_search_goes_with_it(
    page: Page, complaints: Complaints, asked: list[str], rows: None
) -> None:
    complaints.expected.append("500")
    sky = Sky.of(page, FIFTY)
    show(page, "search")
    page.locator(MOC).check()
    assert sky.rest().ask("Boolean(sky.moc)")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".pane-foot")).to_contain_text("51–100 of 130")
    assert sky.rest().ask("Boolean(sky.moc)")
    assert asked.count("/search/moc/") == 1
    page.route("**/search/moc/?*", lambda route: route.fulfill(status=500))
    search(page, BESIDE)
    expect(page.locator(NOTICE)).to_have_text("The coverage could not be had. The server answered 500.")
    assert not sky.rest().ask("Boolean(sky.moc)")
    expect(page.locator(MOC)).not_to_be_checked()


def test_a_preview_that_comes_after_another_search_is_not_laid_on_the_sky(page: Page, rows: None) -> None:
    sky = Sky.of(page, FIFTY)
    held = HeldBack(page, "/overlay/")
    obsid = page.locator("tr[data-obsid]").first.get_attribute("data-obsid")
    with page.expect_request("**/overlay/**"):
        page.evaluate(
            "(obsid) => document.dispatchEvent(new CustomEvent('overlay-on-sky', { detail: { obsid } }))", obsid
        )
    search(page, BESIDE)
    corners = [[283.4, 33.1], [283.3, 33.1], [283.3, 33.0], [283.4, 33.0]]
    held.answer(json={"href": "/static/icon.svg", "corners": corners})
    assert sky.rest().ask("sky.picture") is None
    assert sky.view["dec"] == pytest.approx(35.03, abs=0.1)
