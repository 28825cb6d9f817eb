"""Subscriptions over HTTP: parse, ask, render. Everybody sees their own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.once import answered_once
from archive.clock import machine_now
from notifications import actions
from notifications.actions import SubscriptionError
from notifications.forms import ATTRIBUTES, SubscriptionForm, shown
from notifications.models import MailState, OutboxMail, Subscription
from notifications.prefill import left_out, prefilled
from notifications.requests import AuthenticatedHttpRequest, row_numbers
from notifications.unsubscribing import subscription_of

#: Failed mails that the page tells of.
SHOWN_FAILURES = 5


@login_required
@require_safe
def subscriptions(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The person's subscriptions, and mail that could not be delivered."""
    gone = row_numbers(request.GET.getlist("deleted"))
    deleted = Subscription.objects.filter(owner=request.user, pk__in=gone).exclude(deleted_at=None)
    failed = OutboxMail.objects.filter(to=request.user.email, state=MailState.FAILED).order_by("-created_at")
    context = {
        "rows": actions.subscriptions_of(request.user),
        "deleted": list(deleted),
        "change_url": reverse("notifications:change-selected"),
        "failed": failed.values("created_at", "last_error")[:SHOWN_FAILURES],
    }
    return render(request, "notifications/subscriptions.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@answered_once
def new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """The form for a new subscription; a link may say ``obsid``, once or more, or ``mission`` and ``program``."""
    if request.method != "POST":
        if left := left_out(request.GET):
            messages.info(request, left)
        return _form(request, SubscriptionForm(initial=prefilled(request.GET)))
    form = SubscriptionForm(request.POST)
    if not form.is_valid():
        return _form(request, form)
    try:
        own = actions.subscribe(request.user, form.cleaned_data, machine_now())
    except SubscriptionError as error:
        form.add_error(None, str(error))
        return _form(request, form)
    _tell_made(request, own)
    return redirect("notifications:subscriptions")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    own = get_object_or_404(actions.subscriptions_of(request.user), pk=pk)
    if request.method != "POST":
        return _form(request, SubscriptionForm(initial=shown(own)), own)
    form = SubscriptionForm(request.POST)
    if not form.is_valid():
        return _form(request, form, own)
    try:
        actions.change(own, form.cleaned_data, machine_now())
    except SubscriptionError as error:
        form.add_error(None, str(error))
        return _form(request, form, own)
    messages.success(request, "The subscription was changed.")
    return redirect("notifications:subscriptions")


def _form(request: HttpRequest, form: SubscriptionForm, own: Subscription | None = None) -> HttpResponse:
    context = {"form": form, "own": own}
    return render(request, "notifications/subscription.html", context, status=400 if form.errors else 200)


def _tell_made(request: HttpRequest, own: Subscription) -> None:
    """What was made; a program that nothing is known of is told of, since a wrong number would be silent for ever."""
    unknown = actions.unknown_programs(own.mission, own.programs)
    if unknown:
        messages.warning(
            request,
            f"Subscribed. The archive knows nothing yet of {own.mission} {', '.join(unknown)}: check the number,"
            " or wait for its first data.",
        )
    else:
        messages.success(request, f"Subscribed to {own}.")


# Several at once ------------------------------------------------------------------------------------------------------


@login_required
@require_POST
def change_selected(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Pause, resume, delete or restore the subscriptions that are ticked."""
    now = machine_now()
    chosen = _chosen(request.user, request.POST)
    match request.POST.get("action"):
        case "pause":
            _tell(request, actions.pause(chosen.filter(deleted_at=None)), "paused")
        case "resume":
            _tell(request, actions.resume(chosen.filter(deleted_at=None), now), "resumed")
        case "restore":
            _tell(request, actions.restore(chosen), "restored")
        case "delete":
            numbers = list(chosen.filter(deleted_at=None).values_list("pk", flat=True))
            actions.delete(chosen, now)
            if not numbers:
                _tell(request, 0, "deleted")
            return redirect(reverse("notifications:subscriptions", query={"deleted": numbers}))
        case _:
            messages.error(request, "Nothing was changed: choose what to do with the subscriptions.")
    return redirect("notifications:subscriptions")


def _tell(request: HttpRequest, count: int, done: str) -> None:
    if count:
        messages.success(request, f"{count} subscription{'' if count == 1 else 's'} {done}.")
    else:
        messages.info(request, f"Nothing was {done}: tick subscriptions first.")


@login_required
@require_POST
def edit_selected(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Give the ticked subscriptions some attributes: first the form, then ``save`` with what it sends."""
    chosen = list(_chosen(request.user, request.POST).filter(deleted_at=None))
    if not chosen:
        messages.info(request, "Nothing was changed: tick subscriptions first.")
        return redirect("notifications:subscriptions")
    names = [name for name in ATTRIBUTES if name in request.POST.getlist("change")]
    context: dict[str, object] = {"chosen": chosen, "names": names}
    if "save" not in request.POST:
        form = SubscriptionForm(initial=shown(chosen[0]))
        return render(request, "notifications/edit_selected.html", {**context, "form": form})
    problems = _change_all(chosen, names, request.POST)
    if problems:
        form = SubscriptionForm(initial=_sent(request.POST))
        context |= {"form": form, "problems": problems}
        return render(request, "notifications/edit_selected.html", context, status=400)
    _tell(request, len(chosen), "changed")
    return redirect("notifications:subscriptions")


def _change_all(chosen: list[Subscription], names: list[str], sent: QueryDict) -> list[str]:
    """Change all or none; what stands against it."""
    if not names:
        return ["Tick the attributes to change."]
    problems: list[str] = []
    with transaction.atomic():
        for own in chosen:
            given = {**shown(own), **{name: _sent(sent)[name] for name in names}}
            form = SubscriptionForm(given)
            if not form.is_valid():
                problems += [f"{own}: {text}" for texts in form.errors.values() for text in texts]
                continue
            try:
                actions.change(own, form.cleaned_data, machine_now())
            except SubscriptionError as error:
                problems.append(f"{own}: {error}")
        if problems:
            transaction.set_rollback(True)
    return problems


def _sent(data: QueryDict) -> dict[str, Any]:
    """What a form sent of the attributes."""
    return {name: data.getlist(name) if name == "kinds" else data.get(name, "") for name in ATTRIBUTES}


def _chosen(owner: User, data: QueryDict) -> QuerySet[Subscription]:
    """The person's subscriptions that are ticked, deleted ones too."""
    return Subscription.objects.filter(owner=owner, pk__in=row_numbers(data.getlist("id"))).order_by("pk")


# From a mail ----------------------------------------------------------------------------------------------------------


@csrf_exempt  # mail programs post to it; the signed link is the permission
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the subscription of a mail's link, by one POST; ``restore`` takes it back."""
    own = subscription_of(token)
    if own is None:
        raise Http404("This link does not belong to a subscription. Sign in to see yours.")
    if request.method == "POST":
        chosen = Subscription.objects.filter(pk=own.pk)
        if "restore" in request.POST:
            actions.restore(chosen)
        else:
            actions.delete(chosen, machine_now())
        own.refresh_from_db()
    response = render(request, "notifications/unsubscribe.html", {"own": own, "done": request.method == "POST"})
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
