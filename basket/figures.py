"""The basket in figures: how many files and bytes, and what each box of each filter would show."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet, Sum

from basket.filters import COLUMNS, FACETS, RECOMMENDED_PARAMETER, RECOMMENDED_VALUE, Facet, Filters
from basket.models import Basket, Tick
from basket.queries import files, listed


class Cell(NamedTuple):
    """Distinct files of the basket that agree in everything that filters and figures ask."""

    values: tuple[str, ...]  # in the order of FACETS
    level: int | None
    recommended: bool
    ticked: bool
    files: int
    size_bytes: int

    def value(self, facet: Facet) -> str:
        return self.values[FACETS.index(facet)]

    def passes(self, filters: Filters, ignoring: Facet | None = None, any_products: bool = False) -> bool:
        if filters.recommended and not self.recommended and not any_products:
            return False
        return all(
            self.value(facet) in chosen
            for facet in FACETS
            if facet is not ignoring and (chosen := filters.chosen.get(facet.column))
        )


def cells(basket: Basket) -> list[Cell]:
    """The whole basket in a few rows: one query, whatever its size."""
    recommended = listed(basket).filter(recommended=True).values("product_id")
    ticked = Tick.objects.filter(basket=basket).values("product_id")
    rows = (
        files(basket)
        .annotate(mrp=_is_in(recommended), is_ticked=_is_in(ticked))
        .values_list(*COLUMNS, "calib_level", "mrp", "is_ticked")
        .annotate(Count("pk"), Sum("size_bytes"))
        .order_by()
    )
    return [_cell(dict(zip(COLUMNS, row, strict=False)), row[len(COLUMNS) :]) for row in rows]


def _is_in(products: QuerySet[Any, Any]) -> "ExpressionWrapper[Any]":
    """Whether a file is one of a set, which PostgreSQL hashes once."""
    return ExpressionWrapper(Q(pk__in=products), output_field=BooleanField())


def _cell(raw: dict[str, str], figures: tuple[Any, ...]) -> Cell:
    return Cell(tuple(facet.value_of(raw[facet.path]) for facet in FACETS), *figures)


@dataclass(frozen=True)
class Figure:
    """A number of files and their bytes."""

    files: int = 0
    size_bytes: int = 0

    @classmethod
    def of(cls, some: Iterable[Cell]) -> "Figure":
        chosen = list(some)
        return cls(sum(cell.files for cell in chosen), sum(cell.size_bytes for cell in chosen))


@dataclass(frozen=True)
class Choice:
    """A box of a filter."""

    parameter: str
    value: str
    label: str
    files: int
    checked: bool


@dataclass(frozen=True)
class FacetBoxes:
    title: str
    choices: tuple[Choice, ...]
    cleared: str  # the address without this filter

    @property
    def active(self) -> bool:
        return any(choice.checked for choice in self.choices)


def recommended_box(table: Sequence[Cell], filters: Filters) -> Choice:
    """The box of Minimum Recommended Products; its count ignores the box itself."""
    number = sum(cell.files for cell in table if cell.recommended and cell.passes(filters, any_products=True))
    return Choice(RECOMMENDED_PARAMETER, RECOMMENDED_VALUE, RECOMMENDED_VALUE, number, filters.recommended)


def facet_boxes(table: Sequence[Cell], filters: Filters) -> list[FacetBoxes]:
    """Each filter with the number of files that each box would show, given the other filters."""
    return [_facet_boxes(facet, table, filters) for facet in FACETS]


def _facet_boxes(facet: Facet, table: Sequence[Cell], filters: Filters) -> FacetBoxes:
    counts: Counter[str] = Counter()
    chosen = filters.chosen.get(facet.column, ())
    for cell in table:
        counts[cell.value(facet)] += cell.files if cell.passes(filters, ignoring=facet) else 0
    counts.update(dict.fromkeys(chosen, 0))
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    boxes = (Choice(facet.parameter, value, value or "(none)", number, value in chosen) for value, number in ordered)
    return FacetBoxes(facet.title, tuple(boxes), filters.without(facet.column).address)
