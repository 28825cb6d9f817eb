"""Waking workers. A message is only a doorbell: what is to do stands in the database; a sweeper finds lost rings."""

import logging
from functools import partial

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(task: "Task[..., None]", *arguments: str) -> None:
    """Wake a worker now; a broker that does not answer is logged, not raised."""
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("the broker does not take %s (%s); the sweeper will ring again", task.name, error)


def ring_on_commit(task: "Task[..., None]", *arguments: str) -> None:
    """Wake a worker once the caller's transaction is committed."""
    transaction.on_commit(partial(ring, task, *arguments), robust=True)
