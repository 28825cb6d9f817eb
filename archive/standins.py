"""Stand-ins: small valid files for listed files whose bytes are not here.

A demonstration, a test or a new installation can show the whole way of a file without the archive's volume. A stand-in
says what it is in its header and in the database (``Product.stand_in``), and its size and checksums are its own; what
the listing said is kept beside them. Files that were held once and are lost stay lost.
"""

import datetime as dt
import hashlib
import io
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from archive.models import Held, KeywordRow, Product
from archive.standin_files import stand_in_bytes
from archive.storage import Storage, StorageError
from archive.storage.keys import storage_key

BATCH = 500


@dataclass(frozen=True)
class StandInReport:
    """What one run wrote."""

    files: int = 0
    size_bytes: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        rate = self.files / self.seconds if self.seconds else 0
        return f"{self.files:,} stand-ins, {self.size_bytes / 1e6:,.1f} MB, {self.seconds:.1f} s ({rate:,.0f} files/s)"


@dataclass(frozen=True)
class StoredFile:
    """The facts of stored bytes, as `Product` keeps them."""

    product_id: int
    key: str
    size_bytes: int
    sha256: str
    md5: str
    crc32: int


def write_stand_ins(
    products: QuerySet[Product], storage: Storage, progress: Callable[[int], object] = lambda files: None
) -> StandInReport:
    """Write a stand-in for every one of ``products`` that is not held, and record it as held.

    Each batch is stored, then recorded in one statement, so an interrupted run goes on where it stopped.

    Parameters
    ----------
    progress : called with the number of files that were just finished.

    Raises
    ------
    StorageError : the store takes no more; what was recorded before stays.
    """
    started, files, size_bytes = time.monotonic(), 0, 0
    for batch in _batches(products.filter(held=Held.NOT_YET)):
        stored = list(_stored(batch, storage))
        record_stored(stored, stand_in=True)
        files += len(stored)
        size_bytes += sum(file.size_bytes for file in stored)
        progress(len(stored))
    return StandInReport(files, size_bytes, time.monotonic() - started)


def _batches(products: QuerySet[Product]) -> Iterator[list[Product]]:
    last = 0
    ordered = products.select_related("observation", "keywords").defer("observation__footprint").order_by("pk")
    while batch := list(ordered.filter(pk__gt=last)[:BATCH]):
        yield batch
        last = batch[-1].pk


def _stored(batch: list[Product], storage: Storage) -> Iterator[StoredFile]:
    for product in batch:
        yield store_bytes(product, stand_in_bytes(product, _record(product)), storage)


def _record(product: Product) -> dict[str, object]:
    try:
        record: dict[str, object] = product.keywords.record
    except KeywordRow.DoesNotExist:
        return {}
    return record


def store_bytes(product: Product, content: bytes, storage: Storage) -> StoredFile:
    """Put the bytes of a file into the store; the facts for `record_stored`.

    Raises
    ------
    StorageError : the store does not take them.
    """
    own = product.observation
    key = storage_key(product.uri, own.obs_collection, own.obs_id, product.filename)
    written = storage.write(key, io.BytesIO(content))
    if written != len(content):
        raise StorageError(f"{key}: {written} of {len(content)} bytes were stored; look at the space left")
    return StoredFile(
        product_id=product.pk,
        key=key,
        size_bytes=written,
        sha256=hashlib.sha256(content).hexdigest(),
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        crc32=zlib.crc32(content),
    )


# What the listing said moves aside the first time that a stand-in takes the file's place.
_RECORD = """
    UPDATE archive_product AS product
       SET listed_size_bytes = CASE WHEN %(stand_in)s AND product.listed_size_bytes IS NULL
                                    THEN product.size_bytes ELSE product.listed_size_bytes END,
           listed_md5 = CASE WHEN %(stand_in)s AND product.listed_md5 = '' THEN product.md5 ELSE product.listed_md5 END,
           size_bytes = stored.size_bytes, sha256 = stored.sha256, md5 = stored.md5, crc32 = stored.crc32,
           storage_key = stored.key, stored_at = %(now)s, held = %(held)s, stand_in = %(stand_in)s
      FROM unnest(%(ids)s::bigint[], %(keys)s::text[], %(sizes)s::bigint[], %(sha256s)s::text[], %(md5s)s::text[],
                  %(crc32s)s::bigint[]) AS stored (id, key, size_bytes, sha256, md5, crc32)
     WHERE product.id = stored.id AND product.held = %(not_held)s
"""


def record_stored(stored: list[StoredFile], *, stand_in: bool) -> None:
    """Record stored files as held, in one statement; files that someone else brought meanwhile keep their record."""
    values: dict[str, dt.datetime | str | bool | list[int] | list[str]] = {
        "now": timezone.now(),
        "held": Held.YES.value,
        "not_held": Held.NOT_YET.value,
        "stand_in": stand_in,
        "ids": [file.product_id for file in stored],
        "keys": [file.key for file in stored],
        "sizes": [file.size_bytes for file in stored],
        "sha256s": [file.sha256 for file in stored],
        "md5s": [file.md5 for file in stored],
        "crc32s": [file.crc32 for file in stored],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RECORD, values)
