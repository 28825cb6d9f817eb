"""Background work of searching."""

from celery import shared_task

from archive.clock import machine_now
from search.tabs.forgetting import forget_tabs


@shared_task
def forget_stale() -> None:
    forget_tabs(machine_now())
