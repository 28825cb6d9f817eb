"""What a worker does with one delivery, from claim to mail.

Everything here may end at any moment, by kill -9 or a lost lease, and be taken up by another worker: each step leaves
the database and the disk such that repeating it is right.
"""

import datetime as dt
import logging
import shutil
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum

from archive.storage import archive_storage
from basket.models import Delivery, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.staging import building, disk, folder, notices, places, states
from basket.staging.states import CancelledError, LeaseLostError
from basket.staging.work import Clock, Job

logger = logging.getLogger(__name__)


def run(delivery_id: UUID, clock: Clock, today: Clock) -> None:
    """Claim the delivery and bring it to its end; return quietly when it is another worker's or has ended."""
    claim = states.claim(delivery_id, clock())
    if claim is None:
        return
    delivery = Delivery.objects.select_related("owner").get(pk=delivery_id)
    job = Job(claim, delivery, archive_storage(), clock, today)
    try:
        _prepare(job)
    except LeaseLostError:
        logger.info("delivery %s went to another worker", delivery_id)
    except CancelledError:
        _cancel(job)
    except disk.OutOfSpaceError as error:
        _wait_for_space(job, str(error))
    except Exception as error:
        logger.exception("delivery %s was interrupted; it is tried again", delivery_id)
        states.give_back(claim, f"{type(error).__name__}: {error}"[:500], clock())


def _prepare(job: Job) -> None:
    states.renew(job.claim, job.clock())
    places.on_disk(job.delivery).mkdir(mode=0o755, parents=True, exist_ok=True)
    _check_room(job)
    if job.delivery.kind == DeliveryKind.STAGING:
        folder.stage(job)
        facts: dict[str, object] = {}
    else:
        facts = building.build(job)
    _finish(job, facts)


def _check_room(job: Job) -> None:
    """Whether the rest fits beside what earlier jobs have still to write.

    Raises
    ------
    disk.OutOfSpaceError : it does not.
    """
    missing = job.delivery.bytes_total - job.delivery.bytes_done
    others = Delivery.objects.filter(
        state=DeliveryState.RUNNING, kind=DeliveryKind.STAGING, claimed_at__lt=job.delivery.claimed_at
    )
    promised = others.aggregate(rest=Sum(F("bytes_total") - F("bytes_done")))["rest"] or 0
    free = disk.free_bytes(places.on_disk(job.delivery))
    if missing > free - promised - settings.STAGING_FREE_BYTES:
        raise disk.OutOfSpaceError(f"{missing} bytes do not fit on the staging disk")


def _finish(job: Job, facts: dict[str, object]) -> None:
    now = job.clock()
    items = job.delivery.items.filter(verdict=ItemVerdict.INCLUDED)
    done, failed = (items.filter(state=state).count() for state in (ItemState.DONE, ItemState.FAILED))
    if not done:
        _fail(job, "files", "None of the files could be delivered.")
        return
    state = DeliveryState.PARTIAL if failed else DeliveryState.READY
    expires_at = now + dt.timedelta(days=settings.STAGING_KEEP_DAYS)
    with transaction.atomic():
        states.finish(
            job.claim, state, now, files_done=done, expires_at=expires_at, error_code="", error_text="", **facts
        )
        notices.tell(job.delivery.pk, now)


def _fail(job: Job, code: str, text: str) -> None:
    now = job.clock()
    with transaction.atomic():
        states.finish(job.claim, DeliveryState.FAILED, now, error_code=code, error_text=text)
        notices.tell(job.delivery.pk, now)
    remove_folder(job.delivery)


def _cancel(job: Job) -> None:
    try:
        states.finish(job.claim, DeliveryState.CANCELLED, job.clock())
    except LeaseLostError:
        return
    remove_folder(job.delivery)


def _wait_for_space(job: Job, reason: str) -> None:
    waits = job.delivery.space_waits
    try:
        if waits < len(states.SPACE_PAUSES):
            states.wait_for_space(job.claim, job.clock(), waits, reason)
        else:
            _fail(job, "space", f"The staging disk had no room for the request, also after {waits} more tries.")
    except LeaseLostError:
        logger.info("delivery %s went to another worker", job.delivery.pk)


def remove_folder(delivery: Delivery) -> None:
    """Take away what was prepared. Who reads a file just then may finish: its bytes stay until it is closed."""
    if delivery.folder:
        shutil.rmtree(places.on_disk(delivery), ignore_errors=True)
        if not places.on_disk(delivery).exists():
            Delivery.objects.filter(pk=delivery.pk).update(folder="")
