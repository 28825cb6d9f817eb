"""The Download Manager's filters: AND between them, OR inside one; all of them in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from django.db.models import Q
from django.http import QueryDict

#: The parameter says that the filter form was sent, so that its empty boxes mean "no".
SENT = "filters"
RECOMMENDED_PARAMETER = "f.productGroupDescription"
RECOMMENDED_VALUE = "Minimum Recommended Products"


class Facet(NamedTuple):
    column: str  # as published
    path: str  # from the product
    title: str

    @property
    def parameter(self) -> str:
        return f"f.{self.column}"


FACETS = (
    Facet("productType", "product_type", "Data Product Category"),
    Facet("productSubGroupDescription", "product_group", "Data Product Group"),
    Facet("extension", "extension", "File Extension"),
    Facet("obs_collection", "observation__obs_collection", "Mission"),
)


@dataclass(frozen=True)
class Filters:
    recommended: bool = True
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # facet column: values

    def on_files(self, prefix: str = "") -> Q:
        """The facets as a condition on products, or with ``prefix="product__"`` on listings."""
        condition = Q()
        for facet in FACETS:
            if values := self.chosen.get(facet.column):
                condition &= Q(**{f"{prefix}{facet.path}__in": values})
        return condition

    def on_listings(self) -> Q:
        """The facets and Minimum Recommended Products as a condition on listings."""
        return self.on_files("product__") & (Q(recommended=True) if self.recommended else Q())

    @property
    def narrows(self) -> bool:
        return self.recommended or any(self.chosen.values())

    def without(self, column: str) -> "Filters":
        return replace(self, chosen={name: values for name, values in self.chosen.items() if name != column})

    @property
    def address(self) -> str:
        """The filters as they stand in the address."""
        query = QueryDict(mutable=True)
        query[SENT] = "1"
        if self.recommended:
            query[RECOMMENDED_PARAMETER] = RECOMMENDED_VALUE
        for facet in FACETS:
            if values := self.chosen.get(facet.column):
                query.setlist(facet.parameter, list(values))
        return query.urlencode()


def parse_filters(query: QueryDict, remembered: bool) -> Filters:
    """The filters of an address; ``remembered`` is the person's last choice of Minimum Recommended Products."""
    sent = SENT in query or RECOMMENDED_PARAMETER in query
    recommended = query.get(RECOMMENDED_PARAMETER) == RECOMMENDED_VALUE if sent else remembered
    chosen = {
        facet.column: tuple(value for value in dict.fromkeys(query.getlist(facet.parameter)) if "\0" not in value)
        for facet in FACETS
    }
    return Filters(recommended, {column: values for column, values in chosen.items() if values})
