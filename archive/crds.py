"""Reference files that somebody wants and the archive does not hold, fetched from CRDS where ``CRDS_URL`` names one.

A wanted reference is a row, so that nothing is lost with a worker or a broker. It is fetched by the machinery of the
upstream store (whole or not at all), looked at, written to the archive's own store, and from then on a held file with
a size and checksums as any other. Without ``CRDS_URL`` no other host is asked.
"""

import datetime as dt
import hashlib
import json
import logging
import zlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from archive.models import Held, Product, ReferenceFetch
from archive.standins import StoredFile, record_stored
from archive.storage import Storage, StorageError
from archive.storage.interfaces import PIECE_BYTES
from archive.storage.keys import storage_key
from archive.storage.upstream import Listed, UpstreamStorage

logger = logging.getLogger(__name__)

#: After so many failures, when it is tried again; then daily.
PAUSES = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60)]
DAILY = dt.timedelta(days=1)
#: A worker that went silent loses what it fetches after this time.
LEASE = dt.timedelta(minutes=30)
_FIRST_BYTES = {".fits": b"SIMPLE  =", ".asdf": b"#ASDF"}


def is_configured() -> bool:
    return bool(settings.CRDS_URL)


def want(numbers: Collection[int], now: dt.datetime) -> int:
    """Ask for those of the references that are not held; how many are asked for. Nothing without ``CRDS_URL``."""
    if not is_configured():
        return 0
    missing = Product.objects.filter(pk__in=numbers, held=Held.NOT_YET, uri__startswith="crds://")
    rows = [ReferenceFetch(product_id=number, next_at=now) for number in missing.values_list("pk", flat=True)]
    ReferenceFetch.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def fetch_wanted(storage: Storage, now: dt.datetime) -> int:
    """Fetch the references that are due, one after the other; the number that came."""
    fetched = 0
    for row in ReferenceFetch.objects.filter(next_at__lte=now).select_related("product__observation"):
        mine = ReferenceFetch.objects.filter(pk=row.pk, next_at=row.next_at)
        if not is_configured() or not mine.update(next_at=now + LEASE):  # another worker was quicker
            continue
        try:
            if row.product.held == Held.NOT_YET:
                record_stored([_brought(row.product, storage)], stand_in=False)
                fetched += 1
        except StorageError as error:
            logger.warning("reference %s is not here yet: %s", row.product.filename, error)
            pause = PAUSES[row.attempts] if row.attempts < len(PAUSES) else DAILY
            row.attempts, row.next_at, row.error_text = row.attempts + 1, now + pause, str(error)[:500]
            row.save(update_fields=["attempts", "next_at", "error_text"])
        else:
            row.delete()
    return fetched


def _brought(reference: Product, storage: Storage) -> StoredFile:
    """The reference in the archive's store, and what is to be recorded of it. Raises `StorageError`."""
    source = _source(reference)
    path = source.open_local(reference.filename)
    if path is None:
        raise StorageError(f"{reference.filename} was fetched and is not there")
    try:
        _look_at(path, reference)
        return _stored(path, reference, storage)
    finally:
        source.delete(reference.filename)


def _source(reference: Product) -> UpstreamStorage:
    mission = reference.observation.obs_collection.lower()
    address = settings.CRDS_URL.replace("{mission}", mission).replace("{filename}", reference.filename)
    wanted = Listed(reference.uri, reference.size_bytes, reference.sha256)
    return UpstreamStorage(
        address,
        token="",
        folder=settings.UPSTREAM_FOLDER / "crds" / mission,
        listed={reference.filename: wanted}.get,
        free_bytes=settings.STAGING_FREE_BYTES,
        by_uri=False,
        patience_s=settings.CRDS_TIMEOUT_S,
    )


def _look_at(path: Path, reference: Product) -> None:
    """Refuse what is no such file: a server may answer a page about its troubles with success."""
    with path.open("rb") as file:
        first = file.read(64)
    expected = _FIRST_BYTES.get(reference.extension, b"")
    is_good = bool(first) and first.startswith(expected) and not first.lstrip().lower().startswith((b"<!doc", b"<html"))
    if is_good and reference.extension == ".json":
        is_good = False
        with suppress(ValueError):
            json.loads(path.read_bytes())
            is_good = True
    if not is_good:
        raise StorageError(f"what CRDS gives as {reference.filename} is no {reference.extension or 'such'} file")


def _stored(path: Path, reference: Product, storage: Storage) -> StoredFile:
    own = reference.observation
    key = storage_key(reference.uri, own.obs_collection, own.obs_id, reference.filename)
    sha256, md5, crc32 = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            sha256.update(piece)
            md5.update(piece)
            crc32 = zlib.crc32(piece, crc32)
        file.seek(0)
        written = storage.write(key, file)
    if written != path.stat().st_size:
        raise StorageError(f"{key}: {written} of {path.stat().st_size} bytes were stored; look at the space left")
    return StoredFile(reference.pk, key, written, sha256.hexdigest(), md5.hexdigest(), crc32)
