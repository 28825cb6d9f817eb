"""The state of the Advanced Search page, as its address says it: a search, and which dialogs are there.

To the query string of a search (`search.criteria`) the page adds ``dialogs``, the dialogs in order, a folded one with
``-`` before its name, ``none`` for no dialog; ``by``, the dialogs whose values are sorted by name; ``find.filters``,
the text that narrows a dialog's values; ``named``, the text that narrows the list of columns.

The page's form sends besides ``from.t_min`` and ``to.t_min``, the two boxes of a range. `parse_state` takes both, and
`State.to_query_string` writes the address alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import quote, urlencode

from django.http import QueryDict

from search.advanced.boxes import BoxError, expression_of, is_expression
from search.advanced.fields import FIELD, FIELDS, OBJECT, Control, Field
from search.collections import DEFAULT_COLLECTION, UnknownCollectionError, collection_of
from search.columns import Column, by_name
from search.criteria import FILTER_PREFIX, MAX_VALUE_LENGTH, Criteria, CriteriaError, parse_criteria
from search.text import TextError, checked

FIND_PREFIX = "find."
FROM_PREFIX = "from."
TO_PREFIX = "to."
NO_DIALOGS = "none"
#: What the page alone understands; a search would refuse it.
OWN = ("dialogs", "by", "named", "do", "page", "sky", "around")


@dataclass(frozen=True)
class Dialog:
    """A field's dialog on the page."""

    name: str
    folded: bool = False

    def __str__(self) -> str:
        return f"-{self.name}" if self.folded else self.name


@dataclass(frozen=True)
class State:
    """Everything about the page that its address says.

    ``dialogs`` is None before anyone chose; ``errors`` are the boxes that could not be read, with what they hold.
    """

    criteria: Criteria
    dialogs: tuple[Dialog, ...] | None = None
    by_name: frozenset[str] = frozenset()
    find: Mapping[str, str] = field(default_factory=dict)
    named: str = ""
    errors: Mapping[str, BoxError] = field(default_factory=dict)

    # Dialogs ---------------------------------------------------------------------------------------------------------

    @property
    def shown(self) -> tuple[Dialog, ...]:
        """The dialogs on the page: the chosen ones, else those there at first and those that hold a criterion."""
        return self._usual if self.dialogs is None else self.dialogs

    @property
    def _usual(self) -> tuple[Dialog, ...]:
        chosen = {wanted.column for wanted in self.criteria.wanted} | {*self.errors}
        return tuple(
            Dialog(offered.name, folded=not offered.unfolded and offered.name not in chosen)
            for offered in self.fields
            if offered.at_first or offered.name in chosen
        )

    @property
    def fields(self) -> tuple[Field, ...]:
        """The criteria that the collection has columns for."""
        columns = by_name(collection_of(self.criteria.collection).asked)
        return tuple(offered for offered in FIELDS if offered.name == OBJECT or offered.name in columns)

    def with_dialog_toggled(self, name: str) -> Self:
        """The page after a click on a name of the column list: the dialog comes, open, or goes."""
        others = tuple(dialog for dialog in self.shown if dialog.name != name)
        if len(others) < len(self.shown):
            return replace(self, dialogs=others)
        places = [offered.name for offered in FIELDS]
        return replace(
            self, dialogs=tuple(sorted((*others, Dialog(name)), key=lambda dialog: places.index(dialog.name)))
        )

    def with_dialog_folded(self, name: str) -> Self:
        """The page after a click on the heading of a dialog: it folds, or opens."""
        return replace(
            self,
            dialogs=tuple(
                replace(dialog, folded=not dialog.folded) if dialog.name == name else dialog for dialog in self.shown
            ),
        )

    # Criteria --------------------------------------------------------------------------------------------------------

    def values(self, name: str) -> tuple[str, ...]:
        return next((wanted.values for wanted in self.criteria.wanted if wanted.column == name), ())

    def without(self, name: str) -> Self:
        """The page with one criterion taken away."""
        if name == OBJECT:
            return replace(self, criteria=self.criteria.with_question(""))
        kept = tuple(wanted for wanted in self.criteria.wanted if wanted.column != name)
        return replace(self, criteria=replace(self.criteria, wanted=kept), errors=_without(self.errors, name))

    def cleared(self) -> Self:
        """The page with no criterion at all, and the same dialogs."""
        return replace(self, criteria=replace(self.criteria, q="", wanted=()), find={}, errors={}, dialogs=self.shown)

    # The address -----------------------------------------------------------------------------------------------------

    def to_query_string(self) -> str:
        return urlencode(list(self.pairs()), quote_via=quote, safe=",:*/")

    def pairs(self) -> Iterator[tuple[str, str]]:
        yield from self.criteria.pairs()
        for name, text in sorted(self.find.items()):
            yield FIND_PREFIX + name, text
        if self.by_name:
            yield "by", ",".join(sorted(self.by_name))
        if self.named:
            yield "named", self.named
        if self.shown != self._usual:
            yield "dialogs", self.dialogs_word

    @property
    def dialogs_word(self) -> str:
        """The dialogs as the address and the form write them."""
        return ",".join(map(str, self.shown)) or NO_DIALOGS


def _without(errors: Mapping[str, BoxError], name: str) -> dict[str, BoxError]:
    return {column: error for column, error in errors.items() if column != name}


# Reading -------------------------------------------------------------------------------------------------------------


def parse_state(query: QueryDict) -> State:
    """The page that an address, or the page's form, says.

    Filters and the page of a result are left behind: they belong to the rows of one search.

    Raises
    ------
    CriteriaError : what `search.criteria.parse_criteria` refuses; a dialog that does not exist.
    """
    return _Reader(query).state()


class _Reader:
    """One reading of an address: what is a search's own goes into ``of_search``, the rest into the page's state."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.of_search = QueryDict(mutable=True)
        self.find: dict[str, str] = {}
        self.errors: dict[str, BoxError] = {}
        self.columns = _columns_of(query.get("collection") or DEFAULT_COLLECTION)

    def state(self) -> State:
        for name in self.query:
            if name.startswith(FIND_PREFIX):
                self._read_find_box(self._column(name, Control.VALUES))
            elif name.startswith(FROM_PREFIX) or (name.startswith(TO_PREFIX) and not self._has_other_box(name)):
                self._read_range(self._column(name, Control.RANGE))
            elif name not in OWN and not name.startswith((TO_PREFIX, FILTER_PREFIX)):
                # a box that holds blanks alone is empty
                self.of_search.setlistdefault(name).extend(filter(str.strip, self.query.getlist(name)))
        return State(
            criteria=parse_criteria(self.of_search),
            dialogs=_dialogs(self.query.get("dialogs", "")),
            by_name=frozenset(_names(",".join(self.query.getlist("by")))),
            find=self.find,
            named=self._text("named"),
            errors=self.errors,
        )

    def _has_other_box(self, name: str) -> bool:
        return FROM_PREFIX + name.removeprefix(TO_PREFIX) in self.query

    def _column(self, parameter: str, control: Control) -> Column:
        name = parameter.partition(".")[2]
        if name not in self.columns or name not in FIELD or FIELD[name].control is not control:
            raise _no_field(name)
        return self.columns[name]

    def _read_find_box(self, column: Column) -> None:
        """The box above a dialog's values: an expression is a criterion, anything else narrows the values."""
        text = self._text(FIND_PREFIX + column.name)
        if is_expression(column, text):
            self.of_search.appendlist(column.name, text)
        elif text:
            self.find[column.name] = text

    def _read_range(self, column: Column) -> None:
        low, high = self._text(FROM_PREFIX + column.name), self._text(TO_PREFIX + column.name)
        try:
            expression = expression_of(low, high)
        except BoxError as error:
            self.errors[column.name] = error
            return
        if expression:
            self.of_search.appendlist(column.name, expression)

    def _text(self, name: str) -> str:
        try:
            return checked(self.query.get(name, ""), MAX_VALUE_LENGTH)
        except TextError as error:
            raise CriteriaError(f"“{name[:40]}”: {error.text}", error.remedy) from None


def _columns_of(collection: str) -> dict[str, Column]:
    try:
        return by_name(collection_of(collection).asked)
    except UnknownCollectionError as error:
        raise CriteriaError(error.text, error.remedy) from None


def _dialogs(raw: str) -> tuple[Dialog, ...] | None:
    if not raw:
        return None
    if raw == NO_DIALOGS:
        return ()
    folded = {name.removeprefix("-"): name.startswith("-") for name in raw.split(",")}
    return tuple(Dialog(name, folded[name]) for name in _names(",".join(folded)))


def _names(raw: str) -> list[str]:
    names = [name for name in raw.split(",") if name]
    for name in names:
        if name not in FIELD:
            raise _no_field(name)
    return names


def _no_field(name: str) -> CriteriaError:
    return CriteriaError(
        f"Advanced Search has no field “{name[:40]}”.", "Take it out of the address, or open Advanced Search anew."
    )
