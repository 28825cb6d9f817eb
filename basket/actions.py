"""Changing the basket: one operation a function, each in one transaction and set by set, never file by file."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest

from accounts.models import User
from archive.models import Listing
from basket.filters import Filters
from basket.manifest import delivered_items
from basket.models import Basket, BasketObservation, BasketReference, Delivery, RemovedFile, Tick
from basket.queries import (
    SESSION_KEY,
    Wanted,
    files,
    find_basket,
    is_row_number,
    listed,
    person_of,
    ticked_products,
)

MAX_OBSERVATIONS = 5_000
MAX_ENTRIES = 200_000


class BasketFullError(Exception):
    """The basket would pass its limits; the message names them and the remedy."""


def insert_from(model: type[Model], basket: Basket, column: str, ids: QuerySet[Any, Any]) -> int:
    """``INSERT … SELECT`` of (basket, id) pairs, those that exist already left alone; the number of new rows.

    ``ids`` selects the one column that goes into ``column``.
    """
    try:
        select, parameters = ids.order_by().query.sql_with_params()
    except EmptyResultSet:  # a condition that nothing meets
        return 0
    table = connection.ops.quote_name(model._meta.db_table)
    extra = ", added_at" if model is BasketObservation else ""
    moment = ", now()" if extra else ""
    # only names of our own models are spelled into the statement; every value is a parameter
    statement = (
        f"INSERT INTO {table} (basket_id, {column}{extra}) "  # noqa: S608
        f"SELECT %s, chosen.id{moment} FROM ({select}) AS chosen (id) ON CONFLICT DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [basket.pk, *parameters])
        return int(cursor.rowcount)


# Adding --------------------------------------------------------------------------------------------------------------


def basket_for_adding(request: HttpRequest) -> Basket:
    """The basket of the request, made when there is none."""
    if basket := find_basket(request):
        return basket
    basket = Basket.objects.create(owner=person_of(request))
    request.session[SESSION_KEY] = str(basket.token)
    return basket


@transaction.atomic
def add_observations(basket: Basket, wanted: Wanted) -> int:
    """Put observations with all their files into the basket; the number that were not there before.

    Files that were taken out earlier come back with their observation.

    Raises
    ------
    BasketFullError : nothing was added.
    """
    Basket.objects.select_for_update().get(pk=basket.pk).save(update_fields=["used_at"])
    rows = [BasketObservation(basket=basket, observation_id=pk) for pk in wanted.known]
    before = basket.observations.count()
    BasketObservation.objects.bulk_create(rows, ignore_conflicts=True)
    again = Listing.objects.filter(parent_id__in=wanted.known).values("product_id")
    basket.removed_files.filter(product_id__in=again).delete()
    after = basket.observations.count()
    _check_limits(basket, after)
    return after - before


def _check_limits(basket: Basket, observations: int) -> None:
    if observations > MAX_OBSERVATIONS:
        raise BasketFullError(
            f"The basket takes at most {MAX_OBSERVATIONS:,} observations; this would make {observations:,}. "
            "Add fewer, or empty the basket first."
        )
    check_entries(basket)


def check_entries(basket: Basket) -> None:
    """Raises `BasketFullError` where the basket lists more files than it takes."""
    if listed(basket)[MAX_ENTRIES : MAX_ENTRIES + 1].exists():
        raise BasketFullError(
            f"The basket takes at most {MAX_ENTRIES:,} listed files, and this would pass it. "
            "Add fewer observations, or empty the basket first."
        )


# Ticking -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """What a box of the tree stands for: ``all``, or a ``mission``, an ``observation``, a ``file``."""

    kind: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> "Scope":
        """Raises `ValueError` for what is no box."""
        kind, _, key = text.partition(":")
        if kind in {"all", "mission"} or (kind in {"observation", "file"} and is_row_number(key)):
            return cls(kind, key)
        raise ValueError(f"{text!r} is no box of the tree")

    def listings(self, shown: QuerySet[Listing]) -> QuerySet[Listing]:
        match self.kind:
            case "mission":
                return shown.filter(product__observation__obs_collection=self.key)
            case "observation":
                return shown.filter(parent_id=int(self.key))
            case "file":
                return shown.filter(product_id=int(self.key))
            case _:
                return shown


@transaction.atomic
def set_ticks(basket: Basket, scope: Scope, filters: Filters, on: bool) -> int:
    """Tick or untick what a box stands for, as far as the filters show it; the number of files changed."""
    shown = scope.listings(listed(basket).filter(filters.on_listings()))
    if on:
        return insert_from(Tick, basket, "product_id", shown.values("product_id").distinct())
    return basket.ticks.filter(product_id__in=shown.values("product_id")).delete()[0]


# Removing and undoing ------------------------------------------------------------------------------------------------


@transaction.atomic
def remove_ticked(basket: Basket) -> Basket:
    """Take the ticked files out, and the observations that have none left; the kept copy for `restore`."""
    copy = _copy_of(basket)
    _take_out(basket, ticked_products(basket).values("pk"))
    return copy


@transaction.atomic
def remove_delivered(delivery: Delivery) -> None:
    """Take the files of a delivery that went out whole from the basket they were chosen in, once."""
    basket = Basket.objects.select_for_update().filter(pk=delivery.empties_id or 0).first()
    if basket is None or not Delivery.objects.filter(pk=delivery.pk, empties=basket).update(empties=None):
        return
    delivered = delivered_items(delivery).order_by().values("product_id")
    _take_out(basket, files(basket).filter(pk__in=delivered).values("pk"))


def _take_out(basket: Basket, products: QuerySet[Any, Any]) -> None:
    """Remove files with their ticks, and the observations that have none left; ``products`` selects numbers."""
    insert_from(RemovedFile, basket, "product_id", products)
    basket.ticks.filter(product_id__in=basket.removed_files.values("product_id")).delete()
    left = listed(basket).filter(parent=OuterRef("observation_id"))
    basket.observations.filter(~Exists(left)).delete()
    _drop_strays(basket)


@transaction.atomic
def remove_all(basket: Basket) -> Basket:
    """Empty the basket; the kept copy for `restore`."""
    copy = _copy_of(basket)
    _empty(basket)
    return copy


@transaction.atomic
def restore(basket: Basket, copy: Basket) -> None:
    """Undo a removal: everything of ``copy`` is back, what was added since stays."""
    basket.removed_files.all().delete()
    _pour(copy, basket)
    copy.delete()


def _copy_of(basket: Basket) -> Basket:
    copy = Basket.objects.create(recommended_only=basket.recommended_only)
    _pour(basket, copy)
    return copy


def _pour(source: Basket, target: Basket) -> None:
    """Add the rows of one basket to another."""
    insert_from(BasketObservation, target, "observation_id", source.observations.values("observation_id"))
    insert_from(RemovedFile, target, "product_id", source.removed_files.values("product_id"))
    insert_from(BasketReference, target, "product_id", source.references.values("product_id"))
    insert_from(Tick, target, "product_id", source.ticks.values("product_id"))


def _empty(basket: Basket) -> None:
    basket.ticks.all().delete()
    basket.removed_files.all().delete()
    basket.references.all().delete()
    basket.observations.all().delete()


def _drop_strays(basket: Basket) -> None:
    """Forget removals and references that no observation of the basket lists any more."""
    parents = basket.observations.values("observation_id")
    still = Listing.objects.filter(product=OuterRef("product"), parent__in=parents)
    basket.removed_files.filter(~Exists(still)).delete()
    basket.references.filter(~Exists(still)).delete()


# Log-in --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def merge_into_account(token: uuid.UUID, person: User) -> Basket | None:
    """Let the session's basket follow its person into the account, poured into the one that is there already."""
    anonymous = Basket.objects.select_for_update().filter(token=token, owner=None).first()
    if anonymous is None:
        return None
    own = Basket.objects.select_for_update().filter(owner=person).first()
    if own is None:
        anonymous.owner = person
        anonymous.save(update_fields=["owner"])
        return anonymous
    _pour_kept(anonymous, own)
    anonymous.delete()
    return own


def _pour_kept(source: Basket, target: Basket) -> None:
    """As `_pour`; a file that either basket still shows stays shown."""
    hidden = source.removed_files.exclude(product_id__in=files(target).values("pk"))
    insert_from(RemovedFile, target, "product_id", hidden.values("product_id"))
    target.removed_files.filter(product_id__in=files(source).values("pk")).delete()
    insert_from(BasketObservation, target, "observation_id", source.observations.values("observation_id"))
    insert_from(BasketReference, target, "product_id", source.references.values("product_id"))
    insert_from(Tick, target, "product_id", source.ticks.values("product_id"))
