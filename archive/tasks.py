"""Background work of the holdings."""

from celery import shared_task

from archive.clock import archive_now
from archive.events import forget_events, walk_releases


@shared_task
def tell_releases() -> None:
    """Tell of the data that have become public."""
    walk_releases(archive_now())


@shared_task
def forget_stale() -> None:
    forget_events(archive_now())
