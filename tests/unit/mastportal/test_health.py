"""What `/healthz` and `/readyz` tell an operator."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from mastportal import health


def test_healthz_needs_no_permitted_host(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "10.0.0.7"}).content == b"ok\n"


@pytest.mark.django_db
def test_readyz_looks_at_database_broker_and_folders(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": {"database": None, "broker": None, "data folder": None, "staging folder": None},
    }
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_readyz_names_the_part_that_is_missing(client: Client, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.STAGING_ROOT = tmp_path / "file" / "staging"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["staging folder"] == "it cannot be written"


@pytest.mark.django_db
def test_readyz_says_when_the_disk_is_full(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOWEST_FREE_BYTES", 2**63)
    assert "MiB are free" in client.get("/readyz").json()["parts"]["data folder"]


def test_probes_are_read_only(client: Client) -> None:
    assert client.post("/readyz").status_code == 405
