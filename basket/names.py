"""Names that are safe on every system: one rule for zip, tar, staged folders and Content-Disposition."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable

MAX_NAME_BYTES = 120
_OUTSIDE = re.compile(r"[^A-Za-z0-9._+-]")
_ORDINARY = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9._+-]{0,118}[A-Za-z0-9_+-]")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def safe_name(text: str) -> str:
    """A file or folder name made from any text: letters, digits and ``._+-``, at most 120 bytes.

    The name never starts with a dot or a dash, never ends with a dot (Windows drops it), and is no Windows device.
    The extension survives shortening. Names that are safe already stay as they are.
    """
    name = unicodedata.normalize("NFC", text)
    if not _ORDINARY.fullmatch(name):
        name = _OUTSIDE.sub("_", name)
        name = re.sub(r"^[.-]+", "_", name)
        name = re.sub(r"\.+$", "_", name) or "_"
    if _DEVICE.match(name):
        name = f"_{name}"
    return _shortened(name, MAX_NAME_BYTES)


def bundle_name(now: dt.datetime) -> str:
    """The name that a bundle gets when the person gives none: ``MAST_2026-01-20T1204``, in UTC."""
    return f"MAST_{now.astimezone(dt.UTC):%Y-%m-%dT%H%M}"


def _parts(name: str) -> tuple[str, str]:
    """Stem and extension; a long tail after the last dot is no extension."""
    stem, dot, tail = name.rpartition(".")
    return (stem, dot + tail) if stem and len(tail) <= 16 else (name, "")


def _shortened(name: str, limit_bytes: int) -> str:
    """``name`` (ASCII) cut to a length, in its stem."""
    if len(name) <= limit_bytes:
        return name
    stem, extension = _parts(name)
    return stem[: limit_bytes - len(extension)] + extension


class Folder:
    """Gives out names that are unique within one folder, also where the system ignores case."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in reserved}
        self._counts: dict[str, int] = {}

    def take(self, text: str) -> str:
        """`safe_name` of ``text``; ``name-2.fits``, ``name-3.fits`` … when others have it."""
        wanted = safe_name(text)
        name, key = wanted, wanted.casefold()
        while name.casefold() in self._taken:
            number = self._counts[key] = self._counts.get(key, 1) + 1
            stem, extension = _parts(wanted)
            ending = f"-{number}{extension}"
            name = _shortened(stem, MAX_NAME_BYTES - len(ending)) + ending
        self._taken.add(name.casefold())
        return name
