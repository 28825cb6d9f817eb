"""Static files are collected anew when one of them changed, or how they are joined."""

import os
from pathlib import Path

import pytest
from pytest_django import Settings

from mastportal import bundles, preparation


def test_they_are_collected_once_and_again_when_the_joining_changed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[str] = []

    def call_command(name: str, **options: object) -> None:
        collected.append(name)
        Path(settings.STATIC_ROOT).mkdir(exist_ok=True)

    monkeypatch.setattr(preparation, "call_command", call_command)
    settings.STATIC_ROOT = tmp_path / "collected"
    joining = tmp_path / "bundles.py"
    joining.touch()
    monkeypatch.setattr(bundles, "__file__", str(joining))
    for _ in range(2):
        preparation.collect_static_files(lambda words: None)
    assert collected == ["collectstatic"]
    os.utime(joining, (0, 0))
    preparation.collect_static_files(lambda words: None)
    assert collected == ["collectstatic"] * 2
