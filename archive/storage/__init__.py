"""The archive's store, chosen by ``STORAGE_URL``: a folder, an S3 bucket or another archive (``docs/storage.md``)."""

from functools import cache
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

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
    if parts.scheme == "s3" and parts.netloc:
        return _bucket(parts)
    if parts.scheme in {"http", "https"} and parts.hostname and not parts.query:
        return _upstream(parts)
    raise ImproperlyConfigured(
        f"STORAGE_URL {url!r} names no known store; write a folder as file:///srv/archive, "
        "a bucket as s3://bucket/prefix, another archive as https://archive.example.org"
    )


def _bucket(parts: SplitResult) -> Storage:
    from archive.storage.s3 import Bucket, S3Storage

    bucket = Bucket(
        name=parts.netloc,
        prefix=unquote(parts.path).strip("/"),
        endpoint=settings.S3_ENDPOINT,
        region=settings.S3_REGION,
        access_key_id=settings.S3_ACCESS_KEY_ID,
        secret_access_key=settings.S3_SECRET_ACCESS_KEY,
        anonymous=settings.S3_ANONYMOUS,
        requester_pays=settings.S3_REQUESTER_PAYS,
    )
    return S3Storage(bucket.opened())


def _upstream(parts: SplitResult) -> Storage:
    from archive.storage.catalogue import listed
    from archive.storage.upstream import DOWNLOAD_PATH, UpstreamStorage

    path = parts.path if parts.path.strip("/") else DOWNLOAD_PATH
    address = f"{parts.scheme}://{parts.netloc}{path}"
    return UpstreamStorage(
        address, settings.UPSTREAM_TOKEN, settings.UPSTREAM_FOLDER, listed, settings.STAGING_FREE_BYTES
    )
