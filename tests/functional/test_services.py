"""The servers that the other tests lean on are the real ones."""

import httpx
import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, expect

from mastportal.celery import app as celery_app
from tests.conftest import LivePortal
from tests.services.browser import Complaints
from tests.services.processes import Process


def test_the_portal_and_its_download_server_answer(live_portal: LivePortal) -> None:
    for url in (live_portal.url, live_portal.download_url):
        assert httpx.get(f"{url}/healthz").text == "ok\n"


def test_a_browser_reaches_the_portal(page: Page, complaints: Complaints) -> None:
    complaints.expected.append("favicon.ico")  # a page of plain text names no icon
    page.goto("/healthz")
    expect(page.locator("body")).to_contain_text("ok")


@pytest.mark.xdist_group("services")
def test_two_workers_listen_on_a_broker_of_their_own(celery_worker_process: list[Process]) -> None:
    answers = celery_app.control.ping(timeout=2, limit=2) or []
    assert sorted(name.partition("@")[0] for answer in answers for name in answer) == ["mail", "stage"]


def test_the_database_and_the_data_folder_are_the_test_runs_own(transactional_db: None) -> None:
    assert str(connection.settings_dict["NAME"]).startswith("test_")
    assert "portal-tests-" in str(settings.PORTAL_HOME)
