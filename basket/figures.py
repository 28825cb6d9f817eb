"""The basket in figures: how many files and bytes, and what each box of each filter would show."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from basket.filters import FACETS, RECOMMENDED_PARAMETER, RECOMMENDED_VALUE, Facet, Filters
from basket.models import Basket
from basket.queries import listed
from basket.selection import Group


class Cell(NamedTuple):
    """Distinct files of the basket that agree in everything that filters and figures ask."""

    values: tuple[str, ...]  # in the order of FACETS
    level: int | None
    recommended: bool
    ticked: bool
    files: int
    size_bytes: int
    entries: int  # once for each observation that lists a file

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


@dataclass(frozen=True)
class Survey:
    """The whole basket in a few rows."""

    cells: list[Cell]
    ticked: list[Group]  # the ticked files by what decides whether a person may have them


#: One pass over the basket's list, rolled up twice: by what filters ask, and of the ticked files by what access asks.
_SURVEY = """
WITH file AS (
    SELECT product_id, count(DISTINCT parent_id) AS entries, bool_or(recommended) AS recommended
    FROM ({listed}) AS listed (parent_id, product_id, recommended) GROUP BY product_id
), rolled AS (
    SELECT p.product_type, p.extension, p.product_group, p.calib_level AS level, file.recommended,
           t.product_id IS NOT NULL AS ticked, p.observation_id, p.t_release AS release, p.held,
           min(p.id) AS one, count(*) AS files, sum(p.size_bytes) AS size_bytes, sum(file.entries) AS entries
    FROM file JOIN archive_product p ON p.id = file.product_id
    LEFT JOIN basket_tick t ON t.product_id = p.id AND t.basket_id = %s
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
)
SELECT grouping(held) = 1, product_type, extension, o.obs_collection, product_group, level, recommended, ticked,
       observation_id, release, held, min(one), sum(files)::bigint, sum(size_bytes)::bigint, sum(entries)::bigint
FROM rolled JOIN archive_observation o ON o.obsid = observation_id
GROUP BY GROUPING SETS ((product_type, extension, o.obs_collection, product_group, level, recommended, ticked),
                        (ticked, observation_id, release, held))
HAVING ticked OR grouping(held) = 1
"""
#: What it reads of a file for the facets, by the paths of `FACETS`.
_READ = ("product_type", "extension", "observation__obs_collection", "product_group")


def survey(basket: Basket) -> Survey:
    """Everything that figures, filters and the outlook of a basket ask: one query, whatever its size."""
    query = listed(basket).order_by().values_list("parent_id", "product_id", "recommended").query
    statement, parameters = query.sql_with_params()
    found = Survey([], [])
    with connection.cursor() as cursor:
        cursor.execute(_SURVEY.replace("{listed}", statement), [*parameters, basket.pk])
        for is_cell, *row in cursor.fetchall():
            values, rest = row[: len(_READ)], row[len(_READ) :]
            level, recommended, ticked, observation_id, t_release, held, one, files, size_bytes, entries = rest
            if is_cell:
                raw = dict(zip(_READ, values, strict=True))
                facets = tuple(facet.value_of(raw[facet.path]) for facet in FACETS)
                found.cells.append(Cell(facets, level, recommended, ticked, files, size_bytes, entries))
            else:
                found.ticked.append(Group(observation_id, t_release, held, one, files, size_bytes))
    return found


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
