"""The basket follows its person into the account."""

from django.http import HttpRequest

from accounts.models import User
from basket.actions import merge_into_account
from basket.queries import SESSION_KEY, session_token


def take_basket_along(sender: type[User], request: HttpRequest, user: User, **signal: object) -> None:
    """At log-in: what was collected before belongs to the account from now on."""
    if not hasattr(request, "session"):
        return
    token = session_token(request)
    if token is not None:
        merge_into_account(token, user)
        request.session.pop(SESSION_KEY)
