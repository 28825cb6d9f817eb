"""Spectra as they are read, smoothed and converted, against astropy and numpy on the same numbers."""

from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits

from search.viewers.files import ViewerError
from search.viewers.spectra import read_spectra, unit_named
from search.viewers.spectrum import boxcar, converted
from tests.viewer_files import fits_bytes, orders_bytes, table_unit, x1d_bytes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.fits"


def test_a_jwst_spectrum_has_the_numbers_and_units_that_astropy_reads(path: Path) -> None:
    path.write_bytes(x1d_bytes())
    (spectrum,) = read_spectra(path).spectra
    with fits.open(path) as units:
        data = units["EXTRACT1D"].data
        np.testing.assert_array_equal(spectrum.wavelength, data["WAVELENGTH"])
        np.testing.assert_array_equal(spectrum.flux, data["FLUX"])
        np.testing.assert_array_equal(spectrum.error, data["FLUX_ERROR"])
    assert (spectrum.wavelength_unit, spectrum.flux_unit) == (u.um, u.Jy)


def test_each_order_is_a_spectrum_with_its_own_length_and_rising_wavelengths(path: Path) -> None:
    path.write_bytes(orders_bytes())
    first, second = read_spectra(path).spectra
    assert (first.label, second.label) == ("order 90", "order 91")
    assert first.wavelength.tolist() == [1300.0, 1301.0, 1302.0, 1303.0]
    assert second.wavelength.tolist() == [1201.0, 1202.0, 1203.0]
    assert second.flux.tolist() == pytest.approx([6e-14, 5e-14, 4e-14])
    assert first.wavelength_unit == u.AA
    assert first.flux_unit == u.erg / u.s / u.cm**2 / u.AA


def test_only_the_asked_spectra_are_read_and_all_are_counted(path: Path) -> None:
    waves = np.tile(np.linspace(1, 2, 4), (30, 1))
    unit = table_unit("EXTRACT1D", INT_NUM=np.arange(1, 31), WAVELENGTH=waves * u.um, FLUX=waves * u.Jy)
    path.write_bytes(fits_bytes(unit))
    found = read_spectra(path, first=12, most=3)
    assert [spectrum.label for spectrum in found.spectra] == ["integration 13", "integration 14", "integration 15"]
    assert found.total == 30


def test_several_tables_are_several_spectra(path: Path) -> None:
    units = [table_unit("EXTRACT1D", WAVELENGTH=np.ones(3) * u.um, FLUX=np.ones(3) * n * u.Jy) for n in (1, 2)]
    units[1].header["SOURCEID"] = 77
    path.write_bytes(fits_bytes(*units))
    first, second = read_spectra(path).spectra
    assert second.label == "source 77"
    assert (first.flux[0], second.flux[0]) == (1.0, 2.0)


def test_an_extended_source_without_flux_shows_its_surface_brightness(path: Path) -> None:
    waves = np.linspace(1, 2, 4)
    unit = table_unit(
        "EXTRACT1D", WAVELENGTH=waves * u.um, FLUX=waves * np.nan * u.Jy, SURF_BRIGHT=waves * u.MJy / u.sr
    )
    path.write_bytes(fits_bytes(unit))
    (spectrum,) = read_spectra(path).spectra
    assert spectrum.flux_unit == u.MJy / u.sr
    assert spectrum.flux.tolist() == waves.tolist()


@pytest.mark.parametrize(
    "content",
    [b"", b"no FITS at all", fits_bytes(), fits_bytes(table_unit("EVENTS", TIME=np.ones(3))), x1d_bytes()[:3000]],
    ids=["empty", "text", "no table", "another table", "cut off"],
)
def test_what_is_no_spectrum_is_refused_with_a_remedy(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ViewerError) as refused:
        read_spectra(path)
    assert refused.value.remedy


def test_units_convert_as_astropy_converts_them(path: Path) -> None:
    path.write_bytes(x1d_bytes())
    (spectrum,) = read_spectra(path).spectra
    per_angstrom = u.erg / u.s / u.cm**2 / u.AA
    changed = converted(spectrum, u.AA, per_angstrom)
    wave = spectrum.wavelength * u.um
    expected = (spectrum.flux * u.Jy).to(per_angstrom, u.spectral_density(wave))
    np.testing.assert_allclose(changed.flux, expected.value, rtol=1e-12)
    np.testing.assert_allclose(changed.wavelength, spectrum.wavelength * 1e4, rtol=1e-12)


def test_smoothing_is_the_mean_of_neighbours_and_skips_gaps() -> None:
    values = np.random.default_rng(4).normal(size=101)
    mean, count = boxcar(values, 7)
    expected = np.convolve(values, np.ones(7) / 7, mode="same")
    np.testing.assert_allclose(mean[3:-3], expected[3:-3])
    assert count[50] == 7
    assert count[0] == 4
    values[50] = np.nan
    mean, count = boxcar(values, 3)
    assert mean[50] == pytest.approx((values[49] + values[51]) / 2)
    assert count[50] == 2


@pytest.mark.parametrize(
    ("text", "unit"), [("Angstroms", u.AA), ("micron", u.um), ("um", u.um), (None, u.nm), ("nonsense**", u.nm)]
)
def test_units_are_read_as_headers_spell_them(text: str | None, unit: u.UnitBase) -> None:
    assert unit_named(text, u.nm) == unit
