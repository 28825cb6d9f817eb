"""How a list or a cross-match is looked at, as its address says: filters, order, columns, page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from search.columns import Column, by_name
from search.criteria import Criteria, criteria_of
from search.lists.columns import STATE, default_facets
from search.lists.match_columns import default_match_facets, offered_facets

EXAMPLE_SORT = "-row_name"
EXAMPLE_MATCH_SORT = "obs_collection,-separation"


@dataclass(frozen=True)
class ListLook(Criteria):
    """The words of a search without a collection: a list has only itself. ``page`` is a number from 1."""

    collection: str = ""

    def pairs(self) -> Iterable[tuple[str, str]]:
        return ((name, value) for name, value in super().pairs() if name != "collection")

    @property
    def number(self) -> int:
        """The page; words that are none mean the first."""
        text = self.page
        return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1

    @property
    def size_fields(self) -> list[tuple[str, str]]:
        """What a form for another page size repeats."""
        return [(name, value) for name, value in self.pairs() if name not in {"size", "page"}]

    @property
    def filter_fields(self) -> list[tuple[str, str]]:
        """What the form of the filters repeats."""
        return [(name, value) for name, value in self.pairs() if not name.startswith("f.") and name != "page"]

    def facet_names(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        """The panel's columns: chosen or by default, and those that are filtered by."""
        wanted = {*(self.facets or self.default_facets(columns)), *(each.column for each in self.filters)}
        return tuple(column.name for column in columns if column.name in wanted)

    def default_facets(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        return default_facets(columns)

    def shown_columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        """The grid's columns in their order; the state of a list's row stands before all of them."""
        named = by_name(columns)
        return tuple(named[name] for name in self.columns if name != STATE.name) if self.columns else columns[1:]


@dataclass(frozen=True)
class MatchLook(ListLook):
    """How a cross-match is looked at."""

    def default_facets(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        return default_match_facets(columns)

    def facet_names(self, columns: tuple[Column, ...]) -> tuple[str, ...]:
        return super().facet_names(offered_facets(columns))

    def shown_columns(self, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        named = by_name(columns)
        names = self.columns or tuple(column.name for column in columns if column.shown)
        return tuple(named[name] for name in names)


def parse_list_look(query: QueryDict, columns: tuple[Column, ...]) -> ListLook:
    """The look that an address says.

    Raises
    ------
    CriteriaError : a column that the list does not have, a size that is not offered, unusable text.
    """
    return criteria_of(query, ListLook(), columns, EXAMPLE_SORT)


def parse_match_look(query: QueryDict, columns: tuple[Column, ...]) -> MatchLook:
    """The look at a cross-match that an address says.

    Raises
    ------
    CriteriaError : as `parse_list_look`.
    """
    return criteria_of(query, MatchLook(), columns, EXAMPLE_MATCH_SORT)
