"""The geometry of footprints once more, by the navigator's formulas: haversines, bearings, cross-track and along-track
distances. It shares no code and no formula with archive.sky, which works with vectors and crossings.

Angles are degrees, ICRS. Rings are lists of (ra, dec) that fit into a hemisphere.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ring = list[tuple[float, float]]


def separation(ra1: ArrayLike, dec1: ArrayLike, ra2: ArrayLike, dec2: ArrayLike) -> Floats:
    """By haversines."""
    ra1, dec1, ra2, dec2 = (np.radians(np.asarray(angle, dtype=np.float64)) for angle in (ra1, dec1, ra2, dec2))
    haversine = np.sin((dec2 - dec1) / 2) ** 2 + np.cos(dec1) * np.cos(dec2) * np.sin((ra2 - ra1) / 2) ** 2
    return np.asarray(np.degrees(2 * np.arctan2(np.sqrt(haversine), np.sqrt(np.maximum(1 - haversine, 0)))))


def bearing(ra1: ArrayLike, dec1: ArrayLike, ra2: ArrayLike, dec2: ArrayLike) -> Floats:
    """Of the second position from the first, east of north."""
    ra1, dec1, ra2, dec2 = (np.radians(np.asarray(angle, dtype=np.float64)) for angle in (ra1, dec1, ra2, dec2))
    step = ra2 - ra1
    # cos(dec1) sin(dec2) - sin(dec1) cos(dec2) cos(step), without the cancellation of near positions
    north = np.sin(dec2 - dec1) + 2 * np.sin(dec1) * np.cos(dec2) * np.sin(step / 2) ** 2
    return np.asarray(np.degrees(np.arctan2(np.sin(step) * np.cos(dec2), north)))


def edge_distance(ra: float, dec: float, start: Floats, end: Floats) -> Floats:
    """From a point to each edge of shape (n, 2)."""
    to_point = separation(start[:, 0], start[:, 1], ra, dec)
    to_end = separation(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    angle = np.radians(
        bearing(start[:, 0], start[:, 1], ra, dec) - bearing(start[:, 0], start[:, 1], end[:, 0], end[:, 1])
    )
    away = np.radians(to_point)
    along = np.degrees(np.arctan2(np.sin(away) * np.cos(angle), np.cos(away)))
    across = np.abs(np.degrees(np.arcsin(np.clip(np.sin(away) * np.sin(angle), -1, 1))))
    at_ends = np.minimum(to_point, separation(end[:, 0], end[:, 1], ra, dec))
    return np.where((along > 0) & (along < to_end), across, at_ends)


def is_inside(ra: float, dec: float, rings: Floats) -> NDArray[np.bool_]:
    """Whether a point lies in rings of shape (m, n, 2): how often the bearing of a vertex, going round, turns about."""
    bearings = bearing(ra, dec, rings[..., 0], rings[..., 1])
    steps = (np.roll(bearings, -1, axis=1) - bearings + 180) % 360 - 180
    turns = np.rint(steps.sum(axis=1) / 360)
    return np.asarray((turns % 2 == 1) & (separation(ra, dec, *_middles(rings)) < 90))


def _middles(rings: Floats) -> tuple[Floats, Floats]:
    ra, dec = np.radians(rings[..., 0]), np.radians(rings[..., 1])
    x, y, z = (np.cos(dec) * np.cos(ra)).sum(1), (np.cos(dec) * np.sin(ra)).sum(1), np.sin(dec).sum(1)
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))


def distances_to_rings(ra: float, dec: float, rings: Floats) -> Floats:
    """From a point to rings of shape (m, n, 2): 0 inside."""
    count, size = rings.shape[:2]
    edges = edge_distance(ra, dec, rings.reshape(-1, 2), np.roll(rings, -1, axis=1).reshape(-1, 2))
    return np.where(is_inside(ra, dec, rings), 0.0, edges.reshape(count, size).min(axis=1))


def distance_to_ring(ra: float, dec: float, ring: Ring) -> float:
    return float(distances_to_rings(ra, dec, np.array([ring], dtype=np.float64))[0])


def distance_to_circle(ra: float, dec: float, circle: tuple[float, float, float]) -> float:
    return max(0.0, float(separation(ra, dec, circle[0], circle[1])) - circle[2])


def step_from(ra: float, dec: float, towards: float, by: float) -> tuple[float, float]:
    """The position reached by going some degrees along a bearing."""
    ra, dec, towards, by = np.radians([ra, dec, towards, by])
    new_dec = np.arcsin(np.clip(np.sin(dec) * np.cos(by) + np.cos(dec) * np.sin(by) * np.cos(towards), -1, 1))
    east = np.sin(towards) * np.sin(by) * np.cos(dec)
    return float(np.degrees(ra + np.arctan2(east, np.cos(by) - np.sin(dec) * np.sin(new_dec)))) % 360, float(
        np.degrees(new_dec)
    )


def rings_meet(one: Ring, other: Ring, doubt: float) -> bool | None:
    """Whether two rings have a point in common; None when they come nearer than ``doubt`` without a known common point.

    By branch and bound: a distance changes no faster than the place from which it is measured, so that an arc whose
    middle is farther away than half its length does not meet; any other is halved.
    """
    rings = [np.array([ring], dtype=np.float64) for ring in (one, other)]
    in_doubt = False
    for mine, theirs in (rings, rings[::-1]):
        arcs = np.stack([mine[0], np.roll(mine[0], -1, axis=0)], axis=1)
        while len(arcs):
            middles = np.array([_middle(*arc) for arc in arcs])
            halves = separation(arcs[:, 0, 0], arcs[:, 0, 1], arcs[:, 1, 0], arcs[:, 1, 1]) / 2
            away = np.array([distances_to_rings(ra, dec, theirs)[0] for ra, dec in middles])
            if (away == 0).any():
                return True
            open_arcs = away <= halves * (1 + 1e-9)
            tiny = open_arcs & (halves < doubt)
            in_doubt |= bool(tiny.any())
            keep = open_arcs & ~tiny
            kept, centre = arcs[keep], middles[keep][:, None]
            arcs = np.concatenate(
                [np.concatenate([kept[:, :1], centre], axis=1), np.concatenate([centre, kept[:, 1:]], axis=1)]
            )
    return None if in_doubt else False


def _middle(start: Floats, end: Floats) -> tuple[float, float]:
    half = float(separation(start[0], start[1], end[0], end[1])) / 2
    return step_from(float(start[0]), float(start[1]), float(bearing(start[0], start[1], end[0], end[1])), half)
