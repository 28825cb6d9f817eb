"""Files for the viewers, written by astropy: what a test expects does not come from our own writer."""

import io
from typing import Any

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.table import Table

from archive.models import Observation, Product
from archive.standins import record_stored, store_bytes
from archive.storage import archive_storage
from tests.factories import make_product

MIDDLE = 59770.5  # MJD UTC


def fits_bytes(*units: Any, **cards: Any) -> bytes:
    primary = fits.PrimaryHDU()
    primary.header.update(cards)
    out = io.BytesIO()
    fits.HDUList([primary, *units]).writeto(out)
    return out.getvalue()


def table_unit(name: str, **columns: Any) -> fits.BinTableHDU:
    """A table extension from quantities and arrays."""
    unit = fits.table_to_hdu(Table(columns))
    unit.name = name
    return unit


def x1d_bytes(samples: int = 50, *, low: float = 1.0, slope: float = 2e-3) -> bytes:
    """A spectrum from ``low`` to ``low + 1`` µm that rises from 1 mJy."""
    wavelength = np.linspace(low, low + 1, samples) * u.um
    flux = (1e-3 + slope * (wavelength.value - low)) * u.Jy
    return fits_bytes(table_unit("EXTRACT1D", WAVELENGTH=wavelength, FLUX=flux, FLUX_ERROR=flux * 0.1))


def orders_bytes() -> bytes:
    """Two orders as STIS writes them, the second shorter than its cells, wavelengths falling."""
    waves = np.array([[1300.0, 1301.0, 1302.0, 1303.0], [1203.0, 1202.0, 1201.0, 0.0]])
    unit = table_unit(
        "SCI",
        SPORDER=np.array([90, 91], "i2"),
        NELEM=np.array([4, 3], "i4"),
        WAVELENGTH=waves,
        FLUX=np.arange(8.0).reshape(2, 4) * 1e-14,
        ERROR=np.full((2, 4), 1e-15),
    )
    unit.columns["WAVELENGTH"].unit = "Angstroms"
    unit.columns["FLUX"].unit = "erg/s/cm**2/Angstrom"
    return fits_bytes(unit)


def whtlt_bytes(time: Any, flux: Any) -> bytes:
    """A white-light table, ECSV."""
    out = io.StringIO()
    Table({"MJD_UTC": time * u.d, "whitelight_flux": flux * u.Jy}).write(out, format="ascii.ecsv")
    return out.getvalue().encode()


def store(observation: Observation, content: bytes, filename: str, group: str, **fields: Any) -> Product:
    """A held file with these bytes."""
    extension = filename[filename.rindex(".") :]
    product = make_product(
        observation, filename=filename, product_group=group, extension=extension, size_bytes=len(content), **fields
    )
    record_stored([store_bytes(product, content, archive_storage())], stand_in=False)
    product.refresh_from_db()
    return product
