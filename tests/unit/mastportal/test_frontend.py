"""The front-end files of `make run` are those that the lock file and the list of icons ask for, whatever was there."""

import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

SPRITE = '<svg><symbol id="key">k</symbol><symbol id="bell">b</symbol></svg>'
ENGINE = b"engine"
#: Lays the version that the lock file names into node_modules, and counts how often it was asked.
NPM = """
import pathlib, sys
root = pathlib.Path.cwd()
asked = root / "asked"
asked.write_text(asked.read_text() + "x" if asked.exists() else "x")
if (root / "offline").exists():
    sys.exit("npm error no network")
version = (root / "package-lock.json").read_text()
for name, text in {
    "bootstrap/dist/css/bootstrap.min.css": f"css {version}",
    "bootstrap/dist/js/bootstrap.bundle.min.js": f"js {version}",
    "bootstrap-icons/bootstrap-icons.svg": SPRITE,
    "aladin-lite/dist/aladin.js": "engine",
}.items():
    place = root / "node_modules" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
"""


class Checkout:
    """A folder with a lock file, a list of icons and an npm of its own."""

    def __init__(self, root: Path, frontend: ModuleType) -> None:
        self.root, self._frontend = root, frontend
        self.vendor = root / "static" / "vendor"

    def make(self) -> None:
        self._frontend.main()

    @property
    def asked(self) -> int:
        """How often npm was asked."""
        place = self.root / "asked"
        return len(place.read_text()) if place.exists() else 0

    def read(self, name: str) -> str:
        return (self.vendor / name).read_text()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    spec = importlib.util.spec_from_file_location("frontend", settings.BASE_DIR / "scripts" / "frontend.py")
    assert spec
    assert spec.loader
    frontend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(frontend)
    (tmp_path / "npm.py").write_text(f"SPRITE = {SPRITE!r}\n{NPM}")
    (tmp_path / "package-lock.json").write_text("one")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "icons.txt").write_text("key\n")
    for name, value in {
        "ROOT": tmp_path,
        "MODULES": tmp_path / "node_modules",
        "VENDOR": tmp_path / "static" / "vendor",
        "ENGINE_SHA256": hashlib.sha256(ENGINE).hexdigest(),
        "npm": lambda: [sys.executable, str(tmp_path / "npm.py")],
    }.items():
        monkeypatch.setattr(frontend, name, value)
    made = Checkout(tmp_path, frontend)
    made.make()
    assert made.asked == 1
    return made


def test_what_is_there_is_left_alone(checkout: Checkout) -> None:
    (checkout.root / "node_modules" / "bootstrap/dist/css/bootstrap.min.css").unlink()
    checkout.make()
    assert checkout.asked == 1
    assert checkout.read("bootstrap.min.css") == "css one"


def test_another_lock_file_brings_other_files_however_old_it_is(checkout: Checkout) -> None:
    lock = checkout.root / "package-lock.json"
    lock.write_text("two")
    os.utime(lock, (0, 0))
    checkout.make()
    assert checkout.asked == 2
    assert checkout.read("bootstrap.min.css") == "css two"


def test_another_list_of_icons_cuts_the_sprite_anew(checkout: Checkout) -> None:
    (checkout.root / "static" / "icons.txt").write_text("key\nbell\n")
    checkout.make()
    assert 'id="bell"' in checkout.read("icons.svg")
    assert checkout.asked == 1


@pytest.mark.parametrize("name", ["bootstrap.min.css", "icons.svg", "aladin.js", ".made"])
def test_a_file_that_went_comes_back(checkout: Checkout, name: str) -> None:
    before = checkout.read(name)
    (checkout.vendor / name).unlink()
    checkout.make()
    assert checkout.read(name) == before


def test_what_could_not_be_fetched_is_tried_again(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    (checkout.root / "package-lock.json").write_text("two")
    (checkout.root / "offline").touch()
    checkout.make()
    assert "no network); going on with the files of an earlier run" in capsys.readouterr().err
    assert checkout.read("bootstrap.min.css") == "css one"
    (checkout.root / "offline").unlink()
    checkout.make()
    assert checkout.read("bootstrap.min.css") == "css two"


def test_an_engine_that_is_not_the_expected_one_is_told_each_time(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout.root / "node_modules" / "aladin-lite/dist/aladin.js").write_text("other")
    (checkout.vendor / "aladin.js").unlink()
    for _ in range(2):
        checkout.make()
        assert "the sky is shown without images" in capsys.readouterr().err
