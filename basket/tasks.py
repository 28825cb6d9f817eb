"""Background work of the basket. Tasks take ids only: what is to do stands in the database."""

from uuid import UUID

from celery import shared_task

from archive.clock import archive_now, machine_now
from basket.forgetting import forget_baskets, forget_bundles
from basket.models import DeliveryKind
from basket.staging import job, turns, withdrawal
from basket.staging.sweep import sweep


@shared_task
def stage(delivery_id: str) -> None:
    """Stage a delivery for FTPS pick-up: the one whose turn it is."""
    _take_turn(delivery_id, turns.STAGED)


@shared_task
def build_bundle(delivery_id: str) -> None:
    """Build the zip or tar of a delivery, the one whose turn it is; on a queue of its own."""
    _take_turn(delivery_id, turns.BUILT)


def _take_turn(rung_for: str, kinds: tuple[DeliveryKind, ...]) -> None:
    job.run(turns.next_turn(kinds, machine_now()) or UUID(rung_for), machine_now, archive_now)


@shared_task
def sweep_deliveries() -> None:
    sweep(machine_now())
    withdrawal.carry_out(archive_now(), machine_now())


@shared_task
def withdraw_copies() -> None:
    """Remove copies whose owners may not have them any more."""
    withdrawal.carry_out(archive_now(), machine_now())


@shared_task
def look_through_copies() -> None:
    """Find the copies to which access ended without a change: grants by their date, accounts that were closed."""
    withdrawal.order_all()


@shared_task
def forget_stale() -> None:
    forget_baskets(machine_now())
    forget_bundles(archive_now())
