"""Granting, revoking and asking for access to a program's exclusive files."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.access import may_manage
from accounts.models import AccessRequest, AuditEntry, Grant, Lead
from accounts.once import answered_once
from accounts.views import PersonRequest
from archive.clock import archive_now, machine_now
from archive.models import Program

NOT_THE_LEADER = "Only the program's PI and archive staff may do this."


def _program(mission: str, number: str) -> Program:
    program = actions.find_program(mission, number) if "\0" not in mission + number else None
    if program is None:
        raise Http404(f"no program {mission} {number}")
    return program


def _led_program(request: PersonRequest, mission: str, number: str) -> Program:
    program = _program(mission, number)
    if not may_manage(request.user, program):
        raise PermissionDenied(NOT_THE_LEADER)
    return program


def _to_program(program: Program) -> HttpResponse:
    return redirect("search:program", program.mission, program.number)


# Granting ------------------------------------------------------------------------------------------------------------


@require_POST
@login_required
@answered_once
def grant(request: PersonRequest, mission: str, number: str) -> HttpResponse:
    """Give an address access, or change the end of a grant that stands."""
    program = _led_program(request, mission, number)
    email = request.POST.get("email", "").strip()
    try:
        validate_email(email)
        last_day = _day(request.POST.get("last_day", ""))
        given = actions.grant_access(
            program, email, request.user, machine_now(), last_day=last_day, today=archive_now().date()
        )
    except (ValidationError, ValueError, actions.AccessError) as error:
        messages.error(request, _reason(error))
    else:
        messages.success(request, _granted(given))
    return _to_program(program)


def _day(text: str) -> dt.date | None:
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a day; write it like 2026-07-22.") from None


def _reason(error: Exception) -> str:
    return "Give one e-mail address, like name@example.org." if isinstance(error, ValidationError) else str(error)


def _granted(given: Grant) -> str:
    end = f" to the end of {given.last_day:%Y-%m-%d}" if given.last_day else ""
    if given.user_id:
        return f"{given.email} may fetch the exclusive files{end}."
    return (
        f"{given.email} has no account yet: an invitation was sent, and access begins with the verified account{end}."
    )


@require_POST
@login_required
def revoke(request: PersonRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Grant.objects.select_related("program"), pk=pk)
    if not may_manage(request.user, found.program):
        raise PermissionDenied(NOT_THE_LEADER)
    actions.revoke_access(found, request.user, machine_now())
    messages.success(request, f"{found.email} no longer has access.")
    return _to_program(found.program)


@require_GET
@never_cache
@login_required
def log(request: PersonRequest, mission: str, number: str) -> HttpResponse:
    """The program's lines of the log, the newest first."""
    program = _led_program(request, mission, number)
    entries = AuditEntry.objects.filter(program=str(program)).order_by("-at", "-pk")[:500]
    return render(request, "accounts/log.html", {"program": program, "entries": entries})


# Asking --------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
@answered_once
def ask(request: PersonRequest, mission: str, number: str) -> HttpResponse:
    """GET: what will be sent, and to whom. POST: send it."""
    program = _program(mission, number)
    error = ""
    if request.method == "POST":
        try:
            actions.ask_for_access(program, request.user, request.POST.get("message", ""), machine_now())
        except actions.AccessError as refused:
            error = str(refused)
        else:
            messages.success(request, "The PI has your request; the answer comes by mail.")
            return _to_program(program)
    waiting = AccessRequest.objects.filter(program=program, user=request.user, answer="").first()
    context = {
        "program": program,
        "led": Lead.objects.filter(program=program).exists(),
        "waiting": waiting,
        "error": error,
    }
    return render(request, "accounts/ask.html", context, status=409 if error else 200)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
@answered_once
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    """The page that the PI's mail leads to: one button grants, one declines."""
    found = get_object_or_404(AccessRequest.objects.select_related("program", "user"), pk=pk)
    if not may_manage(request.user, found.program):
        raise PermissionDenied(NOT_THE_LEADER)
    if request.method == "POST" and found.answer == AccessRequest.Answer.WAITING:
        return _answered(request, found)
    return render(request, "accounts/answer.html", {"asked": found})


def _answered(request: PersonRequest, found: AccessRequest) -> HttpResponse:
    now = machine_now()
    if request.POST.get("answer") != "grant":
        actions.decline(found, request.user, now)
        messages.success(request, f"{found.user.email} was told that access is not granted.")
        return _to_program(found.program)
    try:
        last_day = _day(request.POST.get("last_day", ""))
        given = actions.grant_access(
            found.program, found.user.email, request.user, now, last_day=last_day, today=archive_now().date()
        )
    except (ValueError, actions.AccessError) as error:
        return render(request, "accounts/answer.html", {"asked": found, "error": str(error)}, status=400)
    messages.success(request, _granted(given))
    return _to_program(found.program)
