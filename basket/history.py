"""What a person took home: the list by date, the contents of each, and taking it once more."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from archive.models import Listing, Product
from basket.actions import add_observations, insert_from
from basket.models import Basket, BasketReference, Delivery, DeliveryItem, DeliveryKind, Tick
from basket.names import bundle_name
from basket.queries import Wanted, files
from basket.selection import freeze
from basket.staging import submit

PREPARED = frozenset({DeliveryKind.STAGING, DeliveryKind.BUILT_ZIP, DeliveryKind.BUILT_TAR})
DELIVERIES_PER_PAGE = 50
FILES_PER_PAGE = 500


@dataclass(frozen=True)
class HistoryPage:
    """Deliveries of a person, the newest first."""

    deliveries: list[Delivery]
    total: int
    next_before: str  # the moment that the next page begins behind; empty on the last


def of_person(user: User) -> QuerySet[Delivery]:
    return Delivery.objects.filter(owner=user).order_by("-created_at", "-pk")


def history_page(user: User, before: dt.datetime | None) -> HistoryPage:
    """One page of the list, in two queries."""
    mine = of_person(user)
    older = mine if before is None else mine.filter(created_at__lt=before)
    found = list(older[: DELIVERIES_PER_PAGE + 1])
    page = found[:DELIVERIES_PER_PAGE]
    return HistoryPage(page, mine.count(), page[-1].created_at.isoformat() if len(found) > len(page) else "")


@dataclass(frozen=True)
class Contents:
    """The files of one delivery, as they were decided then."""

    delivery: Delivery
    items: list[DeliveryItem]
    categories: list[tuple[str, int]]
    category: str
    next_after: int | None


def contents(delivery: Delivery, category: str, after: int) -> Contents:
    """Files behind an ordinal, of one Data Product Category or (empty) of all; two queries."""
    counted = delivery.items.order_by().values_list("product__product_type").annotate(number=Count("pk"))
    items = delivery.items.filter(ordinal__gt=after).select_related("product").order_by("ordinal")
    chosen = items.filter(product__product_type=category) if category else items
    found = list(chosen[: FILES_PER_PAGE + 1])
    page = found[:FILES_PER_PAGE]
    next_after = page[-1].ordinal if len(found) > len(page) else None
    return Contents(delivery, page, sorted(counted), category, next_after)


@transaction.atomic
def repeat(delivery: Delivery, user: User, today: dt.datetime, now: dt.datetime) -> Delivery:
    """The same files once more, decided anew: another delivery of the same kind.

    Parameters
    ----------
    today : the archive's time, by which access is decided.
    now : the machine's time.

    Raises
    ------
    basket.selection.SelectionError : nothing was made.
    """
    products = Product.objects.filter(pk__in=delivery.items.order_by().values("product_id"))
    also_under = dict(delivery.items.exclude(also_under=[]).values_list("product_id", "also_under"))
    name = "" if delivery.name == bundle_name(delivery.created_at) else delivery.name
    kind = DeliveryKind(delivery.kind)
    again = freeze(kind, products, user, today, name=name, flat=delivery.flat, also_under=also_under)
    if kind in PREPARED:
        again.part_bytes = delivery.part_bytes
        again.save(update_fields=["part_bytes"])
        submit(again, delivery.email or user.email, now)
    return again


@transaction.atomic
def recall(delivery: Delivery, basket: Basket) -> int:
    """Put the observations of a delivery into the basket with just its files ticked beside what is; how many are.

    Raises
    ------
    basket.actions.BasketFullError : nothing was changed.
    """
    products = delivery.items.order_by().values("product_id")
    itself = Listing.objects.filter(product=OuterRef("product"), parent=OuterRef("own"))
    listings = Listing.objects.filter(product_id__in=products, reference=False)
    first = listings.filter(~Exists(itself)).order_by("product_id", "parent_id").distinct("product_id")
    parents = {
        *listings.filter(Exists(itself)).values_list("own_id", flat=True),
        *first.values_list("parent_id", flat=True),
    }
    references = Listing.objects.filter(product_id__in=products, reference=True)
    parents |= _parents_of_references(
        references, {*parents, *basket.observations.values_list("observation_id", flat=True)}
    )
    add_observations(basket, Wanted(tuple(parents), (), ()))
    insert_from(BasketReference, basket, "product_id", references.values("product_id").distinct())
    return insert_from(Tick, basket, "product_id", files(basket).filter(pk__in=products).values("pk"))


def _parents_of_references(references: QuerySet[Listing], present: set[int]) -> set[int]:
    """An observation for each reference that no observation of ``present`` lists: one that was calibrated with it."""
    shown = references.filter(parent_id__in=present).values("product_id")
    alone = references.exclude(product_id__in=shown).order_by("product_id", "parent_id").distinct("product_id")
    return set(alone.values_list("parent_id", flat=True))
