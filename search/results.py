"""Running a search: criteria in, one page of rows with counts, links and messages out."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Count, Q
from psycopg.errors import QueryCanceled

from archive.models import Observation, ObservationState
from search import query
from search.cells import cells_of, state_text
from search.collections import Collection, Question, collection_of
from search.columns import Column, by_name
from search.criteria import PAGE_SIZES, Criteria, CriteriaError, Wanted
from search.messages import Message, SearchError, Tone
from search.page import Facet, FacetValue, Heading, PageLinks, PageSize, ResultsPage, Row
from search.paging import LAST, Order, PageKey, PageKeyError, read_page_key

#: The original portal loads no more; here every row is within reach, and a hint is enough.
MANY_ROWS = 50_000
FACETS = ("state", "obs_collection")
#: Derived columns and long texts that a grid does not show.
NOT_READ = (
    "hpx", "cover_x", "cover_y", "cover_z", "cover_radius_deg",
    "box_ra_min_deg", "box_ra_max_deg", "box_dec_min_deg", "box_dec_max_deg",
)  # fmt: skip


def run(criteria: Criteria, now: dt.datetime) -> ResultsPage:
    """The page of rows that ``criteria`` asks for at ``now``; a refusal is a message in it, never an exception."""
    collection = collection_of(criteria.collection)
    try:
        question = _question(criteria, collection)
        with time_limit():
            return _Search(criteria, collection, question, now).page()
    except SearchError as error:
        return refused(criteria, error)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return refused(criteria, _too_long())


def refused(criteria: Criteria, error: SearchError) -> ResultsPage:
    """A page that says why nothing could be searched."""
    collection = collection_of(criteria.collection)
    message = error.as_message()
    if isinstance(error, PageKeyError):
        message = Message(
            message.tone, message.code, message.title, message.text, message.remedy, _first_page(criteria)
        )
    return ResultsPage(criteria, collection, criteria.q or collection.label, messages=(message,), failed=True)


def _first_page(criteria: Criteria) -> str:
    return criteria.at_page("").to_query_string()


def _too_long() -> SearchError:
    error = SearchError(
        f"The database did not answer within {settings.SEARCH_TIMEOUT_S} s.",
        "Search a smaller radius, or fewer programs at a time.",
    )
    error.code, error.title = "time-out", "The search took too long"
    return error


@contextmanager
def time_limit() -> Iterator[None]:
    """A transaction in which no statement runs longer than ``SEARCH_TIMEOUT_S``."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{settings.SEARCH_TIMEOUT_S}s"])
        yield


def _question(criteria: Criteria, collection: Collection) -> Question:
    """What the search box asks; with an empty box, what the criteria alone ask."""
    if criteria.is_blank:
        raise SearchError("The search box is empty.", collection.hint + ".")
    if criteria.q:
        return collection.ask(criteria.q)
    words = ", ".join(value for wanted in criteria.wanted for value in wanted.values)
    return Question(title=words, constraints=(), sort=collection.sort)


@dataclass(frozen=True)
class _Counts:
    """Rows by the values of the facets' columns, and in all."""

    count: int
    total: int
    before: int
    by_value: dict[str, dict[str, int]]


_NOTHING = _Counts(0, 0, 0, {name: {} for name in FACETS})


class _Search:
    """One run of a search."""

    def __init__(self, criteria: Criteria, collection: Collection, question: Question, now: dt.datetime) -> None:
        self.criteria = criteria
        self.collection = collection
        self.question = question
        self.now = now
        self.columns = by_name(collection.columns)
        self._refuse_cone_columns()
        self.sort = criteria.sort or question.sort
        self.order = Order.of(self.sort, collection.columns)
        self.around = query.observations((), now)
        for wanted in criteria.wanted:
            self.around = query.matching(self.columns[wanted.column], wanted.values)(self.around)
        self.matched = self.around
        for constraint in question.constraints:
            self.matched = constraint(self.matched)
        self.filters = {wanted.column: self._condition(wanted) for wanted in criteria.filters}

    def _refuse_cone_columns(self) -> None:
        """Distances are known only around a position."""
        if self.question.target:
            return
        named = [key.column for key in self.criteria.sort] + [
            w.column for w in self.criteria.wanted + self.criteria.filters
        ]
        for name in named:
            if self.columns[name].cones_only:
                raise CriteriaError(
                    f"{self.columns[name].label} is known only in a search around a position.",
                    "Search by object name or RA/Dec, or take it out of the address.",
                )

    def _condition(self, wanted: Wanted) -> Q:
        return query.condition(self.columns[wanted.column], wanted.values)

    def page(self) -> ResultsPage:
        key = read_page_key(self.criteria.page, self.order)
        found = self._rows(key)
        counts = self._counts(found if key.values else []) if found or key.values or self.filters else _NOTHING
        if key == PageKey(backward=True) and counts.count:
            found = found[-(counts.count % self.criteria.size or self.criteria.size) :]
            first = counts.count - len(found) + 1
        else:
            first = counts.before + 1 if found else 0
        if not found and counts.count:
            raise PageKeyError
        last = first + len(found) - 1 if found else 0
        shown = self._shown_columns()
        return ResultsPage(
            criteria=self.criteria,
            collection=self.collection,
            title=self.question.title,
            headings=tuple(self._heading(column) for column in shown),
            rows=tuple(self._row(row, first + i, shown) for i, row in enumerate(found)),
            count=counts.count,
            total=counts.total,
            first_number=first,
            last_number=last,
            facets=tuple(self._facet(self.columns[name], counts.by_value[name]) for name in FACETS),
            target=self.question.target,
            links=self._links(found, first > 1, last < counts.count),
            sizes=tuple(self._size(size) for size in PAGE_SIZES),
            messages=self._messages(counts),
            clear_filters_query=self.criteria.without_filters().to_query_string() if self.criteria.filters else "",
        )

    # Rows ------------------------------------------------------------------------------------------------------------

    def _rows(self, key: PageKey) -> list[Observation]:
        """The page's rows in reading order."""
        rows = self.matched.filter(*self.filters.values()).defer(*self._not_read())
        if key.values:
            rows = rows.filter(self.order.beyond(key.values, backward=key.backward))
        found = list(rows.order_by(*self.order.order_by(backward=key.backward))[: self.criteria.size])
        if not key.backward:
            return found
        if key.values and len(found) < self.criteria.size:
            # the way back has reached the beginning: a full first page
            return self._rows(PageKey())
        return found[::-1]

    def _not_read(self) -> tuple[str, ...]:
        return NOT_READ if "s_region" in self.criteria.columns else (*NOT_READ, "s_region")

    def _shown_columns(self) -> list[Column]:
        chosen = self.criteria.columns or tuple(column.name for column in self.collection.columns if column.shown)
        columns = [self.columns[name] for name in chosen]
        return [column for column in columns if self.question.target or not column.cones_only]

    def _row(self, row: Observation, number: int, shown: Sequence[Column]) -> Row:
        state = ObservationState(getattr(row, "state"))  # noqa: B009 - an annotation, which types do not know
        return Row(row, number, state, state_text(row, state), cells_of(row, shown))

    # Counts ----------------------------------------------------------------------------------------------------------

    def _counts(self, page: Sequence[Observation]) -> _Counts:
        """Everything that is counted, in one pass over what matches: rows before ``page`` too, unless that is empty.

        A facet counts what the other filters leave, so that a tick more can be judged beforehand.
        """
        everything = _all_of(self.filters.values())
        counted = {"n_total": Count("*"), "n_kept": _count(everything)}
        counted |= {f"n_for_{name}": self._count_without(name) for name in FACETS}
        if page:
            counted["n_before"] = _count(everything & self.order.beyond(self.order.values_of(page[0]), backward=True))
        groups = list(self.matched.order_by().values(*FACETS).annotate(**counted))
        return _Counts(
            count=sum(group["n_kept"] for group in groups),
            total=sum(group["n_total"] for group in groups),
            before=sum(group.get("n_before", 0) for group in groups),
            by_value={name: _rolled_up(groups, name) for name in FACETS},
        )

    def _count_without(self, name: str) -> Count:
        return _count(_all_of(condition for column, condition in self.filters.items() if column != name))

    # Around the rows -------------------------------------------------------------------------------------------------

    def _heading(self, column: Column) -> Heading:
        names = [key.column for key in self.sort]
        place = names.index(column.name) + 1 if column.name in names else 0
        way = ("descending" if self.sort[place - 1].descending else "ascending") if place else ""
        clicked = self.criteria.with_sort_clicked(column.name, self.sort)
        return Heading(column, way, place, clicked.to_query_string() if column.sortable else "")

    def _facet(self, column: Column, counts: dict[str, int]) -> Facet:
        chosen = self.criteria.filter_values(column.name)
        if column.name == "state":
            values: list[str] = list(ObservationState.values)
        else:
            values = sorted({*counts, *chosen}, key=lambda value: (-counts.get(value, 0), value))
        cleared = self.criteria.with_filter(column.name, ()).to_query_string() if chosen else ""
        return Facet(
            column, tuple(self._facet_value(column, value, counts, value in chosen) for value in values), cleared
        )

    def _facet_value(self, column: Column, value: str, counts: dict[str, int], checked: bool) -> FacetValue:
        toggled = self.criteria.with_filter_toggled(column.name, value).to_query_string()
        return FacetValue(value, column.text(value), counts.get(value, 0), checked, toggled)

    def _links(self, found: Sequence[Observation], earlier: bool, later: bool) -> PageLinks:
        def link(key: PageKey) -> str:
            return self.criteria.at_page(key.write()).to_query_string()

        return PageLinks(
            first=link(PageKey()) if earlier else "",
            previous=link(PageKey(True, self.order.values_of(found[0]))) if earlier else "",
            next=link(PageKey(False, self.order.values_of(found[-1]))) if later else "",
            last=self.criteria.at_page(LAST).to_query_string() if later else "",
        )

    def _size(self, size: int) -> PageSize:
        return PageSize(size, size == self.criteria.size, self.criteria.with_size(size).to_query_string())

    def _messages(self, counts: _Counts) -> tuple[Message, ...]:
        messages: list[Message] = []
        if self.question.remark:
            messages.extend(self.question.remark(self.around, counts.total, self._link))
        if counts.total and not counts.count:
            messages.append(_all_filtered(counts.total, self.criteria))
        if not counts.total and not messages:
            messages.append(_nothing())
        if counts.total > MANY_ROWS:
            messages.append(_many(counts.total))
        return tuple(messages)

    def _link(self, text: str) -> str:
        return self.criteria.without_filters().with_question(text).to_query_string()


def _count(condition: Q) -> Count:
    return Count("obsid", filter=condition) if condition else Count("*")


def _all_of(conditions: Iterable[Q]) -> Q:
    return reduce(and_, conditions, Q())


def _rolled_up(groups: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    """Counts by one facet's value, from the counts of every combination."""
    counts: dict[str, int] = {}
    for group in groups:
        counts[group[name]] = counts.get(group[name], 0) + group[f"n_for_{name}"]
    return {value: count for value, count in counts.items() if count}


def _all_filtered(total: int, criteria: Criteria) -> Message:
    return Message(
        Tone.EMPTY,
        "all-filtered",
        "No row passes the filters",
        f"{total:,} {'observation matches' if total == 1 else 'observations match'} the search itself.",
        "Clear the filters",
        criteria.without_filters().to_query_string(),
    )


def _nothing() -> Message:
    return Message(
        Tone.EMPTY,
        "no-rows",
        "No observation matches",
        "None held here suits every criterion.",
        "Take a criterion away.",
    )


def _many(total: int) -> Message:
    return Message(
        Tone.NOTICE,
        "many-rows",
        "A very large result",
        f"{total:,} observations match; pages and downloads of so many are slow.",
        "Use a smaller radius, or choose a mission.",
    )
