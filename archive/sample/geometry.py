"""Fields of view on the sky: rectangles in an instrument's plane, their corners and their world coordinates.

The one rule that footprint and image share: a footprint's corners are the outer corners of the image's pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.fits import Card

ARCSEC_PER_DEG = 3600.0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rectangle:
    """A field in the plane of the sky, arcsec: x to the east and y to the north while the position angle is 0."""

    x: float
    y: float
    width: float
    height: float
    turn_deg: float = 0.0  # counter-clockwise, about its own centre

    def moved(self, x: float, y: float) -> "Rectangle":
        return Rectangle(self.x + x, self.y + y, self.width, self.height, self.turn_deg)


@dataclass(frozen=True)
class Pointing:
    """Where the origin of the plane lies on the sky (deg, ICRS) and the position angle of its y axis, east of north."""

    ra_deg: float
    dec_deg: float
    pa_deg: float


def bounding(rectangles: Sequence[Rectangle]) -> Rectangle:
    """The smallest upright rectangle of the plane around all; a single one is its own."""
    if len(rectangles) == 1:
        return rectangles[0]
    corners = np.concatenate([plane_corners(rectangle) for rectangle in rectangles])
    low, high = corners.min(axis=0), corners.max(axis=0)
    centre, size = (low + high) / 2, high - low
    return Rectangle(float(centre[0]), float(centre[1]), float(size[0]), float(size[1]))


def plane_corners(rectangle: Rectangle) -> Floats:
    """The four corners, (4, 2) arcsec in the instrument's plane."""
    half = np.array([[1, -1], [-1, -1], [-1, 1], [1, 1]]) * [rectangle.width / 2, rectangle.height / 2]
    turn = np.radians(rectangle.turn_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned: Floats = half @ rotation.T + [rectangle.x, rectangle.y]
    return turned


def to_sky(pointing: Pointing, plane: Floats) -> Floats:
    """Points of the plane, (n, 2) arcsec, as (n, 2) right ascension and declination in deg (gnomonic projection)."""
    angle = np.radians(pointing.pa_deg)
    x, y = np.radians(plane.T / ARCSEC_PER_DEG)
    east, north = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    dec0 = np.radians(pointing.dec_deg)
    along = np.cos(dec0) - north * np.sin(dec0)
    ra = np.degrees(np.arctan2(east, along)) + pointing.ra_deg
    dec = np.degrees(np.arctan2(np.sin(dec0) + north * np.cos(dec0), np.hypot(east, along)))
    return np.stack([ra % 360.0, dec], axis=1)


@dataclass(frozen=True)
class ImagePlane:
    """An image of ``nx`` by ``ny`` pixels that exactly fills a rectangle of a pointing's plane."""

    pointing: Pointing
    rectangle: Rectangle
    nx: int
    ny: int

    @classmethod
    def of(cls, pointing: Pointing, rectangle: Rectangle, long_side: int) -> "ImagePlane":
        """The image with ``long_side`` pixels along the longer side and about square pixels."""
        longest = max(rectangle.width, rectangle.height)
        nx, ny = (max(4, round(long_side * side / longest)) for side in (rectangle.width, rectangle.height))
        return cls(pointing, rectangle, nx, ny)

    @property
    def scale(self) -> Floats:
        """Pixel size, (2,) arcsec."""
        return np.array([self.rectangle.width / self.nx, self.rectangle.height / self.ny])

    def _from_pixels(self) -> Floats:
        """(2, 2): pixels to arcsec of the plane; the first pixel axis runs against x, as east is left."""
        turn = np.radians(self.rectangle.turn_deg)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix: Floats = rotation @ np.diag(self.scale * [-1, 1])
        return matrix

    def pixels(self, plane: Floats) -> Floats:
        """Points of the plane, (n, 2) arcsec, as (n, 2) pixels; the first pixel's centre is (0, 0)."""
        centre = np.array([(self.nx - 1) / 2, (self.ny - 1) / 2])
        pixels: Floats = (plane - [self.rectangle.x, self.rectangle.y]) @ np.linalg.inv(self._from_pixels()).T + centre
        return pixels

    def plane(self) -> Floats:
        """The pixels' centres in the plane, (ny, nx, 2) arcsec."""
        y, x = np.mgrid[0 : self.ny, 0 : self.nx]
        from_centre = np.stack([x - (self.nx - 1) / 2, y - (self.ny - 1) / 2], axis=-1)
        points: Floats = from_centre @ self._from_pixels().T + [self.rectangle.x, self.rectangle.y]
        return points

    def wcs_cards(self) -> list[Card]:
        """The world coordinates as FITS keywords (TAN, ICRS)."""
        angle = np.radians(self.pointing.pa_deg)
        roll = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        cd = roll @ self._from_pixels() / ARCSEC_PER_DEG
        reference = self.pixels(np.zeros((1, 2)))[0] + 1
        return [
            Card("WCSAXES", 2),
            Card("CTYPE1", "RA---TAN"),
            Card("CTYPE2", "DEC--TAN"),
            Card("CUNIT1", "deg"),
            Card("CUNIT2", "deg"),
            Card("CRVAL1", self.pointing.ra_deg),
            Card("CRVAL2", self.pointing.dec_deg),
            Card("CRPIX1", float(reference[0])),
            Card("CRPIX2", float(reference[1])),
            Card("CD1_1", float(cd[0, 0])),
            Card("CD1_2", float(cd[0, 1])),
            Card("CD2_1", float(cd[1, 0])),
            Card("CD2_2", float(cd[1, 1])),
            Card("RADESYS", "ICRS"),
        ]


def region_text(pointing: Pointing, rectangles: Sequence[Rectangle]) -> str:
    """The footprint as the archive writes it: one POLYGON a rectangle."""
    return " ".join(
        "POLYGON ICRS " + " ".join(f"{ra:.9f} {dec:.9f}" for ra, dec in to_sky(pointing, plane_corners(rectangle)))
        for rectangle in rectangles
    )


def centre_of(pointing: Pointing, rectangles: Sequence[Rectangle]) -> tuple[float, float]:
    """The middle of the field, deg."""
    box = bounding(rectangles)
    ra, dec = to_sky(pointing, np.array([[box.x, box.y]]))[0]
    return float(ra), float(dec)
