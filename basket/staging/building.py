"""Building a bundle: the zip or tar that would be streamed, written by a worker and verified from the disk."""

import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db import transaction
from django.db.models import F

from accounts.access import decide, readable_by
from archive.models import Product
from archive.storage import StorageError
from basket.bundles import plan_for
from basket.manifest import delivered_items
from basket.models import DeliveryItem, DeliveryKind, ItemState
from basket.staging import copying, places, states
from basket.staging.work import Job

FORMATS = {DeliveryKind.BUILT_ZIP.value: "zip", DeliveryKind.BUILT_TAR.value: "tar"}
PART_NAME = ".part-bundle"


@dataclass
class BundleKeeper:
    """Writes down how far the bundle is."""

    job: Job

    def checkpoint(self, offset: int) -> None:
        states.renew(self.job.claim, self.job.clock(), bytes_done=offset)

    def beat(self) -> None:
        states.renew(self.job.claim, self.job.clock())


def build(job: Job) -> dict[str, object]:
    """Write the bundle; the facts to record of it. Raises as `states.renew`, and `disk.OutOfSpaceError`.

    A file whose bytes are not those of the catalogue is left out, named in the manifest, and the bundle made again.
    """
    keeper = BundleKeeper(job)
    folder = places.on_disk(job.delivery)
    name = f"{job.delivery.name}.{FORMATS[job.delivery.kind]}"
    while True:
        _refuse_unreadable(job)
        _fail_missing(job)
        if not delivered_items(job.delivery).exists():
            return {}
        facts = _write(job, folder / PART_NAME, keeper)
        damaged = list(_damaged(job, folder / PART_NAME, keeper))
        if not damaged:
            break
        _fail(job, damaged, "its bytes do not match the catalogue's SHA-256")
    keeper.beat()  # the last look at the fence before the name is given
    copying.place(folder / PART_NAME, folder / name, None)
    delivered_items(job.delivery).update(state=ItemState.DONE, bytes_done=F("size_bytes"))
    return {"built_name": name, "bytes_done": F("bytes_total"), **facts}


def _write(job: Job, part: Path, keeper: BundleKeeper) -> dict[str, object]:
    """Write the part file, going on where an earlier worker stopped, and read it back."""
    job.delivery.refresh_from_db()
    plan = plan_for(job.delivery, FORMATS[job.delivery.kind])
    start = copying.usable_start(part, min(job.delivery.bytes_done, plan.length))
    written = copying.copy(plan.stream, part, plan.length, start, keeper)
    if copying.read_back(part, keeper) != (plan.length, written):
        states.renew(job.claim, job.clock(), bytes_done=0)
        raise copying.CopyError("the bundle reads back with other bytes than were written")
    return {"built_size_bytes": plan.length, "built_sha256": written}


def _refuse_unreadable(job: Job) -> None:
    """Leave out what the person may not have any more."""
    now = job.today()
    items = delivered_items(job.delivery)
    products = Product.objects.filter(pk__in=items.values("product"))
    lost = items.exclude(product__in=readable_by(products, job.delivery.owner, now))
    for item in lost.select_related("product__observation"):
        decision = decide(job.delivery.owner, item.product, now)
        with transaction.atomic():
            states.refuse_item(job.claim, item, decision.text, job.clock())
            states.renew(job.claim, job.clock(), bytes_done=0)


def _fail_missing(job: Job) -> None:
    """Leave out what the store does not have any more in the size of the catalogue."""
    keeper, pace = BundleKeeper(job), copying.Pace()
    missing = []
    for item in delivered_items(job.delivery).iterator(10_000):
        if not _is_stored(job, item):
            missing.append(item.path)
        if pace.due(0):
            keeper.beat()
    if missing:
        _fail(job, missing, "the store does not have the file in the size that the catalogue says")


def _is_stored(job: Job, item: DeliveryItem) -> bool:
    try:
        return job.storage.size(item.storage_key) == item.size_bytes
    except (StorageError, OSError):
        return False


def _fail(job: Job, paths: list[str], reason: str) -> None:
    """Mark files as failed; the bundle without them has other bytes, so it begins anew."""
    items = job.delivery.items.filter(path__in=paths)
    with transaction.atomic():
        states.renew(job.claim, job.clock(), bytes_done=0)
        items.update(state=ItemState.FAILED, reason=reason)


def _damaged(job: Job, part: Path, keeper: BundleKeeper) -> Iterator[str]:
    """Paths of the members whose bytes in the finished bundle are not those of the catalogue."""
    items = delivered_items(job.delivery)
    members = _zip_members(part) if FORMATS[job.delivery.kind] == "zip" else _tar_members(part)
    found = dict(_digests(members, keeper))
    for path, sha256 in items.values_list("path", "sha256").iterator(10_000):
        if found.get(f"{job.delivery.name}/{path}") != sha256:
            yield path


def _digests(members: Iterator[tuple[str, IO[bytes]]], keeper: BundleKeeper) -> Iterator[tuple[str, str]]:
    pace = copying.Pace()
    for name, file in members:
        digest = hashlib.sha256()
        try:
            while piece := file.read(copying.PIECE_BYTES):
                digest.update(piece)
                if pace.due(len(piece)):
                    keeper.beat()
        except (zipfile.BadZipFile, zlib.error):  # the stored CRC-32 does not fit: no digest is the right one
            continue
        yield name, digest.hexdigest()


def _zip_members(part: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(part) as bundle:
        for entry in bundle.infolist():
            with bundle.open(entry) as file:
                yield entry.filename, file


def _tar_members(part: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(part) as bundle:
        for entry in bundle:
            file = bundle.extractfile(entry)
            if file is not None:
                with file:
                    yield entry.name, file
