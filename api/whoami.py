"""`/whoami`: who a script is, in the words that the stock clients read."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from accounts import tokens
from accounts.access import signed_in
from accounts.models import User
from accounts.token_door import opens_to_tokens, token_of

ANONYMOUS = {
    "eppn": "",
    "ezid": "anonymous",
    "attrib": {},
    "anon": True,
    "scopes": [],
    "session": None,
    "token": None,
}


@opens_to_tokens()
@require_safe
def whoami(request: HttpRequest) -> JsonResponse:
    """Always 200; a bad token is anonymous."""
    user = signed_in(request.user)
    response = JsonResponse(_person(request, user) if user else ANONYMOUS)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _person(request: HttpRequest, user: User) -> dict[str, object]:
    token = token_of(request)
    name = str(user)
    first, _, last = name.rpartition(" ")
    return {
        "eppn": user.email,
        "ezid": user.email.partition("@")[0],
        "attrib": {
            "uuid": f"{user.pk:08d}",
            "first_name": first or name,
            "last_name": last if first else "",
            "display_name": name,
            "email": user.email,
            "internal": "1" if user.is_staff else "0",
        },
        "anon": False,
        "scopes": token.scopes if token else [scope.name for scope in tokens.SCOPES],
        "session": None if token else f"{(request.session.session_key or '')[:8]}...",
        "token": f"{token.hint}..." if token else None,
    }
