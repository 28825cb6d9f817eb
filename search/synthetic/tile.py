"""One HiPS tile as a raster: where each of its pixels lies on the sky.

A tile of order k is one HEALPix cell of that order in the nested scheme, cut into 512 x 512 cells of order k + 9. In a
picture of it the row from the top counts x (towards the north-east), the column y (towards the north-west).
Source: IVOA HiPS 1.0, section 4.1.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from archive.sky.vectors import angles_rad

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

#: Pixels along a side of a tile.
WIDTH_PX = 512
#: From this order on a tile is small enough for its inner pixels to be interpolated, to a hundredth of a pixel.
_FLAT_ORDER = 4
_FLAT_NODES = 33


def pixel_rad(order: int) -> float:
    """The side of a square with a pixel's area, radians."""
    return math.sqrt(math.pi / 3) / (WIDTH_PX << order)


def tile_count(order: int) -> int:
    return int(12 * 4**order)


@dataclass(frozen=True)
class Tile:
    """The tile ``number`` (nested) of an order."""

    order: int
    number: int

    def at(self, x: Floats, y: Floats) -> Floats:
        """Unit vectors, ICRS, shape (…, 3), of places in the tile.

        Parameters
        ----------
        x, y : fractions of the tile's side from its southern corner, 0 to 1, of one shape.
        """
        column, row = self._place_in_base_cell()
        side = 2**self.order
        return _on_sphere(self.number // side**2, (column + x) / side, (row + y) / side)

    def _place_in_base_cell(self) -> tuple[int, int]:
        """x from the even bits of the number, y from the odd ones."""
        bits = self.number % 4**self.order
        steps = range(self.order)
        return sum((bits >> 2 * i & 1) << i for i in steps), sum((bits >> 2 * i + 1 & 1) << i for i in steps)

    def nodes(self, count: int) -> Floats:
        """Unit vectors of a square grid of ``count`` places a side, corners included, shape (count, count, 3)."""
        steps = np.linspace(0.0, 1.0, count)
        return self.at(*np.meshgrid(steps, steps, indexing="ij"))

    @cached_property
    def pixels(self) -> Singles:
        """Unit vectors of the pixels' centres, shape (512, 512, 3): row x, column y."""
        if self.order >= _FLAT_ORDER:
            return stretched(self.nodes(_FLAT_NODES)).astype(np.float32)
        steps = (np.arange(WIDTH_PX) + 0.5) / WIDTH_PX
        return self.at(*np.meshgrid(steps, steps, indexing="ij")).astype(np.float32)

    @cached_property
    def centre(self) -> Floats:
        return self.at(np.array(0.5), np.array(0.5))

    @cached_property
    def radius_rad(self) -> float:
        """From the centre to the farthest corner."""
        return float(angles_rad(self.nodes(2).reshape(4, 3), self.centre).max())

    def nearest_pixels(self, vectors: Floats) -> NDArray[np.int64]:
        """Row and column of the pixel nearest to each place, shape (n, 2), for places in the tile or just outside."""
        flat = self.centre
        side = self.at(np.array([0.5 - 1e-3, 0.5 + 1e-3, 0.5, 0.5]), np.array([0.5, 0.5, 0.5 - 1e-3, 0.5 + 1e-3]))
        along = np.stack([(side[1] - side[0]), (side[3] - side[2])]) / 2e-3
        guess = 0.5 + (vectors - flat) @ np.linalg.pinv(along)
        places = np.clip(np.floor(guess * WIDTH_PX).astype(np.int64), 0, WIDTH_PX - 1)
        return self._walked(vectors, places)

    def _walked(self, vectors: Floats, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Steps of halving length from a guess downhill to the nearest pixel: a cell's sides are curved."""
        for step in (128, 64, 32, 16, 8, 4, 2, 1, 1):
            around = places[:, None, :] + step * _AROUND
            around = np.clip(around, 0, WIDTH_PX - 1)
            off = self.pixels[around[..., 0], around[..., 1]] - vectors[:, None, :].astype(np.float32)
            best = np.einsum("nki,nki->nk", off, off).argmin(axis=1)
            places = around[np.arange(len(places)), best]
        return places


def _on_sphere(base_cell: int, x: Floats, y: Floats) -> Floats:
    """Unit vectors of places in one of the twelve base cells; x and y 0 to 1 from its southern corner.

    Source: Gorski et al. 2005, ApJ 622, 759, section 4.
    """
    ring = 2 + base_cell // 4 - x - y
    # in the polar caps rings get shorter towards the pole
    length = np.minimum(np.minimum(ring, 4 - ring), 1.0)
    cap = length**2 / 3
    z = np.where(ring < 1, 1 - cap, np.where(ring > 3, cap - 1, (2 - ring) * 2 / 3))
    in_plane = np.where((ring < 1) | (ring > 3), np.sqrt(cap * (2 - cap)), np.sqrt(np.maximum(1 - z**2, 0)))
    turn = (2 * (base_cell % 4) + (base_cell // 4 != 1)) * length + x - y
    lon = np.pi / 4 * np.divide(turn, length, out=np.zeros_like(turn), where=length > 0)
    return np.stack([in_plane * np.cos(lon), in_plane * np.sin(lon), z], axis=-1)


_AROUND = np.array([[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [1, -1], [-1, 1], [-1, -1]])


def stretched(nodes: Floats) -> Floats:
    """Values at a tile's nodes, shape (n, n, k), bilinearly at its pixels' centres, shape (512, 512, k)."""
    count = len(nodes)
    place = (np.arange(WIDTH_PX) + 0.5) / WIDTH_PX * (count - 1)
    first = np.minimum(place.astype(np.int64), count - 2)
    part = (place - first)[:, None, None]
    rows = nodes[first] * (1 - part) + nodes[first + 1] * part
    across = part.reshape(1, WIDTH_PX, 1)
    return np.asarray(rows[:, first] * (1 - across) + rows[:, first + 1] * across)
