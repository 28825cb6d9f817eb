"""The rows of a list or of a cross-match as a look at it asks: filtered, in order, counted facet by facet."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import transaction
from django.db.models import Model, Q, QuerySet

from search.columns import Column, by_name
from search.criteria import TEXT_FILTER
from search.facets.asked import Asked
from search.facets.counting import Counted, count_facets
from search.facets.text import text_condition
from search.lists.columns import DEC, FROM, LINE, RA, ordered_by, with_cells
from search.lists.limits import MAX_FACET_PAIRS, MAX_ROWS
from search.lists.look import ListLook, MatchLook
from search.lists.match_columns import LIST_DEC, LIST_RA, with_values
from search.models import CrossMatch, CrossMatchPair, TargetList, TargetRow
from search.query import condition

Listed = TypeVar("Listed", bound=Model)


@dataclass(frozen=True)
class Looked(Generic[Listed]):
    """``rows`` pass every filter and stand in order; ``everything`` is the whole list or cross-match.

    ``number`` is the field that counts the rows in their own order. Of more than ``limit`` no facet is counted.
    """

    columns: tuple[Column, ...]
    look: ListLook
    everything: QuerySet[Listed]
    filters: Mapping[str, Q]
    number: str = "number"
    limit: int = MAX_ROWS

    @property
    def rows(self) -> QuerySet[Listed]:
        ordered = self.everything.order_by(*ordered_by(self.look.sort, by_name(self.columns), self.number))
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
            return count_facets(self.everything, asked, self.filters, limit=self.limit)


def looked_at(own: TargetList, columns: tuple[Column, ...], look: ListLook) -> Looked[TargetRow]:
    """The rows of a list under a look.

    Raises
    ------
    ConstraintError : a filter that cannot be read.
    """
    filters = _filters(columns, look, (column for column in columns if column not in (RA, DEC, FROM, LINE)))
    rows = with_cells(TargetRow.objects.filter(target_list=own), _used(columns, look))
    return Looked(columns, look, rows, filters)


def pairs_looked_at(
    match: CrossMatch, columns: tuple[Column, ...], look: MatchLook, now: dt.datetime
) -> Looked[CrossMatchPair]:
    """The pairs of a cross-match under a look; states are those of ``now``.

    Raises
    ------
    ConstraintError : a filter that cannot be read.
    """
    filters = _filters(columns, look, (column for column in columns if column not in (LIST_RA, LIST_DEC)))
    pairs = with_values(CrossMatchPair.objects.filter(cross_match=match), _used(columns, look), now)
    return Looked(columns, look, pairs, filters, "ordinal", MAX_FACET_PAIRS)


def _filters(columns: tuple[Column, ...], look: ListLook, searched: Iterable[Column]) -> dict[str, Q]:
    named = by_name(columns)
    filters = {wanted.column: condition(named[wanted.column], wanted.values) for wanted in look.filters}
    if look.text:
        filters[TEXT_FILTER] = text_condition(searched, look.text)
    return filters


def _used(columns: tuple[Column, ...], look: ListLook) -> tuple[Column, ...]:
    """The columns that the order, the panel or a filter asks for."""
    used = {key.column for key in look.sort} | {*look.facet_names(columns)}
    return columns if look.text else tuple(column for column in columns if column.name in used)
