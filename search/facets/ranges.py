"""Facets of numbers and dates: a histogram and the chosen range."""

from collections.abc import Mapping
from dataclasses import dataclass

from search import formats
from search.columns import Column, Kind
from search.facets.asked import Asked, Texts
from search.facets.bins import Axis, Bounds, ticks_of
from search.facets.model import Bin, RangeFacet
from search.operators import Span, operands


@dataclass(frozen=True)
class _Chosen:
    """The ends of a filter, as numbers and as they were typed; ``typed`` where boxes for two ends cannot say it."""

    low: float | None = None
    high: float | None = None
    low_text: str = ""
    high_text: str = ""
    typed: str = ""


def range_facet(
    asked: Asked, column: Column, kept: Mapping[object, int], bounds: Bounds | None, axis: Axis | None
) -> RangeFacet:
    """``kept`` are rows by the number of their bar, from 1 on, and by None for those without a value."""
    chosen = _chosen(column, asked.texts(column))
    bins = _bins(axis, kept, chosen) if axis else ()
    return RangeFacet(
        column,
        chosen.typed,
        asked.clear_query(column),
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        chosen_low=chosen.low,
        chosen_high=chosen.high,
        low_text=_end_text(column, bounds.low) if bounds else "",
        high_text=_end_text(column, bounds.high) if bounds else "",
        chosen_low_text=chosen.low_text,
        chosen_high_text=chosen.high_text,
        places=_places(axis, chosen),
        bins=bins,
        ticks=ticks_of(column.kind, axis) if axis else (),
        logarithmic=bool(axis and axis.logarithmic),
        unknown=sum(kept.values()) - sum(bar.count for bar in bins),
    )


def _places(axis: Axis | None, chosen: _Chosen) -> tuple[float, float]:
    if axis is None:
        return 0.0, 1.0
    low = 0.0 if chosen.low is None else axis.place(chosen.low)
    return low, max(low, 1.0 if chosen.high is None else axis.place(chosen.high))


def _bins(axis: Axis, kept: Mapping[object, int], chosen: _Chosen) -> tuple[Bin, ...]:
    counts = [kept.get(number + 1, 0) for number in range(len(axis.edges) - 1)]
    tallest = max(counts, default=0) or 1
    return tuple(
        Bin(low, high, count, count / tallest, _meets(low, high, chosen))
        for low, high, count in zip(axis.edges[:-1], axis.edges[1:], counts, strict=True)
    )


def _meets(low: float, high: float, chosen: _Chosen) -> bool:
    above = chosen.low is None or high > chosen.low or low >= chosen.low
    return above and (chosen.high is None or low <= chosen.high)


def _chosen(column: Column, texts: Texts) -> _Chosen:
    if not texts:
        return _Chosen()
    read = operands(column, texts)
    span = read[0].what
    if len(read) > 1 or read[0].negated or not isinstance(span, Span):
        return _Chosen(typed=", ".join(texts))
    low, high = (None if end is None else float(end) for end in (span.low, span.high))
    text = texts[0].strip()
    if text.startswith((">", "<", "≥", "≤")):
        return _Chosen(low, high, typed=text)
    low_text, dots, high_text = text.partition("..")
    return _Chosen(low, high, low_text.strip(), (high_text if dots else low_text).strip())


def _end_text(column: Column, value: float) -> str:
    """An end of the range as its box takes it."""
    if column.kind is Kind.DATE:
        return formats.utc_date(value)
    return f"{value:.0f}" if column.kind is Kind.WHOLE else f"{value:.6g}"
