"""Numbers as astronomers read them: sexagesimal positions, angles, UTC dates of MJD, lengths of time."""

import math
from functools import lru_cache

from archive.clock import from_mjd


def sexagesimal_ra(ra_deg: float) -> str:
    """``18 53 35.10``: hours, minutes and seconds of a right ascension in degrees, rounded to 0.01 s of time."""
    centiseconds = round(ra_deg % 360 * 24000) % (24 * 360000)
    minutes, centiseconds = divmod(centiseconds, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d} {minutes:02d} {centiseconds // 100:02d}.{centiseconds % 100:02d}"


def sexagesimal_dec(dec_deg: float) -> str:
    """``+33 01 44.9``: degrees, arc-minutes and arc-seconds of a declination in degrees, rounded to 0.1″."""
    tenths = round(abs(dec_deg) * 36000)
    arcminutes, tenths = divmod(tenths, 600)
    degrees, arcminutes = divmod(arcminutes, 60)
    sign = "-" if dec_deg < 0 and (degrees or arcminutes or tenths) else "+"
    return f"{sign}{degrees:02d} {arcminutes:02d} {tenths // 10:02d}.{tenths % 10}"


def degrees(value_deg: float, *, signed: bool = False) -> str:
    """Five decimals of a degree, 0.04″: ``283.39623``, ``+33.02913``."""
    return f"{value_deg:+.5f}" if signed else f"{value_deg:.5f}"


def angle(value_deg: float) -> str:
    """An angle of zero or more in the unit that reads best: ``1.5°``, ``12′``, ``30″``."""
    for scale, sign in ((1, "°"), (60, "′")):
        if value_deg * scale >= 1 - 1e-9:
            return f"{_four_digits(value_deg * scale)}{sign}"
    return f"{_four_digits(value_deg * 3600)}″"


def radius_word(value_deg: float) -> str:
    """A radius as the search box takes it: ``r=4m``; never smaller than ``value_deg``."""
    for scale, unit in ((1, "d"), (60, "m"), (3600, "s")):
        size = value_deg * scale
        if size >= 1 - 1e-9 or unit == "s":
            break
    step = 10.0 ** (math.floor(math.log10(size)) - 1) if size > 0 else 1.0
    rounded_up = math.ceil(size / step - 1e-9) * step
    return f"r={rounded_up:.12g}{unit}"


def _four_digits(value: float) -> str:
    return f"{float(f'{value:.4g}'):.12g}"


def utc_minute(mjd: float) -> str:
    """``2023-08-20 09:26`` of an MJD; the bare number where no calendar reaches."""
    return _utc(mjd, 16)


def utc_second(mjd: float) -> str:
    return _utc(mjd, 19)


def utc_date(mjd: float) -> str:
    """The day that the moment is in, ``2026-12-07``."""
    return _utc(mjd, 10)


@lru_cache(maxsize=8192)  # the rows of a page share their release dates
def _utc(mjd: float, length: int) -> str:
    """The beginning of ``2023-08-20 09:26:05.123456+00:00``."""
    try:
        return from_mjd(mjd).isoformat(" ")[:length]
    except (OverflowError, ValueError):
        return f"MJD {mjd:.12g}"


def number(value: float, decimals: int) -> str:
    """Grouped thousands and fixed decimals, ``1,279.9``; numbers too small or large for that as ``4.6e-07``."""
    if value and (abs(value) < 0.5 * 10.0**-decimals or abs(value) >= 1e12):
        return f"{value:.4g}"
    return f"{value:,.{decimals}f}"
