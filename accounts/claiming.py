"""Grants and programs that wait for an address go to the account that verifies it."""

from allauth.account.models import EmailAddress
from django.http import HttpRequest

from accounts.actions import claim, leads_from_proposals
from accounts.models import User
from archive.clock import machine_now


def claim_what_waits(sender: object, request: HttpRequest, email_address: EmailAddress, **signal: object) -> None:
    claim(email_address.user, email_address.email, machine_now())


def claim_at_login(sender: type[User], request: HttpRequest, user: User, **signal: object) -> None:
    """Once more at log-in: an operator may have verified an address by hand, or a service have told it."""
    for address in EmailAddress.objects.filter(user=user, verified=True):
        claim(user, address.email, machine_now())


def take_leaders(sender: object, **signal: object) -> None:
    """After an ingest of programs with their PIs' addresses."""
    leads_from_proposals(machine_now())
