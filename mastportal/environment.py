"""Typed readers of the environment. A wrong value ends the start with one line that names the remedy."""

import datetime as dt
import os
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit


class ConfigurationError(SystemExit):
    """A setting that cannot be used; its text is the one line that a person sees."""

    def __init__(self, text: str) -> None:
        super().__init__(f"configuration: {text}")


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def mail_address(name: str) -> str:
    """One plain address, or nothing."""
    raw = text(name)
    if raw and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", raw):
        raise ConfigurationError(f"{name}={raw!r} is not one e-mail address such as help@archive.example.org")
    return raw


def integer(name: str, default: int, *, low: int = 0, high: int = 2**63) -> int:
    raw = text(name, str(default))
    if not raw.lstrip("-").isdigit() or not low <= int(raw) <= high:
        raise ConfigurationError(f"{name}={raw!r} is not a whole number from {low} to {high}")
    return int(raw)


def port(name: str, default: int) -> int:
    return integer(name, default, low=1, high=65535)


def flag(name: str, default: bool) -> bool:
    raw = text(name, "yes" if default else "no").lower()
    if raw in {"1", "yes", "true", "on"}:
        return True
    if raw in {"0", "no", "false", "off"}:
        return False
    raise ConfigurationError(f"{name}={raw!r} is neither yes nor no")


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def instant(name: str) -> dt.datetime | None:
    """An ISO 8601 instant; without an offset it is UTC."""
    raw = text(name)
    if not raw:
        return None
    try:
        moment = dt.datetime.fromisoformat(raw)
    except ValueError:
        raise ConfigurationError(f"{name}={raw!r} is not an ISO time such as 2026-01-20T12:00:00Z") from None
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def port_range(name: str, default: str) -> range:
    raw = text(name, default)
    first, _, last = raw.partition("-")
    if not (first.isdigit() and last.isdigit() and 0 < int(first) <= int(last) <= 65535):
        raise ConfigurationError(f"{name}={raw!r} is not a range of ports such as 2122-2171")
    return range(int(first), int(last) + 1)


def database(url: str) -> dict[str, object]:
    """Django's settings for ``postgresql://user:password@host:port/name`` (``?host=/socket/folder`` for a socket)."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ConfigurationError("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    options = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    try:
        port_number = parts.port
    except ValueError:
        raise ConfigurationError("DATABASE_URL names a port that is not a number") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(options.pop("host", parts.hostname or "")),
        "PORT": str(port_number or ""),
        "OPTIONS": {key: unquote(value) for key, value in options.items()},
    }


def local_folder(url: str) -> Path:
    """The folder of a ``file:///…`` address."""
    parts = urlsplit(url)
    if parts.scheme != "file" or not parts.path:
        raise ConfigurationError(f"{url!r} is not a folder address such as file:///srv/archive")
    return Path(unquote(parts.path))
