"""The archive's store, chosen by ``STORAGE_URL``."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from archive.storage.interfaces import NotStoredError, Storage, StorageError
from archive.storage.posix import PosixStorage

__all__ = ["NotStoredError", "Storage", "StorageError", "archive_storage", "storage_for"]


def archive_storage() -> Storage:
    return storage_for(settings.STORAGE_URL)


@cache
def storage_for(url: str) -> Storage:
    """The back end for an address.

    Raises
    ------
    ImproperlyConfigured : no back end knows the scheme.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path:
        return PosixStorage(Path(unquote(parts.path)))
    raise ImproperlyConfigured(f"STORAGE_URL {url!r} names no known store; a folder is written file:///srv/archive")
