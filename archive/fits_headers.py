"""The headers of a stored FITS file, read piece by piece: of a file of gigabytes, some kilobytes from any store.

Source: FITS Standard 4.0, sections 3 and 4.4.1.
"""

import math
import warnings
from collections.abc import Iterator

from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from archive.fits import BLOCK_BYTES, CARD_BYTES
from archive.storage import Storage

#: 3,600 cards: ten times the longest header of a JWST exposure.
MAX_HEADER_BYTES = 100 * BLOCK_BYTES
_PIECE_BYTES = 4 * BLOCK_BYTES
_END = b"END".ljust(CARD_BYTES)


class FitsHeaderError(ValueError):
    """The file is no FITS file as far as it was read; the text says why."""


def headers(storage: Storage, key: str, most: int) -> Iterator[fits.Header]:
    """The headers of the first ``most`` units under the key, read one at a time as they are asked for.

    Raises
    ------
    FitsHeaderError : what stands there is no header, or one longer than `MAX_HEADER_BYTES`.
    StorageError : as the store says.
    """
    start, size = 0, storage.size(key)
    for _ in range(most):
        if start >= size:
            return
        content = _header_bytes(storage, key, start)
        header = _header(content)
        after = start + len(content) + _data_bytes(header)
        yield header
        start = after


def _header_bytes(storage: Storage, key: str, start: int) -> bytes:
    """A whole header with its END and the blanks after it."""
    content = b""
    while len(content) < MAX_HEADER_BYTES:
        piece = storage.read_range(key, start + len(content), _PIECE_BYTES)
        content += piece
        end = _place_of_end(content)
        if end is not None:
            return content[: -(-(end + CARD_BYTES) // BLOCK_BYTES) * BLOCK_BYTES]
        if len(piece) < _PIECE_BYTES:
            break
    raise FitsHeaderError("a header has no end")


def _place_of_end(content: bytes) -> int | None:
    cards = (place for place in range(0, len(content), CARD_BYTES) if content.startswith(_END, place))
    return next(cards, None)


def _header(content: bytes) -> fits.Header:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)
        try:
            header = fits.Header.fromstring(content)
            first = next(iter(header), "")
        except (ValueError, fits.VerifyError) as error:
            raise FitsHeaderError("a header cannot be read") from error
    if first not in {"SIMPLE", "XTENSION"}:
        raise FitsHeaderError("a header begins with neither SIMPLE nor XTENSION")
    return header


def _data_bytes(header: fits.Header) -> int:
    """The bytes from the header to the next one."""
    try:
        axes = [int(header[f"NAXIS{number}"]) for number in range(1, int(header.get("NAXIS", 0)) + 1)]
        values = math.prod(axes) if axes else 0
        count = abs(int(header.get("BITPIX", 8))) // 8 * int(header.get("GCOUNT", 1))
        size = count * (int(header.get("PCOUNT", 0)) + values)
    except (KeyError, TypeError, ValueError, fits.VerifyError) as error:
        raise FitsHeaderError("a header does not say how large its data are") from error
    if size < 0 or any(axis < 0 for axis in axes):
        raise FitsHeaderError("a header gives its data a negative size")
    return -(-size // BLOCK_BYTES) * BLOCK_BYTES
