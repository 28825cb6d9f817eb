"""HEALPix cells around an area of the sky: those in it, and those outside of which nothing small reaches it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.sky.cover import BASE_CELL_DEG, HEALPIX_ORDER
from archive.sky.encoding import CONCAVE
from archive.sky.vectors import Floats, angles_rad, arc_distances_rad, normalised, positions, unit_vectors

Numbers = NDArray[np.int64]

#: Cells across the radius of an area.
CELLS_ACROSS = 16
#: The whole sky at the order that an area of this size asks for: 3,072 cells.
COARSEST_ORDER = 4
FINEST_ORDER = 24
#: Edges of cells bulge: a hundredth more than the farthest corner holds the whole cell.
BULGE = 1.01


@dataclass(frozen=True)
class Ranges:
    """Half-open ranges of `Observation.hpx`, sorted and apart."""

    starts: tuple[int, ...] = ()
    stops: tuple[int, ...] = ()

    @classmethod
    def of_cells(cls, cells: Numbers, order: int) -> "Ranges":
        """The ranges of cells, nested, of one order."""
        width = 1 << 2 * (HEALPIX_ORDER - order)
        numbers = np.unique(cells)
        if not len(numbers):
            return cls()
        breaks = np.flatnonzero(np.diff(numbers) != 1)
        firsts = numbers[np.concatenate([[0], breaks + 1])]
        lasts = numbers[np.concatenate([breaks, [len(numbers) - 1]])]
        return cls(tuple((firsts * width).tolist()), tuple(((lasts + 1) * width).tolist()))


@dataclass(frozen=True)
class Cells:
    """``inner`` lie in the area; no footprint of a radius up to ``reach_deg`` meets it with its centre not ``near``."""

    inner: Ranges
    near: Ranges
    reach_deg: float


def cells_around(centre: Floats, radius_deg: float, polygon: Floats) -> Cells:
    """The cells around one polygon of an encoded footprint.

    Parameters
    ----------
    centre, radius_deg : a circle that holds it; the centre as unit vector.
    polygon : its part as `archive.sky.encoding` describes.
    """
    order = _order(radius_deg)
    cells = _cells_within(centre, radius_deg + 4.0 * BASE_CELL_DEG / 2**order, order)
    middles, reaches = _circles_around(cells, order)
    distances = _distances(middles, polygon)
    inside = _are_inside(middles, polygon)
    reach = float(reaches.max())
    inner = inside & (distances > reaches)
    near = inside | (distances <= reaches + reach)
    return Cells(Ranges.of_cells(cells[inner], order), Ranges.of_cells(cells[near], order), math.degrees(reach))


def _order(radius_deg: float) -> int:
    wanted = math.floor(math.log2(BASE_CELL_DEG * CELLS_ACROSS / max(radius_deg, 1e-9)))
    return min(max(wanted, COARSEST_ORDER), FINEST_ORDER)


def _cells_within(centre: Floats, radius_deg: float, order: int) -> Numbers:
    """Cells of one order that meet a circle, and perhaps some beside it."""
    if radius_deg >= 90.0:
        return np.arange(12 * 4**order, dtype=np.int64)
    from astropy import units  # slow to import
    from astropy.coordinates import Angle, Latitude, Longitude
    from cdshealpix.nested import cone_search

    ra_deg, dec_deg = positions(centre)
    cells, _, _ = cone_search(
        Longitude(float(ra_deg) * units.deg),
        Latitude(float(dec_deg) * units.deg),
        Angle(radius_deg * units.deg),
        order,
        flat=True,
    )
    return np.asarray(cells).astype(np.int64)


def _circles_around(cells: Numbers, order: int) -> tuple[Floats, Floats]:
    """Centres of cells, shape (n, 3), and radii in radians that hold them."""
    from cdshealpix.nested import healpix_to_lonlat, vertices

    numbers = cells.astype(np.uint64)
    lon, lat = healpix_to_lonlat(numbers, order)
    corner_lon, corner_lat = vertices(numbers, order)
    middles = unit_vectors(np.asarray(lon.deg), np.asarray(lat.deg))
    corners = unit_vectors(np.asarray(corner_lon.deg), np.asarray(corner_lat.deg))
    return middles, BULGE * angles_rad(corners, middles[:, None]).max(axis=1)


def _ring(polygon: Floats) -> Floats:
    ring: Floats = polygon[5 if polygon[0] == CONCAVE else 2 :].reshape(-1, 3)
    return ring


def _distances(points: Floats, polygon: Floats) -> Floats:
    """Radians from points, shape (n, 3), to the nearest edge."""
    nearest = np.full(len(points), math.pi)
    ring = _ring(polygon)
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        nearest = np.minimum(nearest, arc_distances_rad(points, start, end))
    return nearest


def _are_inside(points: Floats, polygon: Floats) -> NDArray[np.bool_]:
    """Whether points, shape (n, 3), lie in a polygon; those on its edges may count either way."""
    ring = _ring(polygon)
    ends = np.roll(ring, -1, axis=0)
    if polygon[0] != CONCAVE:
        return np.asarray((points @ np.cross(ring, ends).T >= 0).all(axis=1))
    return _are_inside_concave(points, polygon[2:5], ring, ends)


def _are_inside_concave(points: Floats, outside: Floats, ring: Floats, ends: Floats) -> NDArray[np.bool_]:
    """The arc from a point to the one outside crosses an odd number of edges.

    The arc goes by way of a third place, so that a point opposite to the one outside has a way as well.
    """
    way = normalised(np.cross(outside, _least_axis(outside)) + 0.37 * outside)
    first = _crossings(np.broadcast_to(outside, (1, 3)), way, ring, ends)[0]
    return np.asarray((_crossings(points, way, ring, ends) + first) % 2 == 1)


def _least_axis(vector: Floats) -> Floats:
    return np.asarray(np.eye(3)[int(np.abs(vector).argmin())])


def _crossings(points: Floats, end: Floats, starts: Floats, ends: Floats) -> NDArray[np.int64]:
    """How many edges the arcs from points, shape (n, 3), to ``end`` cross, shape (n,)."""
    poles = np.cross(points, end)
    edges = np.cross(starts, ends)
    start_side, end_side = poles @ starts.T < 0, poles @ ends.T < 0
    point_side, goal_side = points @ edges.T < 0, np.broadcast_to(edges @ end < 0, start_side.shape)
    return np.asarray(((start_side != end_side) & (point_side != goal_side) & (point_side != start_side)).sum(axis=1))
