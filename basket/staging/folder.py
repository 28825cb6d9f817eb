"""Staging: the files of a delivery, flat in one folder, each verified, with the manifests and SHA256SUMS last."""

import functools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Sum

from archive.storage import Storage, StorageError
from basket.manifest import CSV_NAME, MANIFEST_NAME, SUMS_NAME, manifest_csv, manifest_html, sha256sums
from basket.models import Delivery, DeliveryItem, ItemState, ItemVerdict
from basket.selection import verdict_on
from basket.staging import copying, disk, places, states
from basket.staging.work import Job

logger = logging.getLogger(__name__)

#: A copy that reads back wrong is made once more before the file is given up.
TRIES = 2


@dataclass
class ItemKeeper:
    """Writes down how far the copy of one item is."""

    job: Job
    item: DeliveryItem
    bytes_before: int

    def checkpoint(self, offset: int) -> None:
        states.checkpoint(self.job.claim, self.item, offset, self.bytes_before + offset, self.job.clock())

    def beat(self) -> None:
        states.renew(self.job.claim, self.job.clock())


def stage(job: Job) -> None:
    """Copy what is still missing, then write the documents. Raises as `states.renew`, and `OutOfSpaceError`."""
    folder = places.on_disk(job.delivery)
    done = _bytes_done(job.delivery)
    ordinal = -1
    while (item := _next_item(job, ordinal)) is not None:
        done += _deliver(job, item, folder, done)
        ordinal = item.ordinal
    with transaction.atomic():  # a withdrawal just then writes them before, or after with what is left
        delivery = Delivery.objects.select_for_update(of=("self",)).select_related("owner").get(pk=job.delivery.pk)
        states.renew(job.claim, job.clock(), bytes_done=_bytes_done(delivery))
        write_documents(delivery)


def write_documents(delivery: Delivery) -> None:
    """The manifests and the sums of what is there; the delivery's row is locked by the caller."""
    folder = places.on_disk(delivery)
    disk.write_whole(folder / SUMS_NAME, sha256sums(delivery))
    disk.write_whole(folder / CSV_NAME, manifest_csv(delivery))
    disk.write_whole(folder / MANIFEST_NAME, manifest_html(delivery))


def _bytes_done(delivery: Delivery) -> int:
    return delivery.items.filter(state=ItemState.DONE).aggregate(size=Sum("size_bytes"))["size"] or 0


def _next_item(job: Job, after: int) -> DeliveryItem | None:
    """The next file, read with all that the access decision needs, so that the decision is of this moment."""
    rest = job.delivery.items.filter(ordinal__gt=after)
    waiting = rest.filter(verdict=ItemVerdict.INCLUDED, state=ItemState.WAITING)
    return waiting.select_related("product__observation", "delivery__owner").order_by("ordinal").first()


def _deliver(job: Job, item: DeliveryItem, folder: Path, done: int) -> int:
    """Bring one item to its end; the bytes that it added."""
    verdict, reason = verdict_on(item.product, item.delivery.owner, job.today())
    if verdict != ItemVerdict.INCLUDED:
        (folder / f".part-{item.ordinal}").unlink(missing_ok=True)
        states.leave_out(job.claim, item, verdict, reason, job.clock())
        return 0
    try:
        _copy_verified(job, item, folder, ItemKeeper(job, item, done))
    except (copying.CopyError, StorageError) as error:
        logger.error("delivery %s: %s cannot be staged: %s", item.delivery_id, item.uri, error)
        (folder / f".part-{item.ordinal}").unlink(missing_ok=True)
        reason = error.reason if isinstance(error, StorageError) else str(error)
        states.fail_item(job.claim, item, reason, done, job.clock())
        return 0
    states.finish_item(job.claim, item, done + item.size_bytes, job.clock())
    return item.size_bytes


def _copy_verified(job: Job, item: DeliveryItem, folder: Path, keeper: ItemKeeper) -> None:
    """A file under its name whose bytes, as the disk gives them back, are those of the catalogue.

    Raises
    ------
    copying.CopyError, StorageError : they are not, or the store does not give them.
    """
    part, final = folder / f".part-{item.ordinal}", folder / item.flat_name
    wanted = (item.size_bytes, item.sha256)
    if final.exists() and copying.read_back(final, keeper) == wanted:  # its worker died right after naming it
        return
    job.storage.bring(item.storage_key, copying.paced(keeper))
    if job.storage.size(item.storage_key) != item.size_bytes:
        raise copying.CopyError("the stored file has not the size that the catalogue says")
    start = copying.usable_start(part, item.bytes_done)
    pieces = functools.partial(_pieces, job.storage, item.storage_key)
    for _ in range(TRIES):
        copying.copy(pieces, part, item.size_bytes, start, keeper)
        if copying.read_back(part, keeper) == wanted:
            keeper.beat()  # the last look at the fence before the name is given
            copying.place(part, final, item.mtime)
            return
        start = 0
    raise copying.CopyError("its bytes do not match the catalogue's SHA-256")


def _pieces(storage: Storage, key: str, start: int) -> Iterator[bytes]:
    while piece := _read(storage, key, start):
        start += len(piece)
        yield piece


def _read(storage: Storage, key: str, start: int) -> bytes:
    """One piece; a source that cannot be read is the file's failure and not that of the whole request."""
    try:
        return storage.read_range(key, start, copying.PIECE_BYTES)
    except OSError as error:
        raise StorageError(f"{key} cannot be read: {error.strerror}") from error
