"""Download History: for the person whose it is, and for nobody else."""

import datetime as dt
import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.once import answered_once
from archive.clock import archive_now, machine_now
from basket import actions, queries
from basket.bundle_views import bundle_address
from basket.history import PREPARED, contents, history_page, of_person, recall, repeat
from basket.models import Delivery
from basket.selection import SelectionError


@login_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """What the person took home, by date."""
    page = history_page(_person(request), _moment(request.GET.get("before", "")))
    return _private(render(request, "basket/history.html", {"page": page, "prepared": PREPARED}))


@login_required
@require_safe
def past(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """The files of one delivery."""
    after = request.GET.get("after", "")
    first = int(after) if queries.is_row_number(after) and len(after) < 10 else -1
    page = contents(_mine(request, delivery_id), request.GET.get("category", "").replace("\0", ""), first)
    return _private(render(request, "basket/past.html", {"page": page, "prepared": PREPARED}))


@login_required
@require_POST
@answered_once
def again(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Repeat: the same list, decided anew, by the same way."""
    try:
        made = repeat(_mine(request, delivery_id), _person(request), archive_now(), machine_now())
    except SelectionError as error:
        return render(request, "basket/cannot.html", {"text": error.text, "remedy": error.remedy}, status=409)
    is_prepared = made.kind in PREPARED
    address = reverse("basket:request", args=[made.pk]) if is_prepared else bundle_address(request, made)
    return _private(HttpResponse(status=303, headers={"Location": address}))


@login_required
@require_POST
def to_basket(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Bring the files back into the basket, ticked, where its filters help to choose among them."""
    delivery = _mine(request, delivery_id)
    try:
        ticked = recall(delivery, actions.basket_for_adding(request))
    except actions.BasketFullError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Files of {delivery.name} in the basket and newly ticked: {ticked:,}")
    return redirect(f"{reverse('basket:manager')}?filters=1")


def _mine(request: HttpRequest, delivery_id: uuid.UUID) -> Delivery:
    return get_object_or_404(of_person(_person(request)).select_related("owner"), pk=delivery_id)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the views are for people who are signed in
    return request.user


def _moment(text: str) -> dt.datetime | None:
    """A moment of the address; what is none is left out."""
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    return response
