"""Unsafe settings are named before the portal starts."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from mastportal import environment


def found() -> set[str | None]:
    return {message.id for message in run_checks(tags=["portal"])}


def test_the_defaults_are_safe() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("SECRET_KEY", "short", "portal.E001"),
        ("ALLOWED_HOSTS", ["*"], "portal.E002"),
        ("SITE_URL", "archive.example.org", "portal.E003"),
        ("SITE_URL", "http://archive.example.org", "portal.W001"),
        ("ARCHIVE_NOW", dt.datetime(2026, 1, 20, tzinfo=dt.UTC), "portal.W002"),
    ],
)
def test_an_unsafe_setting_is_named(settings: Settings, setting: str, value: object, expected: str) -> None:
    setattr(settings, setting, value)
    assert expected in found()


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://[::1]:8000", "https://archive.example.org"])
def test_a_safe_address_passes(settings: Settings, address: str) -> None:
    settings.SITE_URL = address
    assert found() == set()


def test_the_ftps_door_must_not_serve_the_data_folder(settings: Settings) -> None:
    settings.STAGING_ROOT = Path(settings.PORTAL_HOME).parent
    assert "portal.E004" in found()


def test_a_log_in_service_without_https_is_refused(settings: Settings) -> None:
    settings.OIDC_ISSUER = "http://idp.example.org"
    assert "portal.E005" in found()
    settings.OIDC_ISSUER = "https://idp.example.org"
    assert "portal.E005" not in found()


def test_the_help_desk_is_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELP_DESK", "help@archive.example.org")
    assert environment.mail_address("HELP_DESK") == "help@archive.example.org"
    monkeypatch.setenv("HELP_DESK", "the desk in room 12")
    with pytest.raises(environment.ConfigurationError, match="not one e-mail address such as help@"):
        environment.mail_address("HELP_DESK")
