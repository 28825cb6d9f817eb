"""Holding what another archive holds: each listed file is fetched once, so that its size and its sums are known.

From then on it is a held file as any other, whether its copy is kept here or was forgotten for want of room.
"""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db.models import QuerySet

from archive.models import Held, Product
from archive.standins import StoredFile, record_stored
from archive.storage import StorageError
from archive.storage.keys import storage_key
from archive.storage.upstream import UpstreamStorage

#: Files that are recorded together; an interrupted run has at most so many to ask for once more.
BATCH = 50
_PIECE_BYTES = 1024**2


@dataclass
class MirrorReport:
    """What one run brought, and what did not come: URI and cause."""

    files: int = 0
    size_bytes: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.files:,} files are held now, {self.size_bytes / 1e6:,.1f} MB; {len(self.failures):,} are not"


def hold_listed(
    products: QuerySet[Product],
    storage: UpstreamStorage,
    keep_bytes: int,
    progress: Callable[[MirrorReport], object] = lambda report: None,
) -> MirrorReport:
    """Fetch those of ``products`` that are not held, and record them as held. Again: what is missing is asked for anew.

    Parameters
    ----------
    keep_bytes : how much of the fetched files is kept here.
    progress : called after each batch.
    """
    report = MirrorReport()
    for batch in _batches(products.filter(held=Held.NOT_YET)):
        stored = []
        for product in batch:
            try:
                stored.append(_brought(product, storage))
            except StorageError as error:
                report.failures.append((product.uri, str(error)))
        record_stored(stored, stand_in=False)
        report.files += len(stored)
        report.size_bytes += sum(file.size_bytes for file in stored)
        storage.trim(keep_bytes)
        progress(report)
    return report


def _batches(products: QuerySet[Product]) -> Iterator[list[Product]]:
    """Batches in the order of numbers; each file has its key, by which the store asks the catalogue for it."""
    ordered = products.select_related("observation").order_by("pk")
    last = 0
    while batch := list(ordered.filter(pk__gt=last)[:BATCH]):
        for product in batch:
            own = product.observation
            product.storage_key = storage_key(product.uri, own.obs_collection, own.obs_id, product.filename)
        Product.objects.bulk_update(batch, ["storage_key"])
        yield batch
        last = batch[-1].pk


def _brought(product: Product, storage: UpstreamStorage) -> StoredFile:
    """The file here, of the listed size and sum as far as they are known. Raises `StorageError`."""
    path = storage.open_local(product.storage_key)
    if path is None:
        raise StorageError(f"{product.uri} was fetched and is not there")
    file = _facts(product, path)
    if product.md5 and file.md5 != product.md5:
        storage.delete(product.storage_key)
        raise StorageError(f"{storage.address} gives {product.uri} with another MD5 sum than its listing")
    return file


def _facts(product: Product, path: Path) -> StoredFile:
    sha256, md5, crc32, size_bytes = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0, 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            sha256.update(piece)
            md5.update(piece)
            crc32 = zlib.crc32(piece, crc32)
            size_bytes += len(piece)
    return StoredFile(product.pk, product.storage_key, size_bytes, sha256.hexdigest(), md5.hexdigest(), crc32)
