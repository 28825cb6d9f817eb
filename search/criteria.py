"""A search as it stands in the address: typed, validated, and written back in one canonical form.

The query string is a contract (`docs/search.md`): ``collection``, ``q``, one parameter a criterion under its column's
own name, filters with the prefix ``f.`` (``f.text`` is the keyword filter over all columns), created columns with the
prefix ``c.``, the ``facets`` of the panel, ``sort``, ``columns``, ``size`` and the page key ``page``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import Self, TypeVar
from urllib.parse import quote

from django.http import QueryDict

from search import regions
from search.collections import DEFAULT_COLLECTION, Collection, UnknownCollectionError, collection_of
from search.columns import REGION, Column, Kind, SortKey, by_name
from search.created import MAX_CREATED, PREFIX, CreateColumnError, Created, read_created, with_created
from search.messages import SearchError
from search.text import TextError, checked, cleaned

PAGE_SIZES = (50, 100, 250, 500, 1000)
DEFAULT_SIZE = 100
FILTER_PREFIX = "f."
FROM, TO = ".from", ".to"
#: How the rows are shown beside the plain grid: with a column of previews or cut-outs, or as an album of them.
VIEWS = ("previews", "album", "cutouts", "cutout-album")
#: Sides of a cut-out, arc-seconds; the first is what stands when none is chosen.
CUTOUT_SIZES = (20, 5, 10, 30, 60, 120, 300)
MAX_VALUES = 200
MAX_VALUE_LENGTH = 500
MAX_QUESTION_LENGTH = 2_000
MAX_PAGE_LENGTH = 4_000
MAX_REGION_LENGTH = regions.MAX_LENGTH
TEXT_FILTER = f"{FILTER_PREFIX}text"
#: Where the sky looks, and the row whose page is wanted.
ELSEWHERE = ("sky", "around")
SHOWN = ("facets", "sort", "columns", "view", "cutout", "size", "page", "format")
RESERVED = ("collection", "q", TEXT_FILTER, *SHOWN, *ELSEWHERE)

#: The links of a page say the same names and values a hundred times.
_quoted = lru_cache(4096)(partial(quote, safe=",:*/"))


class CriteriaError(SearchError):
    """An address that does not say a search."""

    code = "criteria"
    title = "The address of this search cannot be used"


@dataclass(frozen=True)
class Wanted:
    """One column and the values that suit it: any one of them is enough."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Criteria:
    """Everything about a search that its address says.

    ``wanted`` decides what is matched; ``filters`` and ``text``, a pattern over all values of a row, what of it is
    shown. ``created`` are columns computed from others, ``facets`` the panel's columns. Where ``facets``, ``sort`` or
    ``columns`` is empty the collection's own choice stands; ``page`` is an opaque key of `search.paging`, empty for the
    first page. ``sky`` is where the sky beside the rows looks, ``ra,dec,field`` in degrees: nothing is searched by it,
    links keep it.
    """

    collection: str = DEFAULT_COLLECTION
    q: str = ""
    wanted: tuple[Wanted, ...] = ()
    filters: tuple[Wanted, ...] = ()
    text: str = ""
    created: tuple[Created, ...] = ()
    facets: tuple[str, ...] = ()
    sort: tuple[SortKey, ...] = ()
    columns: tuple[str, ...] = ()
    view: str = ""
    #: Side of the cut-outs, arc-seconds.
    cutout: int = CUTOUT_SIZES[0]
    size: int = DEFAULT_SIZE
    page: str = ""
    sky: str = ""

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The collection's columns and the created ones."""
        return with_created(collection_of(self.collection).columns, self.created)

    @property
    def asked_columns(self) -> tuple[Column, ...]:
        """What filters may be about: those columns, and the region."""
        return (*self.all_columns, REGION)

    @property
    def is_blank(self) -> bool:
        """Nothing was asked for."""
        return not self.q and not self.wanted

    def filter_values(self, column: str) -> tuple[str, ...]:
        return next((wanted.values for wanted in self.filters if wanted.column == column), ())

    def at_page(self, page: str) -> Self:
        return replace(self, page=page)

    def with_size(self, size: int) -> Self:
        return replace(self, size=size, page="")

    def with_view(self, view: str) -> Self:
        """The same rows as one of `VIEWS`; empty for the plain grid."""
        return replace(self, view=view)

    def with_cutout(self, size_arcsec: int) -> Self:
        return replace(self, cutout=size_arcsec)

    def with_question(self, q: str) -> Self:
        return replace(self, q=q, page="", sky="")

    def bare(self) -> Self:
        """The search by itself: its first page, wherever the sky looks."""
        return replace(self, page="", sky="")

    @property
    def is_filtered(self) -> bool:
        return bool(self.filters or self.text)

    def without_filters(self) -> Self:
        return replace(self, filters=(), text="", page="")

    def with_text(self, text: str) -> Self:
        return replace(self, text=text, page="")

    def with_facets(self, facets: tuple[str, ...]) -> Self:
        """The search with these columns in the filters panel; none for the collection's own choice."""
        return replace(self, facets=facets)

    def with_criterion(self, column: str, values: Iterable[str]) -> Self:
        """The search with this criterion in place of the column's own; no value takes it away."""
        others = (wanted for wanted in self.wanted if wanted.column != column)
        return replace(self, wanted=_in_order((*others, Wanted(column, tuple(sorted(values))))), page="")

    def with_filter(self, column: str, values: Iterable[str]) -> Self:
        """The search with these texts as a column's filter and no others; none at all takes the filter away.

        The texts are as a box takes them: for a value as it is stored, see `search.operators.literal`.
        """
        others = (wanted for wanted in self.filters if wanted.column != column)
        return replace(self, filters=_in_order((*others, Wanted(column, tuple(sorted(values))))), page="")

    def with_filter_toggled(self, column: str, value: str) -> Self:
        """The search after a click on a facet's box."""
        return self.with_filter(column, set(self.filter_values(column)) ^ {value})

    def with_sort_clicked(self, column: str, current: tuple[SortKey, ...]) -> Self:
        """The search after a click on a heading: ascending, then descending, then the collection's own order.

        ``current`` is the order that the rows stand in, given or the collection's own.
        """
        first = current[0] if current else None
        if first is None or first.column != column:
            return replace(self, sort=(SortKey(column),), page="")
        return replace(
            self, sort=() if first.descending and self.sort else (SortKey(column, not first.descending),), page=""
        )

    def with_sort_added(self, column: str, current: tuple[SortKey, ...]) -> Self:
        """The search after a click on a heading with shift: the column comes last, turns about, or leaves the order."""
        keys = {key.column: key for key in self.sort or current}
        if column not in keys:
            keys[column] = SortKey(column)
        elif keys[column].descending:
            del keys[column]
        else:
            keys[column] = SortKey(column, descending=True)
        return replace(self, sort=tuple(keys.values()), page="")

    def with_created(self, created: Created) -> Self:
        """The search with one more column, which stands behind the first."""
        columns = with_first(self.columns, created.name) if self.columns else ()
        return replace(self, created=(*self.created, created), columns=columns)

    def without_created(self, name: str) -> Self:
        """The search without a created column, its order and its filter too."""
        return replace(
            self,
            created=tuple(one for one in self.created if one.name != name),
            columns=tuple(column for column in self.columns if column != name),
            sort=tuple(key for key in self.sort if key.column != name),
            filters=tuple(wanted for wanted in self.filters if wanted.column != name),
            page="",
        )

    def to_query_string(self) -> str:
        """The canonical query string, without the leading ``?``; `parse_criteria` reads it back unchanged."""
        return self._query_string

    @cached_property
    def _query_string(self) -> str:
        return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in self.pairs()])

    def pairs(self) -> Iterable[tuple[str, str]]:
        """The parameters in canonical order, as a form's hidden fields carry them."""
        yield "collection", self.collection
        if self.q:
            yield "q", self.q
        for wanted in self.wanted:
            yield from ((wanted.column, value) for value in wanted.values)
        for wanted in self.filters:
            yield from ((FILTER_PREFIX + wanted.column, value) for value in wanted.values)
        if self.text:
            yield TEXT_FILTER, self.text
        yield from ((PREFIX + one.name, one.expression) for one in self.created)
        others = {
            "facets": ",".join(self.facets),
            "sort": ",".join(map(str, self.sort)),
            "columns": ",".join(self.columns),
            "view": self.view,
            "cutout": str(self.cutout) if self.cutout != CUTOUT_SIZES[0] else "",
            "size": str(self.size) if self.size != DEFAULT_SIZE else "",
            "page": self.page,
            "sky": self.sky,
        }
        yield from ((name, value) for name, value in others.items() if value)


def parse_criteria(query: QueryDict) -> Criteria:
    """The search that an address says.

    A form's two boxes of a range, ``t_min.from`` and ``t_min.to``, say the same as ``t_min=from..to``.

    Raises
    ------
    CriteriaError : an unknown collection, column or parameter, a size that is not offered, unusable text.
    """
    try:
        collection = collection_of(query.get("collection") or DEFAULT_COLLECTION)
    except UnknownCollectionError as error:
        raise CriteriaError(error.text, error.remedy) from None
    created = _created(query, collection)
    columns = with_created(collection.columns, created)
    blank = Criteria(collection.slug, created=created)
    return criteria_of(_with_regions(query), blank, columns, collection.example_sort, (REGION,))


Made = TypeVar("Made", bound=Criteria)


def criteria_of(
    query: QueryDict,
    blank: Made,
    all_columns: tuple[Column, ...],
    example_sort: str,
    besides: tuple[Column, ...] = (),
) -> Made:
    """What an address says of rows with these columns, written into ``blank``; they are asked by those ``besides`` too.

    Raises
    ------
    CriteriaError : as `parse_criteria`.
    """
    columns, asked = by_name(all_columns), by_name((*all_columns, *besides))
    query = _with_ranges(query)
    others = {*RESERVED, *(PREFIX + one.name for one in blank.created)}
    names = sorted(name for name in query if name not in others)
    return replace(
        blank,
        q=_question(query.get("q", "")),
        wanted=_in_order(_wanted(query, name, name, asked) for name in names if not name.startswith(FILTER_PREFIX)),
        filters=_in_order(
            _wanted(query, name, name.removeprefix(FILTER_PREFIX), asked)
            for name in names
            if name.startswith(FILTER_PREFIX)
        ),
        text=_value(TEXT_FILTER, query.get(TEXT_FILTER, "")),
        facets=_columns("facets", query.get("facets", ""), columns),
        sort=_sort(query.get("sort", ""), columns, example_sort),
        columns=_columns("columns", query.get("columns", ""), columns),
        view=_view(query.get("view", "")),
        cutout=_cutout(query.get("cutout", "")),
        size=_size(query.get("size", "")),
        page=_value("page", query.get("page", ""), MAX_PAGE_LENGTH),
        sky=_sky(query.get("sky", "")),
    )


def _with_ranges(query: QueryDict) -> QueryDict:
    """The parameters with both boxes of a range as one value; a range without ends is none."""
    boxes = [name for name in query if name.endswith((FROM, TO))]
    if not boxes:
        return query
    merged = query.copy()
    for name in dict.fromkeys(name.removesuffix(FROM).removesuffix(TO) for name in boxes):
        low, high = (merged.pop(name + end, [""])[-1].strip() for end in (FROM, TO))
        if low or high:
            merged.appendlist(name, f"{low}..{high}")
    return merged


def _with_regions(query: QueryDict) -> QueryDict:
    """The parameters with what is a region among the values of ``s_region`` as one of ``region``.

    The column holds footprints; who asks for a region by its name wants what lies there, and hardly that very text.
    """
    values = query.getlist("s_region")
    shapes = [value for value in values if regions.is_region(value) and "*" not in value]
    if not shapes:
        return query
    merged = query.copy()
    merged.setlist("s_region", [value for value in values if value not in shapes])
    merged.setlist(REGION.name, [*query.getlist(REGION.name), *shapes])
    return merged


def with_first(columns: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The columns of a grid with one more behind the first."""
    return columns if name in columns else (*columns[:1], name, *columns[1:])


def _in_order(all_wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
    return tuple(sorted((wanted for wanted in all_wanted if wanted.values), key=lambda wanted: wanted.column))


def _question(raw: str) -> str:
    try:
        return cleaned(raw, MAX_QUESTION_LENGTH)
    except TextError as error:
        raise CriteriaError(error.text, error.remedy) from None


def _value(name: str, raw: str, longest: int = MAX_VALUE_LENGTH) -> str:
    try:
        return checked(raw, longest)
    except TextError as error:
        raise CriteriaError(f"“{_short(name)}”: {error.text}", error.remedy) from None


def _wanted(query: QueryDict, parameter: str, name: str, columns: dict[str, Column]) -> Wanted:
    if name not in columns:
        raise CriteriaError(
            f"“{_short(parameter)}” is not a column of this collection.", "Take it out of the address, or search again."
        )
    if columns[name].expression and not parameter.startswith(FILTER_PREFIX):
        raise CriteriaError(f"“{name}” is a created column, which is no criterion.", f"Filter by it: f.{name}=….")
    read = _region if columns[name].kind is Kind.REGION else _value
    values = {read(name, raw) for raw in query.getlist(parameter)} - {""}
    if len(values) > MAX_VALUES:
        raise CriteriaError(f"“{name}” has {len(values)} values.", f"Give at most {MAX_VALUES} values.")
    return Wanted(name, tuple(sorted(values)))


def _created(query: QueryDict, collection: Collection) -> tuple[Created, ...]:
    parameters = [name for name in query if name.startswith(PREFIX)]
    if len(parameters) > MAX_CREATED:
        raise CriteriaError(f"{len(parameters)} columns are created.", f"Create at most {MAX_CREATED}.")
    try:
        return tuple(
            read_created(name.removeprefix(PREFIX), query.get(name, ""), collection.columns, RESERVED)
            for name in parameters
        )
    except CreateColumnError as error:
        raise CriteriaError(error.text, error.remedy) from None


def _sort(raw: str, columns: dict[str, Column], example_sort: str) -> tuple[SortKey, ...]:
    keys: dict[str, SortKey] = {}
    for word in filter(None, (part.strip() for part in raw.split(","))):
        name = word.removeprefix("-")
        if name not in columns or not columns[name].sortable:
            raise CriteriaError(
                f"Rows cannot be sorted by “{_short(name)}”.",
                f"Sort by one of the columns, for instance sort={example_sort}.",
            )
        keys.setdefault(name, SortKey(name, word.startswith("-")))
    return tuple(keys.values())


def _columns(parameter: str, raw: str, columns: dict[str, Column]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(filter(None, (part.strip() for part in raw.split(",")))))
    for name in names:
        if name not in columns:
            raise CriteriaError(
                f"There is no column “{_short(name)}”.",
                f"Take it out of “{parameter}”, or leave “{parameter}” out altogether.",
            )
    return names


def _view(raw: str) -> str:
    if raw and raw not in VIEWS:
        raise CriteriaError(f"Rows cannot be shown as “{_short(raw)}”.", f"Choose one of {', '.join(VIEWS)}.")
    return raw


def _region(name: str, raw: str) -> str:
    """As a region is written: signs and blanks as they come with pasted text put right."""
    try:
        return cleaned(raw, MAX_REGION_LENGTH)
    except TextError as error:
        raise CriteriaError(f"“{_short(name)}”: {error.text}", error.remedy) from None


_DEGREES = r"[0-9]{1,3}(?:\.[0-9]{0,12})?"
_SKY = re.compile(f"-?{_DEGREES},[-+]?{_DEGREES},{_DEGREES}")


def _sky(raw: str) -> str:
    if not raw:
        return ""
    if not _SKY.fullmatch(raw):
        raise CriteriaError(
            f"The sky cannot look at “{_short(raw)}”.",
            "Write sky=ra,dec,field in degrees, or take it out of the address.",
        )
    return raw


def _cutout(raw: str) -> int:
    if not raw:
        return CUTOUT_SIZES[0]
    if raw not in {str(size) for size in CUTOUT_SIZES}:
        offered = ", ".join(map(str, sorted(CUTOUT_SIZES)))
        raise CriteriaError(f"Cut-outs of “{_short(raw)}” arc-seconds are not offered.", f"Choose one of {offered}.")
    return int(raw)


def _size(raw: str) -> int:
    if not raw:
        return DEFAULT_SIZE
    if raw not in {str(size) for size in PAGE_SIZES}:
        offered = ", ".join(map(str, PAGE_SIZES))
        raise CriteriaError(f"Pages of “{_short(raw)}” rows are not offered.", f"Choose one of {offered}.")
    return int(raw)


def _short(text: str) -> str:
    """A stranger's word as a message repeats it."""
    visible = "".join(character for character in text if character.isprintable())
    return visible if len(visible) <= 40 else visible[:39] + "…"
