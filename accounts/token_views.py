"""The page of one's tokens, and `/token`, which scripts send people to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import shown_once, tokens
from accounts.models import AccessToken
from accounts.once import answered_once
from accounts.views import PersonRequest
from archive.clock import machine_now


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
@answered_once
def token_list(request: PersonRequest) -> HttpResponse:
    """GET: the tokens, the form, and this once the letters of the one just made. POST: make one."""
    return _make(request) if request.method == "POST" else _list(request)


def _make(request: PersonRequest) -> HttpResponse:
    """A new token, shown by the page that follows: to load that page again makes no other."""
    try:
        token, letters = tokens.create(
            request.user, request.POST.get("name", ""), request.POST.getlist("scope"), machine_now()
        )
    except tokens.TooManyTokensError as error:
        return _page(request, error=str(error), status=409)
    response = redirect("account_tokens")
    shown_once.keep(request, response, token.pk, letters, reverse("account_tokens"))
    return response


def _list(request: PersonRequest) -> HttpResponse:
    kept = shown_once.take(request)
    made = tokens.live(machine_now()).filter(user=request.user, pk=kept.number).first() if kept else None
    if kept is None or made is None:
        return _page(request)
    # of a form sent twice at once the cookie may be the other's: wrong letters are worse than none
    letters = kept.secret if tokens.digest_of(kept.secret) == made.digest else ""
    response = _page(request, made=made, letters=letters)
    shown_once.forget(response, reverse("account_tokens"))
    return response


def _page(
    request: PersonRequest, *, made: AccessToken | None = None, letters: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    now = machine_now()
    living = tokens.live(now).filter(user=request.user).order_by("-created_at")
    suggested = request.GET.getlist("suggested_scope")
    context = {
        "tokens": [(token, tokens.expires_at(token)) for token in living],
        "scopes": [(scope, not suggested or scope.name in suggested) for scope in tokens.SCOPES],
        "name": request.GET.get("suggested_name", "")[:100],
        "made": made,
        "letters": letters,
        "error": error,
    }
    return render(request, "accounts/tokens.html", context, status=status)


@require_POST
@login_required
def revoke(request: PersonRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(AccessToken, pk=pk, user=request.user)
    tokens.revoke(token, request.user, machine_now())
    messages.success(request, f"{token.name} no longer opens anything.")
    return redirect("account_tokens")
