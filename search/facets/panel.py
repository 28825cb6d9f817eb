"""The filters panel of a search, from its counted rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archive.models import ObservationState
from search import formats
from search.columns import Column, Kind
from search.criteria import Criteria
from search.facets.bins import Axis, axis_of, ticks_of
from search.facets.choice import DEFAULT, is_range, is_text, offered_columns
from search.facets.loading import Counts, Loaded, Totals
from search.facets.model import Bin, EnumFacet, EnumValue, Facet, FacetPanel, Offer, RangeFacet, TextFacet, TextFilter
from search.operators import Span, literal, literals, operands

#: Values that a facet lists; the others are found by typing.
MOST_VALUES = 200
NOT_GIVEN = "not given"
_LEVELS = {
    "-1": "−1 planned", "0": "0 raw", "1": "1 uncalibrated", "2": "2 calibrated", "3": "3 science product",
    "4": "4 contributed",
}  # fmt: skip


def panel_of(
    criteria: Criteria, columns: tuple[Column, ...], shown: Iterable[Column], loaded: Loaded, totals: Totals
) -> FacetPanel:
    """The panel with counts; ``columns`` are all of the collection, ``shown`` those of the panel, in order."""
    in_cone = any(column.cones_only for column in loaded.columns)
    axes = {
        column.name: axis_of(column.kind, totals.bounds[column.name])
        for column in loaded.columns
        if column.name in totals.bounds
    }
    counts = loaded.counts(axes)
    facets = tuple(_facet(criteria, column, loaded, totals, counts, axes) for column in shown)
    return _panel(criteria, columns, facets, in_cone=in_cone)


def empty_panel(criteria: Criteria, columns: tuple[Column, ...], *, in_cone: bool, too_many: str = "") -> FacetPanel:
    """The panel without facets: nothing was found, or too much to count."""
    return _panel(criteria, columns, (), in_cone=in_cone, too_many=too_many)


def _panel(
    criteria: Criteria, columns: tuple[Column, ...], facets: tuple[Facet, ...], *, in_cone: bool, too_many: str = ""
) -> FacetPanel:
    offered = offered_columns(columns, in_cone=in_cone)
    return FacetPanel(
        facets=facets,
        text=TextFilter(criteria.text, criteria.with_text("").to_query_string() if criteria.text else ""),
        offers=tuple(_offer(criteria, column, offered) for column in offered),
        clear_query=criteria.without_filters().to_query_string() if criteria.is_filtered else "",
        reset_query=criteria.with_facets(()).to_query_string() if criteria.facets else "",
        too_many=too_many,
    )


def _offer(criteria: Criteria, column: Column, offered: tuple[Column, ...]) -> Offer:
    chosen = criteria.facets or DEFAULT
    toggled = set(chosen) ^ {column.name}
    names = tuple(other.name for other in offered if other.name in toggled)
    return Offer(column, column.name in chosen, criteria.with_facets(names).to_query_string())


def _facet(
    criteria: Criteria,
    column: Column,
    loaded: Loaded,
    totals: Totals,
    counts: Mapping[str, Counts],
    axes: Mapping[str, Axis],
) -> Facet:
    texts = criteria.filter_values(column.name)
    clear_query = criteria.with_filter(column.name, ()).to_query_string() if texts else ""
    kept = {value: _kept(by_failed, loaded, column) for value, by_failed in counts.get(column.name, {}).items()}
    if is_text(column):
        return TextFacet(column, ", ".join(texts), clear_query)
    if is_range(column):
        everything = sum(_kept({failed: rows}, loaded, column) for failed, rows in totals.by_failed.items())
        return _range_facet(column, texts, clear_query, kept, totals, axes.get(column.name), everything)
    return _enum_facet(criteria, column, texts, clear_query, kept)


def _kept(by_failed: Mapping[int, int], loaded: Loaded, column: Column) -> int:
    """Rows that fail no filter but the column's own."""
    others = loaded.kept_without(column.name)
    return sum(rows for failed, rows in by_failed.items() if not failed & others)


# Enumerated ----------------------------------------------------------------------------------------------------------


def _enum_facet(
    criteria: Criteria, column: Column, texts: tuple[str, ...], clear_query: str, kept: Mapping[object, int]
) -> EnumFacet:
    by_value = (
        _by_part(kept)
        if column.kind is Kind.LIST
        else {_word(value): n for value, n in kept.items() if value is not None}
    )
    chosen = literals(column, texts) if texts else frozenset()
    for value in (chosen or frozenset()) - by_value.keys():
        by_value[value] = kept.get(value, 0)
    ordered = _ordered(column, by_value)
    listed = ordered[:MOST_VALUES] + [value for value in ordered[MOST_VALUES:] if chosen and value in chosen]
    return EnumFacet(
        column,
        "" if chosen is not None else ", ".join(texts),
        clear_query,
        tuple(_enum_value(criteria, column, value, by_value[value], texts, chosen) for value in listed),
        len(ordered),
    )


def _ordered(column: Column, by_value: dict[str, int]) -> list[str]:
    if column.kind is Kind.STATE:
        by_value |= {state: by_value.get(state, 0) for state in ObservationState.values}
        return list(ObservationState.values)
    return sorted(by_value, key=lambda value: (-by_value[value], value.casefold(), value))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _by_part(kept: Mapping[object, int]) -> dict[str, int]:
    """A row counts once for each of its parts."""
    by_part: dict[str, int] = {}
    for value, rows in kept.items():
        for part in {part.strip() for part in str(value).split(";")}:
            by_part[part] = by_part.get(part, 0) + rows
    return by_part


def _enum_value(
    criteria: Criteria, column: Column, value: str, count: int, texts: tuple[str, ...], chosen: frozenset[str] | None
) -> EnumValue:
    text = literal(column, value)
    ticked = {literal(column, other) for other in chosen ^ {value}} if chosen is not None else set(texts) ^ {text}
    return EnumValue(
        value=value,
        text=text,
        label=_label(column, value),
        count=count,
        checked=bool(chosen) and value in (chosen or ()),
        query=criteria.with_filter(column.name, ticked).to_query_string(),
    )


def _label(column: Column, value: str) -> str:
    if not value:
        return NOT_GIVEN
    if column.name == "calib_level":
        return _LEVELS.get(value, value)
    if column.kind is Kind.FLAG:
        return column.text(value == "true")
    return column.text(value)


# Ranges --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Chosen:
    """The range of a filter: its ends as numbers, and as they were typed; ``typed`` where it is no range of two ends."""

    low: float | None = None
    high: float | None = None
    low_text: str = ""
    high_text: str = ""
    typed: str = ""


def _range_facet(
    column: Column,
    texts: tuple[str, ...],
    clear_query: str,
    kept: Mapping[object, int],
    totals: Totals,
    axis: Axis | None,
    everything: int,
) -> RangeFacet:
    bounds, chosen = totals.bounds.get(column.name), _chosen(column, texts)
    bins = _bins(axis, kept, chosen) if axis else ()
    return RangeFacet(
        column,
        chosen.typed,
        clear_query,
        low=bounds.low if bounds else None,
        high=bounds.high if bounds else None,
        chosen_low=chosen.low,
        chosen_high=chosen.high,
        low_text=_bound_text(column, bounds.low) if bounds else "",
        high_text=_bound_text(column, bounds.high) if bounds else "",
        chosen_low_text=chosen.low_text,
        chosen_high_text=chosen.high_text,
        places=_places(axis, chosen),
        bins=bins,
        ticks=ticks_of(column.kind, axis) if axis else (),
        logarithmic=bool(axis and axis.logarithmic),
        unknown=everything - sum(bar.count for bar in bins),
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
    return (chosen.low is None or high > chosen.low or low >= chosen.low) and (
        chosen.high is None or low <= chosen.high
    )


def _chosen(column: Column, texts: tuple[str, ...]) -> _Chosen:
    if not texts:
        return _Chosen()
    read = operands(column, texts)
    if len(read) > 1 or read[0].negated or not isinstance(read[0].what, Span):
        return _Chosen(typed=", ".join(texts))
    span, text = read[0].what, texts[0].strip()
    ends = tuple(None if end is None else float(end) for end in (span.low, span.high))
    if text.startswith((">", "<", "≥", "≤")):
        return _Chosen(*ends, typed=text)
    low_text, dots, high_text = text.partition("..")
    return _Chosen(*ends, low_text.strip(), (high_text if dots else low_text).strip())


def _bound_text(column: Column, value: float) -> str:
    """An end of the range as its box takes it."""
    if column.kind is Kind.DATE:
        return formats.utc_date(value)
    return f"{value:.6g}" if column.kind is not Kind.WHOLE else f"{value:.0f}"
