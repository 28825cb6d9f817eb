"""For operators: is the process alive (`/healthz`), and can it serve (`/readyz`).

Both are answered before any other middleware, so that a probe needs neither a permitted host name nor HTTPS.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from kombu.exceptions import OperationalError

from mastportal.celery import app as celery_app

#: With less than this, a staged request or a log may fill the disk before anybody looks.
LOWEST_FREE_BYTES = 200 * 1024**2
_BROKER_PATIENCE_S = 2


class HealthMiddleware:
    """Answers `/healthz` and `/readyz`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = {"/healthz": healthz, "/readyz": readyz}.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = answer()
        response["Cache-Control"] = "no-store"
        return response


def healthz() -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def readyz() -> HttpResponse:
    """200 when all is well, else 503; the JSON says what is wrong with each part (null: nothing)."""
    parts = {"database": database_trouble(), "broker": broker_trouble()} | dict(folder_troubles())
    ready = not any(parts.values())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)


def database_trouble() -> str | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "the database does not answer"
    return None


def broker_trouble() -> str | None:
    with celery_app.connection_for_read(transport_options={"socket_connect_timeout": _BROKER_PATIENCE_S}) as broker:
        try:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=_BROKER_PATIENCE_S)
        except OperationalError:
            return "the broker does not answer"
    return None


def folder_troubles() -> Iterator[tuple[str, str | None]]:
    yield "data folder", folder_trouble(settings.PORTAL_HOME)
    yield "staging folder", folder_trouble(settings.STAGING_ROOT)


def folder_trouble(folder: Path) -> str | None:
    """Why nothing may be written below a folder, which need not exist yet."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        return "it cannot be written"
    free_bytes = shutil.disk_usage(place).free
    if free_bytes < LOWEST_FREE_BYTES:
        return f"only {free_bytes // 1024**2} MiB are free; the portal wants {LOWEST_FREE_BYTES // 1024**2} MiB"
    return None
