"""Zip and tar: two renderings of one frozen list."""

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterator

from archive.storage import Storage, archive_storage
from basket.bundles import tar
from basket.bundles import zip as zip_format
from basket.bundles.plan import BrokenBundleError, Literal, Member, Plan, StoredFile
from basket.manifest import MANIFEST_NAME, delivered_items, manifest_html
from basket.models import Delivery

__all__ = ["BrokenBundleError", "Plan", "plan_for", "tar_plan", "zip_plan"]

_LAYOUTS = {"zip": (zip_format.segments, zip_format.MEDIA_TYPE), "tar": (tar.segments, tar.MEDIA_TYPE)}


def zip_plan(delivery: Delivery) -> Plan:
    return plan_for(delivery, "zip")


def tar_plan(delivery: Delivery) -> Plan:
    return plan_for(delivery, "tar")


def plan_for(delivery: Delivery, file_format: str) -> Plan:
    """The bundle of a frozen list, as ``zip`` or ``tar``; its files in their order, MANIFEST.HTML last.

    Files that a job could not deliver (items failed or refused after freezing) are listed in the manifest only.
    """
    layout, media_type = _LAYOUTS[file_format]
    manifest = manifest_html(delivery)
    members = [*_files(delivery, archive_storage()), _manifest_member(delivery, manifest)]
    return Plan(members, layout, media_type, _etag(delivery, file_format, manifest))


def _files(delivery: Delivery, storage: Storage) -> Iterator[Member]:
    columns = ("path", "crc32", "mtime", "storage_key", "size_bytes")
    for path, crc32, mtime, key, size_bytes in delivered_items(delivery).values_list(*columns).iterator(10_000):
        content = StoredFile(storage, key, size_bytes)
        yield Member(f"{delivery.name}/{path}", crc32 or 0, mtime or delivery.created_at, content)


def _manifest_member(delivery: Delivery, manifest: bytes) -> Member:
    moment: dt.datetime = delivery.created_at
    return Member(f"{delivery.name}/{MANIFEST_NAME}", zlib.crc32(manifest), moment, Literal(manifest))


def _etag(delivery: Delivery, file_format: str, manifest: bytes) -> str:
    digest = hashlib.sha256(f"{file_format} {delivery.name} {delivery.manifest_digest}\n".encode())
    digest.update(manifest)
    return f'"{digest.hexdigest()[:40]}"'
