"""Reading the basket: what it lists, what is ticked, and what adding observations would mean."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest

from accounts.access import Person
from accounts.models import User
from archive.models import PLANNED_LEVEL, Listing, Observation, Product
from basket.models import Basket, BasketObservation, BasketReference, RemovedFile, Tick
from basket.selection import Outlook, outlook

#: Where the session keeps the token of its basket.
SESSION_KEY = "basket"


def person_of(request: HttpRequest) -> User | None:
    user = request.user
    return user if isinstance(user, User) else None


def session_token(request: HttpRequest) -> uuid.UUID | None:
    raw = request.session.get(SESSION_KEY)
    return uuid.UUID(raw) if raw else None


def find_basket(request: HttpRequest) -> Basket | None:
    """The basket of the person, else of the session; None while nothing was ever put in."""
    found = own_basket(request)
    return None if found is None else found.first()


def own_basket(request: HttpRequest) -> QuerySet[Basket] | None:
    """`find_basket` as a queryset of at most one row; None for somebody of whom nothing is kept."""
    token, person = session_token(request), person_of(request)
    mine = Q(owner=person) if person else Q()
    if token:
        mine |= Q(token=token, owner=None)
    if not mine:
        return None
    return Basket.objects.filter(mine).order_by("owner")[:1]  # PostgreSQL sorts the ownerless one last


# What is in it -------------------------------------------------------------------------------------------------------


def listed(basket: Basket | QuerySet[Basket]) -> QuerySet[Listing]:
    """Every listing of the basket's observations, without the files that were taken out.

    Reference files are among them as far as the person retrieved them.
    """
    observations = BasketObservation.objects.filter(Q(basket=basket)).values("observation_id")
    removed = RemovedFile.objects.filter(Q(basket=basket), product=OuterRef("product"))
    retrieved = BasketReference.objects.filter(Q(basket=basket)).values("product_id")
    of_basket = Q(reference=False) | Q(product_id__in=retrieved)
    return Listing.objects.filter(of_basket, ~Exists(removed), parent__in=observations)


def entries(basket: Basket) -> QuerySet[Listing]:
    """One listing for each file under each observation, also where the file comes by several own observations."""
    earlier = Listing.objects.filter(parent=OuterRef("parent"), product=OuterRef("product"), pk__lt=OuterRef("pk"))
    return listed(basket).filter(~Exists(earlier))


def files(basket: Basket | QuerySet[Basket]) -> QuerySet[Product]:
    """The distinct files of the basket."""
    return Product.objects.filter(pk__in=listed(basket).values("product_id"))


def ticked_products(basket: Basket) -> QuerySet[Product]:
    """The files that the person ticked, shown or hidden by the filters: what is downloaded or staged."""
    return Product.objects.filter(pk__in=Tick.objects.filter(basket=basket).values("product_id"))


def arriving(basket: Basket, person: Person, now: dt.datetime) -> Outlook:
    """What a delivery of the ticked files would carry, and how often they are listed beyond once."""
    listings = listed(basket).filter(product_id__in=Tick.objects.filter(basket=basket).values("product_id"))
    once = listings.values("product_id").distinct().count()
    duplicates = listings.values("parent_id", "product_id").distinct().count() - once
    return replace(outlook(ticked_products(basket), person, now), duplicates=duplicates)


def also_under(basket: Basket) -> dict[int, list[str]]:
    """Of each ticked file that several observations list, the obs_id of all but the one whose folder it goes to."""
    listings = entries(basket).filter(product_id__in=Tick.objects.filter(basket=basket).values("product_id"))
    rows = (
        listings.order_by()
        .values_list("product_id", "product__observation__obs_id")
        .annotate(parents=ArrayAgg("parent__obs_id", order_by=["parent__obs_id", "parent_id"]), number=Count("pk"))
        .filter(number__gt=1)
    )
    return {product: _without_one(parents, own) for product, own, parents, _ in rows}


def _without_one(parents: list[str], own: str) -> list[str]:
    home = parents.index(own) if own in parents else 0
    return [*parents[:home], *parents[home + 1 :]]


def totals(products: QuerySet[Product]) -> tuple[int, int]:
    """Number of files, and their bytes."""
    row = products.aggregate(files=Count("pk"), size=Sum("size_bytes"))
    return row["files"], row["size"] or 0


# Before adding -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """Observations asked for by number, sorted by what can be done with them."""

    known: tuple[int, ...]  # they have files, or may have
    planned: tuple[str, ...]  # obs_id: nothing was observed yet
    unknown: tuple[str, ...]  # as the person sent it


def sort_wanted(obsids: Sequence[str]) -> Wanted:
    """Tell the observations of the archive from planned rows and from numbers that name nothing."""
    numbers = {text: int(text) for text in dict.fromkeys(obsids) if is_row_number(text)}
    rows = Observation.objects.filter(pk__in=set(numbers.values())).values_list("pk", "calib_level", "obs_id")
    found = {pk: (level, obs_id) for pk, level, obs_id in rows}
    return Wanted(
        known=tuple(pk for pk, (level, _) in found.items() if level != PLANNED_LEVEL),
        planned=tuple(sorted(obs_id for level, obs_id in found.values() if level == PLANNED_LEVEL)),
        unknown=tuple(text for text in dict.fromkeys(obsids) if numbers.get(text) not in found),
    )


def is_row_number(text: str) -> bool:
    """Whether text can be the number of a row; it may come from anywhere."""
    return text.isascii() and text.isdigit() and len(text) <= 18


@dataclass(frozen=True)
class Estimate:
    """What adding observations would bring. Files are counted once; entries once under each observation."""

    wanted: Wanted
    entries: int
    outlook: Outlook

    @property
    def files(self) -> int:
        return self.outlook.files_requested

    @property
    def size_bytes(self) -> int:
        return self.outlook.size_bytes + sum(part.size_bytes for part in self.outlook.withheld)


def estimate(obsids: Sequence[str], person: Person, now: dt.datetime) -> Estimate:
    wanted = sort_wanted(obsids)
    listings = Listing.objects.filter(parent_id__in=wanted.known, reference=False)
    count = listings.values("parent_id", "product_id").distinct().count()
    products = Product.objects.filter(pk__in=listings.values("product_id"))
    return Estimate(wanted, count, outlook(products, person, now))


def recommended_products(observation: Observation) -> QuerySet[Product]:
    """The Minimum Recommended Products of one observation."""
    listings = Listing.objects.filter(parent=observation, recommended=True)
    return Product.objects.filter(pk__in=listings.values("product_id"))
