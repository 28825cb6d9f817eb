"""A request behind the FTPS door, and the account whose it may be."""

import pytest
from pytest_django import Settings

from accounts.models import User
from archive.models import Observation, Product
from basket.models import Delivery
from tests.conftest import FtpsServer
from tests.deliveries import observation, product
from tests.functional.ftps.visits import CONTENTS, PASSWORD, staged


@pytest.fixture
def own(ftps_server: FtpsServer, settings: Settings) -> Observation:
    settings.FTPS_PORT = ftps_server.port
    return observation("jw02733-o001_t001_miri_f770w")


@pytest.fixture
def products(own: Observation) -> list[Product]:
    return [product(own, name, content) for name, content in CONTENTS.items()]


@pytest.fixture
def delivery(products: list[Product]) -> Delivery:
    return staged(products)


@pytest.fixture
def owner(own: Observation) -> User:
    return User.objects.create_user("pi@example.org", PASSWORD)
