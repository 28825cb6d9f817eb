"""The pages that operators use, as axe finds them, by day and by night."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Grant, Lead
from archive.clock import archive_now, to_mjd
from tests.browser.test_search_pages import axe_violations
from tests.factories import make_observation, make_product, make_program
from tests.people import PASSWORD, THEN, clear_throttle, make_person
from tests.services.browser import Complaints

pytestmark = pytest.mark.django_db(transaction=True)

LISTS = (
    "archive/program",
    "archive/observation",
    "archive/product",
    "accounts/user",
    "accounts/lead",
    "accounts/grant",
    "accounts/auditentry",
)


@pytest.fixture
def desk(page: Page, complaints: Complaints) -> Page:
    """An operator's page; the admin's own jQuery tries an inline style, which the policy refuses."""
    clear_throttle()
    complaints.expected.append("Applying inline style violates")
    own = make_observation(proposal_id="2733", t_obs_release=to_mjd(archive_now()) + 90)
    make_product(own, filename="a_cal.fits")
    program, pi = make_program(number="2733"), make_person("pi@example.org")
    Lead.objects.create(program=program, email=pi.email, user=pi, since=THEN)
    Grant.objects.create(program=program, email="co-i@example.org", granted_at=THEN)
    make_person("boss@example.org", is_staff=True, is_superuser=True)
    page.goto("/accounts/login/?next=/admin/")
    page.get_by_label("E-mail address").fill("boss@example.org")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Site administration")).to_be_visible()
    return page


def act(desk: Page, action: str) -> None:
    desk.get_by_role("checkbox", name="Select this object for an action").first.check()
    desk.get_by_role("combobox", name="Action:").select_option(label=action)
    desk.get_by_role("button", name="Go").click()


def test_an_operator_names_a_pi_and_reads_it_in_the_log(desk: Page) -> None:
    desk.get_by_role("link", name="Programs", exact=True).click()
    desk.get_by_role("textbox", name="PI's e-mail").fill("second@example.org")
    act(desk, "Name the PI (fill in the e-mail)")
    expect(desk.get_by_text("1 program is led by second@example.org.")).to_be_visible()
    expect(desk.get_by_role("row", name="JWST 2733")).to_contain_text("pi@example.org, second@example.org")
    desk.get_by_role("row", name="JWST 2733").get_by_role("link").click()
    desk.get_by_role("link", name="History").click()
    expect(desk.get_by_role("row", name="named leader")).to_contain_text("boss@example.org")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_operators(desk: Page, scheme: Literal["light", "dark"]) -> None:
    desk.emulate_media(color_scheme=scheme)
    found = {"the home page": axe_violations(desk)}
    for model in LISTS:
        desk.goto(f"/admin/{model}/")
        found[f"list of {model}"] = axe_violations(desk)
        row = desk.locator("#result_list tbody a").first
        if row.count():
            row.click()
            expect(desk.locator("#content h2").first).to_be_visible()
            found[f"form of {model}"] = axe_violations(desk)
    desk.goto("/admin/archive/program/")
    act(desk, "Name the PI (fill in the e-mail)")
    expect(desk.get_by_text("Give the PI's e-mail address beside the action.")).to_be_visible()
    found["an action refused"] = axe_violations(desk)
    assert {page: each for page, each in found.items() if each} == {}
