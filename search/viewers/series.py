"""Reading brightness against time: white-light and photometry tables, spectra per integration, tagged photons.

Times are MJD, days, in the scale that the file names; brightness is in the file's unit, or photons per second.
Sources: the JWST pipeline's product descriptions (whtlt, phot, x1dints); the data handbooks of COS and STIS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.table import Table

from search.viewers.axes import Floats
from search.viewers.files import ViewerError, fits_units

#: Columns of time in tables, the best first, and the scale of each.
_TIMES = {
    "MJD_UTC": "MJD UTC",
    "INT_MID_MJD_UTC": "MJD UTC",
    "MJD": "MJD",
    "MJD-AVG": "MJD UTC",
    "MJD_AVG": "MJD UTC",
    "BJD_TDB": "BJD TDB",
    "INT_MID_BJD_TDB": "BJD TDB",
    "TDB-MID": "BJD TDB",
    "TIME": "days",
}
_JD_ZERO = 2_400_000.5
_BRIGHTNESS = re.compile(r"whitelight_flux.*|net_aperture_sum|aperture_sum|flux", re.IGNORECASE)
_ERROR_ENDS = ("_err", "_error")
#: Tagged photons are counted in this many equal parts of the exposure.
TAG_BINS = 500
MOST_SAMPLES = 500_000
SECONDS_PER_DAY = 86400.0


@dataclass(frozen=True, eq=False)
class Series:
    """One light curve, arrays of shape (n,), times increasing; only samples with both numbers."""

    label: str
    time: Floats
    flux: Floats
    error: Floats | None
    time_label: str
    flux_unit: str

    @property
    def samples(self) -> int:
        return len(self.time)

    @property
    def span_d(self) -> float:
        return float(self.time[-1] - self.time[0]) if self.samples else 0.0


def read_series(path: Path, product_group: str) -> tuple[Series, ...]:
    """The light curves of a file.

    Raises
    ------
    ViewerError : the file cannot be read, or holds no brightness against time.
    """
    readers = {"WHTLT": _table, "PHOT": _table, "X1DINTS": _integrations}
    reader = readers.get(product_group, _photons)
    try:
        found = reader(path)
    except (OSError, TypeError, ValueError, KeyError, IndexError) as error:
        raise ViewerError("The file cannot be read.", "Download it and look at it with other tools.") from error
    found = tuple(series for series in found if series.samples)
    if not found:
        raise ViewerError("It holds no brightness against time.", "Download it and look at it with other tools.")
    return found


def _ordered(label: str, time: Floats, flux: Floats, error: Floats | None, words: tuple[str, str]) -> Series:
    """The samples that are numbers, in the order of time; Julian dates become MJD."""
    if len(time) > MOST_SAMPLES:
        raise ViewerError(f"{len(time):,} samples are too many to draw.", "Download the file.")
    known = np.isfinite(time) & np.isfinite(flux)
    order = np.flatnonzero(known)[np.argsort(time[known], kind="stable")]
    times = time[order]
    if times.size and times[0] > _JD_ZERO:
        times = times - _JD_ZERO
    return Series(label, times, flux[order], None if error is None else error[order], *words)


# Tables in text ------------------------------------------------------------------------------------------------------
def _table(path: Path) -> tuple[Series, ...]:
    table = Table.read(path, format="ascii.ecsv")
    time_name, scale = _time_column(table.colnames)
    time = _numbers(table[time_name])
    curves = []
    for name in table.colnames:
        if not _BRIGHTNESS.fullmatch(name):
            continue
        error_name = next((name + end for end in _ERROR_ENDS if name + end in table.colnames), "")
        error = _numbers(table[error_name]) if error_name else None
        unit = str(table[name].unit or "")
        curves.append(_ordered(name, time, _numbers(table[name]), error, (scale, unit)))
    return tuple(curves)


def _time_column(names: Sequence[str]) -> tuple[str, str]:
    spelled = {name.upper(): name for name in names}
    for name, scale in _TIMES.items():
        if name in spelled:
            return spelled[name], scale
    raise ViewerError("It has no column of times.", f"A column is called one of {', '.join(_TIMES)}.")


def _numbers(column: Any) -> Floats:
    filled = np.ma.filled(np.ma.asarray(column).astype(np.float64), np.nan)
    return np.atleast_1d(np.asarray(filled, dtype=np.float64))


# Spectra of each integration: their light together -------------------------------------------------------------------
def _integrations(path: Path) -> tuple[Series, ...]:
    """White light: the mean flux of an integration's spectrum over the wavelengths that it has."""
    times: list[float] = []
    means: list[float] = []
    unit = ""
    with fits_units(path) as units:
        for table in units:
            if not isinstance(table, fits.BinTableHDU) or table.name != "EXTRACT1D":
                continue
            unit = unit or (table.columns["FLUX"].unit or "")
            flux = np.atleast_2d(np.asarray(table.data["FLUX"], dtype=np.float64))
            times += _times_of(table, len(flux))
            with np.errstate(invalid="ignore"):
                count = np.isfinite(flux).sum(axis=1)
                means += (np.nansum(flux, axis=1) / np.where(count, count, np.nan)).tolist()
        if len(times) > 1 and not np.isfinite(times).any():
            times = _integration_times(units, len(times))
    if len(times) < 2:
        raise ViewerError("It has one integration, which is no series.", "Open it in the spectral viewer.")
    return (_ordered("white light, mean over wavelengths", np.array(times), np.array(means), None, ("MJD UTC", unit)),)


def _times_of(table: Any, rows: int) -> list[float]:
    """When each spectrum of a table was taken: from its columns, else from its header."""
    spelled = {name.upper(): name for name in table.columns.names}
    for name in ("MJD-AVG", "MJD_AVG"):
        if name in spelled:
            return [float(value) for value in np.atleast_1d(table.data[spelled[name]])]
    own = table.header.get("MJD-AVG", table.header.get("TDB-MID"))
    return [float(own) if own is not None else np.nan] * rows


def _integration_times(units: Any, count: int) -> list[float]:
    if "INT_TIMES" not in units:
        raise ViewerError("Its integrations have no times.", "Open it in the spectral viewer.")
    middle = np.asarray(units["INT_TIMES"].data["int_mid_MJD_UTC"], dtype=np.float64)
    if len(middle) < count:
        raise ViewerError("Some of its integrations have no times.", "Open it in the spectral viewer.")
    return [float(value) for value in middle[:count]]


# Photons -------------------------------------------------------------------------------------------------------------
def _photons(path: Path) -> tuple[Series, ...]:
    """Photons per second in equal parts of the exposure; the error is that of counting."""
    with fits_units(path) as units:
        events = units["EVENTS"]
        seconds = np.asarray(events.data["TIME"], dtype=np.float64)
        start = units[0].header.get("EXPSTART", events.header.get("EXPSTART"))
    seconds = seconds[np.isfinite(seconds)]
    if seconds.size < 2 or start is None:
        return ()
    parts = int(min(TAG_BINS, max(1, seconds.size // 20)))
    counts, edges = np.histogram(seconds, bins=parts)
    width_s = float(edges[1] - edges[0])
    time = float(start) + (edges[:-1] + width_s / 2) / SECONDS_PER_DAY
    label = f"photons in steps of {width_s:.3g} s"
    return (_ordered(label, time, counts / width_s, np.sqrt(counts) / width_s, ("MJD UTC", "1/s")),)
