"""What the filters panel shows, ready for a template.

Every count of a facet says how many rows pass all filters but that facet's own, so that a tick can be judged
beforehand. The form fields of the panel are called ``f.<column>``; queries are query strings without their ``?``.
"""

from dataclasses import dataclass

from search.columns import Column, Kind
from search.operator_help import Help, help_lines


@dataclass(frozen=True)
class EnumValue:
    """One box of an enumerated facet.

    ``text`` is what the form field carries (quoted where the value has signs of its own), ``label`` what people read,
    ``query`` the search after a click.
    """

    value: str
    text: str
    label: str
    count: int
    checked: bool
    query: str


@dataclass(frozen=True)
class _AnyFacet:
    column: Column
    #: What is typed in the facet's box when it is more than ticks or a range of two ends: ``MIRI*``, ``!F200W``.
    typed: str
    #: The search without this facet's filter; empty when it has none.
    clear_query: str

    @property
    def field(self) -> str:
        """The name of the form fields."""
        return f"f.{self.column.name}"

    @property
    def is_active(self) -> bool:
        return bool(self.clear_query)

    @property
    def help(self) -> tuple[Help, ...]:
        return help_lines(self.column)


@dataclass(frozen=True)
class EnumFacet(_AnyFacet):
    """A column's values with their counts, most frequent first; ``distinct`` counts those left out too.

    ``unknown`` rows have no value at all.
    """

    values: tuple[EnumValue, ...]
    distinct: int
    unknown: int = 0

    kind = "enum"

    @property
    def chosen(self) -> tuple[EnumValue, ...]:
        return tuple(value for value in self.values if value.checked)

    @property
    def by_name(self) -> tuple[EnumValue, ...]:
        return tuple(sorted(self.values, key=lambda value: value.label.casefold()))


@dataclass(frozen=True)
class Bin:
    """One bar: rows from ``low`` up to ``high`` (the last bar includes it), in the column's unit.

    ``share`` is its height, 1 for the tallest; ``chosen`` whether it meets the chosen range.
    """

    low: float
    high: float
    count: int
    share: float
    chosen: bool


@dataclass(frozen=True)
class Tick:
    """A mark on a histogram's axis: ``place`` from 0 at its left end to 1 at its right."""

    place: float
    label: str


@dataclass(frozen=True)
class RangeFacet(_AnyFacet):
    """A numeric column: a histogram and the chosen range.

    ``low`` and ``high`` are the smallest and the largest value of the search's rows before filters (None: no row has
    one), ``chosen_low`` and ``chosen_high`` the ends of the filter. Numbers in the column's unit, dates in MJD UTC; the
    ``…_text`` are those of the boxes, dates in ISO. ``unknown`` rows have no value. ``logarithmic`` tells the axis.
    ``places`` are the chosen ends from 0 to 1 along it.
    """

    low: float | None
    high: float | None
    chosen_low: float | None
    chosen_high: float | None
    low_text: str
    high_text: str
    chosen_low_text: str
    chosen_high_text: str
    places: tuple[float, float]
    bins: tuple[Bin, ...]
    ticks: tuple[Tick, ...]
    logarithmic: bool
    unknown: int

    kind = "range"

    @property
    def is_date(self) -> bool:
        return self.column.kind is Kind.DATE


@dataclass(frozen=True)
class TextFacet(_AnyFacet):
    """A column with too many values to list: a box for operators alone."""

    kind = "text"


Facet = EnumFacet | RangeFacet | TextFacet


@dataclass(frozen=True)
class TextFilter:
    """The keyword filter ``f.text``: a regular expression over all values of a row."""

    text: str = ""
    clear_query: str = ""
    field: str = "f.text"


@dataclass(frozen=True)
class Offer:
    """One line of Edit Filters; ``query`` is the search after a click, ``shown`` whether the facet is in the panel."""

    column: Column
    shown: bool
    query: str


@dataclass(frozen=True)
class FacetPanel:
    """The whole panel.

    ``facets`` in their order; ``offers`` are all that Edit Filters lists; ``reset_query`` brings the default facets
    back, empty while they stand. ``too_many`` says why there are no facets: more rows than the limit to load.
    """

    facets: tuple[Facet, ...]
    text: TextFilter
    offers: tuple[Offer, ...]
    clear_query: str
    reset_query: str
    too_many: str = ""
