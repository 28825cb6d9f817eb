"""The stored form of a footprint: numbers in one array, which the database function ``archive_sky_chord2`` reads.

    [centre_inside, part, part, …]      1 when the cover's centre is known to lie in the footprint, else 0
    part = [kind, n, …]
    kind 1, a circle            n = 1:  centre (3), radius in radians
    kind 2, a convex polygon            n vertices (3 each), counter-clockwise seen from outside the sphere
    kind 3, any other polygon           a point outside it (3), n vertices (3 each)

Positions are unit vectors. A polygon's edges are the shorter great-circle arcs between neighbouring vertices.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.sky.vectors import Floats, angles_rad, arc_distances_rad, normalised, positions

CIRCLE, CONVEX, CONCAVE = 1.0, 2.0, 3.0

#: A polygon within a circle of this radius lies in a hemisphere, and the smaller region is the one in it.
HEMISPHERE_RAD = math.radians(89.9)


@dataclass(frozen=True)
class Outline:
    """A shape to draw: a ring of vertices, or a circle."""

    vertices: tuple[tuple[float, float], ...] = ()  # (ra, dec), deg, ICRS; empty for a circle
    circle: tuple[float, float, float] | None = None  # ra, dec, radius, deg


def outlines(footprint: Sequence[float]) -> list[Outline]:
    """The shapes of a stored footprint."""
    return [_ring_outline(shape) if shape.ndim == 2 else _circle_outline(shape) for shape in shapes(footprint)]


def shapes(footprint: Sequence[float]) -> Iterator[Floats]:
    """The shapes of a stored footprint as unit vectors.

    A ring's vertices have the shape (n, 3); a circle's centre and radius in radians the shape (4,).
    """
    numbers = np.asarray(footprint, dtype=np.float64)
    start = 1
    while start < len(numbers):
        kind, count = numbers[start], int(numbers[start + 1])
        skipped = start + (5 if kind == CONCAVE else 2)
        start = skipped + (4 if kind == CIRCLE else 3 * count)
        yield numbers[skipped:start] if kind == CIRCLE else numbers[skipped:start].reshape(-1, 3)


def _ring_outline(vertices: Floats) -> Outline:
    ra, dec = positions(vertices)
    return Outline(vertices=tuple(zip(ra.tolist(), dec.tolist(), strict=True)))


def _circle_outline(numbers: Floats) -> Outline:
    ra, dec = positions(numbers[:3])
    return Outline(circle=(float(ra), float(dec), math.degrees(numbers[3])))


def convex_rings(rings: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Rings of shape (m, n, 3) counter-clockwise, and which of them are convex, shape (m,).

    Convex here means: turns the same way at every vertex, not straight on, and goes round once. Anything else, a
    ring with a vertex on a straight edge too, is handled as concave, which is as exact and only slower.
    """
    steps = np.roll(rings, -1, axis=1) - rings
    after = np.roll(steps, -1, axis=1)
    corners = np.roll(rings, -1, axis=1)
    turns = np.einsum("mni,mni->mn", np.cross(steps, after), corners)
    scale = np.linalg.norm(steps, axis=2) * np.linalg.norm(after, axis=2)
    left, right = (turns > 1e-9 * scale).all(axis=1), (turns < -1e-9 * scale).all(axis=1)
    whole_turn = np.abs(np.arctan2(turns, np.einsum("mni,mni->mn", steps, after)).sum(axis=1)) < 3.0 * np.pi
    counter_clockwise = np.where(right[:, None, None], rings[:, ::-1], rings)
    return counter_clockwise, (left | right) & whole_turn


def encoded_circle(centre: Floats, radius_rad: float) -> list[float]:
    return [CIRCLE, 1.0, *centre.tolist(), radius_rad]


def encoded_polygons(rings: Sequence[Floats]) -> list[list[float]]:
    """The parts of rings, each of shape (n, 3) and meaning the smaller of its two regions."""
    parts: list[list[float]] = [[]] * len(rings)
    for size in {len(ring) for ring in rings}:
        members = [i for i, ring in enumerate(rings) if len(ring) == size]
        turned, are_convex = convex_rings(np.stack([rings[i] for i in members]))
        are_convex &= are_small(turned)
        for i, ring, is_convex in zip(members, turned, are_convex, strict=True):
            parts[i] = [CONVEX, float(size), *ring.ravel().tolist()] if is_convex else _encoded_concave(rings[i])
    return parts


def are_small(rings: Floats) -> NDArray[np.bool_]:
    """Which rings of shape (m, n, 3) lie well within a hemisphere around the mean of their vertices, shape (m,)."""
    means = rings.mean(axis=1)
    heights = np.einsum("mni,mi->mn", rings, means).min(axis=1)
    return np.asarray(heights > 0.01 * np.linalg.norm(means, axis=1))


def _encoded_concave(ring: Floats) -> list[float]:
    centre, radius = bounding_circle(ring)
    outside = -centre if radius < HEMISPHERE_RAD else _point_outside(ring)
    return [CONCAVE, float(len(ring)), *outside.tolist(), *ring.ravel().tolist()]


def bounding_circle(points: Floats) -> tuple[Floats, float]:
    """A circle around points of shape (n, 3): centre and radius in radians, within some per cent of the smallest.

    Each step moves the centre towards the farthest point, by less and less (Badoiu and Clarkson 2003).
    """
    centre = best = _mean_direction(points)
    farthest = points[int((points @ centre).argmin())]
    height = farthest @ centre
    for step in range(2, 26):
        if np.linalg.norm(centre + farthest) < 1e-6:
            break
        moved = centre + (farthest - centre) / step
        centre = moved / math.sqrt(moved @ moved)
        farthest = points[int((points @ centre).argmin())]
        if farthest @ centre > height:
            best, height = centre, farthest @ centre
    return best, float(angles_rad(points, best).max())


def _mean_direction(points: Floats) -> Floats:
    mean = points.mean(axis=0)
    return normalised(mean) if np.linalg.norm(mean) > 1e-6 else points[0]


def _point_outside(ring: Floats) -> Floats:
    """A point outside the smaller region of a ring too wide for a hemisphere: beside the edge with the most room."""
    if _area_on_the_left(ring) > 2.0 * np.pi:
        ring = ring[::-1]
    ends = np.roll(ring, -1, axis=0)
    middles, along = normalised(ring + ends), normalised(ends - ring)
    room = np.array([np.delete(arc_distances_rad(middle, ring, ends), i).min() for i, middle in enumerate(middles)])
    best = int(room.argmax())
    to_the_right = np.cross(along[best], middles[best])
    return normalised(middles[best] + 0.3 * min(room[best], 0.3) * to_the_right)


def _area_on_the_left(ring: Floats) -> float:
    """Solid angle of the region on the left of the edges, within 0 and 4 pi.

    Signed triangles from an arbitrary apex (Van Oosterom and Strackee 1983); the edges are taken as not crossing.
    """
    apex = normalised(np.array([0.3, -0.5, 0.7]))
    ends = np.roll(ring, -1, axis=0)
    volume = np.cross(ring, ends) @ apex
    share = 1.0 + ring @ apex + ends @ apex + np.einsum("ni,ni->n", ring, ends)
    return float((2.0 * np.arctan2(volume, share)).sum() % (4.0 * np.pi))
