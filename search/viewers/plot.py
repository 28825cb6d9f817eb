"""A plot as SVG: axes with units, lines with their error bands, points, marks of spectral lines.

The picture needs no script. What a script needs to read a place in it, ends and kinds of the axes, stands in ``data-``
attributes. Colours are classes of ``static/css/viewers.css``; traces are told apart by number and by their legend.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import isnan

import numpy as np
from django.utils.safestring import SafeString

from search.viewers.axes import Axis, Floats

WIDTH, HEIGHT = 960.0, 440.0
LEFT, RIGHT, TOP, BOTTOM = 78.0, 14.0, 14.0, 46.0
#: Traces have this many colours.
COLOURS = 10
#: More samples than this on a pixel column are drawn as their lowest and highest.
_SAMPLES_A_PIXEL = 2


@dataclass(frozen=True)
class Line:
    """One trace, arrays of shape (n,), in the units of the axes; NaN breaks it. ``number`` counts from 1."""

    number: int
    x: Floats
    y: Floats
    error: Floats | None = None
    steps: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Points:
    """Points of one colour, arrays of shape (n,). ``texts`` are tool tips; ``rows`` are the observations' numbers.

    ``areas`` are how many rows each stands for; None means one each. ``trace`` numbers the points of a line.
    """

    colour: str
    x: Floats
    y: Floats
    texts: Sequence[str] = ()
    rows: Sequence[int] = ()
    areas: Floats | None = None
    trace: int = 0
    radius: float = 3.2


@dataclass(frozen=True)
class Marker:
    """A vertical line at ``x`` with its name."""

    x: float
    text: str


@dataclass(frozen=True)
class Plot:
    """Everything that one picture shows. ``label`` says in words what it is."""

    x: Axis
    y: Axis
    label: str
    lines: tuple[Line, ...] = ()
    points: tuple[Points, ...] = ()
    markers: tuple[Marker, ...] = ()
    grid: bool = True
    name: str = "plot"
    height: float = HEIGHT
    # what a dragged box means to the script: "zoom", or "box" where it can select too
    drags: str = "zoom"

    def svg(self) -> SafeString:
        return SafeString("".join(_svg(self)))


def _svg(plot: Plot) -> Iterable[str]:
    frame = _Frame(plot)
    yield (
        f'<svg class="plot" id="{plot.name}" viewBox="0 0 {WIDTH:.0f} {plot.height:.0f}" role="img"'
        f' aria-label="{escape(plot.label)}" data-plot="{plot.drags}" data-frame="{frame.left:.0f} {frame.top:.0f}'
        f' {frame.width:.0f} {frame.height:.0f}" {_ends("x", plot.x)} {_ends("y", plot.y)}>'
    )
    yield (
        f'<clipPath id="{plot.name}-frame"><rect x="{frame.left}" y="{frame.top}" width="{frame.width}"'
        f' height="{frame.height}"/></clipPath>'
    )
    yield from _axes(plot, frame)
    yield f'<g clip-path="url(#{plot.name}-frame)">'
    for line in plot.lines:
        yield from _line(line, frame)
    for points in plot.points:
        yield from _points(points, frame)
    yield "</g>"
    yield from _markers(plot, frame)
    yield "</svg>"


def _ends(name: str, axis: Axis) -> str:
    kind = "log" if axis.log else "date" if axis.dates else "linear"
    return (
        f'data-{name}="{axis.low!r} {axis.high!r} {kind}" data-{name}-label="{escape(axis.label)}"'
        f' data-{name}-unit="{escape(axis.unit)}"'
    )


class _Frame:
    """The rectangle of the data, and the way from values to pixels."""

    def __init__(self, plot: Plot) -> None:
        self.left, self.top = LEFT, TOP
        self.width, self.height = WIDTH - LEFT - RIGHT, plot.height - TOP - BOTTOM
        self._x, self._y = plot.x, plot.y

    def x(self, values: Floats) -> Floats:
        """Clipped a little outside of the frame, so that no number is too large for a picture."""
        return np.asarray(self.left + np.clip(self._x.places(values), -1, 2) * self.width)

    def y(self, values: Floats) -> Floats:
        return np.asarray(self.top + (1 - np.clip(self._y.places(values), -1, 2)) * self.height)


def _axes(plot: Plot, frame: _Frame) -> Iterable[str]:
    bottom, right = frame.top + frame.height, frame.left + frame.width
    for tick in plot.x.ticks():
        x = frame.left + tick.place * frame.width
        if plot.grid:
            yield f'<path class="grid-line" d="M{x:.1f} {frame.top}V{bottom}"/>'
        yield f'<path class="tick-line" d="M{x:.1f} {bottom}v5"/>'
        yield f'<text class="tick-text middle" x="{x:.1f}" y="{bottom + 18}">{tick.text}</text>'
    for tick in plot.y.ticks():
        y = frame.top + (1 - tick.place) * frame.height
        if plot.grid:
            yield f'<path class="grid-line" d="M{frame.left} {y:.1f}H{right}"/>'
        yield f'<path class="tick-line" d="M{frame.left} {y:.1f}h-5"/>'
        yield f'<text class="tick-text end" x="{frame.left - 9}" y="{y + 4:.1f}">{tick.text}</text>'
    yield f'<rect class="frame" x="{frame.left}" y="{frame.top}" width="{frame.width}" height="{frame.height}"/>'
    yield (
        f'<text class="axis-text middle" x="{frame.left + frame.width / 2}" y="{plot.height - 8}">'
        f"{escape(plot.x.heading)}</text>"
    )
    middle = frame.top + frame.height / 2
    yield (
        f'<text class="axis-text middle" transform="translate(15 {middle}) rotate(-90)">{escape(plot.y.heading)}</text>'
    )


# Lines ---------------------------------------------------------------------------------------------------------------
def _line(line: Line, frame: _Frame) -> Iterable[str]:
    off = " off" if line.hidden else ""
    colour = (line.number - 1) % COLOURS + 1
    yield f'<g class="trace trace-{colour}{off}" data-trace="{line.number}">'
    x, y = frame.x(line.x), frame.y(line.y)
    if line.error is not None:
        with np.errstate(invalid="ignore"):
            low, high = frame.y(line.y - line.error), frame.y(line.y + line.error)
        yield f'<path class="band" d="{_band(x, low, high)}"/>'
    yield f'<path class="line" d="{path_of(*reduced(x, y))}"/></g>'


def reduced(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Fewer samples with the same picture: the lowest and the highest of each pixel column, in their order.

    Gaps stay gaps. Short traces stay as they are.
    """
    if len(x) <= _SAMPLES_A_PIXEL * WIDTH:
        return x, y
    column = np.floor(np.nan_to_num(x, nan=-1.0)).astype(np.int64)
    starts = np.flatnonzero(np.r_[True, column[1:] != column[:-1]])
    kept: list[int] = []
    for start, end in zip(starts, np.r_[starts[1:], len(x)], strict=True):
        part = y[start:end]
        if np.isnan(part).all():
            kept.append(int(start))
            continue
        kept += sorted({int(start + np.nanargmin(part)), int(start + np.nanargmax(part))})
    chosen = np.array(kept)
    return x[chosen], y[chosen]


def path_of(x: Floats, y: Floats) -> str:
    """A path through pixels, broken where a value is not a number."""
    pieces: list[str] = []
    pen = False
    for px, py in zip(x.tolist(), y.tolist(), strict=True):
        if isnan(px) or isnan(py):
            pen = False
            continue
        pieces.append(f"{'L' if pen else 'M'}{px:.1f} {py:.1f}")
        pen = True
    return "".join(pieces)


def _band(x: Floats, low: Floats, high: Floats) -> str:
    """Closed shapes between two borders, one for each run without gaps."""
    fine = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.r_[False, fine, False].astype(np.int8)))
    shapes = []
    for start, end in edges.reshape(-1, 2):
        there_x, there_y = reduced(x[start:end], low[start:end])
        back_x, back_y = reduced(x[start:end], high[start:end])
        around = zip(np.r_[there_x, back_x[::-1]].tolist(), np.r_[there_y, back_y[::-1]].tolist(), strict=True)
        shapes.append("M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in around) + "Z")
    return "".join(shapes)


# Points and markers --------------------------------------------------------------------------------------------------
def _points(points: Points, frame: _Frame) -> Iterable[str]:
    trace = f' data-trace="{points.trace}"' if points.trace else ""
    yield f'<g class="points {escape(points.colour)}"{trace}>'
    x, y = frame.x(points.x), frame.y(points.y)
    radii = (
        np.full(len(x), points.radius) if points.areas is None else np.minimum(2.6 + 1.1 * np.log2(points.areas), 12.0)
    )
    for place, (px, py, radius) in enumerate(zip(x.tolist(), y.tolist(), radii.tolist(), strict=True)):
        if isnan(px) or isnan(py):
            continue
        text = f"<title>{escape(points.texts[place])}</title>" if points.texts else ""
        row = f' data-obsid="{points.rows[place]}"' if points.rows else ""
        yield f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{radius:.1f}"{row}>{text}</circle>'
    yield "</g>"


def _markers(plot: Plot, frame: _Frame) -> Iterable[str]:
    places = frame.x(np.array([marker.x for marker in plot.markers])) if plot.markers else ()
    last = [-99.0, -99.0, -99.0]
    for x, marker in sorted(zip(places, plot.markers, strict=True), key=lambda pair: float(pair[0])):
        if not frame.left <= x <= frame.left + frame.width:
            continue
        level = next((level for level, before in enumerate(last) if x - before > 9 + 6.2 * len(marker.text) / 2), 0)
        last[level] = float(x)
        yield (
            f'<g class="marker"><path d="M{x:.1f} {frame.top}V{frame.top + frame.height}"/>'
            f'<text class="middle" x="{x:.1f}" y="{frame.top + 12 + 12 * level}">{escape(marker.text)}</text></g>'
        )
