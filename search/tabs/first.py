"""The tab of a first visit travels in a signed cookie.

Nothing is written for a visitor until a cookie comes back, so that crawlers cost no rows. With the second search both
tabs go into the database.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from search.tabs.strip import ShownTab, TabStrip

COOKIE = "__Host-tab" if settings.SESSION_COOKIE_SECURE else "tab"
#: Browsers keep 4 kB a cookie; a longer search is not carried.
MAX_LENGTH = 3_000
_SALT = "search.tabs.first"


def came_back(request: HttpRequest) -> bool:
    """Whether the visitor's browser keeps cookies."""
    return COOKIE in request.COOKIES


def first_tab(request: HttpRequest) -> ShownTab | None:
    """The tab that the cookie carries; None for one that was too long, and for a forged one."""
    try:
        return ShownTab(**signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def carry(request: HttpRequest, response: HttpResponse, strip: TabStrip) -> None:
    """Give the answer the cookie of a first tab, or take it away once the tabs are kept."""
    if strip.first is not None:
        value = signing.dumps(vars(strip.first), salt=_SALT, compress=True)
        response.set_cookie(
            COOKIE,
            value if len(value) <= MAX_LENGTH else "long",
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
    elif came_back(request) and strip.current:
        forget(response)


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")
