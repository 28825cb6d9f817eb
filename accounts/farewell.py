"""Deleting an account: what is the person's goes; what others did with it stays in the log."""

import datetime as dt

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts import audit
from accounts.keepers import keepers
from accounts.models import User


@transaction.atomic
def delete_account(user: User, now: dt.datetime) -> None:
    """Remove the account with its addresses, tokens, sessions, grants and all that the rooms keep of it.

    A program that it led keeps the leader's address, since that is the proposal's; the log keeps its lines.
    """
    audit.record(user, "deleted account", now, subject=user.email)
    for session in UserSession.objects.filter(user=user):
        session.end()
    for keeper in keepers():
        keeper.forget(user)
    user.delete()
