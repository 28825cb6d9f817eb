"""The Advanced Search page: dialogs, applied filters, the list of columns, and how many records there are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.db.models import Q

from search import query
from search.advanced import dialogs
from search.advanced.boxes import Boxes, boxes_of
from search.advanced.counts import NOT_COUNTED, Counts, counted
from search.advanced.dialogs import DialogView
from search.advanced.fields import OBJECT, Control, Field
from search.advanced.state import Dialog, State
from search.collections import Collection, Question, collection_of
from search.columns import Column, Kind, by_name
from search.messages import SearchError
from search.operator_help import help_lines


@dataclass(frozen=True)
class Records:
    """How many records match, and what may be done with so many.

    ``count`` is None when it could not be counted; ``words`` say what to do where something may not.
    """

    count: int | None
    total: int | None
    can_search: bool
    can_export: bool
    words: str
    #: The dialogs count every so many-th row.
    one_in: int = 1

    @property
    def load_limit(self) -> int:
        return int(settings.LOAD_LIMIT_ROWS)

    @property
    def text(self) -> str:
        return "–" if self.count is None else f"{self.count:,}"


@dataclass(frozen=True)
class Applied:
    """A criterion among the applied filters."""

    name: str
    label: str
    text: str
    failed: bool


@dataclass(frozen=True)
class ColumnName:
    """A line of the list of columns. ``listed`` is False for what the find box leaves out."""

    name: str
    label: str
    shown: bool
    chosen: bool
    listed: bool


@dataclass(frozen=True)
class AdvancedPage:
    """Everything that the page shows; ``hidden`` are the form's fields for what stands in no dialog."""

    state: State
    collection: Collection
    records: Records
    applied: tuple[Applied, ...]
    names: tuple[ColumnName, ...]
    dialogs: tuple[DialogView, ...]
    hidden: tuple[tuple[str, str], ...]
    search_query: str


class Refusal:
    """Why a criterion is left out of the count."""

    def __init__(self, text: str, remedy: str = "") -> None:
        self.text = text
        self.remedy = remedy


def page_of(state: State, now: dt.datetime) -> AdvancedPage:
    """The page at ``now``; what cannot be read is said in its dialog, and left out of the count."""
    return _Builder(state, now).page()


class _Builder:
    def __init__(self, state: State, now: dt.datetime) -> None:
        self.state = state
        self.now = now
        self.criteria = state.criteria
        self.collection = collection_of(self.criteria.collection)
        self.columns = by_name(self.collection.asked)
        self.fields = {field.name: field for field in state.fields}
        self.refusals: dict[str, Refusal] = {name: Refusal(error.text) for name, error in state.errors.items()}
        self.question = self._question()
        self.usable = self._usable()

    def page(self) -> AdvancedPage:
        return AdvancedPage(
            state=self.state,
            collection=self.collection,
            records=self._records(),
            applied=tuple(self._applied()),
            names=tuple(self._name(field) for field in self.state.fields),
            dialogs=tuple(self._dialog(dialog) for dialog in self._shown),
            hidden=tuple(self._hidden()),
            search_query=self.criteria.to_query_string(),
        )

    # Criteria --------------------------------------------------------------------------------------------------------

    def _question(self) -> Question | None:
        """What the search box asks; None when it is empty or cannot be answered."""
        if not self.criteria.q:
            return None
        try:
            return self.collection.ask(self.criteria.q)
        except SearchError as error:
            self.refusals[OBJECT] = Refusal(error.text, error.remedy)
            return None

    def _usable(self) -> dict[str, Q]:
        """The conditions of the criteria that can be read, by column."""
        usable = {}
        for wanted in self.criteria.wanted:
            try:
                usable[wanted.column] = query.condition(self.columns[wanted.column], wanted.values)
            except SearchError as error:
                self.refusals[wanted.column] = Refusal(error.text, error.remedy)
        return usable

    @cached_property
    def _counts(self) -> Counts:
        asked = [
            self.columns[dialog.name]
            for dialog in self._shown
            if not dialog.folded
            and dialog.name != OBJECT
            and self.fields[dialog.name].control in {Control.VALUES, Control.RANGE}
        ]
        if OBJECT in self.refusals:
            return NOT_COUNTED
        constraints = self.question.constraints if self.question else ()
        return counted(constraints, self.usable, asked, self.now)

    # Records Found ---------------------------------------------------------------------------------------------------

    def _records(self) -> Records:
        count = self._counts.count
        words = self._words(count)
        return Records(
            count=count,
            total=self._counts.total,
            can_search=not words,
            can_export=not self._nothing_to_find(count) and (count or 0) <= settings.EXPORT_LIMIT_ROWS,
            words=words,
            one_in=self._counts.one_in,
        )

    def _nothing_to_find(self, count: int | None) -> bool:
        return bool(self.refusals) or self.criteria.is_blank or not count

    def _words(self, count: int | None) -> str:
        """Why the search cannot be run, and what to do; empty when it can."""
        if self.refusals:
            left_out = ", ".join(self._label(name) for name in self.refusals)
            return f"Not counted in: {left_out}. Correct the marked box."
        if count is None:
            return self._counts.reason
        if self.criteria.is_blank:
            return "Choose a criterion to search."
        if count == 0:
            return "No record matches. Remove one of the applied filters."
        if count >= settings.LOAD_LIMIT_ROWS:
            return self._too_many(count)
        return ""

    def _too_many(self, count: int) -> str:
        limit = f"{settings.LOAD_LIMIT_ROWS:,} records and more cannot be loaded."
        if count <= settings.EXPORT_LIMIT_ROWS:
            return f"{limit} Add a criterion, or export the table."
        return f"{limit} Add a criterion; a table of up to {settings.EXPORT_LIMIT_ROWS:,} records can be exported."

    # Around the dialogs ----------------------------------------------------------------------------------------------

    def _label(self, name: str) -> str:
        return dialogs.question_label(self.collection) if name == OBJECT else self.columns[name].label

    def _applied(self) -> Sequence[Applied]:
        applied = []
        if self.criteria.q:
            applied.append(Applied(OBJECT, self._label(OBJECT), self.criteria.q, OBJECT in self.refusals))
        for wanted in self.criteria.wanted:
            field = self.fields.get(wanted.column, Field(wanted.column, Control.TEXT))
            text = dialogs.in_words(field, self.columns[wanted.column], wanted.values)
            applied.append(Applied(wanted.column, self._label(wanted.column), text, wanted.column in self.refusals))
        return applied

    def _name(self, field: Field) -> ColumnName:
        label = self._label(field.name)
        return ColumnName(
            name=field.name,
            label=label,
            shown=any(dialog.name == field.name for dialog in self._shown),
            chosen=bool(self.state.values(field.name) or (field.name == OBJECT and self.criteria.q)),
            listed=self.state.named.casefold() in label.casefold(),
        )

    @cached_property
    def _shown(self) -> tuple[Dialog, ...]:
        """The dialogs whose fields the collection has."""
        return tuple(dialog for dialog in self.state.shown if dialog.name in self.fields)

    def _hidden(self) -> Sequence[tuple[str, str]]:
        """What the form has to carry besides its boxes: criteria without an open dialog, order, columns, page size."""
        in_boxes = {dialog.name for dialog in self._shown if not dialog.folded}
        boxed = {"collection", "q"} if OBJECT in in_boxes else {"collection"}
        hidden = [(name, value) for name, value in self.criteria.pairs() if name not in boxed and name not in in_boxes]
        hidden += [(f"find.{name}", text) for name, text in self.state.find.items() if name not in in_boxes]
        hidden += [("by", name) for name in sorted(self.state.by_name - in_boxes)]
        return [*hidden, ("dialogs", self.state.dialogs_word)]

    # One dialog ------------------------------------------------------------------------------------------------------

    def _dialog(self, dialog: Dialog) -> DialogView:
        field = self.fields[dialog.name]
        refusal = self.refusals.get(field.name)
        error, remedy = (refusal.text, refusal.remedy) if refusal else ("", "")
        if field.name == OBJECT:
            description = f"{self.collection.help_text} No wildcards."
            return DialogView(
                field, self._label(OBJECT), "", description, dialog.folded,
                error=error, remedy=remedy, chosen=bool(self.criteria.q),
            )  # fmt: skip
        column = self.columns[field.name]
        texts = self.state.values(field.name)
        spread = self._counts.ranges.get(field.name)
        boxes = self._boxes(field, texts)
        return DialogView(
            field=field,
            label=column.label,
            unit=_unit(column),
            description=column.description,
            folded=dialog.folded,
            help=help_lines(column),
            error=error,
            remedy=remedy,
            chosen=bool(texts),
            values=self._values(field, column, texts),
            histogram=dialogs.histogram_of(spread, column, texts) if spread else None,
            boxes=boxes,
            note=_note(column, boxes, self.now),
            is_date=column.kind is Kind.DATE,
        )

    def _boxes(self, field: Field, texts: Sequence[str]) -> Boxes:
        """What stands in the boxes: what could not be read stays there as it was typed."""
        if field.name in self.state.errors:
            error = self.state.errors[field.name]
            return Boxes(error.low, error.high, tuple(texts))
        if field.control is Control.TEXT:
            return Boxes(low=texts[0] if texts else "", more=tuple(texts[1:]))
        return boxes_of(texts) if field.control is Control.RANGE else Boxes()

    def _values(self, field: Field, column: Column, texts: Sequence[str]) -> dialogs.Values | None:
        if field.control is not Control.VALUES:
            return None
        find = self.state.find.get(field.name, "")
        facet = self._counts.values.get(field.name)
        return dialogs.values_of(facet, column, texts, find, by_name=field.name in self.state.by_name)


def _unit(column: Column) -> str:
    return "deg" if column.kind in {Kind.RA, Kind.DEC} else column.unit


def _note(column: Column, boxes: Boxes, now: dt.datetime) -> str:
    if column.name == "t_obs_release":
        return f"After {now:%Y-%m-%d}: these rows are exclusive access."
    return dialogs.position_note(column, boxes)
