"""Background work of the basket. Tasks take ids only: what is to do stands in the database."""

from uuid import UUID

from celery import shared_task

from archive.clock import archive_now, machine_now
from basket.forgetting import forget_baskets, forget_bundles
from basket.staging import job, withdrawal
from basket.staging.sweep import sweep


@shared_task
def stage(delivery_id: str) -> None:
    """Stage a delivery for FTPS pick-up."""
    job.run(UUID(delivery_id), machine_now, archive_now)


@shared_task
def build_bundle(delivery_id: str) -> None:
    """Build the zip or tar of a delivery; on a queue of its own."""
    job.run(UUID(delivery_id), machine_now, archive_now)


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
