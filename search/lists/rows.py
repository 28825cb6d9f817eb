"""The rows of a list as a look at it asks: filtered, in order, counted facet by facet."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from search.columns import Column, by_name
from search.criteria import TEXT_FILTER
from search.facets.asked import Asked
from search.facets.counting import Counted, count_facets
from search.facets.text import text_condition
from search.lists.columns import DEC, FROM, LINE, RA, ordered_by, with_cells
from search.lists.limits import MAX_ROWS
from search.lists.look import ListLook
from search.models import TargetList, TargetRow
from search.query import condition


@dataclass(frozen=True)
class Looked:
    """``rows`` pass every filter and stand in order; ``everything`` is the whole list."""

    columns: tuple[Column, ...]
    look: ListLook
    everything: QuerySet[TargetRow]
    filters: Mapping[str, Q]

    @property
    def rows(self) -> QuerySet[TargetRow]:
        ordered = self.everything.order_by(*ordered_by(self.look.sort, by_name(self.columns)))
        return ordered.filter(*self.filters.values())

    def facets(self) -> Counted:
        """The facets of the panel, and how many rows there are."""
        named = by_name(self.columns)
        asked = Asked(
            tuple(named[name] for name in self.look.facet_names(self.columns)),
            {wanted.column: wanted.values for wanted in self.look.filters},
            lambda column, texts: self.look.with_filter(column, texts).to_query_string(),
        )
        with transaction.atomic():
            return count_facets(self.everything, asked, self.filters, limit=MAX_ROWS)


def looked_at(own: TargetList, columns: tuple[Column, ...], look: ListLook) -> Looked:
    """The rows of a list under a look.

    Raises
    ------
    ConstraintError : a filter that cannot be read.
    """
    named = by_name(columns)
    filters = {wanted.column: condition(named[wanted.column], wanted.values) for wanted in look.filters}
    if look.text:
        searched = (column for column in columns if column not in (RA, DEC, FROM, LINE))
        filters[TEXT_FILTER] = text_condition(searched, look.text)
    used = {key.column for key in look.sort} | {*look.facet_names(columns)}
    cells = columns if look.text else tuple(column for column in columns if column.name in used)
    return Looked(columns, look, with_cells(TargetRow.objects.filter(target_list=own), cells), filters)
