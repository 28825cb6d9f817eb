"""Background work of searching."""

from celery import shared_task

from archive.clock import machine_now
from search.lists.actions import forget_lists
from search.mocs.keeping import forget_mocs
from search.tabs.forgetting import forget_tabs


@shared_task
def forget_stale() -> None:
    forget_tabs(machine_now())
    forget_lists(machine_now())
    forget_mocs(machine_now())
