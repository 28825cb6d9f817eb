"""How a list is looked at, as its address says: filters, order, columns, page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from search.columns import Column
from search.criteria import Criteria, criteria_of
from search.lists.columns import default_facets

EXAMPLE_SORT = "-row_name"


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
        wanted = {*(self.facets or default_facets(columns)), *(each.column for each in self.filters)}
        return tuple(column.name for column in columns if column.name in wanted)


def parse_list_look(query: QueryDict, columns: tuple[Column, ...]) -> ListLook:
    """The look that an address says.

    Raises
    ------
    CriteriaError : a column that the list does not have, a size that is not offered, unusable text.
    """
    return criteria_of(query, ListLook(), columns, EXAMPLE_SORT)
