"""A person's two ways home, in a browser, on real processes: a streamed zip, and files staged for FTPS with a mail."""

import hashlib
import re
import ssl
import zipfile
from ftplib import FTP_TLS
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from archive.models import Product
from basket.models import Delivery, DeliveryItem, ItemVerdict
from tests.conftest import FtpsServer
from tests.holdings import REAL, SAMPLE, Holdings
from tests.services.processes import Process
from tests.services.smtp import SmtpServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("thread")]
STAGING_TIMEOUT_MS = 90_000


@pytest.fixture(params=[SAMPLE, REAL], ids=["sample", "real data"])
def holdings(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Holdings:
    loaded: Holdings = request.param
    loaded.load(tmp_path)
    return loaded


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def search(page: Page, collection: str, question: str) -> None:
    page.goto("/")
    page.get_by_label("Collection").select_option(label=collection)
    page.get_by_label("Search for").fill(question)
    page.get_by_label("Search for").press("Enter")
    expect(page.locator("#count")).to_have_text(re.compile(r"^[1-9]"))


def add_all_to_basket(page: Page) -> None:
    """Tick the page's rows, read what they stand for, add them, and open the Download Manager."""
    page.get_by_label("Select all rows of this page").check()
    expect(page.locator("#estimate")).to_contain_text(re.compile(r"[1-9][\d,]* files?"))
    page.locator("#add").click()
    expect(page.locator("#basket-link")).to_contain_text(re.compile(r"[1-9][\d,]* files?"))
    page.locator("#basket-link").click()


def tick_everything_shown(page: Page) -> None:
    page.get_by_role("checkbox", name="all files shown").click()
    expect(page.locator("#basket-selected")).to_contain_text(re.compile(r"[1-9][\d,]* selected"))
    page.wait_for_load_state()  # without its scripts the page opens other pages instead of dialogs


def included(delivery: Delivery) -> list[DeliveryItem]:
    items = list(delivery.items.filter(verdict=ItemVerdict.INCLUDED))
    assert items
    return items


def test_a_cone_goes_home_as_a_zip(holdings: Holdings, page: Page, tmp_path: Path) -> None:
    search(page, "MAST Observations by Object Name or RA/Dec", holdings.cone)
    add_all_to_basket(page)
    tick_everything_shown(page)
    page.locator("a[data-open=download-dialog].btn-primary").click()
    with page.expect_download() as started:
        page.locator("#download-dialog").get_by_role("button", name="Download").click()
    bundle = tmp_path / "bundle.zip"
    started.value.save_as(bundle)

    delivery = Delivery.objects.get()
    assert started.value.suggested_filename == f"{delivery.name}.zip"
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        delivered = {name.removeprefix(f"{delivery.name}/"): archive.read(name) for name in archive.namelist()}
    manifest = delivered.pop("MANIFEST.HTML").decode()
    assert delivered.pop("manifest.csv")
    catalogue = {item.path: item.product.sha256 for item in included(delivery)}
    assert {path: sha256(data) for path, data in delivered.items()} == catalogue
    for item in delivery.items.all():
        assert item.uri in manifest
    assert f"Total Files: {delivery.files_requested}" in manifest


def test_two_programs_are_staged_mailed_and_fetched_over_ftps(
    holdings: Holdings,
    page: Page,
    celery_worker_process: list[Process],
    smtp_server: SmtpServer,
    ftps_server: FtpsServer,
) -> None:
    search(page, "MAST Observations by Proposal ID", holdings.proposals)
    add_all_to_basket(page)
    tick_everything_shown(page)
    page.locator("a[data-open=batch-dialog]").click()
    dialog = page.locator("#batch-dialog")
    dialog.get_by_label("E-mail").fill("astronomer@example.org")
    dialog.get_by_role("button", name="Request").click()
    expect(page.locator("#request-state")).to_contain_text("ready", timeout=STAGING_TIMEOUT_MS)

    delivery = Delivery.objects.get()
    mail = wait_for_mail(page, smtp_server)
    assert delivery.name in mail
    folder = re.findall(r"/stage/anonymous/anon[0-9a-f]{32}", mail)[0]
    fetched = fetch(ftps_server.port, folder)
    manifest = fetched.pop("MANIFEST.HTML").decode()
    assert fetched.pop("manifest.csv")
    sums = dict(line.split("  ", 1)[::-1] for line in fetched.pop("SHA256SUMS").decode().splitlines())
    catalogue = {item.flat_name: item.product.sha256 for item in included(delivery)}
    assert {name: sha256(data) for name, data in fetched.items()} == catalogue
    assert catalogue.items() <= sums.items()
    assert f"Total Files: {delivery.files_requested}" in manifest
    assert Product.objects.filter(filename__in=fetched).exists()


def wait_for_mail(page: Page, server: SmtpServer) -> str:
    """The text of the one mail that comes."""
    for _ in range(300):
        if server.messages:
            break
        page.wait_for_timeout(100)
    (message,) = server.messages
    assert message["To"] == "astronomer@example.org"
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def fetch(port: int, folder: str) -> dict[str, bytes]:
    """Every file of a staged folder, by Python's own FTPS client."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with FTP_TLS(context=context, timeout=30) as client:
        client.connect("127.0.0.1", port)
        client.login("anonymous", "astronomer@example.org")
        client.prot_p()
        client.cwd(folder)
        content: dict[str, bytes] = {}
        for name in client.nlst():
            pieces: list[bytes] = []
            client.retrbinary(f"RETR {name}", pieces.append)
            content[name] = b"".join(pieces)
    return content
