"""The filters panel of a search: its facets, the keyword filter, and what Edit Filters offers."""

from search.columns import Column
from search.criteria import Criteria
from search.facets.asked import Asked
from search.facets.choice import DEFAULT, offered_columns
from search.facets.model import Facet, FacetPanel, Offer, TextFilter


def asked_by(criteria: Criteria, columns: tuple[Column, ...]) -> Asked:
    """The facets of ``columns`` with the filters of ``criteria``."""
    return Asked(
        columns,
        {wanted.column: wanted.values for wanted in criteria.filters},
        lambda column, texts: criteria.with_filter(column, texts).to_query_string(),
    )


def panel_of(
    criteria: Criteria, columns: tuple[Column, ...], facets: tuple[Facet, ...], *, in_cone: bool, too_many: str = ""
) -> FacetPanel:
    """The panel around counted facets; ``columns`` are all of the collection."""
    offered = offered_columns(columns, in_cone=in_cone)
    return FacetPanel(
        facets=facets,
        text=TextFilter(criteria.text, criteria.with_text("").to_query_string() if criteria.text else ""),
        offers=tuple(_offer(criteria, column, offered) for column in offered),
        clear_query=criteria.without_filters().to_query_string() if criteria.is_filtered else "",
        reset_query=criteria.with_facets(()).to_query_string() if criteria.facets else "",
        too_many=too_many,
    )


def _offer(criteria: Criteria, column: Column, offered: tuple[Column, ...]) -> Offer:
    chosen = criteria.facets or DEFAULT
    toggled = set(chosen) ^ {column.name}
    names = tuple(other.name for other in offered if other.name in toggled)
    return Offer(column, column.name in chosen, criteria.with_facets(names).to_query_string())
