"""Facets of any set of rows: loaded once, counted in two passes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet

from search.columns import Column
from search.facets.asked import Asked
from search.facets.bins import Axis, axis_of
from search.facets.choice import is_range, is_text
from search.facets.enumerated import enum_facet
from search.facets.loading import Counts, Loaded, PageRows, Part, Totals, load
from search.facets.model import Facet, TextFacet
from search.facets.ranges import range_facet


@dataclass(frozen=True)
class Counted:
    """``shown`` rows pass every filter, of ``total``; ``page`` are those of the part that was asked for.

    ``hidden_by`` are rows that one filter alone hides, by its name. With ``too_many`` there were more than the limit to
    load: nothing is counted then.
    """

    facets: tuple[Facet, ...] = ()
    shown: int = 0
    total: int = 0
    page: PageRows | None = None
    hidden_by: Mapping[str, int] | None = None
    too_many: bool = False


def count_facets(
    rows: QuerySet[Any], asked: Asked, filters: Mapping[str, Q], *, limit: int, part: Part | None = None
) -> Counted:
    """The facets of ``rows``: each counts what passes every one of ``filters`` but its own column's.

    Runs inside a transaction.
    """
    try:
        loaded = load(rows, asked.columns, filters, part, limit)
    except EmptyResultSet:
        return Counted()
    if loaded.rows > limit:
        return Counted(too_many=True)
    totals = loaded.totals()
    facets = tuple(_facets(asked, loaded, totals))
    page = loaded.page(part, totals) if part else None
    return Counted(
        facets=facets,
        shown=totals.shown,
        total=loaded.rows,
        page=page,
        hidden_by={name: totals.by_failed.get(mask, 0) for name, mask in loaded.masks.items()},
    )


def _facets(asked: Asked, loaded: Loaded, totals: Totals) -> Iterator[Facet]:
    axes = {
        column.name: axis_of(column.kind, totals.bounds[column.name])
        for column in asked.columns
        if column.name in totals.bounds
    }
    counts = loaded.counts(axes)
    for column in asked.columns:
        kept = _kept(counts.get(column.name) or {None: totals.by_failed}, loaded.others(column.name))
        yield _facet(asked, column, kept, totals, axes)


def _kept(counts: Counts, others: int) -> dict[object, int]:
    """Rows by value that fail none of the other filters; a value that they leave nothing of stays, with 0."""
    return {
        value: sum(rows for failed, rows in by_failed.items() if not failed & others)
        for value, by_failed in counts.items()
    }


def _facet(asked: Asked, column: Column, kept: Mapping[object, int], totals: Totals, axes: Mapping[str, Axis]) -> Facet:
    if is_text(column):
        texts = asked.texts(column)
        return TextFacet(column, ", ".join(texts), asked.clear_query(column))
    if is_range(column):
        return range_facet(asked, column, kept, totals.bounds.get(column.name), axes.get(column.name))
    return enum_facet(asked, column, kept)
