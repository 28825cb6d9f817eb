"""Logging in by a service whose pages lie on other hosts than its issuer, in a browser that keeps to the policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mastportal.launcher import commands
from tests.conftest import LivePortal
from tests.services.browser import Complaints, new_context
from tests.services.openid import CLIENT, SECRET, LoginService
from tests.services.processes import Process, accepts, free_port, portal_environment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def service() -> Iterator[LoginService]:
    """A service that lets people in on one host and asks for their institution's word on another."""
    running = LoginService(hosts=["login.localhost", "campus.localhost"])
    running.person = {"sub": "42", "email": "new@example.org", "email_verified": True, "name": "N. Ew"}
    yield running
    running.stop()


@pytest.fixture
def portal_url(live_portal: LivePortal, service: LoginService, tmp_path: Path) -> Iterator[str]:
    """The address of a portal that the operator has set up for the service."""
    variables = {"OIDC_ISSUER": service.issuer, "OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET}
    port = free_port()
    env = portal_environment() | variables | {"PORT": str(port), "OIDC_NAME": "the observatory"}
    web = Process(commands.web(f"127.0.0.1:{port}", tmp_path, workers=1), tmp_path / "web.log", env)
    web.wait_for(lambda: accepts(port), "an open web port")
    yield f"http://127.0.0.1:{port}"
    web.stop()


@pytest.fixture
def visitor(browser: Browser, portal_url: str, complaints: Complaints) -> Iterator[Page]:
    context = new_context(browser, portal_url)
    page = context.new_page()
    complaints.listen_to(page)
    yield page
    context.close()
    complaints.fail_if_any()


def test_the_button_leads_over_both_hosts_and_back(visitor: Page, service: LoginService) -> None:
    visitor.goto("/accounts/login/")
    visitor.get_by_role("button", name="Log in with the observatory").click()
    expect(visitor.locator(".account-menu summary")).to_contain_text("N. Ew")
    assert not service.wrong
    visitor.go_back()
    expect(visitor.get_by_role("heading", level=1)).not_to_contain_text("On the way")
