"""Batch Retrieval: asking for it, the page of a request, cancelling, and fetching a bundle that a worker built."""

import uuid
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import tokens
from accounts.once import answered_once
from accounts.token_door import opens_to_tokens
from archive.clock import archive_now, machine_now
from archive.models import Product
from basket import queries
from basket.accel import internal_address
from basket.built import BuiltBundle, exclusive, withdrawn
from basket.fetch_log import note_bundle
from basket.filters import BATCH
from basket.ftps import certificate
from basket.guard import guarded
from basket.manifest import manifest_html
from basket.models import Basket, Delivery, DeliveryKind
from basket.progress import request_page
from basket.ranges import ranged_response
from basket.selection import SelectionError, freeze
from basket.staging import afterwards, places, states, submit
from basket.staging.places import CERTIFICATE_NAME
from basket.staging.states import GIVEN
from basket.views import HtmxHttpRequest

METHODS = {
    "staging": DeliveryKind.STAGING,
    "built_zip": DeliveryKind.BUILT_ZIP,
    "built_tar": DeliveryKind.BUILT_TAR,
}
#: Sizes of the parts that a built bundle can come in, in bytes; None: one file.
PART_SIZES = {"": None, "1": 10**9, "2": 2 * 10**9, "4": 4 * 10**9, "10": 10**10, "50": 5 * 10**10}
#: What tells htmx to stop asking.
STOP_POLLING = 286


# Asking --------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@answered_once
def stage(request: HttpRequest) -> HttpResponse:
    """GET: what would arrive, and the form. POST: fix the list, queue it, and go to the request's page."""
    basket = queries.find_basket(request)
    if basket is None:
        return render(request, "basket/empty.html", {})
    if request.method == "GET":
        return _form(request)
    kind = METHODS.get(request.POST.get("method", "staging"))
    if kind is None:
        return _form(request, "This delivery method is not known.", "Choose one of the methods below.", status=400)
    if request.POST.get("part_size", "") not in PART_SIZES:
        return _form(request, "This size of parts is not offered.", "Choose one of the sizes below.", status=400)
    try:
        with transaction.atomic():  # a refusal leaves nothing half done
            delivery = _frozen(request, basket, kind)
            submit(delivery, request.POST.get("email", ""), machine_now())
    except SelectionError as error:
        return _form(request, error.text, error.remedy, status=409)
    return _see_other(reverse("basket:request", args=[delivery.pk]))


def _frozen(request: HttpRequest, basket: Basket, kind: DeliveryKind) -> Delivery:
    """The list of a request as its form asks for it."""
    person, products = queries.person_of(request), queries.ticked_products(basket)
    _refuse_missions_without_batch(products)
    flat = request.POST.get("layout") == "flat"
    name, also_under = request.POST.get("name", ""), queries.also_under(basket)
    delivery = freeze(kind, products, person, archive_now(), name=name, flat=flat, also_under=also_under)
    if kind != DeliveryKind.STAGING and (part_bytes := PART_SIZES[request.POST.get("part_size", "")]):
        delivery.part_bytes = part_bytes
        delivery.save(update_fields=["part_bytes"])
    return delivery


def _refuse_missions_without_batch(products: QuerySet[Product]) -> None:
    missions = products.order_by("observation__obs_collection").values_list("observation__obs_collection", flat=True)
    without = [mission for mission in missions.distinct() if BATCH.side(mission) == BATCH.no]
    if without:
        raise SelectionError(
            f"Batch Retrieval is not offered for {', '.join(without)}.",
            "Untick these files, which the filter Batch Download Availability shows, or take the cURL script.",
        )


def _form(request: HttpRequest, text: str = "", remedy: str = "", status: int = 200) -> HttpResponse:
    basket = queries.find_basket(request)
    assert basket is not None  # noqa: S101 - the caller has looked
    context = {
        "arriving": queries.arriving(basket, queries.person_of(request), archive_now()),
        "text": text,
        "remedy": remedy,
        "email": request.POST.get("email", getattr(request.user, "email", "")),
        "name": request.POST.get("name", ""),
        "method": request.POST.get("method", "staging"),
        "keep_days": settings.STAGING_KEEP_DAYS,
    }
    return render(request, "basket/batch.html", context, status=status)


# The page ------------------------------------------------------------------------------------------------------------


@require_safe
def request_view(request: HtmxHttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """The request's page, or its changing part for htmx, which stops asking at the end."""
    page = request_page(_mine(request, delivery_id), machine_now())
    if not request.htmx:
        return _private(render(request, "basket/request.html", {"page": page}))
    status = 200 if page.running else STOP_POLLING
    return _private(render(request, "basket/_request.html", {"page": page}, status=status))


@require_POST
def cancel(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Stop a request; one that has ended stays as it is, and its page says so."""
    delivery = _mine(request, delivery_id)
    states.ask_to_cancel(delivery.pk, machine_now())
    return _see_other(reverse("basket:request", args=[delivery.pk]))


@require_POST
def prolong(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Keep the files for the whole time again, within the bound that the page states."""
    delivery = _mine(request, delivery_id)
    afterwards.prolong(delivery, machine_now())
    return _see_other(reverse("basket:request", args=[delivery.pk]))


@require_POST
def delete(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Remove the files before their time; the page of the request stays."""
    delivery = _mine(request, delivery_id)
    afterwards.give_back(delivery, machine_now())
    return _see_other(reverse("basket:request", args=[delivery.pk]))


@require_POST
def retry(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Queue again what could not be delivered; a refusal is said on the request's page."""
    delivery = _mine(request, delivery_id)
    try:
        afterwards.retry(delivery, machine_now())
    except SelectionError as error:
        page = request_page(delivery, machine_now())
        context = {"page": page, "refusal": error}
        return _private(render(request, "basket/request.html", context, status=409))
    return _see_other(reverse("basket:request", args=[delivery.pk]))


@require_safe
def manifest(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """MANIFEST.HTML as it stands now."""
    return _private(HttpResponse(manifest_html(_mine(request, delivery_id)), content_type="text/html; charset=utf-8"))


def _mine(request: HttpRequest, delivery_id: uuid.UUID) -> Delivery:
    """The request, for its owner; one without an account is for whoever holds its unguessable address."""
    prepared = Delivery.objects.filter(kind__in=METHODS.values()).select_related("owner")
    delivery = get_object_or_404(prepared, pk=delivery_id)
    if delivery.owner_id is not None and delivery.owner != queries.person_of(request):
        raise Http404
    return delivery


# Fetching ------------------------------------------------------------------------------------------------------------


@opens_to_tokens(tokens.EXCLUSIVE)
@require_safe
def built(request: HttpRequest, delivery_id: uuid.UUID, filename: str) -> HttpResponseBase:
    """A bundle that a worker built, or a part of one, any range of it; access is decided now and while it is sent."""
    delivery = _mine(request, delivery_id)
    bundle = BuiltBundle.find(delivery, filename)
    if bundle is None or delivery.state not in GIVEN or _is_over(delivery):
        raise Http404
    if files := withdrawn(delivery, archive_now()):
        context = {"delivery": delivery, "files": files}
        return _private(render(request, "basket/withdrawn.html", context, status=409))
    guard = guarded(request, lambda now: not withdrawn(delivery, now))
    note_bundle(request, delivery)
    internal = internal_address(bundle.path, for_everyone=not exclusive(delivery, archive_now()))
    return ranged_response(request, bundle, filename, guard=guard, internal=internal)


def _is_over(delivery: Delivery) -> bool:
    return delivery.expires_at is None or delivery.expires_at <= machine_now() or not places.on_disk(delivery).exists()


@require_safe
def ftps_certificate(request: HttpRequest) -> HttpResponse:
    """The certificate of the FTPS door, without its key, for clients that check the door with it."""
    try:
        content = certificate.public_part(settings.FTPS_CERTIFICATE)
    except FileNotFoundError:
        raise Http404("the FTPS door has not been started yet") from None
    response = HttpResponse(content, content_type="application/x-pem-file")
    response.headers["Content-Disposition"] = f"attachment; filename={quote(CERTIFICATE_NAME)}"
    return response


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _see_other(address: str) -> HttpResponse:
    return _private(HttpResponse(status=303, headers={"Location": address}))
