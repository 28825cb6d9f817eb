"""Background work of the holdings."""

from celery import shared_task
from django.conf import settings

from archive import crds
from archive.clock import archive_now, machine_now
from archive.events import forget_events, walk_releases
from archive.storage import archive_storage


@shared_task
def tell_releases() -> None:
    """Tell of the data that have become public."""
    walk_releases(archive_now())


@shared_task
def forget_stale() -> None:
    forget_events(archive_now())


@shared_task
def trim_fetched() -> None:
    """Keep what was fetched from another archive within its bound; other stores fetch nothing."""
    from archive.storage.upstream import UpstreamStorage

    storage = archive_storage()
    if isinstance(storage, UpstreamStorage):
        storage.trim(settings.UPSTREAM_KEEP_BYTES)


@shared_task
def fetch_references() -> None:
    """Fetch the references that somebody wants from CRDS, where one is named."""
    if crds.is_configured():
        crds.fetch_wanted(archive_storage(), machine_now())
