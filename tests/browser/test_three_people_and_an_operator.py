"""A stranger, a PI, a grantee and an operator at once, each in a browser of their own; mails by a real SMTP server."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import AuditEntry, Lead, User
from archive.clock import archive_now
from archive.models import Product
from tests.conftest import LivePortal
from tests.deliveries import content_of, observation, product
from tests.factories import list_product, make_program
from tests.people import PASSWORD, THEN, clear_throttle, make_person
from tests.services.browser import Complaints, new_context
from tests.services.processes import Process
from tests.services.smtp import SmtpServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("thread")]

PROGRAM = "/programs/JWST/2733/"
NAMES = ("stranger", "pi", "grantee", "operator")


@dataclass(frozen=True)
class People:
    stranger: Page
    pi: Page
    grantee: Page
    operator: Page


@pytest.fixture
def people(live_portal: LivePortal, browser: Browser, complaints: Complaints) -> Iterator[People]:
    """Four browsers; all but the stranger's are logged in by the page."""
    clear_throttle()
    complaints.expected.append("403 (Forbidden)")
    contexts = [new_context(browser, live_portal.url) for _ in NAMES]
    pages = [context.new_page() for context in contexts]
    for name, page in zip(NAMES, pages, strict=True):
        complaints.listen_to(page)
        is_operator = name == "operator"
        person = make_person(f"{name}@example.org", is_staff=is_operator, is_superuser=is_operator)
        page.goto("/accounts/login/")
        page.get_by_label("E-mail address").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="My page")).to_be_visible()
    yield People(*pages)
    complaints.fail_if_any()
    for context in contexts:
        context.close()


@pytest.fixture
def files(transactional_db: None) -> dict[str, tuple[Product, bytes]]:
    """Two exclusive files of a program, of an observation each."""
    held = {}
    for number, name in enumerate(("first", "second")):
        own = observation(f"jw02733-{name}", archive_now() + dt.timedelta(days=90))
        content = content_of(300_000, seed=number)
        held[name] = (product(own, f"{name}.fits", content), content)
        list_product(held[name][0], own)
    return held


def fetch(page: Page, portal: LivePortal, file: Product) -> tuple[int, bytes]:
    """What the browser of the person gets at the download door."""
    address = f"{portal.download_url}/basket/files/{file.pk}/{file.filename}"
    answer = page.context.request.get(address, headers={"Accept": "text/html,*/*"})
    return answer.status, answer.body()


def mail_to(server: SmtpServer, page: Page, address: str, subject: str) -> EmailMessage:
    """The mail that comes within a while."""
    for _ in range(200):
        for message in server.messages:
            if message["To"] == address and subject in str(message["Subject"]):
                return message
        page.wait_for_timeout(100)
    raise AssertionError([(message["To"], message["Subject"]) for message in server.messages])


def ask_for_access(page: Page) -> None:
    page.goto(PROGRAM)
    page.get_by_role("link", name="Ask the PI for access").click()
    page.get_by_role("button", name="Ask").click()


def grant_by_the_link_of(mail: EmailMessage, page: Page) -> None:
    body = mail.get_body(("plain",))
    assert body is not None
    page.goto(re.findall(r"https?://[^/\s]+(/accounts/requests/\d+/)", str(body.get_content()))[0])
    page.get_by_role("button", name="Grant access").click()


def release(page: Page, file: Product, day: dt.date) -> None:
    """As an operator does it in the admin."""
    page.goto(f"/admin/archive/observation/?q={file.observation.obs_id}")
    page.locator("#result_list tbody input.action-select").check()
    page.locator("select[name=action]").select_option("change_release")
    page.locator("input[name=release]").fill(day.isoformat())
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text(f"1 observation released on {day}")).to_be_visible()


def test_each_gets_what_they_may_the_moment_they_may(
    people: People,
    files: dict[str, tuple[Product, bytes]],
    live_portal: LivePortal,
    celery_worker_process: list[Process],
    smtp_server: SmtpServer,
) -> None:
    program = make_program(number="2733", title="Webb ERO")
    pi, leader = people.pi, User.objects.get(email="pi@example.org")
    Lead.objects.create(program=program, email=leader.email, user=leader, since=THEN)
    (first, content), (second, second_content) = files["first"], files["second"]
    assert [fetch(page, live_portal, first)[0] for page in (people.stranger, people.grantee)] == [403, 403]
    assert fetch(pi, live_portal, first) == (200, content)

    ask_for_access(people.grantee)
    grant_by_the_link_of(mail_to(smtp_server, pi, "pi@example.org", "asks for access"), pi)
    mail_to(smtp_server, pi, "grantee@example.org", "Access to Program 2733")
    people.grantee.goto(PROGRAM)
    expect(people.grantee.get_by_text("granted access")).to_be_visible()
    assert fetch(people.grantee, live_portal, second) == (200, second_content)
    people.stranger.goto(PROGRAM)
    expect(people.stranger.get_by_role("link", name="Ask the PI for access")).to_be_visible()
    expect(people.stranger.get_by_text("grantee@example.org")).to_have_count(0)
    status, refusal = fetch(people.stranger, live_portal, first)
    assert status == 403
    assert content[:64] not in refusal

    release(people.operator, first, archive_now().date())
    assert fetch(people.stranger, live_portal, first) == (200, content)
    assert fetch(people.stranger, live_portal, second)[0] == 403

    pi.goto(PROGRAM)
    pi.get_by_role("button", name="Revoke grantee@example.org").click()
    expect(pi.get_by_role("row", name=re.compile("grantee@example.org"))).to_have_count(0)
    assert fetch(people.grantee, live_portal, second)[0] == 403
    assert fetch(people.grantee, live_portal, first) == (200, content)
    mail_to(smtp_server, pi, "grantee@example.org", "has ended")
    actors = set(AuditEntry.objects.values_list("actor", flat=True))
    assert {"pi@example.org", "operator@example.org", "grantee@example.org"} <= actors
