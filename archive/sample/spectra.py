"""Spectra, light curves and tagged photons of the sample, in the tables that each instrument's files have.

JWST writes a column a quantity (x1d, c1d) or an integration a row (x1dints); Hubble an order or a segment a row.
"""

import re

import numpy as np

from archive.facts import ProductFacts
from archive.fits import Card, Column, table_hdu
from archive.sample.geometry import Floats
from archive.sample.instruments import band_nm
from archive.sample.rows import SampleRow

SAMPLE = "made by the sample archive of this portal: a synthetic sky, no observatory took these data"
SPECTRUM_CHANNELS = 400
_INTEGRATIONS, _INTEGRATION_CHANNELS = 60, 128  # of one segment
_SEGMENTS = 4
_ORDERS = 5
_PHOTONS = 20_000
_JANSKY = 1e-23  # erg/s/cm2/Hz
_LIGHT_ANGSTROM_S = 2.99792458e18
_TRANSIT_DEPTH = 0.021


def wavelengths_nm(row: SampleRow, channels: int) -> Floats:
    low, high = band_nm(row.visit.mission, row.filters)
    return np.linspace(low, high, channels)


def relative_flux(row: SampleRow, waves_nm: Floats) -> Floats:
    """A made-up spectrum: a slope and a dozen emission lines at places that the target decides; about 1."""
    random = np.random.default_rng(abs(hash_of(row.visit.target)))
    low, high = waves_nm[0], waves_nm[-1]
    flux = 1.0 + 0.4 * (waves_nm - low) / (high - low)
    for centre in random.uniform(200, 28000, 120):
        flux += random.gamma(2, 1.5) * np.exp(-(((waves_nm - centre) / (0.004 * (high - low))) ** 2))
    return np.asarray(flux)


def hash_of(name: str) -> int:
    """A number that a name always gives."""
    return int.from_bytes(name.encode()[:8].ljust(8, b"-"), "big")


def spectral_units(row: SampleRow, facts: ProductFacts) -> bytes:
    """The units after the primary one of a file of spectra or photons; empty for any other file."""
    group, hubble = facts.product_group, row.visit.mission == "HST"
    if group.startswith("CORRTAG"):
        return _events(row)
    if group in {"X1D", "X1DSUM"} and hubble:
        return _hubble_spectra(row)
    if group == "X1DINTS":
        return _integrations(row)
    if group in {"X1D", "C1D"}:
        return _spectrum(row, combined=group == "C1D")
    return b""


# JWST ----------------------------------------------------------------------------------------------------------------
def _spectrum(row: SampleRow, *, combined: bool) -> bytes:
    """One spectrum, a sample a row, with noise of the size that its error says."""
    waves = wavelengths_nm(row, SPECTRUM_CHANNELS)
    error_jy = 2e-5 if combined else 5e-5
    noise = np.random.default_rng(row.obsid).normal(0, error_jy, len(waves))
    columns = [
        Column("WAVELENGTH", waves / 1000.0, "um"),
        Column("FLUX", relative_flux(row, waves) * 1e-3 + noise, "Jy"),
        Column("ERROR" if combined else "FLUX_ERROR", np.full(len(waves), error_jy), "Jy"),
        Column("DQ", np.zeros(len(waves), "i4")),
    ]
    return table_hdu("COMBINE1D" if combined else "EXTRACT1D", columns, [Card("S_REGION", row.s_region, "footprint")])


def transit(times: Floats, row: SampleRow) -> Floats:
    """What is left of a star's light while its planet passes, in the middle of the series."""
    if row.t_min is None or row.t_max is None:
        raise ValueError(f"{row.obs_id}: nothing was observed")
    phase = (times - (row.t_min + row.t_max) / 2) / (row.t_max - row.t_min)
    return np.asarray(1 - _TRANSIT_DEPTH / (1 + np.exp((np.abs(phase) - 0.17) / 0.01)))


def _integrations(row: SampleRow) -> bytes:
    """A spectrum a row, with the middle of each integration, MJD UTC."""
    times = _times(row)
    waves = wavelengths_nm(row, _INTEGRATION_CHANNELS)
    light = relative_flux(row, waves)[None, :] * transit(times, row)[:, None] * 1e-3
    noise = np.random.default_rng(row.obsid).normal(0, 2e-6, light.shape)
    shape = light.shape
    columns = [
        Column("INT_NUM", np.arange(1, len(times) + 1, dtype="i4")),
        Column("MJD-AVG", times, "d"),
        Column("WAVELENGTH", np.broadcast_to(waves / 1000.0, shape).copy(), "um"),
        Column("FLUX", light + noise, "Jy"),
        Column("FLUX_ERROR", np.full(shape, 2e-6), "Jy"),
    ]
    return table_hdu("EXTRACT1D", columns, [Card("S_REGION", row.s_region, "footprint")])


def _times(row: SampleRow) -> Floats:
    """The middles of the integrations: all of the series, or those of the segment that the name says."""
    if row.t_min is None or row.t_max is None:
        raise ValueError(f"{row.obs_id}: nothing was observed")
    count = _INTEGRATIONS * _SEGMENTS
    step = (row.t_max - row.t_min) / count
    times = row.t_min + (np.arange(count) + 0.5) * step
    segment = re.search(r"-seg(\d{3})_", row.obs_id)
    start = (int(segment[1]) - 1) * _INTEGRATIONS if segment else 0
    return np.asarray(times[start : start + _INTEGRATIONS] if segment else times)


def light_curve(row: SampleRow, filename: str) -> bytes:
    """A transit: a shallow dip in the middle of the series, ECSV."""
    if row.t_min is None or row.t_max is None:
        raise ValueError(f"{filename}: nothing was observed")
    times = np.linspace(row.t_min, row.t_max, 300)
    flux = transit(times, row) + np.random.default_rng(row.obsid).normal(0, 2e-4, len(times))
    head = [
        "# %ECSV 1.0",
        "# ---",
        "# datatype:",
        "# - {name: MJD_UTC, unit: d, datatype: float64}",
        "# - {name: whitelight_flux, datatype: float64}",
        f"# meta: {{comments: ['{SAMPLE}']}}",
        "# schema: astropy-2.0",
        "MJD_UTC whitelight_flux",
    ]
    lines = (f"{time:.8f} {light:.6f}" for time, light in zip(times, flux, strict=True))
    return ("\n".join([*head, *lines]) + "\n").encode()


# Hubble --------------------------------------------------------------------------------------------------------------
def _hubble_spectra(row: SampleRow) -> bytes:
    """An order (STIS) or a segment (COS) a row, wavelengths in angstroms, flux per angstrom."""
    is_cos = row.instrument.startswith("COS")
    rows = 2 if is_cos else _ORDERS
    all_waves = wavelengths_nm(row, SPECTRUM_CHANNELS * rows).reshape(rows, -1)
    jansky = relative_flux(row, all_waves.reshape(-1)).reshape(rows, -1) * 1e-3
    angstroms = all_waves * 10.0
    flux = jansky * _JANSKY * _LIGHT_ANGSTROM_S / angstroms**2
    error = flux * 0.03
    noise = np.random.default_rng(row.obsid).normal(0, 1, flux.shape) * error
    per_angstrom = "erg/s/cm**2/Angstrom"
    named = (
        Column("SEGMENT", np.array([b"FUVB", b"FUVA"]))
        if is_cos
        else Column("SPORDER", np.arange(90, 90 + rows, dtype="i2"))
    )
    columns = [
        named,
        Column("NELEM", np.full(rows, SPECTRUM_CHANNELS, "i4")),
        Column("WAVELENGTH", angstroms, "Angstroms"),
        Column("FLUX", flux + noise, per_angstrom),
        Column("ERROR", error, per_angstrom),
    ]
    return table_hdu("SCI", columns, [Card("EXPTIME", row.exptime_s, "[s] exposure time")])


def _events(row: SampleRow) -> bytes:
    """Photons with the seconds since the exposure's start; a little more of them towards its end."""
    random = np.random.default_rng(row.obsid)
    exposure_s = float(row.exptime_s or 0.0)
    seconds = np.sort(exposure_s * random.uniform(0, 1, _PHOTONS) ** 0.9)
    columns = [
        Column("TIME", seconds.astype("f4"), "s"),
        Column("RAWX", random.integers(0, 16384, _PHOTONS).astype("i2"), "pixel"),
        Column("RAWY", random.integers(0, 1024, _PHOTONS).astype("i2"), "pixel"),
    ]
    good = [Column("START", np.zeros(1), "s"), Column("STOP", np.array([exposure_s]), "s")]
    cards = [Card("EXPSTART", row.t_min, "[d] start, MJD UTC")]
    return table_hdu("EVENTS", columns, cards) + table_hdu("GTI", good)
