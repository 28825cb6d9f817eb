"""An address that no server reads to its end is answered with a page that says what to do."""

import http.client
from urllib.parse import urlsplit

import pytest

from tests.conftest import LivePortal

pytestmark = pytest.mark.django_db(transaction=True)


def answer(portal: LivePortal, region: str) -> tuple[int, str]:
    place = urlsplit(portal.url)
    peer = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    peer.request("GET", f"/search/?region={region}")
    answered = peer.getresponse()
    try:
        return answered.status, answered.read().decode()
    finally:
        peer.close()


@pytest.mark.parametrize("corners", [1_100, 60_000])
def test_an_address_that_is_too_long_is_refused_with_a_remedy(live_portal: LivePortal, corners: int) -> None:
    status, page = answer(live_portal, "POLYGON" + "+10.5+-5" * corners)
    assert status == 414
    assert "The address is too long" in page
    assert "upload it as a" in page
    assert "gunicorn" not in page.lower()


def test_a_region_that_is_too_long_for_a_search_alone_is_told_its_limit(live_portal: LivePortal) -> None:
    status, page = answer(live_portal, "POLYGON" + "+10.5+-5" * 600)
    assert status == 400
    assert "Give at most 4,000 characters." in page
