"""Cells into values: one small parser a kind of value. Each raises ValueError with the reason and the remedy."""

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from archive.clock import to_mjd

Value = str | int | float | bool | list[float] | None
Parser = Callable[[str], Value]

#: The years 1858 to 2200 as MJD: telescopes' data lie between, release dates included.
MJD_RANGE = (0.0, 124593.0)
_JD_OF_MJD = 2400000.5
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+(\.0*)?", re.ASCII)
_FLAGS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


@dataclass(frozen=True)
class InputColumn:
    """A column that a kind reads: its published name, the field it fills, and how its cells are read."""

    name: str
    field: str
    parse: Parser
    sql_type: str = "text"
    #: What an empty cell, or a new row without the column, holds.
    empty: Value = ""


def text(max_bytes: int | None = None) -> Parser:
    """Text as it stands, markup and all; ``max_bytes`` where the database's index has a limit."""

    def parse(cell: str) -> str:
        if max_bytes is not None and len(cell) > max_bytes // 4 and len(cell.encode()) > max_bytes:
            raise ValueError(f"has {len(cell.encode()):,} bytes, more than the {max_bytes:,} that can be searched")
        return cell

    return parse


_ADDRESS = re.compile(r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)


def address() -> Parser:
    """One e-mail address, or nothing."""

    def parse(cell: str) -> str:
        cell = cell.strip()
        if cell and (len(cell) > 254 or not _ADDRESS.fullmatch(cell)):
            raise ValueError(f"{_short(cell)} is no e-mail address: write it like name@example.org, or leave it empty")
        return cell

    return parse


def one_of(*words: str) -> Parser:
    """One of a few words."""

    def parse(cell: str) -> str:
        if cell not in words:
            raise ValueError(f"{_short(cell)} is none of {', '.join(words)}")
        return cell

    return parse


def number(low: float = -math.inf, high: float = math.inf) -> Parser:
    """A finite number in a closed range."""

    def parse(cell: str) -> float:
        if not _NUMBER.fullmatch(cell):
            raise ValueError(f"{_short(cell)} is not a number: leave the cell empty when it is unknown")
        value = float(cell)
        if not math.isfinite(value) or not low <= value <= high:
            raise ValueError(f"{_short(cell)} is outside {_range(low, high)}")
        return value

    return parse


def whole(low: int, high: int) -> Parser:
    """A whole number in a closed range; ``147.0`` is one too."""

    def parse(cell: str) -> int:
        if not _WHOLE.fullmatch(cell) or len(cell) > 30:
            raise ValueError(f"{_short(cell)} is not a whole number")
        value = int(cell.partition(".")[0])
        if not low <= value <= high:
            raise ValueError(f"{value} is outside {low} to {high}")
        return value

    return parse


def mjd(cell: str) -> float:
    """A Modified Julian Date between 1858 and 2200."""
    value = number()(cell)
    assert isinstance(value, float)  # noqa: S101 - what number() gives, said to the type checker
    low, high = MJD_RANGE
    if not low <= value <= high:
        remedy = "; for a Julian Date subtract 2400000.5" if low <= value - _JD_OF_MJD <= high else ""
        raise ValueError(f"{_short(cell)} is no MJD between 1858 and 2200{remedy}")
    return value


def mjd_of_iso(cell: str) -> float:
    """MJD UTC of an ISO 8601 time (``2002-06-29 19:24:07.0``); without an offset it is UTC."""
    try:
        moment = dt.datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{_short(cell)} is not an ISO time such as 2002-06-29T19:24:07") from None
    return to_mjd(moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC))


def flag(cell: str) -> bool:
    try:
        return _FLAGS[cell.lower()]
    except KeyError:
        raise ValueError(f"{_short(cell)} is neither true nor false") from None


def unpadded(program: str) -> str:
    """A program number without leading zeros: ``01073`` is ``1073``; other texts stay as they are."""
    return str(int(program)) if program.isascii() and program.isdigit() else program


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:40] + "…")


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"{low:g} and above" if math.isfinite(low) else "the finite numbers"
    return f"{low:g} to {high:g}"
