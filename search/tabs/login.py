"""Tabs, saved searches and target lists follow their person into the account."""

import uuid

from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from search.models import SavedSearch, SkyMoc, Tab, TargetList
from search.tabs.holder import SESSION_KEY, session_token
from search.tabs.saved import free_name


def take_tabs_along(sender: type[User], request: HttpRequest, user: User, **signal: object) -> None:
    """At log-in: what was opened and saved before belongs to the account from now on."""
    if not hasattr(request, "session"):
        return
    token = session_token(request)
    if token is not None:
        move_to_account(token, user)
        request.session.pop(SESSION_KEY)


@transaction.atomic
def move_to_account(token: uuid.UUID, owner: User) -> None:
    """Of a tab that both have open, the session's stays: it is the one just looked at."""
    moving = Tab.objects.filter(token=token)
    Tab.objects.filter(owner=owner, key__in=list(moving.values_list("key", flat=True))).delete()
    moving.update(owner=owner, token=None)
    taken = set(SavedSearch.objects.filter(owner=owner, deleted_at=None).values_list("name", flat=True))
    TargetList.objects.filter(token=token).update(owner=owner, token=None)
    SkyMoc.objects.filter(token=token).update(owner=owner, token=None)
    for saved in SavedSearch.objects.filter(token=token, deleted_at=None):
        saved.name = free_name(saved.name, taken)
        taken.add(saved.name)
        saved.owner, saved.token = owner, None
        saved.save(update_fields=["name", "owner", "token"])
