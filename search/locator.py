"""The locator: footprints of a page of rows as a small chart of the sky, north up and east left.

Everything is projected on the tangent plane (gnomonic, "TAN"), in which great circles are straight lines, so that an
edge of a footprint stays an edge. The chart is plain numbers and SVG path data; the template draws it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from archive.sky import Outline
from archive.sky.vectors import Floats, normalised, positions, unit_vectors
from search import formats

#: The chart's own pixels: as wide as the sky pane of a desktop, and as tall as fits above its legend.
WIDTH_PX, HEIGHT_PX = 344.0, 560.0
#: Drawn further than the chart, so that a pane of another shape is filled.
MARGIN = 3.0
#: The gnomonic plane grows without limit towards 90 degrees; a chart shows no more than this from its centre.
MAX_HALF_FIELD_DEG = 65.0
MIN_HALF_FIELD_DEG = 20.0 / 3600.0
#: A footprint of more parts (the shutters of a NIRSpec MSA) is drawn as the hull of them all.
MAX_PARTS = 8
CIRCLE_POINTS = 64
GRID_POINTS = 48

_STEPS_DEG = (
    30,
    15,
    10,
    5,
    2,
    1,
    *(arcmin / 60 for arcmin in (30, 15, 10, 5, 2, 1)),
    *(s / 3600 for s in (30, 15, 5, 2, 1)),
)
_RA_STEPS_DEG = tuple(
    hours * 15
    for hours in (2, 1, *(m / 60 for m in (30, 20, 10, 5, 2, 1)), *(s / 3600 for s in (30, 10, 5, 2, 1, 0.5, 0.2, 0.1)))
)


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
class Label:
    text: str
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
    width: float = WIDTH_PX
    height: float = HEIGHT_PX

    @property
    def missions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(drawn.shape.mission for drawn in self.footprints))

    @property
    def scale_bar(self) -> str:
        return f"M12 {self.height - 18:.1f}v5h{self.scale_px:.1f}v-5"

    @property
    def scale_label(self) -> Label:
        return Label(self.scale_text, 12 + self.scale_px / 2, self.height - 24)


class Tangent:
    """The tangent plane at a position: ``xi`` to the east and ``eta`` to the north, in radians of the plane."""

    def __init__(self, ra_deg: float, dec_deg: float) -> None:
        ra, dec = math.radians(ra_deg), math.radians(dec_deg)
        east = (-math.sin(ra), math.cos(ra), 0.0)
        north = (-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec))
        towards = (math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec))
        self.axes = np.array([east, north, towards])

    def turned(self, vectors: Floats) -> Floats:
        """Unit vectors, shape (n, 3), along east, north and the line of sight."""
        return np.asarray(vectors @ self.axes.T)

    def project(self, ra_deg: Floats, dec_deg: Floats) -> tuple[Floats, Floats]:
        """``xi``, ``eta`` in radians of the plane; nan for what lies 90 degrees or more away."""
        along = self.turned(unit_vectors(ra_deg, dec_deg))
        depth = np.where(along[..., 2] > 1e-9, along[..., 2], np.nan)
        return along[..., 0] / depth, along[..., 1] / depth


def chart(
    shapes: Sequence[Shape], centre: tuple[float, float] | None = None, radius_deg: float | None = None
) -> Chart | None:
    """The chart of a page of rows, or None when nothing of it has a place on the sky.

    Parameters
    ----------
    centre : ra and dec, deg, ICRS, of the searched position; None: the middle of the rows.
    radius_deg : of the searched circle, which is drawn dotted and shown whole where footprints allow.
    """
    rings = [_rings(shape) for shape in shapes]
    everything = [points for row in rings for points in row]
    if not everything and centre is None:
        return None
    ra_deg, dec_deg = centre or _middle(np.concatenate([points.mean(axis=0, keepdims=True) for points in everything]))
    plane = Tangent(ra_deg, dec_deg)
    half_field = _half_field(plane, [np.concatenate(row) for row in rings if row], radius_deg)
    view = _View(plane, half_field)
    drawn = [view.draw(shape, row) for shape, row in zip(shapes, rings, strict=True) if row]
    kept = tuple(footprint for footprint in drawn if footprint is not None)
    length_px, length_text = view.scale_bar()
    grid, ra_labels, dec_labels = _Graticule(view, ra_deg, dec_deg).lines()
    return Chart(
        footprints=kept,
        grid=grid,
        ra_labels=ra_labels,
        dec_labels=dec_labels,
        circle=view.path(_circle(ra_deg, dec_deg, radius_deg)) if radius_deg else "",
        centre_ra_deg=ra_deg,
        centre_dec_deg=dec_deg,
        scale_px=length_px,
        scale_text=length_text,
        field_text=view.field_text(),
        left_out=len(shapes) - len(kept),
        px_per_radian=view.px_per_radian,
    )


def _rings(shape: Shape) -> list[Floats]:
    """Unit vectors of each part, shape (n, 3); one point for a row that is only a position."""
    rings = [
        _circle(*outline.circle) if outline.circle else unit_vectors(*np.asarray(outline.vertices, dtype=np.float64).T)
        for outline in shape.outlines
    ]
    if not rings and shape.ra_deg is not None and shape.dec_deg is not None:
        rings = [unit_vectors(np.array([shape.ra_deg]), np.array([shape.dec_deg]))]
    return rings


def _circle(ra_deg: float, dec_deg: float, radius_deg: float) -> Floats:
    """Points of a circle on the sphere, shape (`CIRCLE_POINTS`, 3)."""
    turn = np.linspace(0.0, 2.0 * math.pi, CIRCLE_POINTS, endpoint=False)
    radius = math.radians(radius_deg)
    local = np.stack(
        [math.sin(radius) * np.sin(turn), math.sin(radius) * np.cos(turn), np.full_like(turn, math.cos(radius))],
        axis=-1,
    )
    return np.asarray(local @ Tangent(ra_deg, dec_deg).axes)


def _middle(vectors: Floats) -> tuple[float, float]:
    """The position in the middle of some; for rows all round the sky, where there is none, the first row's."""
    mean = vectors.mean(axis=0)
    if np.linalg.norm(mean) < 1e-6:
        mean = vectors[0]
    ra, dec = positions(normalised(mean))
    return float(ra), float(dec)


def _half_field(plane: Tangent, rows: list[Floats], radius_deg: float | None) -> float:
    """Half the chart's width, in radians of the plane.

    Wide enough for three quarters of the rows and for the searched circle: one huge footprint must not make dots of
    all the others.
    """
    reaches = [_reach(plane.turned(row)) for row in rows]
    wanted = float(np.quantile(reaches, 0.75)) if reaches else 0.0
    circle = math.tan(math.radians(min(radius_deg or 0.0, MAX_HALF_FIELD_DEG)))
    low, high = math.tan(math.radians(MIN_HALF_FIELD_DEG)), math.tan(math.radians(MAX_HALF_FIELD_DEG))
    return min(max(1.12 * max(wanted, circle), low), high)


def _reach(along: Floats) -> float:
    """How far a row reaches from the centre, in the chart's half widths of a radian of the plane."""
    depth = np.maximum(along[:, 2], math.cos(math.radians(MAX_HALF_FIELD_DEG)))
    across, up = np.abs(along[:, 0] / depth), np.abs(along[:, 1] / depth)
    return float(max(across.max(), up.max() * WIDTH_PX / HEIGHT_PX))


class _View:
    """From the tangent plane to the chart's pixels."""

    def __init__(self, plane: Tangent, half_field: float) -> None:
        self.plane = plane
        self.half_field = half_field
        self.px_per_radian = WIDTH_PX / 2.0 / half_field
        across = MARGIN * half_field
        up = across * HEIGHT_PX / WIDTH_PX
        #: Half-spaces (normals along east, north, sight) that hold what is drawn: in front, and within the margin.
        self._bounds = np.array([[0, 0, 1], [1, 0, across], [-1, 0, across], [0, 1, up], [0, -1, up]], dtype=np.float64)

    def draw(self, shape: Shape, rings: list[Floats]) -> Drawn | None:
        """A row on the chart; None when none of it lies on this side of the sky."""
        if len(rings) > MAX_PARTS:
            rings = [np.concatenate(rings)]
            hull = True
        else:
            hull = False
        parts = [self._pixels(self._clipped(self.plane.turned(ring))) for ring in rings]
        parts = [part for part in parts if len(part)]
        if not parts:
            return None
        if hull:
            parts = [_hull(part) for part in parts]
        x, y = (float(value) for value in np.concatenate(parts).mean(axis=0))
        is_mark = all(len(part) < 3 or np.ptp(part, axis=0).max() < 1.0 for part in parts)
        return Drawn(shape, "" if is_mark else "".join(map(_path, parts)), round(x, 1), round(y, 1))

    def path(self, ring: Floats) -> str:
        pixels = self._pixels(self._clipped(self.plane.turned(ring)))
        return _path(pixels) if len(pixels) else ""

    def line(self, vectors: Floats) -> Floats:
        """Pixels of an open line, without the points outside the margin."""
        along = self.plane.turned(vectors)
        inside = (along @ self._bounds.T > 0).all(axis=1)
        return self._pixels(along[inside])

    def scale_bar(self) -> tuple[float, str]:
        """The longest round angle of at most a quarter of the chart's width: its pixels and its text."""
        step = next((s for s in _STEPS_DEG if self._length_px(s) <= WIDTH_PX / 4), _STEPS_DEG[-1])
        return round(self._length_px(step), 1), formats.angle(step)

    def field_text(self) -> str:
        wide, high = (2 * math.degrees(math.atan(self.half_field * side)) for side in (1.0, HEIGHT_PX / WIDTH_PX))
        return f"{_short_angle(wide)} × {_short_angle(high)}"

    def _length_px(self, angle_deg: float) -> float:
        return self.px_per_radian * math.tan(math.radians(angle_deg))

    def _clipped(self, ring: Floats) -> Floats:
        """A closed ring cut by the bounds (Sutherland and Hodgman 1974).

        The cut is made between unit vectors: the gnomonic plane shows a chord and its arc as the same straight line.
        """
        if len(ring) < 3:
            return ring if (ring @ self._bounds.T > 0).all() else ring[:0]
        for bound in self._bounds:
            depth = ring @ bound
            if (depth > 0).all():
                continue
            ring = _cut(ring, depth - 1e-9)
            if not len(ring):
                break
        return ring

    def _pixels(self, along: Floats) -> Floats:
        """Pixels, shape (n, 2): east is left, north is up."""
        plane = along[:, :2] / along[:, 2:]
        return np.stack(
            [WIDTH_PX / 2 - plane[:, 0] * self.px_per_radian, HEIGHT_PX / 2 - plane[:, 1] * self.px_per_radian], 1
        )


class _Graticule:
    """Lines of equal RA and Dec with their labels."""

    def __init__(self, view: _View, ra_deg: float, dec_deg: float) -> None:
        self._view = view
        self._ra, self._dec = ra_deg, dec_deg
        half_height = math.atan(view.half_field * HEIGHT_PX / WIDTH_PX)
        self._reach_deg = min(math.degrees(half_height) * 1.6, 89.0)
        self._dec_step = next((s for s in reversed(_STEPS_DEG) if s >= math.degrees(half_height) / 2.4), _STEPS_DEG[0])
        across = self._dec_step / max(math.cos(math.radians(dec_deg)), 0.02)
        self._ra_step = next((s for s in reversed(_RA_STEPS_DEG) if s >= across), _RA_STEPS_DEG[0])

    def lines(self) -> tuple[tuple[str, ...], tuple[Label, ...], tuple[Label, ...]]:
        """Path data, the labels of RA along the top, the labels of Dec along the left."""
        paths, ra_labels, dec_labels = [], [], []
        for dec in self._decs():
            pixels = self._view.line(unit_vectors(self._ra + self._ra_span(), np.full(GRID_POINTS, dec)))
            paths.append(_open_path(pixels))
            dec_labels.extend(self._dec_label(dec, pixels))
        for ra in self._ras():
            pixels = self._view.line(unit_vectors(np.full(GRID_POINTS, ra), self._dec_span()))
            paths.append(_open_path(pixels))
            ra_labels.extend(self._ra_label(ra, pixels))
        return tuple(filter(None, paths)), tuple(ra_labels), tuple(dec_labels)

    def _decs(self) -> Iterator[float]:
        low, high = max(self._dec - self._reach_deg, -89.9), min(self._dec + self._reach_deg, 89.9)
        return (
            n * self._dec_step for n in range(math.ceil(low / self._dec_step), math.floor(high / self._dec_step) + 1)
        )

    def _ras(self) -> Iterator[float]:
        half = self._half_ra_deg()
        first, last = math.ceil((self._ra - half) / self._ra_step), math.floor((self._ra + half) / self._ra_step)
        return (n * self._ra_step for n in range(first, min(last, first + round(360 / self._ra_step) - 1) + 1))

    def _half_ra_deg(self) -> float:
        nearest_pole = abs(self._dec) + self._reach_deg
        if nearest_pole >= 90:
            return 180.0
        return min(self._reach_deg / math.cos(math.radians(nearest_pole)), 180.0)

    def _ra_span(self) -> Floats:
        half = self._half_ra_deg()
        return np.linspace(-half, half, GRID_POINTS)

    def _dec_span(self) -> Floats:
        return np.linspace(max(self._dec - self._reach_deg, -89.9), min(self._dec + self._reach_deg, 89.9), GRID_POINTS)

    def _dec_label(self, dec: float, pixels: Floats) -> Iterable[Label]:
        y = _crossing(pixels, 0, 4.0)
        if y is not None and 54 < y < HEIGHT_PX - 60:
            yield Label(_dec_text(dec, self._dec_step), 4.0, round(y - 4, 1))

    def _ra_label(self, ra: float, pixels: Floats) -> Iterable[Label]:
        x = _crossing(pixels, 1, HEIGHT_PX - 8)
        if x is not None and 110 < x < WIDTH_PX - 34:
            yield Label(_ra_text(ra % 360.0, self._ra_step), round(x, 1), HEIGHT_PX - 8)


def _cut(ring: Floats, depth: Floats) -> Floats:
    """The part of a closed ring where ``depth`` is above 0."""
    ends, end_depth = np.roll(ring, -1, axis=0), np.roll(depth, -1)
    kept: list[Floats] = []
    for i in range(len(ring)):
        if depth[i] > 0:
            kept.append(ring[i])
        if (depth[i] > 0) != (end_depth[i] > 0):
            share = depth[i] / (depth[i] - end_depth[i])
            kept.append(ring[i] + share * (ends[i] - ring[i]) + 1e-12 * ring[i])
    return np.array(kept) if len(kept) >= 3 else ring[:0]


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


def _path(pixels: Floats) -> str:
    return f"{_open_path(pixels)}Z"


def _open_path(pixels: Floats) -> str:
    """SVG path data to a tenth of a pixel."""
    if len(pixels) < 2:
        return ""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in pixels.tolist())


def _crossing(pixels: Floats, axis: int, at: float) -> float | None:
    """The other coordinate where a line first crosses ``at`` along an axis."""
    side = pixels[:, axis] - at
    changes = np.flatnonzero(side[:-1] * side[1:] <= 0) if len(pixels) > 1 else np.array([], dtype=int)
    if not len(changes):
        return None
    i = int(changes[0])
    run = side[i] - side[i + 1]
    share = side[i] / run if run else 0.0
    return float(pixels[i, 1 - axis] + share * (pixels[i + 1, 1 - axis] - pixels[i, 1 - axis]))


def _dec_text(dec_deg: float, step_deg: float) -> str:
    sign = "-" if dec_deg < -1e-9 else "+"
    seconds = round(abs(dec_deg) * 3600)
    text = f"{sign}{seconds // 3600:02d}°"
    if step_deg < 1:
        text += f" {seconds // 60 % 60:02d}′"
    return text + (f" {seconds % 60:02d}″" if step_deg < 1 / 60 else "")


def _ra_text(ra_deg: float, step_deg: float) -> str:
    tenths = round(ra_deg / 15 * 36000) % (24 * 36000)
    text = f"{tenths // 36000:02d}h"
    if step_deg < 15:
        text += f" {tenths // 600 % 60:02d}m"
    if step_deg < 0.25:
        text += f" {tenths // 10 % 60:02d}s" if step_deg >= 1 / 240 else f" {tenths // 10 % 60:02d}.{tenths % 10}s"
    return text


def _short_angle(angle_deg: float) -> str:
    return formats.angle(float(f"{angle_deg:.2g}"))
