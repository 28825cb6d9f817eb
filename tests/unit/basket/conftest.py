"""A small archive on disk, seen at a fixed moment."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.basket_holdings import NOW


@pytest.fixture
def holdings(db: None, settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = (tmp_path / "storage").as_uri()
    settings.ARCHIVE_NOW = NOW


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("staff@example.org", "a long password 1", is_staff=True, display_name="Ada Staff")


@pytest.fixture
def stranger() -> User:
    return User.objects.create_user("visitor@example.org", "a long password 1")


@pytest.fixture
def own_disk(settings: Settings, tmp_path: Path) -> Path:
    """A store and a staging folder that no other test sees; the staging folder."""
    settings.STORAGE_URL = (tmp_path / "storage").as_uri()
    settings.STAGING_ROOT = tmp_path / "staging"
    settings.STAGING_FREE_BYTES = 0
    return tmp_path / "staging"
