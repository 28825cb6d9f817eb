"""Facets of any set of rows: read once, counted in one pass."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import transaction
from django.db.models import Q, QuerySet

from search.facets.asked import Asked
from search.facets.bins import Axis, Bounds, axis_of
from search.facets.choice import is_range, is_text
from search.facets.enumerated import enum_facet
from search.facets.loading import (
    Counts,
    Narrow,
    PageRows,
    Part,
    Summary,
    Within,
    loaded_with_bounds,
    narrow,
    summary_at_once,
    summary_of_table,
)
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
    rows: QuerySet[Any],
    asked: Asked,
    filters: Mapping[str, Q],
    *,
    limit: int,
    part: Part | None = None,
    within: Within | None = None,
) -> Counted:
    """The facets of ``rows``, or of those ``within`` a bound.

    Each counts what passes every one of ``filters`` but its own column's.
    """
    try:
        read = narrow(rows, asked.columns, filters, part, limit=limit, within=within)
    except EmptyResultSet:
        return Counted()
    return _with_histograms(read, asked) if read.has_ranges else _counted(read, asked, summary_at_once(read), {})


def _with_histograms(rows: Narrow, asked: Asked) -> Counted:
    with transaction.atomic(savepoint=False):
        table, loaded, bounds = loaded_with_bounds(rows)
        if loaded > rows.limit:
            return Counted(too_many=True)
        axes = {
            column.name: axis_of(column.kind, bounds[column.name]) for column in asked.columns if column.name in bounds
        }
        summary = summary_of_table(rows, table, axes)
    return _counted(rows, asked, summary, bounds, axes)


def _counted(
    rows: Narrow, asked: Asked, summary: Summary, bounds: Mapping[str, Bounds], axes: Mapping[str, Axis] | None = None
) -> Counted:
    if summary.total > rows.limit:
        return Counted(too_many=True)
    return Counted(
        facets=tuple(_facets(asked, rows, summary, bounds, axes or {})),
        shown=summary.shown,
        total=summary.total,
        page=summary.page(rows.part) if rows.part else None,
        hidden_by={name: summary.by_failed.get(mask, 0) for name, mask in rows.masks.items()},
    )


def _facets(
    asked: Asked, rows: Narrow, summary: Summary, bounds: Mapping[str, Bounds], axes: Mapping[str, Axis]
) -> Iterator[Facet]:
    for column in asked.columns:
        counts = summary.by_value.get(column.name) or {None: summary.by_failed}
        kept = _kept(counts, rows.others(column.name))
        if is_text(column):
            texts = asked.texts(column)
            yield TextFacet(column, ", ".join(texts), asked.clear_query(column))
        elif is_range(column):
            yield range_facet(asked, column, kept, bounds.get(column.name), axes.get(column.name))
        else:
            yield enum_facet(asked, column, kept)


def _kept(counts: Counts, others: int) -> dict[object, int]:
    """Rows by value that fail none of the other filters; a value that they leave nothing of stays, with 0."""
    return {
        value: sum(rows for failed, rows in by_failed.items() if not failed & others)
        for value, by_failed in counts.items()
    }
