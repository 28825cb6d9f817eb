"""The locator: footprints of a page of rows as a small chart of the sky, north up and east left.

The chart is plain numbers and SVG path data; `templates/search/_chart.html` draws it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive.sky import Outline
from archive.sky.vectors import Floats, normalised, positions, unit_vectors
from search import formats
from search.locator.graticule import STEPS_DEG, Graticule, Label
from search.locator.tangent import Tangent, View, circle_points, closed_path

#: Width and height of a chart in its own pixels: of the sky pane of a desktop above its legend, and of a panel.
PANE_PX = (344.0, 560.0)
PANEL_PX = (400.0, 300.0)
#: The gnomonic plane grows without limit towards 90 degrees; a chart shows no more than this from its centre.
MAX_HALF_FIELD_DEG = 65.0
MIN_HALF_FIELD_DEG = 20.0 / 3600.0
#: A footprint of more parts (the shutters of a NIRSpec MSA) is drawn as the hull of them all.
MAX_PARTS = 8


@dataclass(frozen=True)
class Shape:
    """What one row draws. A row without a footprint is its position; one without either is not on the sky."""

    obsid: int
    mission: str
    state: str
    label: str
    outlines: Sequence[Outline]
    ra_deg: float | None = None
    dec_deg: float | None = None


@dataclass(frozen=True)
class Drawn:
    """A row's footprint as SVG path data, empty ``path`` for a position, which is a mark at ``x``, ``y``."""

    shape: Shape
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    """All that the template draws, in pixels of a chart of ``width`` by ``height``."""

    footprints: tuple[Drawn, ...]
    grid: tuple[str, ...]
    ra_labels: tuple[Label, ...]
    dec_labels: tuple[Label, ...]
    circle: str
    centre_ra_deg: float
    centre_dec_deg: float
    scale_px: float
    scale_text: str
    field_text: str
    left_out: int
    px_per_radian: float
    width: float
    height: float

    @property
    def missions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(drawn.shape.mission for drawn in self.footprints))

    @property
    def scale_bar(self) -> str:
        return f"M12 {self.height - 18:.1f}v5h{self.scale_px:.1f}v-5"

    @property
    def scale_label(self) -> Label:
        return Label(self.scale_text, 12 + self.scale_px / 2, self.height - 24)


def chart(
    shapes: Sequence[Shape],
    centre: tuple[float, float] | None = None,
    radius_deg: float | None = None,
    size_px: tuple[float, float] = PANE_PX,
) -> Chart | None:
    """The chart of a page of rows, or None when nothing of it has a place on the sky.

    Parameters
    ----------
    centre : ra and dec, deg, ICRS, of the searched position; None: the middle of the rows.
    radius_deg : of the searched circle, which is drawn dotted.
    size_px : width and height of the chart.
    """
    rings = [_rings(shape) for shape in shapes]
    if centre is None and not any(rings):
        return None
    ra_deg, dec_deg = centre or _middle([np.concatenate(row) for row in rings if row])
    plane = Tangent(ra_deg, dec_deg)
    rows = [plane.turned(np.concatenate(row)) for row in rings if row]
    view = View(plane, _half_field(rows, radius_deg, size_px), size_px)
    drawn = [_drawn(view, shape, row) for shape, row in zip(shapes, rings, strict=True) if row]
    kept = tuple(footprint for footprint in drawn if footprint is not None)
    length_px, length_text = _scale(view)
    grid, ra_labels, dec_labels = Graticule(view, ra_deg, dec_deg).lines()
    return Chart(
        footprints=kept,
        grid=grid,
        ra_labels=ra_labels,
        dec_labels=dec_labels,
        circle=closed_path(view.ring(circle_points(ra_deg, dec_deg, radius_deg))) if radius_deg else "",
        centre_ra_deg=ra_deg,
        centre_dec_deg=dec_deg,
        scale_px=length_px,
        scale_text=length_text,
        field_text=_field_text(view),
        left_out=len(shapes) - len(kept),
        px_per_radian=view.px_per_radian,
        width=view.width,
        height=view.height,
    )


def _drawn(view: View, shape: Shape, rings: list[Floats]) -> Drawn | None:
    """A row on the chart; None when nothing of it lies on this side of the sky."""
    parts = [part for part in map(view.ring, rings) if len(part)]
    if not parts:
        return None
    if len(parts) > MAX_PARTS:
        parts = [_hull(np.concatenate(parts))]
    x, y = (float(value) for value in np.concatenate(parts).mean(axis=0))
    is_mark = all(len(part) < 3 or np.ptp(part, axis=0).max() < 1.0 for part in parts)
    return Drawn(shape, "" if is_mark else "".join(map(closed_path, parts)), round(x, 1), round(y, 1))


def _scale(view: View) -> tuple[float, str]:
    """The longest round angle of at most a quarter of the chart's width: its pixels and its text."""
    step = next((step for step in STEPS_DEG if view.length_px(step) <= view.width / 4), STEPS_DEG[-1])
    return round(view.length_px(step), 1), formats.angle(step)


def _field_text(view: View) -> str:
    wide, high = (2 * math.degrees(math.atan(view.half_field * side)) for side in (1.0, view.height / view.width))
    return f"{_short_angle(wide)} × {_short_angle(high)}"


def _rings(shape: Shape) -> list[Floats]:
    """Unit vectors of each part, shape (n, 3); one point for a row that is only a position."""
    rings = [_ring(outline) for outline in shape.outlines]
    if not rings and shape.ra_deg is not None and shape.dec_deg is not None:
        rings = [unit_vectors(np.array([shape.ra_deg]), np.array([shape.dec_deg]))]
    return rings


def _ring(outline: Outline) -> Floats:
    if outline.circle:
        return circle_points(*outline.circle)
    ra_deg, dec_deg = np.asarray(outline.vertices, dtype=np.float64).T
    return unit_vectors(ra_deg, dec_deg)


def _middle(rows: list[Floats]) -> tuple[float, float]:
    """The position, deg, of the row nearest to most others: a row far away must not pull the chart off them."""
    vectors = normalised(np.array([row.mean(axis=0) for row in rows]))
    cosines = np.median(vectors @ vectors.T, axis=1)
    ra_deg, dec_deg = positions(vectors[int(np.argmax(cosines))])
    return float(ra_deg), float(dec_deg)


def _half_field(rows: list[Floats], radius_deg: float | None, size_px: tuple[float, float]) -> float:
    """Half the chart's width, in radians of the plane.

    Wide enough for most rows, though not for the widest: one huge footprint must not make dots of all the others. A
    searched circle that is much larger than the rows in it may be cut.
    """
    reaches = [_reach(row, size_px) for row in rows]
    wanted = float(np.quantile(reaches, 0.85)) if reaches else 0.0
    circle = math.tan(math.radians(min(radius_deg or 0.0, MAX_HALF_FIELD_DEG)))
    low, high = math.tan(math.radians(MIN_HALF_FIELD_DEG)), math.tan(math.radians(MAX_HALF_FIELD_DEG))
    return min(max(1.12 * max(wanted, circle * (0.3 if reaches else 1.0)), low), high)


def _reach(along: Floats, size_px: tuple[float, float]) -> float:
    """How far a row reaches from the centre, as the half width of a chart that holds it."""
    depth = np.maximum(along[:, 2], math.cos(math.radians(MAX_HALF_FIELD_DEG)))
    across, up = np.abs(along[:, 0] / depth), np.abs(along[:, 1] / depth)
    return float(max(across.max(), up.max() * size_px[0] / size_px[1]))


def _hull(points: Floats) -> Floats:
    """The convex hull of points of shape (n, 2) (monotone chain, Andrew 1979)."""
    ordered = sorted(map(tuple, np.unique(np.round(points, 2), axis=0).tolist()))
    if len(ordered) < 3:
        return points
    return np.array(_half_hull(ordered)[:-1] + _half_hull(ordered[::-1])[:-1])


def _half_hull(ordered: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    chain: list[tuple[float, ...]] = []
    for x, y in ordered:
        while len(chain) >= 2 and (
            (chain[-1][0] - chain[-2][0]) * (y - chain[-2][1]) <= (chain[-1][1] - chain[-2][1]) * (x - chain[-2][0])
        ):
            chain.pop()
        chain.append((x, y))
    return chain


def _short_angle(angle_deg: float) -> str:
    return formats.angle(float(f"{angle_deg:.2g}"))
