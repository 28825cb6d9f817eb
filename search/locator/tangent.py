"""From the sky to the pixels of a chart: the tangent plane, and what of a footprint lies on it.

The gnomonic projection ("TAN") shows great circles as straight lines, so that an edge of a footprint stays an edge.
"""

import math
from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from archive.sky.vectors import Floats, positions

#: Drawn further than the chart, so that a pane of another shape is filled.
MARGIN = 3.0
CIRCLE_POINTS = 64

#: Points of a chart: x and y of each.
Pixels = list[list[float]]


class Tangent:
    """The tangent plane at a position (deg, ICRS): its axes to the east, to the north and along the line of sight."""

    def __init__(self, ra_deg: float, dec_deg: float) -> None:
        ra, dec = math.radians(ra_deg), math.radians(dec_deg)
        east = (-math.sin(ra), math.cos(ra), 0.0)
        north = (-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec))
        towards = (math.cos(dec) * math.cos(ra), math.cos(dec) * math.sin(ra), math.sin(dec))
        self.axes = np.array([east, north, towards])

    def turned(self, vectors: Floats) -> Floats:
        """Unit vectors, shape (n, 3), along east, north and the line of sight."""
        return np.asarray(vectors @ self.axes.T)


class View:
    """From the sky to the pixels of a chart; ``half_field`` is half its width in radians of the tangent plane."""

    def __init__(self, plane: Tangent, half_field: float, size_px: tuple[float, float]) -> None:
        self.plane = plane
        self.half_field = half_field
        self.width, self.height = size_px
        self.px_per_radian = self.width / 2.0 / half_field
        across = MARGIN * half_field
        up = across * self.height / self.width
        #: Half-spaces (normals along east, north, sight) that hold what is drawn: in front, and within the margin.
        self._bounds = np.array([[0, 0, 1], [1, 0, across], [-1, 0, across], [0, 1, up], [0, -1, up]], dtype=np.float64)

    def ring(self, vectors: Floats) -> Floats:
        """Pixels of a closed ring of unit vectors, cut at the margin; none when nothing of it is on this side."""
        return self._pixels(self._clipped(self.plane.turned(vectors)))

    def rings(self, rings: Sequence[Floats]) -> list[Pixels]:
        """`ring` of each, all at once as far as nothing of them is to be cut."""
        if not rings:
            return []
        along = self.plane.turned(np.concatenate(rings))
        inside = (along @ self._bounds.T > 0).all(axis=1)
        along[~inside, 2] = 1.0  # these rings are cut below
        flat = self._pixels(along).tolist()
        lengths = [len(ring) for ring in rings]
        starts = starts_of(lengths)
        whole = np.logical_and.reduceat(inside, starts).tolist()
        return [
            flat[start : start + length] if is_whole else self.ring(ring).tolist()
            for ring, start, length, is_whole in zip(rings, starts, lengths, whole, strict=True)
        ]

    def points(self, vectors: Floats) -> Floats:
        """Pixels of points or of an open line, without those outside the margin."""
        along = self.plane.turned(vectors)
        inside = (along @ self._bounds.T > 0).all(axis=1)
        return self._pixels(along[inside])

    def _clipped(self, ring: Floats) -> Floats:
        """A closed ring cut by the bounds (Sutherland and Hodgman 1974).

        The cut is made between unit vectors: the gnomonic plane shows a chord and its arc as the same straight line.
        """
        if len(ring) < 3:
            return ring if (ring @ self._bounds.T > 0).all() else ring[:0]
        if (ring @ self._bounds.T > 0).all():
            return ring
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
        return np.asarray(np.array([self.width / 2, self.height / 2]) - plane * self.px_per_radian)

    def length_px(self, angle_deg: float) -> float:
        """How long an angle is across the chart's centre, half of it on each side."""
        return 2 * self.px_per_radian * math.tan(math.radians(angle_deg) / 2)


def circle_points(centre: Floats, radius_rad: float) -> Floats:
    """Points of a circle around a unit vector, shape (`CIRCLE_POINTS`, 3)."""
    turn = np.linspace(0.0, 2.0 * math.pi, CIRCLE_POINTS, endpoint=False)
    ra_deg, dec_deg = positions(centre)
    reach, depth = math.sin(radius_rad), math.cos(radius_rad)
    local = np.stack([reach * np.sin(turn), reach * np.cos(turn), np.full_like(turn, depth)], axis=-1)
    return np.asarray(local @ Tangent(float(ra_deg), float(dec_deg)).axes)


def _cut(ring: Floats, depth: Floats) -> Floats:
    """The part of a closed ring where ``depth`` is above 0."""
    ends, end_depth = np.roll(ring, -1, axis=0), np.roll(depth, -1)
    kept: list[Floats] = []
    for i in range(len(ring)):
        if depth[i] > 0:
            kept.append(ring[i])
        if (depth[i] > 0) != (end_depth[i] > 0):
            share = depth[i] / (depth[i] - end_depth[i])
            kept.append(ring[i] + share * (ends[i] - ring[i]))
    return np.array(kept) if len(kept) >= 3 else ring[:0]


def starts_of(lengths: Sequence[int]) -> list[int]:
    """Where pieces of these lengths begin when they are joined."""
    return [0, *accumulate(lengths[:-1])]


def closed_path(pixels: Floats | Pixels) -> str:
    return f"{open_path(pixels)}Z"


def open_path(pixels: Floats | Pixels) -> str:
    """SVG path data to a tenth of a pixel."""
    if len(pixels) < 2:
        return ""
    points = pixels if isinstance(pixels, list) else pixels.tolist()
    return "M" + "L".join([f"{x:.1f} {y:.1f}" for x, y in points])
