"""Fixtures that speak to real processes: the web server, the workers, the FTPS door, the mail server, the browser.

A process is started once a test process (the workers once a module) and serves every test that asks for it; the
database is emptied between the tests (`transactional_db`), and messages of the broker and mails are thrown away.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connection
from playwright.sync_api import Browser, Page
from pytest_django.plugin import DjangoDbBlocker

from mastportal.celery import app as celery_app
from mastportal.launcher import commands
from tests.services.broker import drop_messages
from tests.services.browser import Complaints, chromium, new_context
from tests.services.processes import Process, accepts, free_port, free_ports, portal_environment
from tests.services.s3 import S3Server
from tests.services.smtp import SmtpServer
from tests.services.upstream import OtherArchive

# Database ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The database, whose tables may be emptied between tests: elsewhere the audit log refuses that."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER accounts_audit_no_truncate")


# Web -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LivePortal:
    """A gunicorn that serves the portal, and a second one for downloads."""

    url: str
    download_url: str
    web: Process
    downloads: Process


@pytest.fixture(scope="session")
def _portal_processes(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LivePortal]:
    with django_db_blocker.unblock():
        env = portal_environment()
    logs = tmp_path_factory.mktemp("portal")
    collect_static_files(env)
    port, download_port = free_ports(2)
    env |= {"PORT": str(port), "DOWNLOAD_PORT": str(download_port), "DOWNLOAD_DOOR": "on", "ACCESS_RECHECK_S": "1"}
    web = Process(commands.web(f"127.0.0.1:{port}", logs, workers=1), logs / "web.log", env)
    downloads = Process(commands.downloads(f"127.0.0.1:{download_port}", logs), logs / "downloads.log", env)
    try:
        web.wait_for(lambda: accepts(port), "an open web port")
        downloads.wait_for(lambda: accepts(download_port), "an open download port")
        yield LivePortal(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{download_port}", web, downloads)
    finally:
        web.stop()
        downloads.stop()


def collect_static_files(env: dict[str, str]) -> None:
    """Joined and with fingerprints for the live portal, as people get them; this process keeps the plain names."""
    staticfiles_storage.url("icon.svg")  # it reads the list of collected files once, before there is one
    collect = [sys.executable, str(settings.BASE_DIR / "manage.py"), "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(collect, check=True, env=os.environ | env, timeout=120)


@pytest.fixture
def live_portal(transactional_db: None, _portal_processes: LivePortal) -> LivePortal:
    """The portal behind real gunicorns, on this test's database."""
    return _portal_processes


# Workers -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def broker(transactional_db: None) -> None:
    """An empty broker."""
    drop_messages(settings.REDIS_URL)


# of one module: workers that live on would do the work that later tests expect to find undone
@pytest.fixture(scope="module")
def _worker_processes(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
    _smtp_server: SmtpServer,
) -> Iterator[list[Process]]:
    with django_db_blocker.unblock():
        env = portal_environment() | {"EMAIL_URL": _smtp_server.url}
    logs = tmp_path_factory.mktemp("workers")
    workers = [
        Process(commands.stage_worker(concurrency=1), logs / "stage.log", env),
        Process(commands.mail_worker(), logs / "mail.log", env),
    ]
    try:
        for number, worker in enumerate(workers, start=1):
            worker.wait_for(partial(_listen, number), "a worker that answers")
        yield workers
    finally:
        for worker in workers:
            worker.stop()


def _listen(count: int) -> bool:
    return len(celery_app.control.ping(timeout=1, limit=count) or []) >= count


@pytest.fixture
def celery_worker_process(broker: None, _worker_processes: list[Process]) -> list[Process]:
    """The two real workers (stage and mail) on the real broker, sending mail to `smtp_server`."""
    return _worker_processes


# Mail ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def _smtp_server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_server(_smtp_server: SmtpServer) -> SmtpServer:
    """A real SMTP server that has seen no mail yet."""
    _smtp_server.clear()
    return _smtp_server


# Other stores --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """A local S3 server; each test takes a bucket of its own."""
    server = S3Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def other_archive() -> Iterator[OtherArchive]:
    """An archive upstream that has no files yet."""
    archive = OtherArchive().start()
    yield archive
    archive.stop()


# FTPS ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FtpsServer:
    """The FTPS door as a process of its own."""

    port: int
    implicit_port: int
    process: Process


@pytest.fixture(scope="session")
def _ftps_process(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FtpsServer]:
    with django_db_blocker.unblock():
        env = portal_environment()
    port = free_port()
    *passive, implicit_port = free_ports(81)
    env |= {
        "FTPS_IMPLICIT_PORT": str(implicit_port),
        "FTPS_HOST": "127.0.0.1",
        "FTPS_PORT": str(port),
        "FTPS_PASSIVE_PORTS": f"{passive[0]}-{passive[-1]}",
    }
    process = Process(commands.ftps(), tmp_path_factory.mktemp("ftps") / "ftps.log", env)
    try:
        process.wait_for(lambda: accepts(port), "an open FTPS port")
        yield FtpsServer(port, implicit_port, process)
    finally:
        process.stop()


@pytest.fixture
def ftps_server(transactional_db: None, _ftps_process: FtpsServer) -> FtpsServer:
    """The FTPS door on this test's database and staging folder."""
    return _ftps_process


# Browser -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def complaints() -> Complaints:
    """What the console says; a test that provokes an error names it in ``complaints.expected``."""
    return Complaints()


@pytest.fixture
def page(live_portal: LivePortal, browser: Browser, complaints: Complaints) -> Iterator[Page]:
    """A page of the live portal (relative addresses work); a console error or CSP refusal fails the test."""
    context = new_context(browser, live_portal.url)
    opened = context.new_page()
    complaints.listen_to(opened)
    yield opened
    try:
        complaints.fail_if_any()
    finally:
        context.close()
