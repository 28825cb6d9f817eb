"""A store of its own for each test, and the day of the holdings."""

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.basket_holdings import NOW


@pytest.fixture(autouse=True)
def _own_disk(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = (tmp_path / "storage").as_uri()
    settings.ARCHIVE_NOW = NOW
