"""Searching over HTTP, at one moment and without a network."""

import datetime as dt

import pytest
from django.core.cache import cache
from pytest_django.fixtures import Settings as SettingsWrapper


@pytest.fixture(autouse=True)
def _one_moment(settings: SettingsWrapper) -> None:
    settings.ARCHIVE_NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
    settings.RESOLVER = ["holdings", "openngc", "targets"]
    cache.clear()
