"""What the facets of a search are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from search.columns import Column

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """Facets in their order, and what is chosen in them.

    ``chosen`` holds the texts of each column's filter, ``link`` gives the query string of the search with other texts
    in one column. ``contains`` narrows the values that an enumerated facet lists, capitals or not.
    """

    columns: tuple[Column, ...]
    chosen: Mapping[str, Texts]
    link: Callable[[str, Texts], str]
    contains: Mapping[str, str] = field(default_factory=dict)
    most_values: int = 200

    def texts(self, column: Column) -> Texts:
        return self.chosen.get(column.name, ())

    def clear_query(self, column: Column) -> str:
        """The search without the column's filter; empty when it has none."""
        return self.link(column.name, ()) if self.texts(column) else ""
