"""What the basket's room keeps of a person: requests and downloads."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts.keepers import Keeper, Record, Row, Section, Way
from accounts.models import User
from archive.templatetags.portal import file_size
from basket.models import BasketObservation, Delivery, DeliveryKind
from basket.staging import places

SHOWN = 10
WITH_A_PAGE = {DeliveryKind.STAGING, DeliveryKind.BUILT_ZIP, DeliveryKind.BUILT_TAR}


def section(request: HttpRequest, user: User, now: dt.datetime) -> Section:
    """The newest requests and downloads."""
    newest = Delivery.objects.filter(owner=user).order_by("-created_at")[:SHOWN]
    return Section(
        title="Requests and downloads",
        icon="download",
        headings=("Name", "Asked (UTC)", "Delivery", "State", "Files", "Size"),
        rows=tuple(_row(delivery) for delivery in newest),
        empty="Nothing was downloaded or requested yet.",
        more=Way("Download History", reverse("basket:history")),
    )


def _row(delivery: Delivery) -> Row:
    address = reverse("basket:request" if delivery.kind in WITH_A_PAGE else "basket:past", args=[delivery.pk])
    cells = (
        delivery.name,
        f"{delivery.created_at:%Y-%m-%d %H:%M}",
        delivery.get_kind_display(),
        delivery.get_state_display(),
        str(delivery.files_included),
        file_size(delivery.bytes_total),
    )
    return Row(cells, address)


def records(user: User) -> Iterator[Record]:
    """Deliveries, and the observations in the basket."""
    facts = ("id", "name", "kind", "state", "created_at", "files_included", "files_refused", "bytes_total", "email")
    yield from Delivery.objects.filter(owner=user).order_by("created_at").values(*facts)
    for obsid in BasketObservation.objects.filter(basket__owner=user).values_list("observation_id", flat=True):
        yield {"in_basket": str(obsid)}


def forget(user: User) -> None:
    """The database removes the rows with the account; the staged copies go once that is certain."""
    for delivery in Delivery.objects.filter(owner=user).exclude(folder=""):
        transaction.on_commit(_removal(delivery))


def _removal(delivery: Delivery) -> Callable[[], None]:
    place = places.on_disk(delivery)

    def remove() -> None:
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)

    return remove


KEEPER = Keeper("requests-and-basket", records, section, forget)
