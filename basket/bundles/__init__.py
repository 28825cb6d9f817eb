"""Zip, tar and tar.gz: renderings of one frozen list."""

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterable, Iterator

from archive.storage import Storage, archive_storage
from basket.bundles import tar
from basket.bundles import zip as zip_format
from basket.bundles.plan import Literal, Member, Plan, StoredFile
from basket.bundles.stretch import BrokenBundleError
from basket.manifest import CSV_NAME, MANIFEST_NAME, delivered_items, manifest_csv, manifest_html, path_column
from basket.models import Delivery

__all__ = ["BrokenBundleError", "Plan", "plan_for", "tar_plan", "zip_plan"]

_LAYOUTS = {"zip": (zip_format.segments, zip_format.MEDIA_TYPE), "tar": (tar.segments, tar.MEDIA_TYPE)}


def zip_plan(delivery: Delivery) -> Plan:
    return plan_for(delivery, "zip")


def tar_plan(delivery: Delivery) -> Plan:
    return plan_for(delivery, "tar")


def plan_for(delivery: Delivery, file_format: str, ordinals: Iterable[int] | None = None) -> Plan:
    """The bundle of a frozen list, as ``zip`` or ``tar``; its files in their order, the two manifests last.

    Files that a job could not deliver (items failed or refused after freezing) are listed in the manifests only.

    Parameters
    ----------
    ordinals : the items of one part of a bundle that is built in parts; None: all.
    """
    layout, media_type = _LAYOUTS[file_format]
    documents = {MANIFEST_NAME: manifest_html(delivery), CSV_NAME: manifest_csv(delivery)}
    members = [*_files(delivery, archive_storage(), ordinals), *_documents(delivery, documents)]
    return Plan(members, layout, media_type, _etag(delivery, file_format, documents.values()))


def _files(delivery: Delivery, storage: Storage, ordinals: Iterable[int] | None) -> Iterator[Member]:
    columns = (path_column(delivery), "crc32", "mtime", "storage_key", "size_bytes")
    items = delivered_items(delivery)
    chosen = items if ordinals is None else items.filter(ordinal__in=ordinals)
    for path, crc32, mtime, key, size_bytes in chosen.values_list(*columns).iterator(10_000):
        content = StoredFile(storage, key, size_bytes)
        yield Member(f"{delivery.name}/{path}", crc32 or 0, mtime or delivery.created_at, content)


def _documents(delivery: Delivery, documents: dict[str, bytes]) -> Iterator[Member]:
    moment: dt.datetime = delivery.created_at
    for name, content in documents.items():
        yield Member(f"{delivery.name}/{name}", zlib.crc32(content), moment, Literal(content))


def _etag(delivery: Delivery, file_format: str, documents: Iterable[bytes]) -> str:
    digest = hashlib.sha256(f"{file_format} {delivery.name} {delivery.manifest_digest}\n".encode())
    for content in documents:
        digest.update(content)
    return f'"{digest.hexdigest()[:40]}"'
