"""What a person finds behind the FTPS door: a tree of names from the database, not from the disk.

/stage/anonymous/anon<128 random bits>/   a request without an account; ``anonymous`` itself cannot be listed
/stage/<user id>/<request id>/            a request of that account, for its owner alone
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.access import Decision, Person, decide
from accounts.models import User
from archive.models import Held, Product
from basket.manifest import DOCUMENT_NAMES as DOCUMENTS
from basket.models import Delivery, DeliveryItem, DeliveryKind, ItemState
from basket.selection import deliverable
from basket.staging.states import GIVEN

ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Visitor:
    """Who came through the door; ``user`` is None for anonymous people."""

    user: User | None
    now: dt.datetime  # the archive's
    clock: dt.datetime  # the machine's, for expiry


@dataclass(frozen=True)
class Room:
    """A folder; ``names`` is None where it may be entered but not listed."""

    names: list[str] | None


@dataclass(frozen=True)
class File:
    """A file that the visitor may read now, and by which right; documents are of no product."""

    product: Product | None = None
    decision: Decision | None = None


def find(parts: Sequence[str], visitor: Visitor) -> Room | File | None:
    """What lies at a path, for this visitor at this moment; None: nothing that concerns them."""
    match list(parts):
        case []:
            return Room(["stage"])
        case ["stage"]:
            return Room([str(visitor.user.pk)] if visitor.user else [ANONYMOUS])
        case ["stage", name]:
            return _of_person(name, visitor)
        case ["stage", _, _]:
            delivery = _delivery("/".join(parts), visitor)
            return Room(_names(delivery, visitor)) if delivery else None
        case ["stage", _, _, name]:
            delivery = _delivery("/".join(parts[:3]), visitor)
            return _file(delivery, name, visitor) if delivery else None
    return None


def _of_person(name: str, visitor: Visitor) -> Room | None:
    if name == ANONYMOUS:
        return Room(None)
    if visitor.user is None or name != str(visitor.user.pk):
        return None
    prepared = Delivery.objects.filter(owner=visitor.user, kind=DeliveryKind.STAGING, state__in=GIVEN)
    return Room([str(pk) for pk in prepared.filter(expires_at__gt=visitor.clock).values_list("pk", flat=True)])


def _delivery(folder: str, visitor: Visitor) -> Delivery | None:
    """The prepared delivery in a folder. One without an account is for whoever knows the folder's secret name."""
    prepared = Delivery.objects.filter(folder=folder, kind=DeliveryKind.STAGING, state__in=GIVEN)
    delivery = prepared.filter(expires_at__gt=visitor.clock).select_related("owner").first()
    if delivery is None or (delivery.owner_id is not None and delivery.owner != visitor.user):
        return None
    return delivery


def _person(delivery: Delivery) -> Person:
    """Whose rights count: the owner's; without an owner only public files pass, whoever fetches them."""
    return delivery.owner


def _names(delivery: Delivery, visitor: Visitor) -> list[str]:
    items = delivery.items.filter(state=ItemState.DONE)
    products = Product.objects.filter(pk__in=items.values("product"))
    readable = items.filter(product__in=deliverable(products, _person(delivery), visitor.now))
    return [*readable.values_list("flat_name", flat=True), *DOCUMENTS]


def _file(delivery: Delivery, name: str, visitor: Visitor) -> File | None:
    if name in DOCUMENTS:
        return File()
    items = DeliveryItem.objects.filter(delivery=delivery, state=ItemState.DONE, flat_name=name)
    item = items.select_related("product__observation").first()
    if item is None or item.product.held != Held.YES:
        return None
    decision = decide(_person(delivery), item.product, visitor.now)
    return File(item.product, decision) if decision.allowed else None
