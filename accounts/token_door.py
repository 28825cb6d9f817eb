"""Which addresses a token opens: those that say so with `opens_to_tokens`, and no other.

Basket, grants, account pages and every form of the site are not among them: a token there is as good as none.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts import throttle, tokens
from accounts.client import client_address
from accounts.models import AccessToken
from archive.clock import machine_now

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
_MARK = "token_scope"

logger = logging.getLogger(__name__)


def opens_to_tokens(scope: str = "") -> Callable[[View], View]:
    """Mark a view as one that a token with ``scope`` opens ("": any token); put it outermost."""

    def mark(view: View) -> View:
        setattr(view, _MARK, scope)
        return view

    return mark


class TokenMiddleware:
    """Makes the token's person the request's, for marked views alone. A bad token is as good as none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> None:
        scope = getattr(view, _MARK, None)
        if scope is None or not (letters := tokens.letters_of(request)):
            return
        token = token_shown(letters, client_address(request), machine_now())
        if token and (not scope or scope in token.scopes):
            request.user = token.user
            request.access_token = token  # type: ignore[attr-defined]  # read by `token_of`


def token_of(request: HttpRequest) -> AccessToken | None:
    """The token that opened this request; None for sessions and anonymous people."""
    return getattr(request, "access_token", None)


def token_shown(letters: str, address: str, now: dt.datetime) -> AccessToken | None:
    """The live token of these letters. Wrong ones are slowed by network, so that nobody can go on guessing."""
    if token := tokens.find(letters, now):
        return token
    try:
        throttle.take(f"token {letters[:8]}", address, now)
    except throttle.SlowDownError:
        logger.warning("many wrong tokens from %s", address)
    return None
