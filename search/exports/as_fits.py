"""FITS: an empty primary unit and one binary table, written without holding more than a batch of rows.

A FITS header says how many rows follow and how wide every text is, so both are counted first. Texts are ASCII there: a
letter with an accent loses it, any other character becomes ``?``, and a control character a blank. Flags are 1 and 0,
because readers of ``L`` columns take what is not known for false. Where a few very long texts (footprints of many
polygons) would blow up every row, they lie in the heap after the table, which takes a second walk; a comment of the
header says how they are read with astropy, whose characters of such a column lose their blanks one by one.
"""

import math
import struct
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from astropy.io import fits

from archive.columns import Column, ColumnType
from search.exports.interfaces import Export, Row, TextLength, Value, is_text
from search.exports.names import plain_names
from search.exports.units import vo_unit

BLOCK_BYTES = 2880
#: Blanks that a column may be padded with before its texts go to the heap. Fewer readers know what lies there.
MOST_PADDING_BYTES = 16 * 2**20
_NULL_INTEGER = -(2**31)
_NULL_FLAG = -(2**15)


@dataclass(frozen=True)
class _Cell:
    """How one column stands in a row: ``TFORM``, the `struct` code, and what packs a value."""

    form: str
    code: str
    pack: Callable[[Value], tuple[bytes | int | float, ...]]
    in_heap: bool = False
    null: int | None = None


def write(export: Export) -> Iterator[bytes]:
    """The file's bytes.

    Raises
    ------
    ValueError : the rows changed between the walks, so that the header is not true.
    """
    layout = _Layout(export)
    yield _primary_header(export)
    yield layout.header()
    size_bytes = 0
    for piece in layout.pieces():
        size_bytes += len(piece)
        yield piece
    if size_bytes != layout.data_bytes:
        raise ValueError(f"the table has {size_bytes} bytes, its header says {layout.data_bytes}")
    yield b"\0" * (-size_bytes % BLOCK_BYTES)


class _Layout:
    """Where everything lies in one file."""

    def __init__(self, export: Export) -> None:
        self.columns, self.rows = export.columns, export.rows
        self.count = export.rows.count()
        places = [place for place, column in enumerate(self.columns) if is_text(column)]
        lengths = dict(zip(places, export.rows.text_lengths(places), strict=True))
        self.cells = [_cell(column, lengths.get(place), self.count) for place, column in enumerate(self.columns)]
        self.in_heap = [place for place, cell in enumerate(self.cells) if cell.in_heap]
        self.heap_bytes = sum(lengths[place].total for place in self.in_heap)
        self.row = struct.Struct(">" + "".join(cell.code for cell in self.cells))

    @property
    def data_bytes(self) -> int:
        return self.row.size * self.count + self.heap_bytes

    def header(self) -> bytes:
        """The table's header. `astropy.io.fits` writes the cards; its own table would hold all rows."""
        header = fits.Header()
        header["XTENSION"] = ("BINTABLE", "binary table extension")
        header["BITPIX"], header["NAXIS"] = 8, 2
        header["NAXIS1"] = (self.row.size, "bytes in a row")
        header["NAXIS2"] = (self.count, "rows")
        header["PCOUNT"] = (self.heap_bytes, "bytes in the heap")
        header["GCOUNT"], header["TFIELDS"] = 1, len(self.columns)
        names = plain_names(self.columns)
        for number, (name, column, cell) in enumerate(zip(names, self.columns, self.cells, strict=True), start=1):
            _describe(header, number, name, column, cell)
        header["EXTNAME"] = "OBSERVATIONS"
        for place in self.in_heap:
            header["COMMENT"] = f"{names[place]} has texts of any length; astropy: ''.join(numpy.asarray(cell))"
        return _bytes_of(header)

    def pieces(self) -> Iterator[bytes]:
        heap = _Heap()
        for batch in self.rows.batches():
            yield b"".join(self.row.pack(*self._packed(row, heap)) for row in batch)
        if self.in_heap:
            for batch in self.rows.batches():
                yield b"".join(_ascii(row[place]) for row in batch for place in self.in_heap)

    def _packed(self, row: Row, heap: "_Heap") -> Iterator[bytes | int | float]:
        for cell, value in zip(self.cells, row, strict=True):
            if cell.in_heap:
                yield from heap.take(len(str(value)))
            else:
                yield from cell.pack(value)


class _Heap:
    """Gives out places after the table."""

    def __init__(self) -> None:
        self._end_bytes = 0

    def take(self, size_bytes: int) -> tuple[int, int]:
        place, self._end_bytes = self._end_bytes, self._end_bytes + size_bytes
        return size_bytes, place


def _cell(column: Column, length: TextLength | None, count: int) -> _Cell:
    if length is not None:
        return _text_cell(length, count)
    if column.type is ColumnType.INTEGER:
        return _Cell("J", "i", lambda value: (_NULL_INTEGER if value is None else int(value),), null=_NULL_INTEGER)
    if column.type is ColumnType.BOOLEAN:
        return _Cell("I", "h", lambda value: (_NULL_FLAG if value is None else int(value),), null=_NULL_FLAG)
    return _Cell("D", "d", lambda value: (math.nan if value is None else float(value),))


def _text_cell(length: TextLength, count: int) -> _Cell:
    padding_bytes = length.longest * count - length.total
    if padding_bytes > max(MOST_PADDING_BYTES, length.total):
        return _Cell(f"QA({length.longest})", "qq", lambda value: (), in_heap=True)
    # no column of zero width: old readers stumble over it
    width = max(1, length.longest)

    def pack(value: Value) -> tuple[bytes]:
        text = _ascii(value)
        if len(text) > width:
            raise ValueError(f"a text of {len(text)} characters stands in a column of {width}")
        return (text,)

    return _Cell(f"{width}A", f"{width}s", pack)


def _describe(header: fits.Header, number: int, name: str, column: Column, cell: _Cell) -> None:
    header[f"TTYPE{number}"] = name
    header[f"TFORM{number}"] = cell.form
    if unit := vo_unit(column):
        header[f"TUNIT{number}"] = unit
    if cell.null is not None:
        header[f"TNULL{number}"] = cell.null
    if column.ucd:
        header[f"TUCD{number}"] = column.ucd
    if column.utype:
        header[f"TUTYP{number}"] = column.utype
    header[f"TCOMM{number}"] = _ascii(column.description).decode()


def _primary_header(export: Export) -> bytes:
    header = fits.Header()
    header["SIMPLE"] = (True, "FITS standard")
    header["BITPIX"], header["NAXIS"] = 8, 0
    header["EXTEND"] = True
    header["DATE"] = (export.moment.strftime("%Y-%m-%dT%H:%M:%S"), "UTC; states and rights hold then")
    header["TITLE"] = _ascii(export.title[:1000]).decode()
    header["SEARCH"] = (_ascii(export.address).decode(), "")
    return _bytes_of(header)


def _bytes_of(header: fits.Header) -> bytes:
    cards: str = header.tostring(padding=True)
    return cards.encode("ascii")


def _ascii(value: Value) -> bytes:
    """As many ASCII characters as the text has characters: the header counted those."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text.encode("ascii")
    return "".join(map(_ascii_character, text)).encode("ascii")


@lru_cache(maxsize=4096)
def _ascii_character(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    base = unicodedata.normalize("NFKD", character)[0]
    return base if base.isascii() and base.isprintable() else "?"
