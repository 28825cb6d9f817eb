"""The border of a MOC as rings for a picture: its own, or that of coarser cells around it where it is long."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from cdshealpix.nested import neighbours, vertices

from archive.sky.cells import Numbers
from archive.sky.cover import BASE_CELL_DEG, HEALPIX_ORDER
from archive.sky.moc import cells_of_unique
from archive.sky.vectors import Floats, unit_vectors
from search.mocs.cells import moc_of

#: Corners of all rings of a MOC: 60 kB of a page, 25 kB compressed.
MAX_CORNERS = 3_000
#: Arcs by which a side of a cell is followed at most: cells of order 0 bend.
MAX_ARCS = 8
DECIMALS = 5
_MAX_SIDES = 400_000
#: Columns of `cdshealpix.nested.neighbours` across the sides that begin in the south, east, north and west corner.
_ACROSS = (1, 5, 7, 3)
#: Where the same corner of two cells may fall on two sides of a grid's line, another grid is tried.
_SHIFTS = (0.0, 0.31, 0.67)


@dataclass(frozen=True)
class Outline:
    """Closed rings, each a flat list of RA and Dec, degrees; ``order`` of the cells whose border they are."""

    rings: list[list[float]]
    order: int

    @property
    def cell_deg(self) -> float:
        """The side of a cell."""
        return BASE_CELL_DEG / float(2**self.order)


def outline_of(ranges: Numbers, finest: int, most_corners: int = MAX_CORNERS) -> Outline:
    """The border of the finest cells, up to order ``finest``, that has no more than ``most_corners``.

    Coarser cells are all those that meet the MOC: what lies in it lies within its outline.
    """
    moc = moc_of(ranges)
    order, found = 0, _border(moc, 0)
    while order < finest:
        finer = _border(moc, order + 1)
        if finer is None or len(finer[0]) > most_corners:
            break
        order, found = order + 1, finer
    if found is None or not len(found[0]):  # the whole sky
        return Outline([], order)
    arcs = max(1, min(MAX_ARCS, most_corners // len(found[0])))
    return Outline(_rings(_points(*found, order, arcs), order), order)


Sides = tuple[Numbers, Numbers]  # cells, and which of the four


def _border(moc: Any, order: int) -> Sides | None:
    """The sides of cells of an order beyond which nothing of the MOC lies; none where too many would be looked at."""
    coarse = moc.degrade_to_order(order) if order < moc.max_order else moc
    found = _outer_sides(coarse.uniq_hpx.astype(np.int64), order)
    if found is None:
        return None
    cells, sides = found
    beyond = neighbours(cells.astype(np.uint64), order)[np.arange(len(cells)), np.take(_ACROSS, sides)]
    starts = beyond.astype(np.int64) << 2 * (HEALPIX_ORDER - order)
    ranges = coarse.to_depth29_ranges.astype(np.int64)
    place = np.searchsorted(ranges[:, 0], starts, side="right") - 1
    is_outside = (place < 0) | (starts >= ranges[place, 1])
    return cells[is_outside], sides[is_outside]


def _outer_sides(unique: Numbers, order: int) -> Sides | None:
    """The sides of cells of an order that lie on those of larger cells, given as 4 · 4^order + cell."""
    orders, larger = cells_of_unique(unique)
    if (4 << (order - orders)).sum() > _MAX_SIDES:
        return None
    cells, sides = [], []
    for own in np.unique(orders).tolist():
        along = _spread(np.arange(1 << (order - own)))
        last = along[-1]
        first = larger[orders == own] << 2 * (order - own)
        for side, inner in enumerate((along, last + (along << 1), along + (last << 1), along << 1)):
            cells.append((first[:, None] + inner).ravel())
            sides.append(np.full(cells[-1].shape, side))
    return np.concatenate(cells), np.concatenate(sides)


def _spread(numbers: Numbers) -> Numbers:
    """Numbers with a zero before each of their bits: in nested numbering x has the even bits, y the odd ones."""
    bits = range(int(numbers[-1]).bit_length())
    return np.sum([((numbers >> bit) & 1) << 2 * bit for bit in bits], axis=0) if bits else numbers


def _points(cells: Numbers, sides: Numbers, order: int, arcs: int) -> Floats:
    """The corners along sides, shape (n, arcs + 1, 2), degrees; the MOC lies at the left hand."""
    lon, lat = vertices(cells.astype(np.uint64), order, step=arcs)
    whole = np.stack([lon.deg, lat.deg], axis=-1)
    along = (sides[:, None] * arcs + np.arange(arcs + 1)) % (4 * arcs)
    points: Floats = np.take_along_axis(whole, along[..., None], axis=1)
    return points


def _rings(points: Floats, order: int) -> list[list[float]]:
    """Sides joined end to end."""
    begins, ends = _corner_numbers(points, order)
    leaving: dict[int, list[int]] = defaultdict(list)
    for side, corner in enumerate(begins):
        leaving[corner].append(side)
    rings = []
    for first in range(len(points)):
        ring, corner = [], begins[first]
        while leaving[corner]:
            side = leaving[corner].pop()
            ring.append(points[side, :-1])
            corner = ends[side]
        if ring:
            rings.append(np.round(np.concatenate(ring), DECIMALS).ravel().tolist())
    return rings


def _corner_numbers(points: Floats, order: int) -> tuple[list[int], list[int]]:
    """The same number for the same corner: of each side that in which it begins, and that in which it ends."""
    ends = unit_vectors(points[:, [0, -1], 0], points[:, [0, -1], 1]).reshape(-1, 3)
    grid = np.radians(BASE_CELL_DEG) / 2**order / 1000
    for shift in _SHIFTS:
        _, numbers = np.unique(np.floor(ends / grid + shift), axis=0, return_inverse=True)
        begin, end = numbers.reshape(-1, 2).T
        if (np.bincount(begin, minlength=numbers.max() + 1) == np.bincount(end, minlength=numbers.max() + 1)).all():
            break
    return begin.tolist(), end.tolist()
