"""Background work of the outbox."""

from celery import shared_task
from django.core.mail import get_connection

from archive.clock import machine_now
from notifications.digests import write_digests
from notifications.dispatch import send_waiting
from notifications.doorbell import ring
from notifications.forgetting import forget_notices, forget_subscriptions
from notifications.models import MailState, OutboxMail


@shared_task
def send_mail() -> None:
    """Send all mail that is due."""
    send_waiting(get_connection(), machine_now)


@shared_task
def sweep_outbox() -> None:
    """Wake the dispatcher when mail is due: for rings that were lost and for tries whose time has come."""
    if OutboxMail.objects.filter(state=MailState.WAITING, next_at__lte=machine_now()).exists():
        ring(send_mail)


@shared_task
def tell_subscribers() -> None:
    """Write the digests of the periods that have ended."""
    write_digests(machine_now())


@shared_task
def forget_stale() -> None:
    forget_subscriptions(machine_now())
    forget_notices(machine_now())
