"""Coverage maps (MOC): the HEALPix cells that footprints meet, and the order that suits them.

Source: IVOA MOC 2.0. The cells of polygons and circles are those of cdshealpix, by way of mocpy: every cell that a
footprint meets, and beside the long edges of fields wider than 50 degrees a few more.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from archive.sky.cells import Numbers
from archive.sky.cover import BASE_CELL_DEG, HEALPIX_ORDER
from archive.sky.encoding import shapes
from archive.sky.vectors import Floats, positions

#: Cells 13 arc-seconds wide: a camera's field has some hundreds of them.
FINEST_ORDER = 14


def order_for(radii_sum_deg: float, squares_sum_deg2: float, count: int, most_cells: int) -> int:
    """The finest order at which footprints of these radii meet about ``most_cells`` cells, each counted by itself.

    Parameters
    ----------
    radii_sum_deg, squares_sum_deg2 : sums over the radii of ``count`` covers, and over their squares.
    """
    for order in range(FINEST_ORDER, 0, -1):
        side = BASE_CELL_DEG / 2**order
        if 4 * squares_sum_deg2 / side**2 + 8 * radii_sum_deg / side + 4 * count <= most_cells:
            return order
    return 0


def moc_of_footprints(footprints: Iterable[Sequence[float]], order: int) -> Any:
    """The `mocpy.MOC` of stored footprints, all their parts together."""
    rings: dict[int, list[Floats]] = defaultdict(list)
    circles: list[Floats] = []
    for footprint in footprints:
        for part in shapes(footprint):
            if part.ndim == 2:
                rings[len(part)].append(part)
            else:
                circles.append(part)
    mocs = [moc for same in rings.values() for moc in _polygons(np.stack(same), order)]
    return united([*mocs, *([_circles(np.stack(circles), order)] if circles else [])], order)


def moc_of_positions(numbers: Numbers, order: int) -> Any:
    """The MOC of places, given as HEALPix numbers of order 29."""
    from mocpy import MOC  # slow to import

    cells = np.unique(numbers >> 2 * (HEALPIX_ORDER - order)).astype(np.uint64)
    return MOC.from_healpix_cells(cells, np.uint8(order), order)


def cells_of_unique(unique: Numbers) -> tuple[Numbers, Numbers]:
    """Orders and numbers of cells that are written as 4 · 4^order + cell, each of shape (n,)."""
    # compared with whole numbers: a logarithm is not exact beyond those of a double
    orders = np.zeros(len(unique), np.int64)
    for order in range(1, HEALPIX_ORDER + 1):
        orders[unique >= 4 << 2 * order] = order
    return orders, unique - (4 << 2 * orders)


def united(mocs: Sequence[Any], order: int) -> Any:
    from mocpy import MOC

    return mocs[0].union(*mocs[1:]) if len(mocs) > 1 else mocs[0] if mocs else MOC.new_empty(order)


def within(moc: Any, most_cells: int) -> Any:
    """The same area in coarser cells, as coarse as it takes to have no more than ``most_cells``."""
    while len(moc.uniq_hpx) > most_cells and moc.max_order:
        moc = moc.degrade_to_order(moc.max_order - 1)
    return moc


def _polygons(rings: Floats, order: int) -> list[Any]:
    """The MOCs of rings of one size, shape (m, n, 3); each the smaller of its two regions."""
    from mocpy import MOC

    ra_deg, dec_deg = positions(rings)
    corners = np.stack([ra_deg, dec_deg], axis=1).reshape(2 * len(rings), -1)
    mocs = MOC.from_polygons(corners, max_depth=order, n_threads=1)
    return [
        moc if moc.sky_fraction <= 0.5 else _smaller(moc, corners[2 * place : 2 * place + 2], order)
        for place, moc in enumerate(mocs)
    ]


def _smaller(moc: Any, corners: Floats, order: int) -> Any:
    """Which of the regions of a ring is inside is for mocpy a guess; a large one may be the other."""
    from mocpy import MOC

    (other,) = MOC.from_polygons(corners, complement=True, max_depth=order, n_threads=1)
    return other if other.sky_fraction < moc.sky_fraction else moc


def _circles(circles: Floats, order: int) -> Any:
    """The MOC of circles, shape (m, 4): centre and radius in radians."""
    radii_deg = np.degrees(circles[:, 3])
    small = radii_deg <= 90.0
    mocs = _small_circles(circles[small, :3], radii_deg[small], order)
    # of a larger one, all but the cells well within the rest of the sky
    rest_deg = 180.0 - radii_deg[~small] - 2.5 * BASE_CELL_DEG / 2**order
    rests = _small_circles(-circles[~small, :3], np.maximum(rest_deg, 0.0), order)
    sky = moc_of_positions(np.arange(12, dtype=np.int64) << 2 * HEALPIX_ORDER, 0)
    mocs += [rest.complement() if room > 0 else sky for rest, room in zip(rests, rest_deg, strict=True)]
    return united(mocs, order)


def _small_circles(centres: Floats, radii_deg: Floats, order: int) -> list[Any]:
    from astropy import units
    from mocpy import MOC

    if not len(centres):
        return []
    lon, lat = (angles * units.deg for angles in positions(centres))
    mocs: list[Any] = MOC.from_cones(lon, lat, radius=radii_deg * units.deg, max_depth=order, n_threads=1)
    return mocs
