"""The histogram of a numeric filter as SVG, and where its two handles can stand."""

from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from search import formats
from search.columns import Column, Kind
from search.facets import Bin, RangeFacet

WIDTH, HEIGHT = 200.0, 44.0
LEAST_BAR = 1.5  # px, so that a bin with few rows is seen


@dataclass(frozen=True)
class Handles:
    """The steps of the two handles: the edges of the bars, written as the boxes take them.

    The outer edges are empty: an end that is open. ``low`` and ``high`` count steps from the left.
    """

    edges: tuple[str, ...]
    low: int
    high: int

    @property
    def last(self) -> int:
        return len(self.edges) - 1

    @property
    def edges_text(self) -> str:
        return "|".join(self.edges)


def handles(facet: RangeFacet) -> Handles:
    inner = [_edge(facet.column, after.low) for _, after in pairwise(facet.bins)]
    edges = ("", *inner, "")
    low, high = (round(place * len(facet.bins)) for place in facet.places)
    return Handles(edges, low, max(low, high))


def _edge(column: Column, value: float) -> str:
    if column.kind is Kind.DATE:
        return formats.utc_date(value)
    text = f"{value:.4g}"
    return f"{float(text):.10f}".rstrip("0").rstrip(".") if "e" in text else text


def histogram(facet: RangeFacet) -> SafeString:
    """Bars over an axis; those that the chosen range meets carry the class ``on``."""
    step = WIDTH / max(1, len(facet.bins))
    bars = ((_class(one), _px(place * step), *_bar(one, step)) for place, one in enumerate(facet.bins) if one.count)
    return format_html(
        '<svg class="histogram" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}{}</svg>',
        WIDTH,
        HEIGHT,
        _chosen(facet.places) if facet.is_active else "",
        format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', bars),
    )


def _class(one: Bin) -> str:
    return "on" if one.chosen else "off"


def _bar(one: Bin, step: float) -> tuple[str, str, str]:
    """Upper edge, width and height."""
    height = max(LEAST_BAR, one.share * HEIGHT)
    return _px(HEIGHT - height), _px(step * 0.85), _px(height)


def _chosen(places: tuple[float, float]) -> SafeString:
    """The ground behind the chosen range."""
    low, high = places
    ground = '<rect class="chosen" x="{}" y="0" width="{}" height="{}"/>'
    return format_html(ground, _px(low * WIDTH), _px(max(0.0, high - low) * WIDTH), HEIGHT)


def _px(value: float) -> str:
    return f"{value:.1f}"
