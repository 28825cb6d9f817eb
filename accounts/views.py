"""One's own pages under /accounts/: My page, sessions, export and farewell. Logging in is the library's."""

from collections.abc import Callable
from typing import TypeVar, cast

from allauth.account.decorators import reauthentication_required
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import export, farewell
from accounts.home import home_of
from accounts.models import User
from archive.clock import archive_now, machine_now

_View = TypeVar("_View", bound=Callable[..., HttpResponse])


def still_you(view: _View) -> _View:
    """Ask for the password again where the last time is some minutes ago."""
    return cast("_View", reauthentication_required(view))


class PersonRequest(HttpRequest):
    """A request that `login_required` let through."""

    user: User


@require_GET
@never_cache
@login_required
def home(request: PersonRequest) -> HttpResponse:
    context = {"home": home_of(request, request.user, archive_now()), "now": archive_now()}
    return render(request, "accounts/home.html", context)


@require_POST
@login_required
def end_session(request: PersonRequest, pk: int) -> HttpResponse:
    """Log out one of one's own sessions elsewhere."""
    get_object_or_404(UserSession, pk=pk, user=request.user).end()
    messages.success(request, "That session has ended.")
    return redirect("usersessions_list")


@require_POST
@login_required
def rename(request: PersonRequest) -> HttpResponse:
    request.user.display_name = " ".join(request.POST.get("display_name", "").split())[:120]
    request.user.save(update_fields=["display_name"])
    return redirect("account_home")


@require_GET
@login_required
@still_you
def export_account(request: PersonRequest) -> HttpResponse:
    """All that is kept of the person, as a zip of JSON files."""
    response = HttpResponse(export.as_zip(request.user), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="my-account.zip"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "POST"])
@login_required
@still_you
def delete_account(request: PersonRequest) -> HttpResponse:
    """GET: what goes and what stays. POST with the address typed: the account is gone."""
    if request.method == "GET":
        return render(request, "accounts/delete.html", {})
    if request.POST.get("email", "").strip().casefold() != request.user.email.casefold():
        context = {"error": f"Type {request.user.email} to delete the account."}
        return render(request, "accounts/delete.html", context, status=400)
    user = User.objects.get(pk=request.user.pk)
    logout(request)
    farewell.delete_account(user, machine_now())
    return render(request, "accounts/deleted.html", {})
