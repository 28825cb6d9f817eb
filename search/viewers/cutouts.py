"""Cut-outs: a small picture around a position, north up and east to the left, from an observation's own image."""

import datetime as dt
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image

from accounts.access import Person, readable_by
from archive.models import Held, Product
from search.criteria import CUTOUT_SIZES
from search.viewers.axes import Floats
from search.viewers.files import Source, ViewerError, fits_units, sources_of

#: Images of the sky, the best first.
IMAGE_GROUPS = ("I2D", "DRC", "DRZ", "MOS", "CAL", "FLC", "FLT", "C0M")
SIZES_ARCSEC = tuple(sorted(CUTOUT_SIZES))
DEFAULT_ARCSEC = CUTOUT_SIZES[0]
PICTURE_PX = 144
#: Pixels of a file that one cut-out may touch.
MOST_PIXELS = 25_000_000
_UNITS = ("SCI", "PRIMARY")


@dataclass(frozen=True)
class Cutouts:
    """Which rows of a page have an image, and which of those the person may see."""

    available: frozenset[int]
    readable: frozenset[int]


def cutouts_of(obsids: Iterable[int], person: Person, now: dt.datetime) -> Cutouts:
    """Two queries, whatever the number of rows; each picture is asked for again when it is cut."""
    images = Product.objects.filter(
        observation__in=list(obsids), product_group__in=IMAGE_GROUPS, dataproduct_type="image", held=Held.YES
    )
    seen = readable_by(images, person, now)
    return Cutouts(
        frozenset(images.values_list("observation_id", flat=True).distinct()),
        frozenset(seen.values_list("observation_id", flat=True).distinct()),
    )


def image_of(obsid: int, person: Person, now: dt.datetime) -> Source | None:
    """The best image of an observation, with the decision about it."""
    found = sources_of([obsid], IMAGE_GROUPS, person, now)
    return next((source for source in found if source.product.dataproduct_type == "image"), None)


def cutout_png(path: Path, ra_deg: float, dec_deg: float, size_arcsec: float) -> bytes:
    """A square of ``size_arcsec`` around a position, ICRS degrees, as a PNG.

    Raises
    ------
    ViewerError : the file cannot be read, or does not cover the position.
    """
    try:
        with fits_units(path) as units:
            pixels = _around(units, ra_deg, dec_deg, size_arcsec)
    except (OSError, TypeError, ValueError, KeyError, IndexError) as error:
        raise ViewerError("The file cannot be read as an image.") from error
    if pixels is None:
        raise ViewerError("The image does not cover the position.")
    return _png(pixels)


def _around(units: Any, ra_deg: float, dec_deg: float, size_arcsec: float) -> Floats | None:
    """The values around the position of the first image that has its middle, (n, n); NaN where it has none."""
    for unit in units:
        if unit.name not in _UNITS or unit.header.get("NAXIS") != 2 or not hasattr(unit, "section"):
            continue
        wcs = WCS(unit.header, fix=False)
        if not wcs.has_celestial:
            continue
        x, y = _places(wcs, ra_deg, dec_deg, size_arcsec)
        ny, nx = unit.shape
        inside = (x >= 0) & (x < nx) & (y >= 0) & (y < ny)
        middle = PICTURE_PX // 2
        if not inside[middle, middle]:
            continue
        return _sampled(unit, x, y, inside)
    return None


def _places(wcs: WCS, ra_deg: float, dec_deg: float, size_arcsec: float) -> tuple[Any, Any]:
    """For each pixel of the picture, top line first, the pixel of the image: (n, n) whole numbers each."""
    out = WCS(naxis=2)
    out.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    out.wcs.crval = [ra_deg, dec_deg]
    out.wcs.crpix = [PICTURE_PX / 2 + 1, PICTURE_PX / 2 + 1]
    step_deg = size_arcsec / 3600 / PICTURE_PX
    out.wcs.cdelt = [-step_deg, step_deg]
    column, line = np.meshgrid(np.arange(PICTURE_PX), np.arange(PICTURE_PX)[::-1])
    ra, dec = out.all_pix2world(column.ravel(), line.ravel(), 0)
    x, y = wcs.celestial.all_world2pix(ra, dec, 0, quiet=True)
    shape = (PICTURE_PX, PICTURE_PX)
    whole = (np.nan_to_num(np.rint(value), nan=-1.0, posinf=-1.0, neginf=-1.0) for value in (x, y))
    columns, lines = (np.clip(value, -1, 2**40).astype(np.int64).reshape(shape) for value in whole)
    return columns, lines


def _sampled(unit: fits.ImageHDU, x: Any, y: Any, inside: Any) -> Floats:
    """The image's values at the places; only the rectangle around them is read."""
    x0, x1 = int(x[inside].min()), int(x[inside].max()) + 1
    y0, y1 = int(y[inside].min()), int(y[inside].max()) + 1
    if (x1 - x0) * (y1 - y0) > MOST_PIXELS:
        raise ViewerError("So large a part of the image is not cut out.", "Choose a smaller cut-out.")
    part = np.asarray(unit.section[y0:y1, x0:x1], dtype=np.float64)
    values = np.full(x.shape, np.nan)
    values[inside] = part[y[inside] - y0, x[inside] - x0]
    return values


def _png(pixels: Floats) -> bytes:
    """Grey, in an arcsinh stretch between the 5th and the 99.7th percentile; black where nothing is known."""
    known = pixels[np.isfinite(pixels)]
    if not known.size:
        raise ViewerError("The image has no values at the position.")
    low, high = (float(end) for end in np.percentile(known, [5, 99.7]))
    share = np.clip((np.nan_to_num(pixels, nan=low) - low) / max(high - low, 1e-30), 0, 1)
    stretched = np.arcsinh(10 * share) / math.asinh(10)
    out = io.BytesIO()
    Image.fromarray((255 * stretched).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()
