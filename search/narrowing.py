"""A search before its rows are read: its question, and the querysets that its criteria and filters make."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_
from typing import Self

from django.conf import settings
from django.db.models import Q

from archive import sky
from search import query, regions
from search.collections import Collection, Question, collection_of
from search.columns import REGION, Column, SortKey, by_name
from search.criteria import TEXT_FILTER, Criteria, CriteriaError, Wanted
from search.facets.loading import Within
from search.facets.text import text_condition
from search.messages import SearchError
from search.paging import Order
from search.query import Observations


@dataclass(frozen=True)
class Narrowed:
    """What a search looks at.

    ``around`` are the observations that suit its criteria, ``matched`` those that suit the search box too; filters are
    not applied to either. Both carry ``state``; ``matched`` carries the created columns, and around a position
    ``distance_arcsec``.
    ``everything`` is the archive before any criterion. States are those at ``now``.
    """

    criteria: Criteria
    collection: Collection
    question: Question
    now: dt.datetime
    everything: Observations
    around: Observations
    matched: Observations

    @classmethod
    def of(cls, criteria: Criteria, now: dt.datetime) -> Self:
        """The search that ``criteria`` ask for at ``now``.

        Raises
        ------
        SearchError : nothing was asked, a text that no box understands, a column that the search does not have.
        """
        collection = collection_of(criteria.collection)
        question = _question(criteria, collection)
        columns = by_name(criteria.asked_columns)
        _refuse_cone_columns(criteria, question, columns)
        everything = around = query.observations((), now)
        for wanted in criteria.wanted:
            around = query.matching(columns[wanted.column], wanted.values)(around)
        matched = reduce(lambda rows, constraint: constraint(rows), question.constraints, around)
        created = {one.column.field: one.sql for one in criteria.created}
        return cls(criteria, collection, question, now, everything, around, matched.annotate(**created))

    @cached_property
    def columns(self) -> dict[str, Column]:
        return by_name(self.criteria.asked_columns)

    @cached_property
    def filters(self) -> dict[str, Q]:
        """The filters by their columns; the keyword filter under its own name."""
        found = {
            wanted.column: query.condition(self.columns[wanted.column], wanted.values)
            for wanted in self.criteria.filters
        }
        if self.criteria.text:
            found[TEXT_FILTER] = text_condition(self.collection.columns, self.criteria.text)
        return found

    @cached_property
    def to_load(self) -> tuple[Observations, Within | None]:
        """``matched`` to be read whole: around a position, rows near the circle and the distance that tells them."""
        target = self.question.target
        if target is None:
            return self.matched, None
        near = sky.near_circle(self.around, target.ra_deg, target.dec_deg, target.radius_deg)
        created = {one.column.field: one.sql for one in self.criteria.created}
        return near.annotate(**created), Within("distance_arcsec", sky.reach_arcsec(target.radius_deg))

    @property
    def shown(self) -> Observations:
        """The rows that pass the filters, in no order."""
        return self.matched.filter(*self.filters.values())

    @property
    def sort(self) -> tuple[SortKey, ...]:
        return self.criteria.sort or self.question.sort

    @cached_property
    def order(self) -> Order:
        return Order.of(self.sort, self.criteria.all_columns)


def rows_of(criteria: Criteria, now: dt.datetime) -> Observations:
    """All rows of a search, filters included, in its order: for exports, the basket and cross-matches.

    ``criteria.page`` and ``criteria.size`` do not matter. The queryset is not bounded: see `matched_count`.

    Raises
    ------
    SearchError : as `Narrowed.of`.
    """
    narrowed = Narrowed.of(criteria, now)
    return narrowed.shown.order_by(*narrowed.order.order_by())


@dataclass(frozen=True)
class RowCount:
    """Rows of a search: exact, or ``is_exact`` False and at least ``rows``."""

    rows: int
    is_exact: bool = True

    @property
    def loads(self) -> bool:
        """Few enough for a page with its filters."""
        return self.is_exact and self.rows <= settings.LOAD_LIMIT_ROWS

    @property
    def exports(self) -> bool:
        return self.is_exact and self.rows <= settings.EXPORT_LIMIT_ROWS

    def __str__(self) -> str:
        return f"{self.rows:,}" if self.is_exact else f"{self.rows:,}+"


def matched_count(criteria: Criteria, now: dt.datetime, limit: int | None = None) -> RowCount:
    """How many rows `rows_of` has; counted no further than ``limit``, by default the limit of exports.

    Raises
    ------
    SearchError : as `Narrowed.of`.
    """
    return count_up_to(Narrowed.of(criteria, now).shown, settings.EXPORT_LIMIT_ROWS if limit is None else limit)


def count_up_to(rows: Observations, limit: int) -> RowCount:
    counted = rows.order_by().values("pk")[: limit + 1].count()
    return RowCount(min(counted, limit), counted <= limit)


def too_many_to_load() -> SearchError:
    limit = settings.LOAD_LIMIT_ROWS
    error = SearchError(
        f"More than {limit:,} observations match; that many are not loaded at once.",
        "Use a smaller radius, or add a criterion such as Mission or Instrument in Advanced Search.",
    )
    error.code, error.title = "load-limit", "A very large result"
    return error


def too_many_to_export() -> SearchError:
    limit = settings.EXPORT_LIMIT_ROWS
    error = SearchError(
        f"More than {limit:,} observations match; one export writes no more.",
        "Add a criterion such as Mission or Start Time, and export in several steps.",
    )
    error.code, error.title = "export-limit", "Too many rows for one export"
    return error


def all_of(conditions: Iterable[Q]) -> Q:
    return reduce(and_, conditions, Q())


def _question(criteria: Criteria, collection: Collection) -> Question:
    """What the search box asks; with an empty box, what the criteria alone ask."""
    if criteria.is_blank:
        raise SearchError("The search box is empty.", collection.hint + ".")
    if criteria.q:
        return collection.ask(criteria.q)
    words = ", ".join(_word(wanted, value) for wanted in criteria.wanted for value in wanted.values)
    return Question(title=words, constraints=(), sort=collection.sort)


def _word(wanted: Wanted, value: str) -> str:
    if wanted.column != REGION.name:
        return value
    words = regions.in_words(value)
    return f"{words[0].upper()}{words[1:]}"


def _refuse_cone_columns(criteria: Criteria, question: Question, columns: dict[str, Column]) -> None:
    """Distances are known only around a position."""
    if question.target:
        return
    named = [key.column for key in criteria.sort] + [wanted.column for wanted in criteria.wanted + criteria.filters]
    named += [one.name for one in criteria.created]
    for name in named:
        if columns[name].cones_only:
            raise CriteriaError(
                f"{columns[name].label} is known only in a search around a position.",
                "Search by object name or RA/Dec, or take it out of the address.",
            )
