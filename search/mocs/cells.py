"""The cells of a MOC as polygons that footprints are compared with, and the ranges that spare most rows it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from cdshealpix.nested import healpix_to_lonlat, vertices

from archive.sky.cells import BULGE, Numbers
from archive.sky.cover import BASE_CELL_DEG, HEALPIX_ORDER
from archive.sky.encoding import CONCAVE
from archive.sky.moc import cells_of_unique
from archive.sky.vectors import Floats, angles_rad, circle_boxes, positions, unit_vectors

#: Coarser cells are cut up: their sides bend.
LEAST_ORDER = 4
#: Arcs by which one side of a cell is followed, up to an order: they stay within 8″ of it, from order 8 on within 2.3″.
ARCS = ((5, 16), (8, 8), (HEALPIX_ORDER, 4))
#: Orders of the cells around the MOC: side 0.2 to 3.7 degrees.
_NEAR_ORDERS = (8, 7, 6, 5, 4)
MAX_NEAR_RANGES = 10_000
_BOX_MARGIN_DEG = 1e-6


@dataclass(frozen=True)
class CellShapes:
    """Polygons in the form of a footprint, and their boxes, each of shape (n,)."""

    footprints: list[list[float]]
    boxes: tuple[Floats, Floats, Floats, Floats]  # ra_min, ra_max, dec_min, dec_max, degrees


def moc_of(ranges: Numbers) -> Any:
    """The `mocpy.MOC` of ranges that `search.mocs.reading` has checked."""
    from mocpy import MOC

    return MOC.from_depth29_ranges(max_depth=HEALPIX_ORDER, ranges=ranges.astype(np.uint64))


def cells_of(moc: Any) -> tuple[Numbers, Numbers]:
    """Orders and numbers of the cells, none coarser than `LEAST_ORDER`."""
    orders, cells = cells_of_unique(moc.uniq_hpx.astype(np.int64))
    fine = orders >= LEAST_ORDER
    cut = [
        (cell << 2 * (LEAST_ORDER - order)) + np.arange(1 << 2 * (LEAST_ORDER - order))
        for order, cell in zip(orders[~fine].tolist(), cells[~fine].tolist(), strict=True)
    ]
    added = np.concatenate([np.zeros(0, np.int64), *cut]).astype(np.int64)
    return np.concatenate([orders[fine], np.full(len(added), LEAST_ORDER)]), np.concatenate([cells[fine], added])


def shapes_of_cells(orders: Numbers, cells: Numbers) -> CellShapes:
    by_order = [(order, cells[orders == order]) for order in np.unique(orders).tolist()]
    rings = [_rings(same, order) for order, same in by_order]
    middles = [_middles(same, order) for order, same in by_order]
    radii = [BULGE * angles_rad(ring, middle[:, None]).max(axis=1) for ring, middle in zip(rings, middles, strict=True)]
    ra_deg, dec_deg = positions(np.concatenate(middles))
    boxes = circle_boxes(ra_deg, dec_deg, np.degrees(np.concatenate(radii)) + _BOX_MARGIN_DEG)
    encoded = [_encoded(*same) for same in zip(rings, middles, strict=True)]
    return CellShapes([footprint for same in encoded for footprint in same.tolist()], boxes)


def _encoded(rings: Floats, middles: Floats) -> Floats:
    """Rings of one size as footprints of one part, whose outside point lies opposite; see `archive.sky.encoding`."""
    count, size = rings.shape[:2]
    head = np.broadcast_to([0.0, CONCAVE, float(size)], (count, 3))
    return np.concatenate([head, -middles, rings.reshape(count, -1)], axis=1)


def _rings(cells: Numbers, order: int) -> Floats:
    arcs = next(arcs for finest, arcs in ARCS if order <= finest)
    lon, lat = vertices(cells.astype(np.uint64), order, step=arcs)
    return unit_vectors(np.asarray(lon.deg), np.asarray(lat.deg))


def _middles(cells: Numbers, order: int) -> Floats:
    lon, lat = healpix_to_lonlat(cells.astype(np.uint64), order)
    return unit_vectors(np.asarray(lon.deg), np.asarray(lat.deg))


def near_ranges(moc: Any) -> tuple[Numbers, float]:
    """Ranges outside of which nothing is nearer to the MOC than the answered distance, degrees.

    They are the cells of one order that meet the MOC, and two rings around them. Two rings are wider than half of
    a cell's side wherever on the sky.
    """
    for order in _NEAR_ORDERS:
        wide = moc.degrade_to_order(order) if moc.max_order > order else moc.refine_to_order(order)
        ranges = wide.extended().extended().to_depth29_ranges.astype(np.int64)
        if len(ranges) <= MAX_NEAR_RANGES:
            break
    return ranges, 0.5 * BASE_CELL_DEG / 2**order


def joined_boxes(shapes: CellShapes) -> list[float]:
    """Boxes around the boxes that begin in the same field of 15 by 15 degrees, their sides one after the other."""
    sides = np.stack(shapes.boxes, axis=1)
    fields = np.floor(sides[:, [0, 2]] / 15.0)
    found: list[float] = []
    for field in np.unique(fields, axis=0):
        own = sides[(fields == field).all(axis=1)]
        found += [float(own[:, 0].min()), float(own[:, 1].max()), float(own[:, 2].min()), float(own[:, 3].max())]
    return found


def fraction(ranges: Numbers) -> float:
    """The share of the sky."""
    whole = 12 << 2 * HEALPIX_ORDER
    return math.fsum((stop - start) / whole for start, stop in ranges.tolist())
