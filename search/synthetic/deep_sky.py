"""Galaxies, clusters and nebulae of the synthetic sky: OpenNGC (CC BY-SA 4.0), as pyongc carries it."""

import math
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import pyongc

from archive.sky.vectors import Floats, angles_rad, unit_vector
from search.synthetic.tile import Singles, Tile, pixel_rad

#: Objects whose larger axis spans fewer pixels than this are left out of an order.
_SMALLEST_PX = 2.0
#: Colour and brightness in the middle, by the catalogue's types.
_GALAXY, _GLOBULAR = (1.0, 0.93, 0.82), (1.0, 0.90, 0.74)
_LOOKS = {
    "G": (_GALAXY, 0.30),
    "GPair": (_GALAXY, 0.22),
    "GTrpl": (_GALAXY, 0.22),
    "GCl": (_GLOBULAR, 0.55),
    "PN": ((0.50, 0.95, 0.90), 0.45),
    "HII": ((0.95, 0.36, 0.40), 0.16),
    "EmN": ((0.95, 0.36, 0.40), 0.14),
    "Cl+N": ((0.95, 0.42, 0.48), 0.14),
    "Neb": ((0.85, 0.45, 0.50), 0.10),
    "RfN": ((0.45, 0.60, 1.0), 0.14),
    "SNR": ((0.90, 0.45, 0.55), 0.12),
}
#: Round objects fade towards their edge otherwise than discs of galaxies do.
_DISCS = {"G", "GPair", "GTrpl", "GCl"}


@dataclass(frozen=True)
class DeepSkyObject:
    """``major`` and ``minor`` are unit vectors along the axes in the plane of the sky; half axes in radians."""

    centre: Floats
    major: Floats
    minor: Floats
    half_major_rad: float
    half_minor_rad: float
    colour: tuple[float, float, float]
    peak: float
    is_disc: bool

    @property
    def reach_rad(self) -> float:
        return 1.6 * self.half_major_rad


class _Entry(NamedTuple):
    """A row of the catalogue: radians, arc-minutes, degrees, mag per square arc-second."""

    kind: str
    ra_rad: float
    dec_rad: float
    majax: float
    minax: float
    angle_deg: float
    surface: float | None


@cache
def read_objects() -> tuple[DeepSkyObject, ...]:
    """Everything with a size and a look; the largest first."""
    with closing(sqlite3.connect(f"file:{pyongc.DBPATH}?mode=ro", uri=True)) as catalogue:
        rows = catalogue.execute(
            "SELECT type, ra, dec, majax, coalesce(minax, majax), coalesce(pa, 0), sbrightn FROM objects"
            " WHERE ra IS NOT NULL AND majax > 0 ORDER BY majax DESC"
        ).fetchall()
    return tuple(_object(entry) for entry in map(_Entry._make, rows) if entry.kind in _LOOKS)


def _object(entry: _Entry) -> DeepSkyObject:
    ra, dec, angle = entry.ra_rad, entry.dec_rad, math.radians(entry.angle_deg)
    north = np.array([-math.sin(dec) * math.cos(ra), -math.sin(dec) * math.sin(ra), math.cos(dec)])
    east = np.array([-math.sin(ra), math.cos(ra), 0.0])
    colour, peak = _LOOKS[entry.kind]
    if entry.surface is not None:
        peak *= min(max(1 + (23.5 - entry.surface) * 0.25, 0.4), 2.2)
    return DeepSkyObject(
        centre=unit_vector(math.degrees(ra), math.degrees(dec)),
        major=math.cos(angle) * north + math.sin(angle) * east,
        minor=-math.sin(angle) * north + math.cos(angle) * east,
        half_major_rad=math.radians(entry.majax / 120),
        half_minor_rad=math.radians(max(entry.minax or entry.majax, 0.15 * entry.majax) / 120),
        colour=colour,
        peak=peak,
        is_disc=entry.kind in _DISCS,
    )


@cache
def _centres() -> Floats:
    return np.stack([found.centre for found in read_objects()])


def paint_objects(image: Singles, tile: Tile) -> None:
    """Add what is large enough to an image of a tile, shape (512, 512, 3)."""
    smallest_rad = _SMALLEST_PX * pixel_rad(tile.order) / 2
    away = angles_rad(_centres(), tile.centre)
    for found, angle in zip(read_objects(), away.tolist(), strict=True):
        if found.half_major_rad < smallest_rad:
            return
        if angle < tile.radius_rad + found.reach_rad:
            _paint(image, tile, found)


def _paint(image: Singles, tile: Tile, found: DeepSkyObject) -> None:
    off = tile.pixels - found.centre.astype(np.float32)
    row, column = np.nonzero(np.einsum("xyi,xyi->xy", off, off) < found.reach_rad**2)
    off = off[row, column]
    along, across = off @ found.major.astype(np.float32), off @ found.minor.astype(np.float32)
    radius = np.hypot(along / found.half_major_rad, across / found.half_minor_rad)
    # a disc falls off exponentially; a nebula has an edge
    light = np.exp(-2.6 * radius) if found.is_disc else 1 / (1 + np.exp(np.minimum((radius - 0.85) * 9, 60)))
    image[row, column] += (found.peak * light[:, None] * np.array(found.colour)).astype(np.float32)
