"""Building a bundle: the zip or tar that would be streamed, written by a worker and verified from the disk."""

import hashlib
import logging
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db import transaction
from django.db.models import F

from archive.models import Product
from archive.storage import StorageError
from basket.bundles import Plan, plan_for
from basket.manifest import delivered_items, path_column
from basket.models import BundlePart, DeliveryItem, DeliveryKind, ItemState
from basket.selection import deliverable, verdict_on
from basket.staging import copying, places, states
from basket.staging.work import Job

logger = logging.getLogger(__name__)

FORMATS = {DeliveryKind.BUILT_ZIP.value: "zip", DeliveryKind.BUILT_TAR.value: "tar"}
PART_NAME = ".part-bundle"


@dataclass
class BundleKeeper:
    """Writes down how far the bundle is."""

    job: Job
    before: int = 0  # bytes of the parts that are written already

    def checkpoint(self, offset: int) -> None:
        states.renew(self.job.claim, self.job.clock(), bytes_done=self.before + offset)

    def beat(self) -> None:
        states.renew(self.job.claim, self.job.clock())


def build(job: Job) -> dict[str, object]:
    """Write the bundle, in parts where that was asked for; the facts to record of it.

    A file whose bytes are not those of the catalogue is left out, named in the manifest, and the bundle made again.
    Raises as `states.renew`, and `disk.OutOfSpaceError`.
    """
    while True:
        keeper = BundleKeeper(job)
        _leave_out(job)
        _fail_missing(job)
        if not delivered_items(job.delivery).exists():
            return {}
        written = _write_all(job, keeper)
        damaged = [ordinal for part in written for ordinal in _damaged(job, part, keeper)]
        if not damaged:
            break
        _fail(job, damaged, "its bytes do not match the catalogue's SHA-256")
    keeper.beat()  # the last look at the fence before the names are given
    _name(job, written)
    delivered_items(job.delivery).update(state=ItemState.DONE, bytes_done=F("size_bytes"))
    _record_parts(job, written)
    return {
        "built_name": written[0].name,
        "built_size_bytes": sum(part.size_bytes for part in written),
        "built_sha256": written[0].sha256 if len(written) == 1 else "",
        "bytes_done": F("bytes_total"),
    }


@dataclass(frozen=True)
class WrittenPart:
    """A part of the bundle as it lies on the disk, not named yet."""

    place: Path
    name: str
    ordinals: tuple[int, ...]  # the files in it
    size_bytes: int
    sha256: str


def split(sizes: Iterable[tuple[int, int]], part_bytes: int | None) -> list[tuple[int, ...]]:
    """Items (ordinal, size in bytes) in parts of at most ``part_bytes``; a larger file has a part of its own."""
    parts: list[list[int]] = [[]]
    filled = 0
    for ordinal, size_bytes in sizes:
        if part_bytes is not None and parts[-1] and filled + size_bytes > part_bytes:
            parts.append([])
            filled = 0
        parts[-1].append(ordinal)
        filled += size_bytes
    return [tuple(part) for part in parts]


def _write_all(job: Job, keeper: BundleKeeper) -> list[WrittenPart]:
    """Write the parts one after the other; what an earlier worker wrote is taken up where it stopped."""
    job.delivery.refresh_from_db()
    file_format = FORMATS[job.delivery.kind]
    sizes = delivered_items(job.delivery).values_list("ordinal", "size_bytes")
    parts = split(sizes, job.delivery.part_bytes)
    written: list[WrittenPart] = []
    for number, ordinals in enumerate(parts, start=1):
        plan = plan_for(job.delivery, file_format, ordinals if len(parts) > 1 else None)
        place = places.on_disk(job.delivery) / (PART_NAME if len(parts) == 1 else f"{PART_NAME}-{number}")
        sha256 = _write(job, plan, place, keeper)
        ending = f".part{number}of{len(parts)}" if len(parts) > 1 else ""
        name = f"{job.delivery.name}{ending}.{file_format}"
        written.append(WrittenPart(place, name, ordinals, plan.length, sha256))
        keeper.before += plan.length
    return written


def _write(job: Job, plan: Plan, place: Path, keeper: BundleKeeper) -> str:
    """Write one part file, going on where an earlier worker stopped, and read it back; its SHA-256."""
    start = copying.usable_start(place, min(max(job.delivery.bytes_done - keeper.before, 0), plan.length))
    written = copying.copy(plan.stream, place, plan.length, start, keeper)
    if copying.read_back(place, keeper) != (plan.length, written):
        states.renew(job.claim, job.clock(), bytes_done=0)
        raise copying.CopyError("the bundle reads back with other bytes than were written")
    keeper.checkpoint(plan.length)
    return written


def _name(job: Job, written: list[WrittenPart]) -> None:
    """Give the parts their names; what a worker before named or began, and is no part any more, goes."""
    for part in written:
        copying.place(part.place, part.place.with_name(part.name), None)
    names = {part.name for part in written}
    for path in places.on_disk(job.delivery).iterdir():
        if path.name not in names:
            path.unlink(missing_ok=True)


def _record_parts(job: Job, written: list[WrittenPart]) -> None:
    """Write down the parts; a bundle of one file is recorded with the delivery alone."""
    with transaction.atomic():
        job.delivery.parts.all().delete()
        if len(written) == 1:
            return
        BundlePart.objects.bulk_create(
            BundlePart(
                delivery=job.delivery,
                number=number,
                name=part.name,
                files=len(part.ordinals),
                size_bytes=part.size_bytes,
                sha256=part.sha256,
            )
            for number, part in enumerate(written, start=1)
        )


def _leave_out(job: Job) -> None:
    """Leave out what the person may not have any more, and what was withdrawn."""
    now = job.today()
    items = delivered_items(job.delivery)
    products = Product.objects.filter(pk__in=items.values("product"))
    lost = items.exclude(product__in=deliverable(products, job.delivery.owner, now))
    for item in lost.select_related("product__observation"):
        verdict, reason = verdict_on(item.product, job.delivery.owner, now)
        with transaction.atomic():
            states.leave_out(job.claim, item, verdict, reason, job.clock())
            states.renew(job.claim, job.clock(), bytes_done=0)


def _fail_missing(job: Job) -> None:
    """Leave out what the store does not have any more in the size of the catalogue."""
    beat = copying.paced(BundleKeeper(job))
    missing: dict[str, list[int]] = {}
    for item in delivered_items(job.delivery).iterator(10_000):
        if trouble := _trouble(job, item, beat):
            missing.setdefault(trouble, []).append(item.ordinal)
        beat()
    for reason, ordinals in missing.items():
        _fail(job, ordinals, reason)


def _trouble(job: Job, item: DeliveryItem, beat: Callable[[], None]) -> str:
    """Why the store does not give the file; nothing when it is at hand."""
    try:
        job.storage.bring(item.storage_key, beat)
        is_whole = job.storage.size(item.storage_key) == item.size_bytes
    except StorageError as error:
        logger.error("delivery %s: %s cannot be bundled: %s", item.delivery_id, item.uri, error)
        return error.reason
    except OSError:
        is_whole = False
    return "" if is_whole else "the store does not have the file in the size that the catalogue says"


def _fail(job: Job, ordinals: list[int], reason: str) -> None:
    """Mark files as failed; the bundle without them has other bytes, so it begins anew."""
    items = job.delivery.items.filter(ordinal__in=ordinals)
    with transaction.atomic():
        states.renew(job.claim, job.clock(), bytes_done=0)
        items.update(state=ItemState.FAILED, reason=reason)


def _damaged(job: Job, part: WrittenPart, keeper: BundleKeeper) -> Iterator[int]:
    """Ordinals of the members whose bytes in the finished part are not those of the catalogue."""
    items = delivered_items(job.delivery).filter(ordinal__in=part.ordinals)
    members = _zip_members(part.place) if FORMATS[job.delivery.kind] == "zip" else _tar_members(part.place)
    found = dict(_digests(members, keeper))
    columns = ("ordinal", path_column(job.delivery), "sha256")
    for ordinal, path, sha256 in items.values_list(*columns).iterator(10_000):
        if found.get(f"{job.delivery.name}/{path}") != sha256:
            yield ordinal


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
