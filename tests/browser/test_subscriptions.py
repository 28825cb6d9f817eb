"""A subscription from a row to the bell, in a browser."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from archive.models import Event
from notifications.digests import write_digests
from notifications.models import Subscription
from tests.conftest import LivePortal
from tests.factories import make_observation, make_planned

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader(page: Page, live_portal: LivePortal) -> User:
    """Somebody who is signed in."""
    person = User.objects.create_user("reader@example.org")
    client = Client()
    client.force_login(person)
    page.context.add_cookies([{"name": "sid", "value": client.cookies["sid"].value, "url": live_portal.url}])
    return person


def test_a_planned_row_is_subscribed_to_and_rings_the_bell(page: Page, reader: User) -> None:
    make_planned(obs_id="jw06658002001_xx101_00001_niriss", proposal_id="6658")
    page.goto("/search/?collection=proposals&q=6658")
    page.get_by_role("link", name=re.compile("More actions for jw06658002001")).click()
    page.get_by_role("link", name="Create a Subscription").last.click()
    expect(page.get_by_label("Proposal ID")).to_have_value("6658")
    expect(page.get_by_label("Observation ID")).to_have_value("002")
    page.get_by_label("Portal", exact=True).check()
    page.get_by_role("button", name="Subscribe").click()
    expect(page.locator("#messages")).to_contain_text("Subscribed to JWST 6658")
    row = page.get_by_role("row", name=re.compile("6658"))
    expect(row).to_contain_text("active")

    own = make_observation(obs_id="jw06658-o002_t001_niriss_f200w", proposal_id="6658")
    facts = {"mission": "JWST", "program": "6658", "filename": "a.fits", "calib_level": 3, "at": timezone.now()}
    Event.objects.create(kinds=["new", "public"], observation=own, **facts)
    assert write_digests(timezone.now() + dt.timedelta(days=1)) == 1
    page.goto("/")
    bell = page.locator("#bell")
    expect(bell).to_contain_text("1 unread")
    bell.click()
    expect(page.locator(".bell-menu")).to_contain_text("1 New, 1 Public")
    page.get_by_role("button", name=re.compile("JWST program 6658")).click()
    expect(page).to_have_url(re.compile(r"/search/\?.*proposal_id=6658"))
    expect(page.locator("#bell")).not_to_contain_text("unread")


def test_ticked_subscriptions_are_paused_and_a_deletion_undone(page: Page, reader: User) -> None:
    now = timezone.now()
    for number in ("1558", "2736"):
        Subscription.objects.create(
            owner=reader,
            mission="JWST",
            programs=[number],
            level=3,
            kinds=["new"],
            frequency="daily",
            channel="email",
            created_at=now,
            seen_event=0,
            period_start=now,
        )
    page.goto("/accounts/subscriptions/")
    page.get_by_label("All subscriptions").check()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#messages")).to_contain_text("2 subscriptions paused.")
    expect(page.get_by_text("paused", exact=True)).to_have_count(2)
    page.get_by_role("checkbox", name=re.compile("JWST 2736")).check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The subscription to JWST 2736 was deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row", name=re.compile("2736"))).to_be_visible()
