"""A preview's place on the sky: the corners of the picture, by the world coordinates of the image that it was made of.

A preview shows the first image of the FITS file of the same name, its first line at the bottom, at any scale.
"""

import datetime as dt
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TypedDict

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from astropy.wcs import WCS
from django.db.models import Q
from PIL import Image

from accounts.access import Decision, Person, Rights, decide
from archive.fits_headers import FitsHeaderError, headers
from archive.models import Held, Observation, Product
from archive.storage import Storage, StorageError, archive_storage
from basket.bundle_views import file_path
from search.messages import SearchError
from search.previews import PICTURES

#: Files of one observation that are looked through for a preview and its image.
MAX_FILES = 500
#: Units of a FITS file before its first image.
MAX_UNITS = 8
#: Pictures say their size in their first bytes, after whatever a camera wrote.
PICTURE_HEAD_BYTES = 256 * 1024
#: How far the picture's proportions may be from those of the image: rounding to whole pixels, and a little more.
SLACK_PX = 1.5
DECIMALS = 9

_DOWNLOAD = "Download the files, or open the observation's page: it shows the preview by itself."


class Overlay(TypedDict):
    """``corners``: ra, dec (deg, ICRS) of the places (0, 0), (w, 0), (w, h), (0, h) of the picture, y downwards."""

    href: str
    width: int
    height: int
    corners: list[list[float]]


class NoOverlayError(SearchError):
    """There is no picture, or it cannot be placed."""

    code = "overlay"
    title = "The preview cannot be placed on the sky"
    status = 404


class ClosedOverlayError(NoOverlayError):
    """The person may not see the picture, or not the file that places it."""

    status = 403

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"Not authorized: {decision.text}.", "The leader of the program can give you access.")


@dataclass(frozen=True)
class _Pair:
    """A picture and the file that it was made of."""

    picture: Product
    image: Product


def overlay_of(obsid: int, person: Person, now: dt.datetime) -> Overlay:
    """The observation's preview on the sky.

    Raises
    ------
    NoOverlayError : what is missing, with ``status`` for the answer.
    """
    pairs = list(_pairs(_files(obsid)))
    if not pairs:
        raise NoOverlayError(_nothing(obsid), _DOWNLOAD)
    rights = Rights(person, now)
    decisions = [_decision(pair, person, now, rights) for pair in pairs]
    readable = [pair for pair, decision in zip(pairs, decisions, strict=True) if decision.allowed]
    if not readable:
        raise ClosedOverlayError(decisions[0])
    return _placed(readable[0])


def _files(obsid: int) -> list[Product]:
    wanted = Q(product_type="PREVIEW", extension__in=PICTURES) | Q(extension=".fits")
    held = Product.objects.filter(wanted, observation=obsid, held=Held.YES).select_related("observation")
    return list(held.defer("observation__footprint").order_by("filename")[:MAX_FILES])


def _pairs(files: list[Product]) -> Iterator[_Pair]:
    """Pictures with the FITS file of the same name, in the order of the names; small pictures last."""
    images = {PurePath(file.filename).stem: file for file in files if file.extension == ".fits"}
    pictures = [file for file in files if file.extension in PICTURES]
    for picture in sorted(pictures, key=lambda file: file.product_group == "THUMB"):
        stem = PurePath(picture.filename).stem
        image = images.get(stem) or images.get(stem.removesuffix("_thumb"))
        if image is not None:
            yield _Pair(picture, image)


def _nothing(obsid: int) -> str:
    if not Observation.objects.filter(pk=obsid).exists():
        return f"The archive holds no observation with the number {obsid}."
    return "This observation has no preview beside the image that it was made of."


def _decision(pair: _Pair, person: Person, now: dt.datetime, rights: Rights) -> Decision:
    """That about the picture, or about the file that places it when that one may not be read."""
    picture = decide(person, pair.picture, now, rights)
    return decide(person, pair.image, now, rights) if picture.allowed else picture


def _placed(pair: _Pair) -> Overlay:
    storage = archive_storage()
    try:
        header = _image_header(storage, pair.image)
        width, height = _picture_size(storage, pair.picture)
    except (StorageError, FitsHeaderError):
        raise NoOverlayError(
            "A stored copy of the preview or its image is damaged or missing.",
            "The operators of the archive have to restore it.",
        ) from None
    across, up = int(header["NAXIS1"]), int(header["NAXIS2"])
    if not _have_one_shape((width, height), (across, up)):
        raise NoOverlayError(
            f"The preview has other proportions ({width} × {height}) than the image ({across} × {up}).", _DOWNLOAD
        )
    return {
        "href": file_path(pair.picture),
        "width": width,
        "height": height,
        "corners": _corners(header, across, up),
    }


def _image_header(storage: Storage, image: Product) -> fits.Header:
    """The header of the first image, wherever its file begins."""
    for header in headers(storage, image.storage_key, MAX_UNITS):
        is_image = str(header.get("XTENSION", "IMAGE")).strip() == "IMAGE"
        if is_image and header.get("NAXIS", 0) >= 2 and min(header["NAXIS1"], header["NAXIS2"]) > 0:
            return header
    raise NoOverlayError(f"{image.filename} holds no image.", _DOWNLOAD)


def _picture_size(storage: Storage, picture: Product) -> tuple[int, int]:
    head = storage.read_range(picture.storage_key, 0, PICTURE_HEAD_BYTES)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(head)).size
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NoOverlayError(f"{picture.filename} cannot be read as a picture.", _DOWNLOAD) from None


def _have_one_shape(picture: tuple[int, int], image: tuple[int, int]) -> bool:
    scale = max(picture) / max(image)
    return all(abs(shown - side * scale) <= SLACK_PX for shown, side in zip(picture, image, strict=True))


def _corners(header: fits.Header, across: int, up: int) -> list[list[float]]:
    """The outer corners of the corner pixels, the last line's first: it is drawn at the top."""
    places = np.array([[0, up], [across, up], [across, 0], [0, 0]]) - 0.5
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)
        try:
            world = _world(header)
            found = world.pixel_to_world(*places.T).icrs if world.has_celestial else None
        except _NO_WORLD:
            found = None
    if found is None:
        raise NoOverlayError("The image's header does not say where on the sky it lies.", _DOWNLOAD)
    angles = np.stack([found.ra.deg, found.dec.deg], axis=1)
    if not np.isfinite(angles).all():
        raise NoOverlayError("A corner of the image lies outside of its projection.", _DOWNLOAD)
    return [[float(angle) for angle in corner] for corner in angles.round(DECIMALS)]


#: What astropy and wcslib raise for headers that they cannot follow.
_NO_WORLD = (ValueError, KeyError, TypeError, AttributeError, AssertionError, IndexError, fits.VerifyError)
#: Distortions that stand in other units of the file: at most some pixels, and not read.
_TABLES = ("CPDIS1", "CPDIS2", "DP1", "DP2", "CPERR1", "CPERR2", "D2IMDIS1", "D2IMDIS2", "D2IM1", "D2IM2", "D2IMARR")


def _world(header: fits.Header) -> WCS:
    plain = header.copy()
    for keyword in list(plain):
        if keyword.partition(".")[0] in _TABLES:
            plain.remove(keyword, ignore_missing=True, remove_all=True)
    return WCS(plain).celestial
