"""The download door: bundles and single files, streamed. It runs in a server of its own beside the pages."""

import datetime as dt
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import refusals, tokens
from accounts.access import Person
from accounts.token_door import opens_to_tokens
from archive.clock import archive_now
from archive.models import Product
from basket import actions, single
from basket.bundles import curl, gz, plan_for
from basket.fetch_log import note_bundle
from basket.guard import as_now, guarded, let_go_of_the_database
from basket.manifest import delivered_items
from basket.models import Delivery, DeliveryItem, DeliveryKind
from basket.names import safe_name
from basket.queries import person_of
from basket.ranges import ranged_response, whole_response
from basket.selection import deliverable

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
        let_go_of_the_database()

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
    try:
        return single.answer(request, product, pictures_inline=True)
    except single.WithheldError as withheld:
        return _private(_withheld(request, product, withheld))


_STATUS = {single.Why.REFUSED: 403, single.Why.NOT_HELD: 409, single.Why.NOT_GIVEN: 503}


def _withheld(request: HttpRequest, product: Product, withheld: single.WithheldError) -> HttpResponse:
    """Why the file stays behind: a page for people, 401 for programs that may ask with a token."""
    decision = withheld.decision
    if decision.can_be_asked_for and refusals.is_for_a_program(request):
        return refusals.unauthorized(request, decision, product.observation)
    manager = _manager_address(request)
    pages = manager.removesuffix(reverse("basket:manager"))  # where the web pages are, seen from the download door
    context = {"product": product, "withheld": withheld, "decision": decision, "manager_address": manager}
    status = _STATUS[withheld.why]
    return render(request, "basket/file_refused.html", context | {"pages": pages}, status=status)


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
