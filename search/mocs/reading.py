"""Reading an uploaded MOC: FITS or JSON, as ranges of HEALPix numbers of order 29.

No reader but astropy's of FITS headers and Python's of JSON sees the bytes: cells become numbers here, and are checked.
Source: IVOA MOC 2.0, sections 4.2 and 4.3.
"""

import io
import json
import warnings
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from archive.sky.cells import Numbers
from archive.sky.cover import HEALPIX_ORDER
from archive.sky.moc import cells_of_unique
from search.messages import SearchError
from search.mocs.limits import MAX_BYTES

#: The numbers of the sky's cells at order 29 end here.
ALL = 12 << 2 * HEALPIX_ORDER
_FORMS = "Upload a MOC of the sky as FITS, or as JSON such as {“3”: [1, 2], “5”: [640]}."


class MocRefusedError(SearchError):
    code = "moc"
    title = "The MOC cannot be used"


def read_moc(content: bytes) -> Numbers:
    """The half-open ranges of a MOC, shape (n, 2): sorted, apart and not empty.

    Raises
    ------
    MocRefusedError : what is wrong with it, and the remedy.
    """
    if len(content) > MAX_BYTES:
        raise too_large()
    if content.startswith(b"SIMPLE"):
        ranges = _read_fits(content)
    elif content.lstrip()[:1] == b"{":
        ranges = _read_json(content)
    else:
        raise MocRefusedError("The file is neither FITS nor JSON.", _FORMS)
    if not len(ranges):
        raise MocRefusedError("The MOC has no cells.", "Upload one that covers a part of the sky.")
    return merged(ranges)


def too_large() -> MocRefusedError:
    return MocRefusedError(
        f"The file has more than {MAX_BYTES // 1_000_000} MB.", "Upload the MOC at a lower order: it has fewer cells."
    )


def merged(ranges: Numbers) -> Numbers:
    """The same area as sorted ranges that do not touch."""
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    ends = np.maximum.accumulate(ranges[:, 1])
    begins = np.concatenate([[True], ranges[1:, 0] > ends[:-1]])
    lasts = np.concatenate([np.flatnonzero(begins)[1:] - 1, [len(ranges) - 1]])
    return np.stack([ranges[begins, 0], ends[lasts]], axis=1)


def ranges_of_cells(orders: Numbers, cells: Numbers) -> Numbers:
    """The ranges of cells, each of its own order, shape (n, 2)."""
    shift = 2 * (HEALPIX_ORDER - orders)
    return np.stack([cells << shift, (cells + 1) << shift], axis=1)


# JSON ----------------------------------------------------------------------------------------------------------------


def _read_json(content: bytes) -> Numbers:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        raise MocRefusedError("The file is not JSON that can be read.", _FORMS) from None
    parts = [_cells_of_json(order, cells) for order, cells in told.items()]
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.int64)


def _cells_of_json(order_text: str, cells: Any) -> Numbers:
    if not (order_text.isascii() and order_text.isdigit() and len(order_text) < 3 and int(order_text) <= HEALPIX_ORDER):
        raise MocRefusedError(f"“{order_text[:20]}” is not an order from 0 to {HEALPIX_ORDER}.", _FORMS)
    order = int(order_text)
    last = 12 * 4**order
    if not isinstance(cells, list) or not all(type(cell) is int and 0 <= cell < last for cell in cells):
        raise MocRefusedError(f"Order {order} has something else than a list of cells below {last:,}.", _FORMS)
    numbers = np.array(cells, dtype=np.int64)
    return ranges_of_cells(np.full(len(numbers), order, np.int64), numbers)


# FITS ----------------------------------------------------------------------------------------------------------------

#: Widths of the integers in which cells may be written.
_KINDS = {"I": ">i2", "1I": ">i2", "J": ">i4", "1J": ">i4", "K": ">i8", "1K": ">i8"}


def _read_fits(content: bytes) -> Numbers:
    header, start = _table_header(content)
    if str(header.get("COORDSYS", "C")).strip() not in {"C", "ICRS", ""}:
        raise MocRefusedError("The MOC is not in equatorial coordinates.", "Convert it to ICRS (COORDSYS = C).")
    if str(header.get("MOCDIM", "SPACE")).strip() != "SPACE":
        raise MocRefusedError("The MOC is about time as well, or about something else than the sky.", _FORMS)
    kind = _KINDS.get(str(header.get("TFORM1", "")).strip())
    if kind is None or header.get("TFIELDS") != 1 or header.get("PCOUNT", 0) != 0:
        raise MocRefusedError("The table of the file does not have one column of whole numbers.", _FORMS)
    width, rows = header.get("NAXIS1"), header.get("NAXIS2")
    size = np.dtype(kind).itemsize
    if width != size or type(rows) is not int or rows < 0 or start + rows * size > len(content):
        raise MocRefusedError("The file is shorter than its header says.", "Upload it again, whole.")
    numbers = np.frombuffer(content, kind, rows, start).astype(np.int64)
    ordering = str(header.get("ORDERING", "")).strip()
    if ordering == "NUNIQ":
        return _of_unique_numbers(numbers)
    if ordering == "RANGE":
        return _of_ranges(numbers)
    raise MocRefusedError("The header says neither ORDERING = NUNIQ nor RANGE.", _FORMS)


def _table_header(content: bytes) -> tuple[fits.Header, int]:
    """The header of the first table, and where its data begin."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyWarning)
            with fits.open(io.BytesIO(content), memmap=False, lazy_load_hdus=True) as units:
                unit = units[1]
                header, start = unit.header, int(unit.fileinfo()["datLoc"])
                if header.get("XTENSION", "").strip() == "BINTABLE":
                    return header.copy(), start
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, fits.VerifyError, MemoryError):
        raise MocRefusedError("The FITS file cannot be read.", _FORMS) from None
    raise MocRefusedError("The first extension of the FITS file is not a table.", _FORMS)


def _of_unique_numbers(numbers: Numbers) -> Numbers:
    """Cells as 4 · 4^order + cell."""
    if len(numbers) and (numbers.min() < 4 or numbers.max() >= 4 * ALL // 3):
        raise MocRefusedError("The table holds numbers that are no cells.", _FORMS)
    return ranges_of_cells(*cells_of_unique(numbers))


def _of_ranges(numbers: Numbers) -> Numbers:
    if len(numbers) % 2:
        raise MocRefusedError("The table of ranges has a beginning without an end.", _FORMS)
    ranges = numbers.reshape(-1, 2)
    if len(ranges) and (ranges.min() < 0 or ranges.max() > ALL or (ranges[:, 0] >= ranges[:, 1]).any()):
        raise MocRefusedError("The table holds ranges that are none.", _FORMS)
    return ranges
