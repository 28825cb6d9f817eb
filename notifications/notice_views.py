"""The bell and its list over HTTP."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from archive.clock import machine_now
from notifications import actions
from notifications.models import Notice
from notifications.news import ProgramNews
from notifications.requests import AuthenticatedHttpRequest, row_numbers

PAGE_SIZE = 50
#: Notices in the bell's menu.
IN_MENU = 6


@login_required
@require_safe
def notices(request: AuthenticatedHttpRequest) -> HttpResponse:
    """All notices, the newest first."""
    mine = actions.notices_of(request.user)
    page = Paginator(mine.select_related("subscription"), PAGE_SIZE).get_page(request.GET.get("page"))
    gone = Notice.objects.filter(owner=request.user, pk__in=row_numbers(request.GET.getlist("deleted")))
    context = {
        "page": page,
        "rows": [_row(own) for own in page],
        "deleted": list(gone.exclude(deleted_at=None).values_list("pk", flat=True)),
        "change_url": reverse("notifications:change-notices"),
    }
    return render(request, "notifications/notices.html", context)


def _row(own: Notice) -> dict[str, object]:
    return {"own": own, "news": [ProgramNews.from_json(stored) for stored in own.news]}


@login_required
@require_POST
def change_selected(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Mark, delete or restore the notices that are ticked; ``read-all`` needs no ticks."""
    now = machine_now()
    mine = Notice.objects.filter(owner=request.user)
    chosen = mine.filter(pk__in=row_numbers(request.POST.getlist("id")))
    match request.POST.get("action"):
        case "read-all":
            actions.mark_read(mine.filter(deleted_at=None), now)
        case "read":
            _tell(request, actions.mark_read(chosen, now), "marked as read")
        case "unread":
            _tell(request, actions.mark_unread(chosen), "marked as unread")
        case "restore":
            _tell(request, actions.restore_notices(chosen), "restored")
        case "delete":
            numbers = list(chosen.filter(deleted_at=None).values_list("pk", flat=True))
            if not actions.delete_notices(chosen, now):
                _tell(request, 0, "deleted")
            return redirect(reverse("notifications:notices", query={"deleted": numbers}))
        case _:
            messages.error(request, "Nothing was changed: choose what to do with the notices.")
    return redirect("notifications:notices")


def _tell(request: HttpRequest, count: int, done: str) -> None:
    if count:
        messages.success(request, f"{count} notice{'' if count == 1 else 's'} {done}.")
    else:
        messages.info(request, f"Nothing was {done}: tick notices first.")


@login_required
@require_POST
def open_notice(request: AuthenticatedHttpRequest, pk: int) -> HttpResponse:
    """Mark a notice as read and go to the data of one of its programs."""
    own = get_object_or_404(actions.notices_of(request.user), pk=pk)
    program = request.POST.get("program", "")
    news = next((item for item in map(ProgramNews.from_json, own.news) if item.program == program), None)
    if news is None:
        raise Http404("The notice tells nothing of this program.")
    actions.mark_read(Notice.objects.filter(pk=own.pk), machine_now())
    return redirect(news.address)


# The bell in the header: fragments, and nothing for somebody whose session has ended ----------------------------------


@require_safe
def unread(request: HttpRequest) -> HttpResponse:
    """The number beside the bell."""
    if not isinstance(request.user, User):
        return HttpResponse(status=204)
    count = actions.notices_of(request.user).filter(read_at=None).count()
    return _private(render(request, "notifications/_unread.html", {"unread": count}))


@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """The newest notices, for the bell's menu."""
    if not isinstance(request.user, User):
        return HttpResponse(status=204)
    rows = [_row(own) for own in actions.notices_of(request.user)[:IN_MENU]]
    return _private(render(request, "notifications/_latest.html", {"rows": rows}))


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
