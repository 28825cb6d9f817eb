"""Unit vectors on the sky, ICRS: x towards RA 0 Dec 0, z towards the north pole. Arrays end in an axis of 3."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def unit_vectors(ra_deg: Floats, dec_deg: Floats) -> Floats:
    """Positions in degrees, shape (…), as unit vectors, shape (…, 3)."""
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def unit_vector(ra_deg: float, dec_deg: float) -> Floats:
    """One position, shape (3,)."""
    return unit_vectors(np.array(ra_deg), np.array(dec_deg))


def positions(vectors: Floats) -> tuple[Floats, Floats]:
    """RA in [0, 360) and Dec, degrees, of vectors of any length, shape (…, 3)."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    ra_deg = np.degrees(np.arctan2(y, x)) % 360.0
    return np.where(ra_deg >= 360.0, 0.0, ra_deg), np.degrees(np.arctan2(z, np.hypot(x, y)))


def normalised(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def angles_rad(one: Floats, other: Floats) -> Floats:
    """Angles between unit vectors, from chords: those stay exact for small angles and for near 180 degrees."""
    near = np.linalg.norm(one - other, axis=-1)
    far = np.linalg.norm(one + other, axis=-1)
    return np.asarray(2.0 * np.arctan2(near, far))


def arc_distances_rad(points: Floats, starts: Floats, ends: Floats) -> Floats:
    """Angles from points to the nearest places of the shorter arcs from starts to ends, all of shapes that broadcast.

    A point between the two planes that are upright on an arc in its ends is nearest beside it, any other to an end.
    """
    poles = normalised(np.cross(starts, ends))
    beside = (_dots(np.cross(poles, starts), points) > 0) & (_dots(np.cross(ends, poles), points) > 0)
    across = np.arcsin(np.clip(np.abs(_dots(poles, points)), 0.0, 1.0))
    return np.where(beside, across, np.minimum(angles_rad(points, starts), angles_rad(points, ends)))


def _dots(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.einsum("...i,...i->...", one, other))


def squared_chord(angle_deg: float) -> float:
    """The square of the straight line through the sphere that spans an angle of at most 180 degrees."""
    return (2.0 * math.sin(math.radians(min(angle_deg, 180.0)) / 2.0)) ** 2


def circle_boxes(ra_deg: Floats, dec_deg: Floats, radius_deg: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The ranges of RA and Dec that hold circles, each of shape (n,).

    Returns
    -------
    ra_min, ra_max, dec_min, dec_max : degrees; ra_min in [0, 360), ra_max may pass 360.
        A circle that reaches a pole spans all RA: 0 to 360.
    """
    reach = np.abs(dec_deg) + radius_deg
    polar = reach >= 90.0 - 1e-9
    sine = np.sin(np.radians(np.where(polar, 0.0, radius_deg))) / np.cos(np.radians(np.where(polar, 0.0, dec_deg)))
    half_width = np.degrees(np.arcsin(np.minimum(sine, 1.0)))
    ra_min = (ra_deg - half_width) % 360.0
    ra_min = np.where(polar | (ra_min >= 360.0), 0.0, ra_min)
    ra_max = np.where(polar, 360.0, ra_min + 2.0 * half_width)
    return ra_min, ra_max, np.maximum(dec_deg - radius_deg, -90.0), np.minimum(dec_deg + radius_deg, 90.0)
