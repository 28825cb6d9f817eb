"""Signing in, granting access and making a token, as people see it."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Lead
from archive.clock import to_mjd
from tests.deliveries import FUTURE
from tests.factories import make_observation, make_program
from tests.people import PASSWORD, THEN, clear_throttle, make_person

pytestmark = pytest.mark.django_db(transaction=True)

YEARS = 10_000  # days from the tests' moment, so that the machine's day is before it


@pytest.fixture(autouse=True)
def _holdings(transactional_db: None) -> None:
    clear_throttle()
    make_observation(proposal_id="2733", t_obs_release=to_mjd(FUTURE) + YEARS, target_name="NGC-3132")
    make_observation(proposal_id="2733", t_obs_release=to_mjd(FUTURE) - YEARS, target_name="NGC-3132")
    program = make_program(number="2733", title="Webb ERO", pi_name="Pontoppidan, Klaus M.")
    pi = make_person("pi@example.org", display_name="K. Pontoppidan")
    Lead.objects.create(program=program, email=pi.email, user=pi, since=THEN)


def log_in(page: Page, email: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_pi_logs_in_grants_revokes_and_makes_a_token(page: Page) -> None:
    page.goto("/programs/JWST/2733/")
    expect(page.get_by_role("link", name="Ask the PI for access")).to_be_visible()
    expect(page.get_by_role("heading", name="Grant access")).to_have_count(0)
    page.get_by_role("link", name="Log in").first.click()
    log_in(page, "pi@example.org")
    expect(page).to_have_url(re.compile("/programs/JWST/2733/$"))
    expect(page.get_by_text("PI of the program")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("E-mail").fill("co-i@example.org")
    page.get_by_role("button", name="Grant access").click()
    expect(page.locator("#messages")).to_contain_text("invitation was sent")
    expect(page.get_by_role("row", name=re.compile("co-i@example.org"))).to_contain_text("no account yet")
    page.get_by_role("button", name="Revoke co-i@example.org").click()
    expect(page.get_by_role("row", name=re.compile("co-i@example.org"))).to_have_count(0)
    page.locator(".account-menu summary").click()
    page.get_by_role("link", name="My page").click()
    expect(page.get_by_role("cell", name="you are the PI")).to_be_visible()
    page.get_by_role("link", name="Tokens", exact=True).click()
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator("#token")).to_have_text(re.compile("^[A-Za-z0-9]{32}$"))
    page.reload()
    expect(page.get_by_role("rowheader", name="laptop")).to_have_count(1)
    expect(page.locator("#token")).to_have_count(0)
    page.locator(".account-menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
