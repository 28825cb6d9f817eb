"""Target lists and their cross-matches over HTTP: parse, ask, render. Only whoever brought a list sees it."""

import uuid
from pathlib import PurePath

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.once import answered_once
from archive.clock import machine_now
from search.lists import actions, limits
from search.lists.parse import read_table
from search.lists.roles import Roles
from search.lists.table import ListError
from search.lists.uploading import limit_upload, uploaded
from search.lists.whose import own_list
from search.models import RowState, TargetList
from search.tabs.holder import holder_made, holder_of

#: Widths of the grid's own columns before those of the list.
_MATCH_WIDTHS_PX = (30, 92, 150, 100, 120, 96, 96)


# Uploading -----------------------------------------------------------------------------------------------------------


@csrf_exempt  # checked below, once the size of the upload is watched: the check reads the body
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form for a new list, and the person's lists."""
    limit_upload(request)
    return _upload(request)


@csrf_protect
@answered_once
def _upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _upload_page(request, None)
    try:
        name, content = uploaded(request)
        own = actions.create(holder_made(request), PurePath(name).name, read_table(content), machine_now())
    except ListError as error:
        if _is_scripted(request):
            return JsonResponse({"title": error.title, "text": error.text, "remedy": error.remedy}, status=400)
        return _upload_page(request, error)
    if _is_scripted(request):
        return JsonResponse({"address": reverse("search:list", args=[own.pk])})
    return redirect("search:list", own.pk)


def _is_scripted(request: HttpRequest) -> bool:
    """The page's script sends the form, tells the progress and reads the answer; without it the answer is a page."""
    return request.headers.get("X-Upload") == "1"


def _upload_page(request: HttpRequest, error: ListError | None) -> HttpResponse:
    holder = holder_of(request)
    lists = TargetList.objects.filter(holder.mine) if holder else TargetList.objects.none()
    context = {
        "error": error,
        "text": request.POST.get("text", "")[:10_000] if error else "",
        "lists": actions.counted(lists).order_by("-created_at"),
        "limits": limits,
        "max_megabytes": limits.MAX_BYTES // 1_000_000,
        "is_signed_in": request.user.is_authenticated,
    }
    template = "search/lists/_upload_dialog.html" if request.headers.get("HX-Request") else "search/lists/upload.html"
    response = render(request, template, context, status=400 if error else 200)
    patch_vary_headers(response, ("HX-Request",))
    return response


# One list ------------------------------------------------------------------------------------------------------------


@require_safe
def positions(request: HttpRequest, list_id: uuid.UUID) -> JsonResponse:
    """The placed rows of a list for a sky view: number, name, RA and Dec in degrees, ICRS."""
    own = own_list(request, list_id)
    rows = own.rows.filter(state=RowState.RESOLVED).order_by("number")
    names = ("number", "name", "ra_deg", "dec_deg")
    return JsonResponse({"list": own.name, "frame": "ICRS", "columns": names, "rows": list(rows.values_list(*names))})


@require_POST
def choose_position(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    """Choose Position: which columns say where the rows lie."""
    own = own_list(request, list_id)
    try:
        roles = _chosen_roles(request, len(own.fields))
    except ListError as error:
        messages.error(request, f"{error.text} {error.remedy}")
    else:
        actions.choose_position(own, roles)
        messages.success(request, "The rows were placed by the columns that you chose.")
    return redirect("search:list", own.pk)


def _chosen_roles(request: HttpRequest, columns: int) -> Roles:
    places: dict[str, int | None] = {}
    for role in ("ra", "dec", "name", "region"):
        text = request.POST.get(role, "")
        if text and not (text.isascii() and text.isdigit() and len(text) < 4 and int(text) < columns):
            raise ListError("The list has no such column.", "Choose one of its columns.")
        places[role] = int(text) if text else None
    roles = Roles(**places)
    if (roles.ra is None) is not (roles.dec is None):
        raise ListError("A position needs both its columns.", "Choose RA and Dec, or neither.")
    if roles == Roles():
        raise ListError("No column was chosen.", "Choose RA and Dec, or a column of names or footprints.")
    if roles.ra is not None and roles.ra == roles.dec:
        raise ListError("RA and Dec are the same column.", "Choose two different columns.")
    return roles


@require_POST
def resolve_again(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    own = own_list(request, list_id)
    found = actions.resolve_again(own)
    left = own.rows.filter(pending=True).count()
    text = f"{found:,} {'name was' if found == 1 else 'names were'} resolved."
    messages.success(request, f"{text} {left:,} wait to be asked: resolve again." if left else text)
    return redirect("search:list", own.pk)


@require_POST
def delete_list(request: HttpRequest, list_id: uuid.UUID) -> HttpResponse:
    own = own_list(request, list_id)
    actions.delete(own)
    messages.success(request, f"The list “{own.name}” was deleted.")
    return redirect("search:upload")
