"""Retrieve References: the calibration reference files of the ticked files, and putting them into the basket."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import connection, transaction
from django.db.models import Count, QuerySet

from archive.clock import machine_now
from archive.crds import is_configured, want
from archive.models import Held, Product, ReferenceType, ReferenceUse
from archive.references import Readings, read_references, used_by
from archive.storage import archive_storage
from archive.tasks import fetch_references
from basket.actions import check_entries, insert_from
from basket.figures import Cell
from basket.filters import FACETS, REFERENCE_CATEGORY, Filters
from basket.models import Basket, BasketReference
from basket.queries import ticked_products
from notifications.doorbell import ring_on_commit

#: The lowest level that a pipeline calibrated.
CALIBRATED_LEVEL = 2
_CATEGORY = next(facet for facet in FACETS if facet.column == "productType")
NEEDS_ALL = "Clear Minimum Recommended Products to retrieve references."
NEEDS_CALIBRATED = "Tick a calibrated science file to retrieve its references."


def why_not(table: Sequence[Cell], filters: Filters) -> str:
    """Why references cannot be retrieved now; empty where they can."""
    if filters.recommended:
        return NEEDS_ALL
    calibrated = (
        cell.ticked and cell.value(_CATEGORY) == "SCIENCE" and (cell.level or 0) >= CALIBRATED_LEVEL for cell in table
    )
    return "" if any(calibrated) else NEEDS_CALIBRATED


def calibrated_files(basket: Basket) -> QuerySet[Product]:
    """The ticked files that were calibrated."""
    return ticked_products(basket).filter(product_type="SCIENCE", calib_level__gte=CALIBRATED_LEVEL)


# The window ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReferenceRow:
    product: Product
    files: int  # ticked files that were calibrated with it
    in_basket: bool

    @property
    def held(self) -> bool:
        return self.product.held == Held.YES


@dataclass(frozen=True)
class ReferenceFolder:
    """The references of one type."""

    mission: str
    type: str
    words: str
    rows: list[ReferenceRow]


@dataclass(frozen=True)
class ReferencesPage:
    """Everything that the window shows."""

    calibrated: int
    folders: list[ReferenceFolder]
    readings: Readings
    failures: list[str]  # names of references that CRDS was asked for in vain

    @property
    def rows(self) -> list[ReferenceRow]:
        return [row for folder in self.folders for row in folder.rows]

    @property
    def can_be_fetched(self) -> bool:
        """Whether what is not held comes from CRDS once it is added."""
        return is_configured()

    @property
    def not_held(self) -> list[str]:
        return [row.product.filename for row in self.rows if not row.held]


def references_page(basket: Basket) -> ReferencesPage:
    """The references of the ticked calibrated files, in folders by type; headers not read yet are read first."""
    calibrated = calibrated_files(basket)
    readings = read_references(calibrated, archive_storage())
    counts = _counts(calibrated)
    marked = set(
        basket.references.exclude(product_id__in=basket.removed_files.values("product_id")).values_list(
            "product_id", flat=True
        )
    )
    words = _words()
    found = used_by(calibrated).select_related("observation")
    folders = [
        ReferenceFolder(
            mission,
            kind,
            words.get((mission, kind), ""),
            [ReferenceRow(one, counts[one.pk], one.pk in marked) for one in some],
        )
        for (mission, kind), some in groupby(found, lambda one: (one.observation.obs_collection, one.product_group))
    ]
    failed = found.filter(held=Held.NOT_YET, reference_fetch__attempts__gt=0)
    return ReferencesPage(calibrated.count(), folders, readings, list(failed.values_list("filename", flat=True)))


def _counts(calibrated: QuerySet[Product]) -> dict[int, int]:
    uses = ReferenceUse.objects.filter(product__in=calibrated).order_by()
    return dict(uses.values_list("reference_id").annotate(Count("pk")))


def _words() -> dict[tuple[str, str], str]:
    """Words for the types; those of one instrument say more than those for all."""
    rows = sorted(
        ReferenceType.objects.exclude(words="").values_list("mission", "name", "instrument", "words"),
        key=lambda row: (row[2] != "all", row[2]),
    )
    return {(mission, name): words for mission, name, _, words in rows}


# Adding --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def retrieve(basket: Basket, chosen: Collection[int] | None) -> int:
    """Show references in the basket, under the observations whose ticked files need them; none is ticked.

    Parameters
    ----------
    chosen : numbers of products; None for all references of the ticked files.

    Returns
    -------
    The number of references that were not in the basket.

    Raises
    ------
    basket.actions.BasketFullError : nothing was added.
    """
    Basket.objects.select_for_update().get(pk=basket.pk)
    wanted = used_by(calibrated_files(basket)).filter(product_type=REFERENCE_CATEGORY)
    if chosen is not None:
        wanted = wanted.filter(pk__in=chosen)
    numbers = list(wanted.values_list("pk", flat=True))
    back = basket.removed_files.filter(product_id__in=numbers).delete()[0]
    _list_references(basket, numbers)
    if want(numbers, machine_now()):
        ring_on_commit(fetch_references)
    added = insert_from(BasketReference, basket, "product_id", Product.objects.filter(pk__in=numbers).values("pk"))
    check_entries(basket)
    return added + back


def _list_references(basket: Basket, references: list[int]) -> None:
    """List references under the observations of the basket that list a ticked file calibrated with them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO archive_listing (parent_id, own_id, product_id, recommended, reference)"
            " SELECT DISTINCT l.parent_id, l.parent_id, u.reference_id, false, true FROM basket_tick t"
            " JOIN archive_referenceuse u ON u.product_id = t.product_id AND u.reference_id = ANY(%(references)s)"
            " JOIN archive_listing l ON l.product_id = t.product_id AND NOT l.reference"
            " JOIN basket_basketobservation o ON o.observation_id = l.parent_id AND o.basket_id = t.basket_id"
            " WHERE t.basket_id = %(basket)s ON CONFLICT DO NOTHING",
            {"references": references, "basket": basket.pk},
        )
