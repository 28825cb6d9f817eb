"""The locator: footprints of a page of rows as a small chart of the sky, north up and east left.

The chart is plain numbers and SVG path data; `templates/search/_chart.html` draws it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from django.utils.safestring import SafeString

from archive.sky import shapes
from archive.sky.vectors import Floats, normalised, positions, unit_vector
from archive.templatetags.portal import mission_class
from search import formats
from search.locator.graticule import STEPS_DEG, Graticule, Label
from search.locator.tangent import Pixels, Tangent, View, circle_points, closed_path, starts_of

#: Width and height of a chart in its own pixels: of the sky pane of a desktop above its legend, and of a panel.
PANE_PX = (344.0, 560.0)
PANEL_PX = (400.0, 300.0)
#: The gnomonic plane grows without limit towards 90 degrees; a chart shows no more than this from its centre.
MAX_HALF_FIELD_DEG = 65.0
MIN_HALF_FIELD_DEG = 20.0 / 3600.0
#: A footprint of more parts (the shutters of a NIRSpec MSA) is drawn as the hull of them all.
MAX_PARTS = 8
HULL_DIRECTIONS = 64


@dataclass(frozen=True)
class Shape:
    """What one row draws; ``footprint`` as it is stored (`archive.sky.encoding`).

    A row without a footprint is its position; one without either is not on the sky.
    """

    obsid: int
    mission: str
    state: str
    label: str
    footprint: Sequence[float]
    ra_deg: float | None = None
    dec_deg: float | None = None


@dataclass(frozen=True)
class Drawn:
    """A row's footprint as SVG path data, empty ``path`` for a position, which is a mark at ``x``, ``y``."""

    shape: Shape
    path: str
    x: float
    y: float

    @property
    def svg(self) -> str:
        """The element, with its label as title; whatever comes from the archive is escaped."""
        shape = self.shape
        about = f'class="footprint {mission_class(shape.mission)} state-{shape.state}" data-obsid="{shape.obsid}"'
        title = f"<title>{escape(shape.label)}</title>"
        if self.path:
            return f'<path {about} d="{self.path}">{title}</path>'
        return f'<circle {about} cx="{self.x}" cy="{self.y}" r="3">{title}</circle>'


@dataclass(frozen=True)
class Chart:
    """All that the template draws, in pixels of a chart of ``width`` by ``height``."""

    footprints: tuple[Drawn, ...]
    grid: tuple[str, ...]
    ra_labels: tuple[Label, ...]
    dec_labels: tuple[Label, ...]
    searched: str
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
    def footprints_svg(self) -> SafeString:
        """All footprints; a template's tags for each would take longer than their geometry."""
        return SafeString("".join(drawn.svg for drawn in self.footprints))

    @property
    def missions(self) -> tuple[str, ...]:
        return tuple(sorted({drawn.shape.mission for drawn in self.footprints}))

    @property
    def scale_bar(self) -> str:
        return f"M12 {self.height - 30:.1f}v5h{self.scale_px:.1f}v-5"

    @property
    def scale_label(self) -> Label:
        return Label(self.scale_text, 12 + self.scale_px / 2, self.height - 36)


def chart(
    rows: Sequence[Shape],
    centre: tuple[float, float] | None = None,
    radius_deg: float | None = None,
    size_px: tuple[float, float] = PANE_PX,
    regions: Sequence[Floats] = (),
) -> Chart | None:
    """The chart of a page of rows, or None when nothing of it has a place on the sky.

    Parameters
    ----------
    centre : ra and dec, deg, ICRS, of the searched position; None: the middle of the rows.
    radius_deg : of the searched circle, which is drawn dotted.
    size_px : width and height of the chart.
    regions : borders of what else was searched, drawn like the circle: unit vectors of each, shape (n, 3).
    """
    rings = [_rings(row) for row in rows]
    if centre is None and not any(rings):
        return None
    ra_deg, dec_deg = centre or _middle([np.concatenate(row) for row in rings if row])
    plane = Tangent(ra_deg, dec_deg)
    view = View(plane, _half_field(plane, [row for row in rings if row], radius_deg, size_px), size_px)
    drawn = map(_drawn, rows, _pixels(view, rings))
    kept = tuple(footprint for footprint in drawn if footprint is not None)
    length_px, length_text = _scale(view)
    grid, ra_labels, dec_labels = Graticule(view, ra_deg, dec_deg).lines()
    return Chart(
        footprints=kept,
        grid=grid,
        ra_labels=ra_labels,
        dec_labels=dec_labels,
        searched=_borders(view, [*([circle_around(ra_deg, dec_deg, radius_deg)] if radius_deg else []), *regions]),
        centre_ra_deg=ra_deg,
        centre_dec_deg=dec_deg,
        scale_px=length_px,
        scale_text=length_text,
        field_text=_field_text(view),
        left_out=len(rows) - len(kept),
        px_per_radian=view.px_per_radian,
        width=view.width,
        height=view.height,
    )


def _pixels(view: View, rows: Sequence[list[Floats]]) -> list[list[Pixels]]:
    """The parts of each row in pixels; those of all rows are projected together."""
    few = [row if len(row) <= MAX_PARTS else [] for row in rows]
    pixels = iter(view.rings([ring for row in few for ring in row]))
    return [
        [_hull(view.points(np.concatenate(row))).tolist()] if len(row) > MAX_PARTS else [next(pixels) for _ in row]
        for row in rows
    ]


def _drawn(shape: Shape, parts: Sequence[Pixels]) -> Drawn | None:
    """A row on the chart; None when nothing of it lies on this side of the sky."""
    points = [point for part in parts for point in part]
    if not points:
        return None
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    is_mark = all(len(part) < 3 or _extent_px(part) < 1.0 for part in parts)
    path = "" if is_mark else "".join(closed_path(part) for part in parts if part)
    return Drawn(shape, path, round(x, 1), round(y, 1))


def _extent_px(part: Pixels) -> float:
    xs, ys = [x for x, _ in part], [y for _, y in part]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def circle_around(ra_deg: float, dec_deg: float, radius_deg: float) -> Floats:
    """Unit vectors of a circle, shape (n, 3)."""
    return circle_points(unit_vector(ra_deg, dec_deg), math.radians(radius_deg))


def _borders(view: View, rings: Sequence[Floats]) -> str:
    """One path of all rings, without those that lie outside the chart."""
    return "".join(closed_path(ring) for ring in view.rings(rings) if ring)


def _scale(view: View) -> tuple[float, str]:
    """The longest round angle of at most a quarter of the chart's width: its pixels and its text."""
    step = next((step for step in STEPS_DEG if view.length_px(step) <= view.width / 4), STEPS_DEG[-1])
    return round(view.length_px(step), 1), formats.angle(step)


def _field_text(view: View) -> str:
    wide, high = (2 * math.degrees(math.atan(view.half_field * side)) for side in (1.0, view.height / view.width))
    return f"{_short_angle(wide)} × {_short_angle(high)}"


def _rings(shape: Shape) -> list[Floats]:
    """Unit vectors of each part, shape (n, 3); one point for a row that is only a position."""
    rings = [part if part.ndim == 2 else circle_points(part[:3], part[3]) for part in shapes(shape.footprint)]
    if not rings and shape.ra_deg is not None and shape.dec_deg is not None:
        rings = [unit_vector(shape.ra_deg, shape.dec_deg)[None]]
    return rings


def _middle(rows: list[Floats]) -> tuple[float, float]:
    """The position, deg, of the row nearest to most others: a row far away must not pull the chart off them."""
    vectors = normalised(np.array([row.mean(axis=0) for row in rows]))
    cosines = np.median(vectors @ vectors.T, axis=1)
    ra_deg, dec_deg = positions(vectors[int(np.argmax(cosines))])
    return float(ra_deg), float(dec_deg)


def _half_field(
    plane: Tangent, rows: Sequence[list[Floats]], radius_deg: float | None, size_px: tuple[float, float]
) -> float:
    """Half the chart's width, in radians of the plane.

    Wide enough for most rows, though not for the widest: one huge footprint must not make dots of all the others. A
    searched circle that is much larger than the rows in it may be cut.
    """
    reaches = _reaches(plane, rows, size_px) if rows else []
    wanted = float(np.quantile(reaches, 0.85)) if rows else 0.0
    circle = math.tan(math.radians(min(radius_deg or 0.0, MAX_HALF_FIELD_DEG)))
    low, high = math.tan(math.radians(MIN_HALF_FIELD_DEG)), math.tan(math.radians(MAX_HALF_FIELD_DEG))
    return min(max(1.12 * max(wanted, circle * (0.3 if rows else 1.0)), low), high)


def _reaches(plane: Tangent, rows: Sequence[list[Floats]], size_px: tuple[float, float]) -> list[float]:
    """How far each row reaches from the centre, as the half width of a chart that holds it."""
    along = plane.turned(np.concatenate([ring for row in rows for ring in row]))
    depth = np.maximum(along[:, 2], math.cos(math.radians(MAX_HALF_FIELD_DEG)))
    across, up = np.abs(along[:, 0] / depth), np.abs(along[:, 1] / depth)
    lengths = [sum(map(len, row)) for row in rows]
    farthest = np.maximum.reduceat(np.maximum(across, up * size_px[0] / size_px[1]), starts_of(lengths))
    return [float(reach) for reach in farthest]


def _hull(points: Floats) -> Floats:
    """The outermost of points, shape (n, 2), in each of `HULL_DIRECTIONS`: their convex hull as the eye can tell it."""
    if not len(points):
        return points
    turn = np.linspace(0.0, 2.0 * np.pi, HULL_DIRECTIONS, endpoint=False)
    outermost = np.argmax(points @ np.stack([np.cos(turn), np.sin(turn)]), axis=0)
    return np.asarray(points[outermost[np.r_[True, outermost[1:] != outermost[:-1]]]])


def _short_angle(angle_deg: float) -> str:
    return formats.angle(float(f"{angle_deg:.2g}"))
