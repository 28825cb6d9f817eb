"""The pages of one's own account, as axe and a narrow screen find them."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import AccessToken, Lead
from archive.clock import archive_now, to_mjd
from tests.browser.test_search_pages import axe_violations
from tests.factories import make_observation, make_program
from tests.people import PASSWORD, THEN, clear_throttle, make_person

pytestmark = pytest.mark.django_db(transaction=True)

OPEN = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
OWN = (
    "/accounts/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/sessions/",
    "/accounts/services/",
    "/accounts/tokens/",
    "/accounts/subscriptions/",
    "/accounts/subscriptions/new/",
    "/accounts/notices/",
    "/accounts/reauthenticate/",
    "/accounts/reauthenticate/code/",
    "/accounts/programs/JWST/2733/log/",
    "/programs/JWST/2733/",
)


def log_in_as_pi(page: Page) -> None:
    clear_throttle()
    make_observation(proposal_id="2733", t_obs_release=to_mjd(archive_now()) + 90)
    pi = make_person("pi@example.org", display_name="K. Pontoppidan")
    Lead.objects.create(program=make_program(number="2733"), email=pi.email, user=pi, since=THEN)
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(pi.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="My page")).to_be_visible()


def test_a_double_click_makes_one_token_and_shows_its_letters(page: Page) -> None:
    log_in_as_pi(page)
    page.goto("/accounts/tokens/")
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Make the token").dblclick()
    expect(page.get_by_role("rowheader", name="laptop")).to_have_count(1)
    assert AccessToken.objects.count() == 1
    expect(page.locator("#token")).to_have_text(re.compile("^[A-Za-z0-9]{32}$"))


def fails_at(page: Page, address: str) -> list[str]:
    """What axe finds, and whether the page scrolls sideways on a narrow screen."""
    answer = page.goto(address)
    assert answer is not None
    found = [] if answer.ok else [f"answers {answer.status}"]
    found += axe_violations(page)
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("scrolls sideways")
    return [f"{address}: {each}" for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_account_pages(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    assert [found for address in OPEN for found in fails_at(page, address)] == []
    log_in_as_pi(page)
    assert [found for address in OWN for found in fails_at(page, address)] == []
    page.set_viewport_size({"width": 1440, "height": 900})
    assert [found for address in OWN for found in fails_at(page, address)] == []
