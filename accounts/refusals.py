"""How a program is told that a file is not for it: 401 with the remedy in plain words, as clients of archives expect.

People in a browser get a page instead, which has the links.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import tokens
from accounts.access import Decision
from accounts.token_door import token_of
from archive.models import Observation


def is_for_a_program(request: HttpRequest) -> bool:
    """Whether a script asks: it shows a token, or does not ask for a page (curl and `requests` take anything)."""
    shows_token = bool(tokens.letters_of(request)) or "Authorization" in request.headers
    return shows_token or "text/html" not in request.headers.get("Accept", "").lower()


def unauthorized(request: HttpRequest, decision: Decision, own: Observation) -> HttpResponse:
    """The refusal of an exclusive file of ``own``: why, and what to do."""
    lines = [f"Not authorized: {decision.text}.", *_remedies(request)]
    if own.proposal_id:
        ask = reverse("ask_for_access", args=[own.obs_collection, own.proposal_id])
        lines.append(f"The program's PI can give an account access: {settings.SITE_URL}{ask}")
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8", status=401)
    response.headers["WWW-Authenticate"] = _challenge(request)
    response.headers["Vary"] = "Accept, Authorization, Cookie"
    return response


def _remedies(request: HttpRequest) -> list[str]:
    made = f"made at {settings.SITE_URL}{reverse('account_tokens')}"
    if token := token_of(request):
        return [f"The token is good; its account, {token.user.email}, may not have the file."]
    if _shows_something(request):
        return [f"The token has ended, or lacks the scope {tokens.EXCLUSIVE}. Send another one, {made}."]
    return [f"Send a token of an account that may have the file, {made}, as the header Authorization: token <token>."]


def _challenge(request: HttpRequest) -> str:
    """As in RFC 6750, section 3."""
    realm = f'Bearer realm="exclusive files", scope="{tokens.EXCLUSIVE}"'
    return f'{realm}, error="invalid_token"' if _shows_something(request) and not token_of(request) else realm


def _shows_something(request: HttpRequest) -> bool:
    return bool(tokens.letters_of(request)) or "Authorization" in request.headers
