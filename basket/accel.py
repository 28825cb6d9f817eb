"""Letting nginx send what everybody may read: we decide, and name a place that only nginx can open.

Exclusive files are always sent by us: a transfer that nginx has begun cannot be cut when access ends.
"""

from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from django.conf import settings

#: The internal locations of ``examples/nginx.conf``.
PREFIX = "/internal"


def internal_address(path: Path | None, for_everyone: bool) -> str:
    """Where nginx finds a file of ours; empty: we send it ourselves."""
    if not settings.X_ACCEL or path is None or not for_everyone:
        return ""
    for name, root in _roots().items():
        if path.is_relative_to(root):
            return f"{PREFIX}/{name}/{quote(str(path.relative_to(root)))}"
    return ""


def _roots() -> dict[str, Path]:
    store = urlsplit(settings.STORAGE_URL)
    folders = {"staging": Path(settings.STAGING_ROOT), "upstream": Path(settings.UPSTREAM_FOLDER)}
    return folders | ({"storage": Path(unquote(store.path))} if store.scheme == "file" else {})
