"""Reading one-dimensional spectra: x1d, x1dints, c1d of JWST, x1d, x1dsum, sx1 of Hubble.

Whatever the instrument, a spectrum is a table with a column WAVELENGTH and a column FLUX: one sample a row, or one
spectrum a row (orders of STIS, segments of COS, integrations and sources of JWST's newer products).
Sources: the JWST pipeline's product descriptions; the STIS and COS data handbooks.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy import units as u
from astropy.io import fits

from search.viewers.axes import Floats
from search.viewers.files import ViewerError, fits_units

#: Spectra of one file that are drawn at once.
MOST_SPECTRA = 10
#: Samples of one spectrum; a table with more is no spectrum.
MOST_SAMPLES = 2_000_000
_FLUXES = ("FLUX", "SURF_BRIGHT")
_ERRORS = {"FLUX": ("FLUX_ERROR", "ERROR"), "SURF_BRIGHT": ("SB_ERROR",)}
_UNREADABLE = "It is not a table of wavelengths and fluxes."


@dataclass(frozen=True, eq=False)
class Spectrum:
    """One spectrum, arrays of shape (n,) in the units beside them; wavelengths increase.

    ``error`` is one standard deviation; None when the file has none.
    """

    label: str
    wavelength: Floats
    flux: Floats
    error: Floats | None
    wavelength_unit: u.UnitBase
    flux_unit: u.UnitBase

    def between(self, low: float, high: float) -> "Spectrum":
        """The samples with wavelengths from ``low`` to ``high``."""
        inside = (self.wavelength >= low) & (self.wavelength <= high)
        error = None if self.error is None else self.error[inside]
        return replace(self, wavelength=self.wavelength[inside], flux=self.flux[inside], error=error)


@dataclass(frozen=True)
class SpectrumFile:
    """What a file holds: the spectra that were read, and how many there are."""

    spectra: tuple[Spectrum, ...]
    total: int


def read_spectra(path: Path, *, first: int = 0, most: int = MOST_SPECTRA) -> SpectrumFile:
    """Spectra ``first`` to ``first + most`` of a FITS file, counted from 0. Others are not brought into memory.

    Raises
    ------
    ViewerError : the file is no FITS file, or holds no spectrum.
    """
    try:
        with fits_units(path) as units:
            return _read(units, first, most)
    except (OSError, TypeError, ValueError, KeyError, IndexError) as error:
        raise ViewerError("The file cannot be read as FITS.", "Download it and look at it with other tools.") from error


def _read(units: Any, first: int, most: int) -> SpectrumFile:
    spectra: list[Spectrum] = []
    total = 0
    for unit in units:
        if not _is_spectrum(unit):
            continue
        rows = _rows_of(unit)
        for row in range(rows):
            if first <= total < first + most:
                spectra.append(_spectrum(unit, row, total, units[0].header))
            total += 1
    if not total:
        raise ViewerError(_UNREADABLE, "Download it and look at it with other tools.")
    return SpectrumFile(tuple(spectra), total)


def _columns(unit: Any) -> dict[str, str]:
    """The table's own spelling by capital letters."""
    return {name.upper(): name for name in unit.columns.names}


def _is_spectrum(unit: Any) -> bool:
    if not isinstance(unit, fits.BinTableHDU):
        return False
    columns = _columns(unit)
    return "WAVELENGTH" in columns and any(name in columns for name in _FLUXES)


def _is_stacked(unit: Any) -> bool:
    """Whether each row is a whole spectrum."""
    return bool(unit.columns.dtype[_columns(unit)["WAVELENGTH"]].shape)


def _rows_of(unit: Any) -> int:
    """How many spectra a table holds."""
    return len(unit.data) if _is_stacked(unit) else 1


def _spectrum(unit: Any, row: int, number: int, primary: Any) -> Spectrum:
    columns = _columns(unit)
    stacked = _is_stacked(unit)

    def values(name: str) -> Floats:
        column = unit.data[columns[name]]
        own = np.array(column[row] if stacked else column, dtype=np.float64)
        if own.size > MOST_SAMPLES:
            raise ViewerError(f"A spectrum of {own.size:,} samples is too long to draw.", "Download the file.")
        return np.atleast_1d(own)[: _length(unit, columns, row) if stacked else None]

    flux_name = next(name for name in _FLUXES if name in columns)
    if len(_FLUXES) == sum(name in columns for name in _FLUXES) and _is_empty(values(flux_name)):
        flux_name = _FLUXES[1]
    error_name = next((name for name in _ERRORS[flux_name] if name in columns), "")
    wavelength, flux = values("WAVELENGTH"), values(flux_name)
    error = values(error_name) if error_name else None
    known = np.isfinite(wavelength) & (wavelength > 0)
    order = np.flatnonzero(known)[np.argsort(wavelength[known], kind="stable")]
    return Spectrum(
        label=_label(unit, columns, row, number, primary),
        wavelength=wavelength[order],
        flux=flux[order],
        error=None if error is None or _is_empty(error) else error[order],
        wavelength_unit=unit_named(unit.columns[columns["WAVELENGTH"]].unit, u.um),
        flux_unit=unit_named(unit.columns[columns[flux_name]].unit, u.dimensionless_unscaled),
    )


def _is_empty(values: Floats) -> bool:
    return not np.any(np.isfinite(values) & (values != 0))


def _length(unit: Any, columns: dict[str, str], row: int) -> int | None:
    """The used samples of a row, where the table says so."""
    for name in ("NELEM", "N_ALONGDISP"):
        if name in columns:
            return int(unit.data[columns[name]][row]) or None
    return None


def unit_named(text: str | None, default: u.UnitBase) -> u.UnitBase:
    """A unit as a header spells it, Hubble's plurals included; ``default`` when there is none."""
    if not text:
        return default
    spelled = text.strip()
    for plural, single in (("Angstroms", "Angstrom"), ("ANGSTROMS", "Angstrom"), ("microns", "um"), ("micron", "um")):
        spelled = spelled.replace(plural, single)
    try:
        parsed: u.UnitBase = u.Unit(spelled)
    except ValueError:
        return default
    return parsed


# Names of spectra ----------------------------------------------------------------------------------------------------
#: What tells the spectra of a file apart: a column of the table or a keyword of its header, and how it is said.
_NAMED_BY = (
    ("SOURCEID", "source {}"),
    ("SOURCE_ID", "source {}"),
    ("SLTNAME", "slit {}"),
    ("SPORDER", "order {}"),
    ("SEGMENT", "segment {}"),
    ("INT_NUM", "integration {}"),
)


def _label(unit: Any, columns: dict[str, str], row: int, number: int, primary: Any) -> str:
    words = []
    for name, saying in _NAMED_BY:
        value = unit.data[columns[name]][row] if name in columns and _is_stacked(unit) else unit.header.get(name)
        if value is not None and str(value).strip() and np.ndim(value) == 0:
            words.append(saying.format(str(value).strip()))
    return ", ".join(dict.fromkeys(words)) or (f"spectrum {number + 1}" if number else "")
