"""A small writer of valid FITS files: headers, images and binary tables, in plain bytes.

It exists for files made by the thousand, where building objects costs more than writing them. Reading is astropy's
business. Source: FITS Standard 4.0, sections 3 to 7; long strings by its CONTINUE convention.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 2880
CARD_BYTES = 80
_LONGEST_PIECE = 67  # characters of a string in one card that is continued by the next

Value = bool | int | float | str | None
Array = NDArray[Any]

_KEYWORD = re.compile(r"[A-Z0-9_-]{1,8}", re.ASCII)
_COMMENTARY = frozenset({"COMMENT", "HISTORY", ""})
_BITPIX = {"u1": 8, "i2": 16, "i4": 32, "i8": 64, "f4": -32, "f8": -64}
_TABLE_FORMS = {"u1": "B", "i2": "I", "i4": "J", "i8": "K", "f4": "E", "f8": "D"}


class Card(NamedTuple):
    """One header card. A value of None is an undefined one."""

    keyword: str
    value: Value
    comment: str = ""


class Column(NamedTuple):
    """One column of a table: numbers of one kind (n,) or byte strings of equal width (n,), and their unit."""

    name: str
    values: Array
    unit: str = ""


def plain_text(text: str) -> str:
    """``text`` in the characters that a header may hold: accents off, anything else beyond ASCII as ``?``."""
    if text.isascii() and text.isprintable():
        return text
    bare = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return "".join(sign if " " <= sign <= "~" else "?" for sign in bare)


def card_bytes(card: Card) -> bytes:
    """One card of 80 bytes, or several when a long string or comment is continued.

    Raises
    ------
    ValueError : the keyword is not one of FITS.
    """
    keyword, value, comment = card
    if keyword in _COMMENTARY:
        return _commentary(keyword, plain_text(str(value)))
    if not _KEYWORD.fullmatch(keyword):
        raise ValueError(f"{keyword!r} is not a FITS keyword: at most 8 of A-Z, 0-9, - and _")
    if isinstance(value, str):
        return _string_card(keyword, plain_text(value), plain_text(comment))
    text = f"{keyword:<8}= {_number(value):>20}"
    return _line(f"{text} / {plain_text(comment)}" if comment else text)


def header_bytes(cards: Iterable[Card]) -> bytes:
    """A whole header: the cards, END, and blanks up to the block's end."""
    body = b"".join(map(card_bytes, cards)) + _line("END")
    return body + b" " * (-len(body) % BLOCK_BYTES)


def primary_hdu(cards: Iterable[Card], data: Array | None = None) -> bytes:
    """The first unit of a file; ``data`` as in `image_hdu`."""
    extend = Card("EXTEND", True)
    return header_bytes([Card("SIMPLE", True), *_shape_cards(data), extend, *cards]) + _data_bytes(data)


def image_hdu(name: str, data: Array | None, cards: Iterable[Card] = (), version: int = 1) -> bytes:
    """An image extension.

    Parameters
    ----------
    data : array of u1, i2, u2, i4, u4, i8, f4 or f8, axes in numpy's order (last one fastest).
    """
    head = [Card("XTENSION", "IMAGE"), *_shape_cards(data), Card("PCOUNT", 0), Card("GCOUNT", 1), *_offset_cards(data)]
    return header_bytes([*head, *_name_cards(name, version), *cards]) + _data_bytes(data)


def table_hdu(name: str, columns: Sequence[Column], cards: Iterable[Card] = (), version: int = 1) -> bytes:
    """A binary table extension; all columns have the same number of rows."""
    record = np.dtype([(column.name, _big_endian(column.values).dtype, column.values.shape[1:]) for column in columns])
    rows = np.empty(len(columns[0].values) if columns else 0, dtype=record)
    for column in columns:
        rows[column.name] = column.values
    body = rows.tobytes()
    head = [
        Card("XTENSION", "BINTABLE"),
        Card("BITPIX", 8),
        Card("NAXIS", 2),
        Card("NAXIS1", record.itemsize),
        Card("NAXIS2", len(rows)),
        Card("PCOUNT", 0),
        Card("GCOUNT", 1),
        Card("TFIELDS", len(columns)),
    ]
    for number, column in enumerate(columns, 1):
        head += [Card(f"TTYPE{number}", column.name), Card(f"TFORM{number}", _table_form(column.values))]
        head += [Card(f"TUNIT{number}", column.unit)] if column.unit else []
    return header_bytes([*head, *_name_cards(name, version), *cards]) + body + b"\0" * (-len(body) % BLOCK_BYTES)


def _line(text: str) -> bytes:
    return text[:CARD_BYTES].ljust(CARD_BYTES).encode("ascii")


def _commentary(keyword: str, text: str) -> bytes:
    width = CARD_BYTES - 8
    pieces = [text[start : start + width] for start in range(0, len(text), width)] or [""]
    return b"".join(_line(f"{keyword:<8}{piece}") for piece in pieces)


def _string_card(keyword: str, value: str, comment: str) -> bytes:
    quoted = value.rstrip(" ").replace("'", "''")
    if len(quoted) <= _LONGEST_PIECE + 1:
        text = f"{keyword:<8}= '{quoted:<8}'"
        return _line(f"{text:<30} / {comment}" if comment and len(text) < CARD_BYTES - 4 else text)
    pieces = _pieces(quoted)
    last = len(pieces) - 1
    lines = [f"{'CONTINUE':<8}  '{piece}{'&' if number < last else ''}'" for number, piece in enumerate(pieces)]
    return _line(f"{keyword:<8}= {lines[0][10:]}") + b"".join(map(_line, lines[1:]))


def _pieces(quoted: str) -> list[str]:
    """``quoted`` cut so that no doubled quote is torn apart."""
    pieces, start = [], 0
    while start < len(quoted):
        end = min(start + _LONGEST_PIECE, len(quoted))
        run = len(quoted[start:end]) - len(quoted[start:end].rstrip("'"))
        if run % 2 and end < len(quoted):
            end -= 1
        pieces.append(quoted[start:end])
        start = end
    return pieces


def _number(value: bool | float | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | np.bool_):
        return "T" if value else "F"
    if isinstance(value, int | np.integer):
        return str(int(value))
    value = float(value)
    if not math.isfinite(value):
        return ""
    return repr(value).upper()


def _big_endian(data: Array) -> Array:
    return data.astype(data.dtype.newbyteorder(">"), copy=False)


def _offset(data: Array) -> int:
    """What BZERO adds: the standard's way to hold unsigned 16 and 32 bit numbers."""
    return 1 << (8 * data.itemsize - 1) if data.dtype.kind == "u" and data.itemsize in {2, 4} else 0


def _signed(data: Array) -> Array:
    """The array as the file holds it."""
    offset = _offset(data)
    return (data.astype(np.int64) - offset).astype(f"i{data.itemsize}") if offset else data


def _shape_cards(data: Array | None) -> list[Card]:
    if data is None:
        return [Card("BITPIX", 8), Card("NAXIS", 0)]
    bitpix = _BITPIX[_signed(data).dtype.str[1:]]
    axes = [Card(f"NAXIS{number}", length) for number, length in enumerate(reversed(data.shape), 1)]
    return [Card("BITPIX", bitpix), Card("NAXIS", data.ndim), *axes]


def _offset_cards(data: Array | None) -> list[Card]:
    offset = 0 if data is None else _offset(data)
    return [Card("BSCALE", 1), Card("BZERO", offset)] if offset else []


def _name_cards(name: str, version: int) -> list[Card]:
    return [Card("EXTNAME", name), Card("EXTVER", version)]


def _data_bytes(data: Array | None) -> bytes:
    if data is None:
        return b""
    body = _big_endian(_signed(data)).tobytes()
    return body + b"\0" * (-len(body) % BLOCK_BYTES)


def _table_form(values: Array) -> str:
    width = int(np.prod(values.shape[1:], dtype=int)) if values.ndim > 1 else 1
    if values.dtype.kind == "S":
        return f"{values.dtype.itemsize}A"
    return f"{width}{_TABLE_FORMS[values.dtype.str[1:]]}"
