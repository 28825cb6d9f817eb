"""What the sky shows of a search's other pages: asked for once, beside the page that shows it."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.factories import make_observations, square
from tests.services.browser import Complaints
from tests.services.sky import Sky

RING = "/search/?q=283.39624+33.02914+r%3D10m&size=50"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rows() -> None:
    make_observations(
        [{"obs_id": f"row-{n:03d}", "s_region": square(283.39624, 33.02914 + n * 1e-4, 0.01)} for n in range(130)]
    )


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The paths that the page asks for."""
    paths: list[str] = []

    def hear(request: Request) -> None:
        paths.append(urlsplit(request.url).path)

    page.on("request", hear)
    return paths


def test_they_are_asked_for_once_and_drawn(page: Page, asked: list[str], rows: None) -> None:
    sky = Sky.of(page, RING)
    assert asked.count("/search/sky/") == 1
    assert sky.ask("sky.own.footprints.size") == 130


def test_they_are_drawn_where_nothing_was_read_beside_the_page(
    page: Page, complaints: Complaints, asked: list[str], rows: None
) -> None:
    complaints.expected.append("sky-early")
    page.route("**/sky-early*.js", lambda route: route.abort())
    sky = Sky.of(page, RING)
    assert asked.count("/search/sky/") == 1
    assert sky.ask("sky.own.footprints.size") == 130


def test_an_answer_that_is_a_refusal_is_told(page: Page, complaints: Complaints, rows: None) -> None:
    complaints.expected.append("503")
    refusal = {"error": "The search takes too long.", "remedy": "Narrow it."}
    page.route("**/search/sky/?*", lambda route: route.fulfill(status=503, json=refusal))
    Sky.of(page, RING)
    expect(page.get_by_text("The sky shows this page only. The search takes too long. Narrow it.")).to_be_visible()
