"""The dialogs of the page, ready for a template: what can be chosen in each, with counts, and what is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search import formats, regions
from search.advanced.boxes import NO_BOXES, Boxes, boxes_of
from search.advanced.fields import Control, Field
from search.collections import DEFAULT_COLLECTION, Collection
from search.columns import REGION, Column, Kind
from search.criteria import MAX_VALUE_LENGTH
from search.facets import EnumFacet, RangeFacet
from search.facets.bins import Axis
from search.facets.enumerated import label_of
from search.operator_help import Help
from search.operators import ConstraintError, Span, literal, literals, operands

#: Lines of a dialog that are drawn; the box above narrows longer lists.
MAX_LINES = 200


@dataclass(frozen=True)
class Choice:
    """One box of a dialog: ``text`` is what the form carries, ``count`` None for what is not counted."""

    text: str
    label: str
    count: int | None
    checked: bool


@dataclass(frozen=True)
class Values:
    """Boxes with counts: values, and before them the expressions that stand beside (``MIRI*``).

    ``distinct`` values there are, ``hidden`` of them are not drawn.
    """

    expressions: tuple[Choice, ...]
    choices: tuple[Choice, ...]
    distinct: int
    hidden: int
    find: str
    by_name: bool

    @property
    def chosen_text(self) -> str:
        ticked = sum(choice.checked for choice in self.choices)
        return f"{ticked} of {self.distinct:,}" if ticked else ""


@dataclass(frozen=True)
class Bar:
    """A bar of a histogram, in the drawing's percents and pixels."""

    x: str
    y: str
    width: str
    height: str
    inside: bool


@dataclass(frozen=True)
class Mark:
    """A mark on the axis; ``anchor`` keeps its words inside the drawing."""

    x: str
    label: str
    anchor: str


@dataclass(frozen=True)
class Histogram:
    """The drawing of a range: bars, axis, and the two handles, at places ``low`` and ``high`` among the bars' edges.

    ``edges`` are their texts as a box takes them, ``spoken`` as a handle says them.
    """

    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    edges: tuple[str, ...]
    spoken: tuple[str, ...]
    low: int
    high: int
    caption: str

    @property
    def last(self) -> int:
        return len(self.edges) - 1

    @property
    def shade_x(self) -> str:
        return _percent(self.low / self.last)

    @property
    def shade_width(self) -> str:
        return _percent((self.high - self.low) / self.last)

    @property
    def low_spoken(self) -> str:
        return self.spoken[self.low]

    @property
    def high_spoken(self) -> str:
        return self.spoken[self.high]


@dataclass(frozen=True)
class DialogView:
    """A dialog. ``more`` are values of the criterion beyond those that its boxes show."""

    field: Field
    label: str
    unit: str
    description: str
    folded: bool
    help: tuple[Help, ...] = ()
    error: str = ""
    remedy: str = ""
    chosen: bool = False
    values: Values | None = None
    histogram: Histogram | None = None
    boxes: Boxes = NO_BOXES
    note: str = ""
    is_date: bool = False

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def longest(self) -> int:
        """Characters that its box takes."""
        return regions.MAX_LENGTH if self.name == REGION.name else MAX_VALUE_LENGTH

    @property
    def more(self) -> tuple[str, ...]:
        return self.boxes.more


# Values --------------------------------------------------------------------------------------------------------------


def split_values(column: Column, texts: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The values that a criterion names, and its other texts."""
    named: set[str] = set()
    others: list[str] = []
    for text in texts:
        try:
            found = literals(column, [text])
        except ConstraintError:
            found = None
        if found is None:
            others.append(text)
        else:
            named |= found
    return frozenset(named), tuple(others)


def values_of(facet: EnumFacet | None, column: Column, texts: Sequence[str], find: str, *, by_name: bool) -> Values:
    """The boxes of a dialog: ticked values always, of the others those that hold ``find``."""
    ticked, others = split_values(column, texts)
    counted = {value.value: value.count for value in facet.values} if facet else {}
    listed = {**counted, **{value: 0 for value in ticked if value not in counted}}
    fitting = [
        (value, count)
        for value, count in listed.items()
        if value in ticked or find.casefold() in label_of(column, value).casefold()
    ]
    ordered = _ordered(column, fitting, ticked, by_name=by_name)
    distinct = max(len(listed), facet.distinct if facet else 0)
    drawn = ordered[:MAX_LINES]
    return Values(
        expressions=tuple(Choice(text, text, None, checked=True) for text in others),
        choices=tuple(
            Choice(literal(column, value), label_of(column, value), count, value in ticked) for value, count in drawn
        ),
        distinct=distinct,
        hidden=distinct - len(drawn),
        find=find,
        by_name=by_name,
    )


def _ordered(
    column: Column, counts: list[tuple[str, int]], ticked: frozenset[str], *, by_name: bool
) -> list[tuple[str, int]]:
    """By name, numbers by their size; else the most frequent first, of equals the ticked ones."""
    if not by_name:
        return sorted(counts, key=lambda item: (-item[1], item[0] not in ticked, item[0]))
    if column.kind is Kind.WHOLE:
        return sorted(counts, key=lambda item: int(item[0]))
    return sorted(counts, key=lambda item: label_of(column, item[0]).casefold())


# Ranges --------------------------------------------------------------------------------------------------------------

HEIGHT_PX = 48
_GAP = 0.12


def histogram_of(facet: RangeFacet, column: Column, texts: Sequence[str]) -> Histogram | None:
    """The drawing of a range; None where all rows have one value."""
    if len(facet.bins) < 2:
        return None
    axis = Axis((*(bar.low for bar in facet.bins), facet.bins[-1].high))
    last = len(facet.bins)
    low, high = _chosen_edges(axis, column, texts)
    return Histogram(
        bars=tuple(_bar(i, last, bar.share, inside=low <= i < high) for i, bar in enumerate(facet.bins) if bar.count),
        marks=tuple(_mark(tick.place, _axis_label(column, tick.label)) for tick in facet.ticks),
        edges=tuple(edge_text(column, edge) for edge in axis.edges),
        spoken=tuple(_spoken(column, edge) for edge in axis.edges),
        low=low,
        high=high,
        caption=f"{sum(bar.count for bar in facet.bins):,} records",
    )


def _chosen_edges(axis: Axis, column: Column, texts: Sequence[str]) -> tuple[int, int]:
    """The edges nearest to the ends of the chosen range: both ends of the axis unless one range is chosen."""
    last = len(axis.edges) - 1
    try:
        read = operands(column, texts)
    except ConstraintError:
        read = ()
    if len(read) != 1 or read[0].negated or not isinstance(read[0].what, Span):
        return 0, last
    low, high = (
        round(axis.place(end) * last) if isinstance(end, float | int) else None
        for end in (read[0].what.low, read[0].what.high)
    )
    first = 0 if low is None else min(low, last - 1)
    return first, last if high is None else max(high, first + 1)


def _bar(index: int, number: int, share: float, *, inside: bool) -> Bar:
    height = max(share * HEIGHT_PX, 1.0)
    return Bar(
        x=_percent((index + _GAP / 2) / number),
        y=f"{HEIGHT_PX - height:.1f}",
        width=_percent((1 - _GAP) / number),
        height=f"{height:.1f}",
        inside=inside,
    )


def _mark(place: float, label: str) -> Mark:
    return Mark(_percent(place), label, "start" if place < 0.1 else "end" if place > 0.9 else "middle")


def _axis_label(column: Column, label: str) -> str:
    """Right ascensions in hours, declinations with their sign."""
    if column.kind is Kind.RA:
        return f"{float(label) / 15:.3g}h"
    return f"{float(label):+g}°" if column.kind is Kind.DEC else label


def _percent(share: float) -> str:
    return f"{share * 100:.3f}%"


def edge_text(column: Column, edge: float) -> str:
    """An edge as a box takes it: an ISO instant, or a number of six digits."""
    return formats.utc_minute(edge) if column.kind is Kind.DATE else f"{edge:.6g}"


def _spoken(column: Column, edge: float) -> str:
    """An edge as a handle says it: positions in hours and degrees."""
    return edge_text(column, edge) if column.kind is Kind.DATE else column.text(edge)


def position_note(column: Column, boxes: Boxes) -> str:
    """The limits of a position as the grid writes it; they are entered in degrees."""
    if column.kind not in {Kind.RA, Kind.DEC}:
        return ""
    low, high = (_sexagesimal(column, text) for text in (boxes.low, boxes.high))
    return f"{low or 'any'} – {high or 'any'}" if low or high else "in degrees"


def _sexagesimal(column: Column, text: str) -> str:
    try:
        return column.text(float(text))
    except (ValueError, OverflowError):
        return ""


# In words ------------------------------------------------------------------------------------------------------------


def in_words(field: Field, column: Column, texts: Sequence[str]) -> str:
    """A criterion as its chip says it: ``NIRCAM/IMAGE, MIRI*``, ``500 – 5000 s``, ``from 2026-01-20``."""
    if column.kind is Kind.REGION:
        return ", ".join(map(regions.in_words, texts))
    if field.control is not Control.RANGE:
        named, others = split_values(column, texts)
        return ", ".join([*others, *sorted(label_of(column, value) for value in named)])
    unit = f" {column.unit}" if column.unit and column.kind is Kind.NUMBER else ""
    return ", ".join(_range_in_words(text) + unit for text in texts)


def _range_in_words(text: str) -> str:
    boxes = boxes_of([text])
    if not boxes.high:
        return f"from {boxes.low}" if ".." in text else text
    return f"{boxes.low} – {boxes.high}" if boxes.low else f"to {boxes.high}"


def question_label(collection: Collection) -> str:
    """What the search box is called as a dialog: what the collection is searched by."""
    if collection.slug == DEFAULT_COLLECTION:
        return "Object Name or Position"
    return collection.label.partition(" by ")[2] or "Search Box"
