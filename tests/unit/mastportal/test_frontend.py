"""The front-end files of `make run` are those that the lock file and the list of icons ask for, whatever was there."""

import base64
import hashlib
import importlib.util
import json
import os
import re
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

ICONS = {"key": 0xF100, "bell": 0xF101, "house": 0xF102}
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
    "bootstrap-icons/font/bootstrap-icons.json": (root / "codes.json").read_text(),
    "aladin-lite/dist/aladin.js": "engine",
}.items():
    place = root / "node_modules" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
font = root / "node_modules/bootstrap-icons/font/fonts/bootstrap-icons.woff"
font.parent.mkdir(exist_ok=True)
font.write_bytes((root / "icons.woff").read_bytes())
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


def save_font(place: Path) -> None:
    """A font with a square for each icon, as wide as the icon's place among them."""
    font = FontBuilder(300)
    font.setupGlyphOrder([".notdef", *ICONS])
    font.setupCharacterMap({code: name for name, code in ICONS.items()})
    font.setupGlyf({".notdef": square(300)} | {name: square(100 * n) for n, name in enumerate(ICONS, start=1)})
    font.setupHorizontalMetrics(dict.fromkeys([".notdef", *ICONS], (300, 0)))
    font.setupHorizontalHeader(ascent=300, descent=0)
    font.setupOS2()
    font.setupPost()
    font.font.flavor = "woff"
    font.save(place)


def square(side: int) -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, side), (side, side), (side, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def font_of(styles: str) -> TTFont:
    data = re.search(r"base64,([^\"]+)", styles)
    assert data
    return TTFont(BytesIO(base64.b64decode(data[1])))


def widths(styles: str) -> dict[str, int]:
    """How wide the shape is that the styles show for each icon that they have a rule for."""
    font = font_of(styles)
    rules = re.findall(r'^\.bi-([\w-]+)::before \{ content: "\\([0-9a-f]+)"; \}$', styles, re.MULTILINE)
    drawn = font.getBestCmap()
    assert sorted(drawn) == sorted(int(code, 16) for _, code in rules), "the font has what the rules name, and no more"
    return {name: font["glyf"][drawn[int(code, 16)]].xMax for name, code in rules}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    spec = importlib.util.spec_from_file_location("frontend", settings.BASE_DIR / "scripts" / "frontend.py")
    assert spec
    assert spec.loader
    frontend = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(frontend)
    (tmp_path / "npm.py").write_text(NPM)
    (tmp_path / "codes.json").write_text(json.dumps(ICONS))
    save_font(tmp_path / "icons.woff")
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


def test_the_icons_of_the_list_are_shown_and_the_font_has_no_others(checkout: Checkout) -> None:
    assert widths(checkout.read("icons.css")) == {"key": 100}


def test_every_icon_of_the_portal_stands_where_the_whole_font_has_it() -> None:
    font = font_of((settings.BASE_DIR / "static" / "vendor" / "icons.css").read_text())
    drawn = set(font.getBestCmap().values())
    assert len(drawn) == len((settings.BASE_DIR / "static" / "icons.txt").read_text().split())
    assert {name for name in drawn if font["hmtx"][name] != (300, font["glyf"][name].xMin)} == set()


def test_another_list_of_icons_cuts_the_font_anew(checkout: Checkout) -> None:
    (checkout.root / "static" / "icons.txt").write_text("key\nhouse\n")
    checkout.make()
    assert widths(checkout.read("icons.css")) == {"key": 100, "house": 300}
    assert checkout.asked == 1


def test_an_icon_that_there_is_not_stops_and_is_named(checkout: Checkout) -> None:
    (checkout.vendor / "icons.css").unlink()
    (checkout.root / "static" / "icons.txt").write_text("key\nunicorn\n")
    with pytest.raises(SystemExit, match=r"^make: static/icons.txt names icons .*: unicorn$"):
        checkout.make()


@pytest.mark.parametrize("name", ["bootstrap.min.css", "icons.css", "aladin.js", ".made"])
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
