"""Running a search: criteria in, one page of rows with counts, links and messages out."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from psycopg.errors import QueryCanceled

from archive.models import Observation, ObservationState
from archive.roundtrip import kept_usable
from search.cells import state_text
from search.collections import collection_of
from search.columns import Column
from search.criteria import PAGE_SIZES, TEXT_FILTER, Criteria
from search.facets.choice import panel_columns
from search.facets.counting import count_facets
from search.facets.loading import PageRows, Part
from search.facets.model import Facet, FacetPanel
from search.facets.panel import asked_by, panel_of
from search.kept import Kept
from search.messages import Message, SearchError, Tone
from search.narrowing import Narrowed, RowCount, count_up_to, matched_count, rows_of, too_many_to_load
from search.page import Heading, PageLinks, PageSize, ResultsPage, Row
from search.paging import LAST, PageKey, PageKeyError, read_page_key
from search.reading import read_observations
from search.viewers.actions import actions_for, with_viewed_groups
from search.zero_rows import last_rows_taken

__all__ = ["facet_panel", "matched_count", "refused", "rows_of", "run", "time_limit"]

#: Facets that every page counts; the legend shows the states.
ALWAYS_COUNTED = ("state", "obs_collection")
#: What a row of a search around a position has besides its own columns.
CONE_FIELDS = ("distance_arcsec", "centre_distance_arcsec")
#: Derived columns and long texts that a grid does not show.
NOT_READ = (
    "hpx", "cover_x", "cover_y", "cover_z", "cover_radius_deg",
    "box_ra_min_deg", "box_ra_max_deg", "box_dec_min_deg", "box_dec_max_deg",
)  # fmt: skip

_PAGES: Kept[ResultsPage] = Kept(lambda page: len(page.rows) + 10)
_PANELS: Kept[FacetPanel] = Kept(lambda panel: 20)


def run(criteria: Criteria, now: dt.datetime, *, with_panel: bool = False) -> ResultsPage:
    """The page of rows that ``criteria`` asks for at ``now``; a refusal is a message in it, never an exception.

    Without ``with_panel`` its filters are Access and Mission alone: see `facet_panel` for the others.
    """
    try:
        narrowed = Narrowed.of(criteria, now)
        with kept_usable():
            answer = _Search(narrowed, with_panel=with_panel).page
            return answer() if with_panel else _PAGES.of(narrowed, answer)
    except SearchError as error:
        return refused(criteria, error)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return refused(criteria, _too_long())


def facet_panel(criteria: Criteria, now: dt.datetime) -> FacetPanel:
    """The whole filters panel of a search.

    Raises
    ------
    SearchError : as `run` says in its messages, a search that takes too long included.
    """
    narrowed = Narrowed.of(criteria, now)
    try:
        with kept_usable():
            return _PANELS.of(narrowed, lambda: _Search(narrowed, with_panel=True).counts().panel)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise _too_long() from None


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
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('jit', 'off', true)",
                [f"{settings.SEARCH_TIMEOUT_S}s"],
            )
        yield


@dataclass(frozen=True)
class _Counts:
    """Rows that pass the filters, rows before them, the filters panel, and the rows of the page from ``first`` on."""

    shown: RowCount
    total: RowCount
    panel: FacetPanel
    #: Rows that one filter alone hides, by the filter's name.
    hidden_by: Mapping[str, int] = field(default_factory=dict)
    first: int = 1
    rows: Sequence[Observation] = ()


class _Search:
    """One run of a search."""

    def __init__(self, narrowed: Narrowed, *, with_panel: bool) -> None:
        self.with_panel = with_panel
        self.narrowed = narrowed
        self.criteria = narrowed.criteria
        self.collection = narrowed.collection
        self.question = narrowed.question
        self.columns = narrowed.columns
        self.sort = narrowed.sort
        self.order = narrowed.order
        self.around = narrowed.around
        self.matched = narrowed.matched
        self.filters = narrowed.filters

    def page(self) -> ResultsPage:
        counts = self.counts(read_page_key(self.criteria.page, self.order))
        found, first, count = counts.rows, counts.first, counts.shown.rows
        if not found and count:
            raise PageKeyError
        last = first + len(found) - 1 if found else 0
        shown = tuple(self._shown_columns())
        return ResultsPage(
            criteria=self.criteria,
            collection=self.collection,
            title=self.question.title,
            headings=tuple(self._heading(column) for column in shown),
            rows=tuple(self._row(row, first + i, shown) for i, row in enumerate(found)),
            count=count,
            total=counts.total.rows,
            is_exact=counts.shown.is_exact and counts.total.is_exact,
            first_number=first if found else 0,
            last_number=last,
            panel=counts.panel,
            target=self.question.target,
            links=self._links(found, first > 1, last < count or not counts.shown.is_exact, counts.shown.is_exact),
            sizes=tuple(self._size(size) for size in PAGE_SIZES),
            messages=self._messages(counts),
            clear_filters_query=counts.panel.clear_query,
        )

    # Rows ------------------------------------------------------------------------------------------------------------

    def _rows_of(self, page: PageRows, carried: tuple[str, ...]) -> list[Observation]:
        """The observations of a page that was counted, in its order."""
        numbers = [obsid for obsid, *_ in page.rows]
        rows = read_observations(numbers, self.narrowed.now, self._not_read())
        for obsid, *values in page.rows:
            if obsid in rows:  # an observation may go while its page is made
                vars(rows[obsid]).update(zip(carried, values, strict=True))
        return [rows[obsid] for obsid in numbers if obsid in rows]

    def _rows(self, key: PageKey) -> list[Observation]:
        """The page's rows in reading order, found by their keys alone: no page costs more than another."""
        order_by = self.order.order_by(backward=key.backward)
        rows = with_viewed_groups(self.narrowed.shown).defer(*self._not_read()).order_by(*order_by)
        stages = self.order.stages(key.values, backward=key.backward) if key.values else [Q()]
        found: list[Observation] = []
        for stage in stages:
            if len(found) < self.criteria.size:
                found += rows.filter(stage)[: self.criteria.size - len(found)]
        if not key.backward:
            return found
        if key.values and len(found) < self.criteria.size:
            # the way back has reached the beginning: a full first page
            return self._rows(PageKey())
        return found[::-1]

    def _not_read(self) -> tuple[str, ...]:
        return NOT_READ if "s_region" in self.criteria.columns else (*NOT_READ, "s_region")

    def _shown_columns(self) -> list[Column]:
        chosen = self.criteria.columns or tuple(column.name for column in self.criteria.all_columns if column.shown)
        columns = [self.columns[name] for name in chosen]
        return [column for column in columns if self.question.target or not column.cones_only]

    def _row(self, row: Observation, number: int, shown: tuple[Column, ...]) -> Row:
        state = ObservationState(getattr(row, "state"))  # noqa: B009 - an annotation, which types do not know
        return Row(row, number, state, state_text(row, state), shown, actions_for(row))

    # Counts ----------------------------------------------------------------------------------------------------------

    def counts(self, key: PageKey | None = None) -> _Counts:
        """Everything that is counted, and with ``key`` the page's rows."""
        asked = asked_by(self.criteria, self._facet_columns())
        created = tuple(one.column.field for one in self.criteria.created)
        carried = (CONE_FIELDS if self.question.target else ()) + created
        part = Part(self.order, key, self.criteria.size, carried) if key else None
        rows, within = self.narrowed.to_load
        limit = settings.LOAD_LIMIT_ROWS
        counted = count_facets(rows, asked, self.filters, limit=limit, part=part, within=within)
        if counted.too_many:
            with time_limit():
                return self._bounded_counts(key)
        page = counted.page or PageRows(1, ())
        return _Counts(
            shown=RowCount(counted.shown),
            total=RowCount(counted.total),
            panel=self._panel(counted.facets),
            hidden_by=counted.hidden_by or {},
            first=page.first,
            rows=self._rows_of(page, carried) if page.rows else [],
        )

    def _bounded_counts(self, key: PageKey | None) -> _Counts:
        """Counts of more rows than are loaded, as far as an export goes; there are no facets then."""
        limit = settings.EXPORT_LIMIT_ROWS
        total = count_up_to(self.matched, limit)
        shown = count_up_to(self.narrowed.shown, limit) if self.filters else total
        panel = self._panel((), str(too_many_to_load()))
        if key is None or not shown.rows:
            return _Counts(shown, total, panel)
        found = self._rows(key)
        if key.backward and not key.values:
            if not shown.is_exact:
                raise PageKeyError
            found = found[-(shown.rows % self.criteria.size or self.criteria.size) :]
            return _Counts(shown, total, panel, first=shown.rows - len(found) + 1, rows=found)
        return _Counts(shown, total, panel, first=self._rows_before(found, limit) + 1 if key.values else 1, rows=found)

    def _rows_before(self, found: Sequence[Observation], limit: int) -> int:
        if not found:
            return 0
        before = self.order.beyond(self.order.values_of(found[0]), backward=True)
        return count_up_to(self.narrowed.shown.filter(before), limit).rows

    def _panel(self, facets: tuple[Facet, ...], too_many: str = "") -> FacetPanel:
        in_cone = self.question.target is not None
        return panel_of(self.criteria, self.criteria.all_columns, facets, in_cone=in_cone, too_many=too_many)

    def _facet_columns(self) -> tuple[Column, ...]:
        if not self.with_panel:
            return tuple(self.columns[name] for name in ALWAYS_COUNTED)
        chosen = (*self.criteria.facets, *ALWAYS_COUNTED) if self.criteria.facets else ()
        filtered = (wanted.column for wanted in self.criteria.filters)
        return panel_columns(self.criteria.all_columns, chosen, filtered, in_cone=self.question.target is not None)

    # Around the rows -------------------------------------------------------------------------------------------------

    def _heading(self, column: Column) -> Heading:
        names = [key.column for key in self.sort]
        place = names.index(column.name) + 1 if column.name in names else 0
        way = ("descending" if self.sort[place - 1].descending else "ascending") if place else ""
        clicked = self.criteria.with_sort_clicked(column.name, self.sort)
        if not column.sortable:
            return Heading(column, way, place)
        added = self.criteria.with_sort_added(column.name, self.sort)
        return Heading(column, way, place, clicked.to_query_string(), added.to_query_string())

    def _links(self, found: Sequence[Observation], earlier: bool, later: bool, countable: bool) -> PageLinks:
        def link(key: PageKey) -> str:
            return self.criteria.at_page(key.write()).to_query_string()

        return PageLinks(
            first=link(PageKey()) if earlier else "",
            previous=link(PageKey(True, self.order.values_of(found[0]))) if earlier else "",
            next=link(PageKey(False, self.order.values_of(found[-1]))) if later else "",
            last=self.criteria.at_page(LAST).to_query_string() if later and countable else "",
        )

    def _size(self, size: int) -> PageSize:
        return PageSize(size, size == self.criteria.size, self.criteria.with_size(size).to_query_string())

    def _messages(self, counts: _Counts) -> tuple[Message, ...]:
        messages: list[Message] = []
        total = counts.total.rows
        if self.question.remark:
            messages.extend(self.question.remark(self.around, total, self._link))
        if total and not counts.shown.rows:
            messages.append(_all_filtered(total, self.narrowed, counts.hidden_by))
        if not total:
            messages.extend(last_rows_taken(self.narrowed))
        if not total and not messages:
            messages.append(_nothing())
        if not counts.total.loads:
            messages.append(_many(counts.total))
        return tuple(messages)

    def _link(self, text: str) -> str:
        return self.criteria.without_filters().with_question(text).to_query_string()


def _all_filtered(total: int, narrowed: Narrowed, hidden_by: Mapping[str, int]) -> Message:
    """Every row is hidden: by one filter that can be taken away, or by several together."""
    criteria, title = narrowed.criteria, "No row passes the filters"
    text = f"{total:,} {'observation matches' if total == 1 else 'observations match'} the search itself."
    alone = max(hidden_by, key=lambda name: hidden_by[name], default="")
    if len(hidden_by) > 1 and hidden_by[alone]:
        label = "Keyword/Text" if alone == TEXT_FILTER else narrowed.columns[alone].label
        without = criteria.with_text("") if alone == TEXT_FILTER else criteria.with_filter(alone, ())
        text = f"{text} {label} hides the last {hidden_by[alone]:,}."
        return Message(Tone.EMPTY, "all-filtered", title, text, f"Clear {label}", without.to_query_string())
    return Message(
        Tone.EMPTY, "all-filtered", title, text, "Clear the filters", criteria.without_filters().to_query_string()
    )


def _nothing() -> Message:
    return Message(
        Tone.EMPTY,
        "no-rows",
        "No observation matches",
        "None held here suits every criterion.",
        "Take a criterion away.",
    )


def _many(total: RowCount) -> Message:
    limit = too_many_to_load()
    return Message(Tone.NOTICE, "many-rows", limit.title, f"{total} observations match. {limit.text}", limit.remedy)
