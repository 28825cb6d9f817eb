"""The download door: bundles and single files, streamed. It runs in a server of its own beside the pages."""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import refusals, tokens
from accounts.access import Person, decide
from accounts.models import User
from accounts.token_door import opens_to_tokens
from archive.clock import archive_now
from archive.models import Held, Product
from archive.storage import StorageError, archive_storage
from basket import actions
from basket.accel import internal_address
from basket.bundles import BrokenBundleError, curl, gz, plan_for
from basket.bundles.plan import SingleFile
from basket.fetch_log import note_bundle, note_file
from basket.manifest import delivered_items
from basket.models import Delivery, DeliveryItem, DeliveryKind, ItemVerdict
from basket.names import safe_name
from basket.queries import person_of
from basket.ranges import ranged_response, whole_response
from basket.selection import deliverable, verdict_on
from basket.sending import socket_of

#: A client that takes no byte for so long is let go, so that stalled clients cannot hold all threads.
STALLED_CLIENT_S = 120.0
_FORMATS = {
    "zip": DeliveryKind.ZIP,
    "tar": DeliveryKind.TAR,
    gz.EXTENSION: DeliveryKind.TAR_GZ,
    curl.EXTENSION: DeliveryKind.CURL,
}


@opens_to_tokens(tokens.EXCLUSIVE)
@require_safe
def bundle(request: HttpRequest, delivery_id: uuid.UUID, filename: str) -> HttpResponseBase:
    """A frozen list as one zip or tar, any range of it; as tar.gz; or as a script that fetches its files."""
    name, file_format = _name_and_format(filename)
    kind = _FORMATS[file_format]
    delivery = get_object_or_404(Delivery.objects.select_related("owner"), pk=delivery_id, kind=kind, name=name)
    person = person_of(request)
    if withdrawn := undeliverable(delivery, person, archive_now()):
        return _refusal(request, delivery, withdrawn)
    if kind is DeliveryKind.CURL:
        return _script(request, delivery, filename)
    guard = guarded(request, lambda now: not undeliverable(delivery, as_now(person), now))
    note_bundle(request, delivery)
    at_end = _emptying(delivery)
    if kind is DeliveryKind.TAR_GZ:
        return whole_response(request, gz.Gzipped(plan_for(delivery, "tar")), filename, guard=guard, at_end=at_end)
    return ranged_response(request, plan_for(delivery, file_format), filename, guard=guard, at_end=at_end)


def _name_and_format(filename: str) -> tuple[str, str]:
    for extension in _FORMATS:
        if filename.endswith(f".{extension}"):
            return filename.removesuffix(f".{extension}"), extension
    raise Http404


def _emptying(delivery: Delivery) -> Callable[[], None] | None:
    """What takes the delivered files out of the basket, where the person asked for that."""
    if delivery.empties_id is None:
        return None

    def empty() -> None:
        actions.remove_delivered(delivery)
        _let_go_of_the_database()

    return empty


def _script(request: HttpRequest, delivery: Delivery, filename: str) -> HttpResponse:
    """The list as a script, which names each file at this door."""
    pieces = curl.script(delivery, lambda product: request.build_absolute_uri(file_path(product)))
    response = HttpResponse("".join(pieces), content_type=curl.MEDIA_TYPE)
    if request.method == "GET" and (empty := _emptying(delivery)):
        empty()
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def undeliverable(delivery: Delivery, person: Person, now: dt.datetime) -> int:
    """How many files of the list may not go out any more: refused to this person, or no longer the frozen bytes."""
    products = Product.objects.filter(pk__in=delivered_items(delivery).order_by().values("product_id"))
    may_go = deliverable(products, person, now)
    return delivered_items(delivery).count() - _unchanged(delivery, may_go).count()


def _unchanged(delivery: Delivery, products: QuerySet[Product]) -> QuerySet[DeliveryItem]:
    return delivered_items(delivery).filter(
        product__in=products, product__sha256=F("sha256"), product__storage_key=F("storage_key")
    )


def _refusal(request: HttpRequest, delivery: Delivery, files: int) -> HttpResponse:
    context = {"delivery": delivery, "files": files, "manager_address": _manager_address(request)}
    return _private(render(request, "basket/withdrawn.html", context, status=409))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    return response


@opens_to_tokens(tokens.EXCLUSIVE)
@require_safe
def single_file(request: HttpRequest, product_id: int, name: str) -> HttpResponseBase:
    """One file by its own, through the same decision as every bundle."""
    product = get_object_or_404(Product.objects.select_related("observation"), pk=product_id)
    if safe_name(product.filename) != name:
        raise Http404
    person = person_of(request)
    decision = decide(person, product, archive_now())
    manager = _manager_address(request)
    pages = manager.removesuffix(reverse("basket:manager"))  # where the web pages are, seen from the download door
    context = {"product": product, "decision": decision, "manager_address": manager, "pages": pages}
    if decision.can_be_asked_for and refusals.is_for_a_program(request):
        return _private(refusals.unauthorized(request, decision, product.observation))
    if not decision.allowed or product.held != Held.YES:
        return _private(render(request, "basket/file_refused.html", context, status=409 if decision.allowed else 403))
    whole = SingleFile.of(product, archive_storage())
    try:
        path = whole.bring(fully=request.method == "GET")
    except (BrokenBundleError, StorageError):
        return _private(render(request, "basket/file_refused.html", context | {"damaged": True}, status=503))
    guard = guarded(request, lambda now: _may_go_on(product, as_now(person), now))
    note_file(request, product, decision)
    internal = internal_address(path, decision.for_everyone)
    return ranged_response(request, whole, name, inline=whole.is_picture, guard=guard, internal=internal)


def as_now(person: User | None) -> User | None:
    """The account as it is now: it may have been closed, or have left the staff, since the download began."""
    return None if person is None else User.objects.filter(pk=person.pk).first()


def _may_go_on(product: Product, person: User | None, now: dt.datetime) -> bool:
    again = Product.objects.select_related("observation").get(pk=product.pk)
    return verdict_on(again, person, now)[0] == ItemVerdict.INCLUDED


def guarded(
    request: HttpRequest, still_allowed: Callable[[dt.datetime], bool]
) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    """A wrapper that lets pieces pass and asks every minute whether they still may."""

    def guard(pieces: Iterator[bytes]) -> Iterator[bytes]:
        _let_go_of_the_database()
        _limit_stalling(request)
        asked = time.monotonic()
        for piece in pieces:
            yield piece
            if time.monotonic() - asked >= settings.ACCESS_RECHECK_S:
                if not still_allowed(archive_now()):
                    raise BrokenBundleError("access was withdrawn while the download ran")
                _let_go_of_the_database()
                asked = time.monotonic()

    return guard


def _let_go_of_the_database() -> None:
    """Hundreds of slow downloads must not hold hundreds of connections."""
    if not connection.in_atomic_block:
        connection.close()


def _limit_stalling(request: HttpRequest) -> None:
    """Bound each write to the client's socket, where the server lends it (gunicorn does)."""
    if peer := socket_of(request):
        peer.settimeout(STALLED_CLIENT_S)


# Addresses -----------------------------------------------------------------------------------------------------------


def bundle_address(request: HttpRequest, delivery: Delivery) -> str:
    """Where the bundle is fetched: at the download door."""
    extension = curl.EXTENSION if delivery.kind == DeliveryKind.CURL else delivery.kind
    filename = f"{delivery.name}.{extension}"
    return at_the_download_door(request, reverse("basket:bundle", args=[delivery.pk, filename]))


def file_path(product: Product) -> str:
    return reverse("basket:file", args=[product.pk, safe_name(product.filename)])


def file_address(request: HttpRequest, product: Product) -> str:
    """Where one file is fetched by itself."""
    return at_the_download_door(request, file_path(product))


def at_the_download_door(request: HttpRequest, path: str) -> str:
    """``path`` at ``DOWNLOAD_URL``, else at the request's host and DOWNLOAD_PORT, else where the pages are."""
    if settings.DOWNLOAD_URL:
        return f"{settings.DOWNLOAD_URL}{path}"
    return _at_port(request, settings.DOWNLOAD_PORT, path) if settings.DOWNLOAD_DOOR else path


def _manager_address(request: HttpRequest) -> str:
    """The way back from the download door to the pages."""
    path = reverse("basket:manager")
    if settings.DOWNLOAD_URL:
        return f"{settings.SITE_URL}{path}"
    from_the_door = settings.DOWNLOAD_DOOR and request.get_port() == str(settings.DOWNLOAD_PORT)
    return _at_port(request, settings.PORT, path) if from_the_door else path


def _at_port(request: HttpRequest, port: int, path: str) -> str:
    host = urlsplit(f"//{request.get_host()}").hostname or "127.0.0.1"
    place = f"[{host}]" if ":" in host else host
    return urlunsplit((request.scheme or "http", f"{place}:{port}", path, "", ""))
