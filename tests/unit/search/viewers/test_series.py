"""Light curves as they are read, folded and searched for periods, against astropy on the same numbers."""

from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.timeseries import LombScargle

from search.viewers.files import ViewerError
from search.viewers.series import Series, read_series
from search.viewers.timeseries import SeriesAsked, normalised, periodogram, phases
from tests.viewer_files import MIDDLE, fits_bytes, table_unit, whtlt_bytes


def test_a_white_light_table_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    time, flux = MIDDLE + np.array([0.2, 0.0, 0.1]), np.array([3.0, 1.0, np.nan])
    path = tmp_path / "whtlt.ecsv"
    path.write_bytes(whtlt_bytes(time, flux))
    (series,) = read_series(path, "WHTLT")
    assert series.time.tolist() == [MIDDLE, MIDDLE + 0.2]
    assert series.flux.tolist() == [1.0, 3.0]
    assert (series.time_label, series.flux_unit, series.label) == ("MJD UTC", "Jy", "whitelight_flux")


def test_integrations_become_white_light(tmp_path: Path) -> None:
    flux = np.arange(12.0).reshape(3, 4)
    flux[1, 2] = np.nan
    waves = np.tile(np.linspace(1, 2, 4), (3, 1))
    unit = table_unit("EXTRACT1D", WAVELENGTH=waves * u.um, FLUX=flux * u.Jy)
    unit = table_unit(
        "EXTRACT1D", **{"MJD-AVG": MIDDLE + np.arange(3.0), "WAVELENGTH": waves * u.um, "FLUX": flux * u.Jy}
    )
    path = tmp_path / "x1dints.fits"
    path.write_bytes(fits_bytes(unit))
    (series,) = read_series(path, "X1DINTS")
    np.testing.assert_allclose(series.flux, np.nanmean(flux, axis=1))
    assert series.time.tolist() == [MIDDLE, MIDDLE + 1, MIDDLE + 2]


def test_older_products_have_a_table_an_integration(tmp_path: Path) -> None:
    units = []
    for number in range(3):
        unit = table_unit("EXTRACT1D", WAVELENGTH=np.linspace(1, 2, 4) * u.um, FLUX=np.full(4, 1.0 + number) * u.Jy)
        unit.header["MJD-AVG"] = MIDDLE + number
        units.append(unit)
    path = tmp_path / "x1dints.fits"
    path.write_bytes(fits_bytes(*units))
    (series,) = read_series(path, "X1DINTS")
    assert series.flux.tolist() == [1.0, 2.0, 3.0]
    assert series.time.tolist() == [MIDDLE, MIDDLE + 1, MIDDLE + 2]


def test_photons_are_counted_in_equal_parts(tmp_path: Path) -> None:
    seconds = np.random.default_rng(1).uniform(0, 1000, 20_000)
    path = tmp_path / "corrtag.fits"
    path.write_bytes(fits_bytes(table_unit("EVENTS", TIME=seconds * u.s), EXPSTART=MIDDLE))
    (series,) = read_series(path, "CORRTAG_A")
    counts, edges = np.histogram(seconds, bins=500)
    np.testing.assert_allclose(series.flux, counts / (edges[1] - edges[0]))
    assert series.time[0] == pytest.approx(MIDDLE + (edges[0] + edges[1]) / 2 / 86400)
    assert series.flux_unit == "1/s"


@pytest.mark.parametrize("group", ["WHTLT", "X1DINTS", "CORRTAG_A"])
@pytest.mark.parametrize("content", [b"", b"%ECSV nonsense", fits_bytes()], ids=["empty", "text", "no table"])
def test_what_is_no_series_is_refused_with_a_remedy(tmp_path: Path, group: str, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ViewerError) as refused:
        read_series(path, group)
    assert refused.value.remedy


def wave(period_d: float) -> Series:
    random = np.random.default_rng(7)
    time = np.sort(MIDDLE + random.uniform(0, 10, 400))
    flux = 5 + np.sin(2 * np.pi * time / period_d) + random.normal(0, 0.1, 400)
    return Series("wave", time, flux, None, "MJD UTC", "Jy")


def test_the_periodogram_finds_the_period_and_is_that_of_astropy() -> None:
    series = wave(0.731)
    frequency, power, peak = periodogram(series)
    assert peak.period_d == pytest.approx(0.731, rel=5e-3)
    assert peak.chance < 1e-6
    some = frequency[::101]
    expected = LombScargle(series.time, series.flux).power(some, method="slow")
    np.testing.assert_allclose(power[::101], expected, atol=2e-3)


@pytest.mark.parametrize("flux", [np.ones(50), np.ones(3)])
def test_what_does_not_vary_has_no_period(flux: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    series = Series("flat", MIDDLE + np.arange(float(len(flux))), flux, None, "MJD UTC", "Jy")
    with pytest.raises(ViewerError):
        periodogram(series)


def test_phases_lie_around_the_epoch() -> None:
    wanted = SeriesAsked(1, period_d=2.0, epoch=MIDDLE)
    found = phases(MIDDLE + np.array([0.0, 0.5, 1.5, 2.0, -0.5]), wanted)
    assert found.tolist() == [0.0, 0.25, -0.25, 0.0, -0.25]


def test_a_normalised_series_has_the_median_one() -> None:
    assert np.median(normalised(wave(0.5)).flux) == pytest.approx(1.0)
