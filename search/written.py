"""Numbers and dates as people write them."""

import calendar
import datetime as dt
import math
import re
from dataclasses import dataclass

from archive.clock import to_mjd

Bound = float | str
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_DATE = re.compile(
    r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?)?)?)?(?:Z| ?UTC)?"
)


@dataclass(frozen=True)
class Extent:
    """What one written value covers: a point, or with ``end`` everything from ``start`` up to it, such as a day."""

    start: Bound
    end: float | None = None


def moment(text: str, *, end: bool = False) -> float | None:
    """The MJD UTC of an ISO month, day, minute or second, its first moment or its last; None for what is not a date.

    Raises
    ------
    ValueError : a date that no calendar has.
    """
    extent = date(text)
    if extent is None:
        return None
    start = float(extent.start)
    # the end itself is the next day's first moment
    return start if extent.end is None or not end else math.nextafter(extent.end, start)


def decimal(text: str) -> float:
    """A finite number with or without an exponent.

    Raises
    ------
    ValueError : anything else.
    """
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    number = float(text)
    if not math.isfinite(number) or abs(number) > 1e300:
        raise ValueError(text)
    return number


def whole(text: str) -> int:
    """A whole number.

    Raises
    ------
    ValueError : anything else.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def date(text: str) -> Extent | None:
    """An ISO month, day, minute or second of UTC as the time that it lasts, MJD; None for what is not a date.

    Raises
    ------
    ValueError : a date that no calendar has.
    """
    written = _DATE.fullmatch(text)
    if not written:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in written.groups()[:6])
    if not year or not month:
        raise ValueError(text)
    start = dt.datetime(year, month, day or 1, hour or 0, minute or 0, second or 0, tzinfo=dt.UTC)
    if written[7]:
        return Extent(to_mjd(start + dt.timedelta(seconds=float(written[7]))))
    if day is None:
        lasts = dt.timedelta(days=calendar.monthrange(year, month)[1])
    else:
        lasts = (
            dt.timedelta(days=1)
            if hour is None
            else dt.timedelta(minutes=1)
            if second is None
            else dt.timedelta(seconds=1)
        )
    return Extent(to_mjd(start), to_mjd(start + lasts))
