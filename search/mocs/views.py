"""Uploading a MOC over HTTP, and the person's own ones."""

import uuid
from pathlib import PurePath

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.once import answered_once
from archive.clock import machine_now
from search import regions
from search.lists.uploading import LimitedUpload, limit_upload
from search.mocs import keeping, limits
from search.mocs.reading import MocRefusedError, read_moc, too_large
from search.models import SkyMoc
from search.tabs.holder import holder_made, holder_of

#: Of the search in the address that an upload comes back to.
MAX_SEARCH_LENGTH = 8_000


@csrf_exempt  # checked below, once the size of the upload is watched: the check reads the body
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The form for a new MOC, and the person's MOCs; the query string is the search that it becomes a part of."""
    limit_upload(request)
    return _upload(request)


@csrf_protect
@answered_once
def _upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, None)
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        name, content = _uploaded(request)
        own = keeping.create(holder_made(request), PurePath(name).name, read_moc(content), machine_now())
    except MocRefusedError as error:
        if wants_json:
            return JsonResponse({"error": error.text, "remedy": error.remedy}, status=400)
        return _page(request, error)
    if wants_json:
        return JsonResponse(_told(own))
    return redirect(_search_with(request, own))


def _uploaded(request: HttpRequest) -> tuple[str, bytes]:
    file = request.FILES.get("file")  # this reads the body
    exceeded = any(isinstance(handler, LimitedUpload) and handler.exceeded for handler in request.upload_handlers)
    if exceeded or (isinstance(file, UploadedFile) and (file.size or 0) > limits.MAX_BYTES):
        raise too_large()
    if not isinstance(file, UploadedFile) or not file.name:
        raise MocRefusedError("There is no file.", "Choose a MOC file, FITS or JSON.")
    return file.name, file.read()


def _told(own: SkyMoc) -> dict[str, object]:
    return {
        "id": str(own.pk),
        "region": regions.moc_text(own),
        "name": own.name,
        "order": own.order,
        "cells": own.cell_count,
        "sky_fraction": own.sky_fraction,
    }


def _search_with(request: HttpRequest, own: SkyMoc) -> str:
    """Advanced Search with what it held before and the MOC as its region."""
    search = QueryDict(request.META.get("QUERY_STRING", "")[:MAX_SEARCH_LENGTH], mutable=True)
    search.pop("do", None)
    search["region"] = regions.moc_text(own)
    return f"{reverse('search:advanced')}?{search.urlencode()}"


def _page(request: HttpRequest, error: MocRefusedError | None) -> HttpResponse:
    holder = holder_of(request)
    own = SkyMoc.objects.filter(holder.mine) if holder else SkyMoc.objects.none()
    kept = own.defer("starts", "stops", "near_starts", "near_stops", "boxes").order_by("-created_at")
    context = {
        "error": error,
        "mocs": [(moc, _search_with(request, moc)) for moc in kept],
        "limits": limits,
        "max_megabytes": limits.MAX_BYTES // 1_000_000,
        "query": request.META.get("QUERY_STRING", "")[:MAX_SEARCH_LENGTH],
        "is_signed_in": request.user.is_authenticated,
    }
    return render(request, "search/mocs/upload.html", context, status=400 if error else 200)


@require_POST
def delete(request: HttpRequest, moc_id: uuid.UUID) -> HttpResponse:
    holder = holder_of(request)
    own = SkyMoc.objects.filter(holder.mine, pk=moc_id).first() if holder else None
    if own is None:
        raise Http404("You have no such MOC. It was deleted, or belongs to another person or browser.")
    keeping.delete(own)
    messages.success(request, f"The MOC “{own.name}” was deleted.")
    return redirect("search:moc-upload")
