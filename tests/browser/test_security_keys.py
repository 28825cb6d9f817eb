"""A security key (WebAuthn) on the pages, with the authenticator that Chromium plays."""

import re
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.conftest import LivePortal
from tests.people import PASSWORD, clear_throttle, make_person
from tests.services.browser import Complaints, new_context

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key_page(live_portal: LivePortal, browser: Browser, complaints: Complaints) -> Iterator[Page]:
    """A page of the portal under a name: a bare address such as 127.0.0.1 cannot have keys."""
    clear_throttle()
    context = new_context(browser, live_portal.url.replace("127.0.0.1", "localhost"))
    page = context.new_page()
    complaints.listen_to(page)
    yield page
    complaints.fail_if_any()
    context.close()


class VirtualKey:
    """A key on USB that says yes to everything, or, told so, to nothing."""

    def __init__(self, page: Page) -> None:
        self.browser: CDPSession = page.context.new_cdp_session(page)
        self.browser.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.number = self.browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def uses(self) -> int:
        """How often its one credential has signed."""
        held = self.browser.send("WebAuthn.getCredentials", {"authenticatorId": self.number})["credentials"]
        return int(held[0]["signCount"])

    def take_away(self) -> None:
        self.browser.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.number})


def enter_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("keeper@example.org")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def add_key(page: Page) -> list[str]:
    """Add a key from the page of second factors; the recovery codes shown after the first."""
    page.get_by_role("link", name="Second factor").click()
    page.get_by_role("link", name="Add a key").click()
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name").fill("blue key")
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Recovery codes", level=1)).to_be_visible()
    return re.findall(r"\b[0-9a-f]{8}\b", page.locator("main").inner_text())


def log_out(page: Page) -> None:
    page.locator(".account-menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()


def test_a_key_is_added_and_opens_the_account(key_page: Page) -> None:
    make_person("keeper@example.org")
    key = VirtualKey(key_page)
    enter_password(key_page)
    codes = add_key(key_page)
    assert len(codes) == 10
    used = key.uses()
    log_out(key_page)

    enter_password(key_page)
    expect(key_page.get_by_role("heading", name="Use the security key")).to_be_visible()
    expect(key_page.get_by_text("authenticator app")).to_have_count(0)
    key_page.goto("/accounts/")
    expect(key_page.get_by_role("heading", name="My page")).to_have_count(0)
    key_page.get_by_role("button", name="Use the security key").click()
    expect(key_page.get_by_role("heading", name="My page")).to_be_visible()
    assert key.uses() > used

    key_page.get_by_role("link", name="Second factor").click()
    key_page.get_by_role("link", name="Manage").click()
    expect(key_page.get_by_role("row", name=re.compile("blue key"))).not_to_contain_text("never")
    log_out(key_page)
    enter_password(key_page)
    key_page.get_by_role("textbox", name="Code").fill(codes[0])
    key_page.get_by_role("button", name="Log in").click()
    expect(key_page.get_by_role("heading", name="My page")).to_be_visible()


def test_a_key_that_does_not_answer_is_explained(key_page: Page) -> None:
    make_person("keeper@example.org")
    key = VirtualKey(key_page)
    enter_password(key_page)
    add_key(key_page)
    key_page.goto("/accounts/2fa/webauthn/add/")
    key_page.get_by_role("button", name="Add the key").click()
    expect(key_page.get_by_role("alert")).to_contain_text("one of the account already")
    log_out(key_page)

    key.take_away()
    VirtualKey(key_page)
    enter_password(key_page)
    key_page.get_by_role("button", name="Use the security key").click()
    expect(key_page.get_by_role("alert")).to_contain_text("The key did not answer")
    expect(key_page.get_by_role("textbox", name="Code")).to_be_visible()
    assert Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).count() == 1


def test_under_a_bare_address_the_page_says_what_a_key_needs(page: Page) -> None:
    clear_throttle()
    make_person("keeper@example.org")
    enter_password(page)
    expect(page.get_by_role("heading", name="My page")).to_be_visible()
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("alert")).to_contain_text("http://localhost")
