"""Enumerated facets: the values of a column with their counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from archive.models import ObservationState
from search.columns import Column, Kind
from search.facets.asked import Asked, Texts
from search.facets.model import EnumFacet, EnumValue
from search.operators import literal, literals

NOT_GIVEN = "not given"
_LEVELS = {
    "-1": "−1 planned", "0": "0 raw", "1": "1 uncalibrated", "2": "2 calibrated", "3": "3 science product",
    "4": "4 contributed",
}  # fmt: skip


def enum_facet(asked: Asked, column: Column, kept: Mapping[object, int]) -> EnumFacet:
    """``kept`` are rows by stored value; parts that semicolons join are counted each for itself."""
    ticks = _Ticks.of(column, asked.texts(column))
    counts = by_part(kept) if column.kind is Kind.LIST else by_word(kept)
    for value in ticks.values - counts.keys():
        counts[value] = kept.get(value, 0)
    ordered = _narrowed(_ordered(column, counts), asked.contains.get(column.name, ""))
    listed = ordered[: asked.most_values]
    listed += [value for value in ordered[asked.most_values :] if value in ticks.values]
    return EnumFacet(
        column,
        ticks.typed,
        asked.clear_query(column),
        tuple(_enum_value(asked, ticks, value, counts[value]) for value in listed),
        len(ordered),
        kept.get(None, 0),
    )


@dataclass(frozen=True)
class _Ticks:
    """A filter as ticks; ``typed`` when it says more than ticks can."""

    column: Column
    texts: Texts
    values: frozenset[str]
    typed: str

    @classmethod
    def of(cls, column: Column, texts: Texts) -> "_Ticks":
        values = literals(column, texts)
        typed = ", ".join(texts) if values is None else ""
        return cls(column, texts, values or frozenset(), typed)

    def after_click(self, value: str) -> Texts:
        if self.typed:
            return tuple(set(self.texts) ^ {literal(self.column, value)})
        return tuple(literal(self.column, ticked) for ticked in self.values ^ {value})


def by_word(kept: Mapping[object, int]) -> dict[str, int]:
    """Counts by the words of values; what is not known has none."""
    return {
        str(value).lower() if isinstance(value, bool) else str(value): rows
        for value, rows in kept.items()
        if value is not None
    }


def by_part(kept: Mapping[object, int]) -> dict[str, int]:
    """Counts by the parts of values: a row counts once for each of its parts, as not given when it has none."""
    counts: dict[str, int] = {}
    for value, rows in kept.items():
        for part in {part.strip() for part in str(value).split(";")} - {""} or {""}:
            counts[part] = counts.get(part, 0) + rows
    return counts


def _ordered(column: Column, counts: dict[str, int]) -> list[str]:
    """The most frequent first; the three states in their own order."""
    if column.kind is Kind.STATE:
        counts |= {state: counts.get(state, 0) for state in ObservationState.values}
        return list(ObservationState.values)
    return sorted(counts, key=lambda value: (-counts[value], value.casefold(), value))


def _narrowed(values: list[str], contains: str) -> list[str]:
    wanted = contains.strip().casefold()
    return [value for value in values if wanted in value.casefold()] if wanted else values


def _enum_value(asked: Asked, ticks: _Ticks, value: str, count: int) -> EnumValue:
    column = ticks.column
    return EnumValue(
        value=value,
        text=literal(column, value),
        label=label_of(column, value),
        count=count,
        checked=value in ticks.values,
        query=asked.link(column.name, ticks.after_click(value)),
    )


def label_of(column: Column, value: str) -> str:
    """A value's words."""
    if not value:
        return NOT_GIVEN
    if column.name == "calib_level":
        return _LEVELS.get(value, value)
    if column.kind is Kind.FLAG:
        return column.text(value == "true")
    return column.text(value)
