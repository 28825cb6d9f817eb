"""The spectral viewer: which spectra are asked for, how they are drawn, and the drawn numbers as a table."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from astropy import units as u
from django.http import QueryDict

from accounts.access import Person
from archive.models import Observation
from search.viewers import asked
from search.viewers.answers import csv_number, csv_row
from search.viewers.asked import WIDE, Span, axis_holding
from search.viewers.axes import Axis, Floats
from search.viewers.files import Source, ViewerError, local_path, sources_of
from search.viewers.groups import SPECTRUM_GROUPS
from search.viewers.lines import LINE_LISTS, MAX_Z, redshift_of_velocity, shifted_nm
from search.viewers.plot import Line, Marker, Plot
from search.viewers.spectra import MOST_SPECTRA, Spectrum, read_spectra

MOST_OBSERVATIONS = 10
MOST_TRACES = 20
MOST_MARKERS = 150
MAX_SMOOTHING = 501
WAVELENGTH_UNITS = {"um": u.um, "nm": u.nm, "Angstrom": u.AA}
FLUX_UNITS = {
    "Jy": u.Jy,
    "mJy": u.mJy,
    "uJy": u.uJy,
    "erg/s/cm2/Angstrom": u.erg / u.s / u.cm**2 / u.AA,
    "W/m2/um": u.W / u.m**2 / u.um,
    "MJy/sr": u.MJy / u.sr,
}
SHOWN_UNITS = {"um": "µm", "nm": "nm", "Angstrom": "Å"}


@dataclass(frozen=True)
class SpectrumAsked:
    """The state of the viewer, as the address says it. Ends of ranges are in the units shown."""

    obsids: tuple[int, ...]
    files: tuple[int, ...] = ()
    first: int = 0
    wavelength_unit: str = ""
    flux_unit: str = ""
    x: Span = WIDE
    y: Span = WIDE
    smoothing: int = 1
    band: bool = True
    grid: bool = True
    lists: tuple[str, ...] = ()
    redshift: float = 0.0
    hidden: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Trace:
    """A spectrum as it is drawn, in the units of the picture."""

    number: int
    source: Source
    spectrum: Spectrum
    hidden: bool

    @property
    def label(self) -> str:
        own = self.source.product
        return f"{own.filename} · {self.spectrum.label}" if self.spectrum.label else own.filename

    @property
    def samples(self) -> int:
        return len(self.spectrum.wavelength)

    @property
    def first(self) -> float:
        return float(self.spectrum.wavelength[0])

    @property
    def last(self) -> float:
        return float(self.spectrum.wavelength[-1])


@dataclass(frozen=True)
class SpectrumPage:
    """What the viewer shows. ``problems`` are files that are not drawn, and why."""

    asked: SpectrumAsked
    sources: tuple[Source, ...]
    traces: tuple[Trace, ...]
    problems: tuple[ViewerError, ...]
    plot: Plot | None
    left_out: int
    wavelength_unit: str = ""
    flux_unit: str = ""

    @property
    def is_drawn(self) -> bool:
        return bool(self.traces)


def parse_asked(query: QueryDict, obsid: int | None = None) -> SpectrumAsked:
    """What the address asks for.

    Raises
    ------
    ViewerError : a box that cannot be used, more than `MOST_OBSERVATIONS`.
    """
    others = asked.numbers_of(query, "obsid", "Observations", MOST_OBSERVATIONS)
    obsids = tuple(dict.fromkeys(((obsid,) if obsid is not None else ()) + others))
    if len(obsids) > MOST_OBSERVATIONS:
        raise ViewerError(
            f"More than {MOST_OBSERVATIONS} observations were chosen.", f"Choose at most {MOST_OBSERVATIONS}."
        )
    return SpectrumAsked(
        obsids=obsids,
        files=asked.numbers_of(query, "file", "Files", 100),
        first=asked.whole(query, "first", "First spectrum", 1, (1, 10_000_000)) - 1,
        wavelength_unit=asked.choice(query, "xunit", "Unit of wavelength", WAVELENGTH_UNITS, ""),
        flux_unit=asked.choice(query, "yunit", "Unit of flux", FLUX_UNITS, ""),
        x=asked.span(query, "x", "Wavelength"),
        y=asked.span(query, "y", "Flux"),
        smoothing=asked.whole(query, "smooth", "Smoothing", 1, (1, MAX_SMOOTHING)),
        band=asked.flag(query, "band", default=True),
        grid=asked.flag(query, "grid", default=True),
        lists=asked.several(query, "lines", "Line lists", [one.slug for one in LINE_LISTS]),
        redshift=_redshift(query),
        hidden=asked.numbers_of(query, "hide", "Hidden traces", MOST_TRACES),
    )


def _redshift(query: QueryDict) -> float:
    value = asked.number(query, "shift", "Doppler shift")
    if value is None:
        return 0.0
    if asked.choice(query, "shift_unit", "Doppler shift in", ("z", "km/s"), "z") == "km/s":
        try:
            return redshift_of_velocity(value)
        except ValueError as error:
            raise ViewerError(f"Doppler shift: {error}", "Give a smaller velocity, or a redshift.") from None
    if not -1.0 < value <= MAX_Z:
        raise ViewerError(f"Doppler shift: a redshift of {value:g} cannot be used.", f"Give z from -1 to {MAX_Z:g}.")
    return value


def spectrum_page(wanted: SpectrumAsked, person: Person, now: dt.datetime) -> SpectrumPage:
    """Read what may be read, and draw it."""
    sources = _chosen(sources_of(wanted.obsids, SPECTRUM_GROUPS, person, now, wanted.files), wanted)
    read, problems, left_out = _read(sources, wanted)
    drawn, others = _in_units(read, wanted)
    traces = tuple(
        Trace(number, source, _smoothed(spectrum, wanted.smoothing), number in wanted.hidden)
        for number, (source, spectrum) in enumerate(drawn, 1)
    )
    page = SpectrumPage(wanted, tuple(sources), traces, (*problems, *others), None, left_out)
    if not traces:
        return page
    units = traces[0].spectrum
    return replace(
        page,
        plot=_plot(traces, wanted),
        wavelength_unit=_name_of(units.wavelength_unit, WAVELENGTH_UNITS),
        flux_unit=_name_of(units.flux_unit, FLUX_UNITS),
    )


def _chosen(sources: Sequence[Source], wanted: SpectrumAsked) -> list[Source]:
    """Without a choice of files, the best of each observation."""
    if wanted.files:
        return list(sources)
    best: dict[int, str] = {}
    for source in sources:
        best.setdefault(source.obsid, source.product.product_group)
    return [source for source in sources if source.product.product_group == best[source.obsid]]


def _read(
    sources: Sequence[Source], wanted: SpectrumAsked
) -> tuple[list[tuple[Source, Spectrum]], list[ViewerError], int]:
    """Spectra with their files, what could not be read, and how many spectra were left out."""
    read: list[tuple[Source, Spectrum]] = []
    problems: list[ViewerError] = []
    left_out = 0
    for source in sources:
        try:
            with local_path(source) as path:
                found = read_spectra(path, first=wanted.first, most=min(MOST_SPECTRA, max(0, MOST_TRACES - len(read))))
        except ViewerError as error:
            problems.append(_named(error, source))
            continue
        read += [(source, spectrum) for spectrum in found.spectra]
        left_out += found.total - len(found.spectra)
    return read, problems, left_out


def _named(error: ViewerError, source: Source) -> ViewerError:
    name = source.product.filename
    return error if name in error.text else ViewerError(f"{name}: {error.text}", error.remedy)


# Units and smoothing -------------------------------------------------------------------------------------------------
def _in_units(
    read: Sequence[tuple[Source, Spectrum]], wanted: SpectrumAsked
) -> tuple[list[tuple[Source, Spectrum]], list[ViewerError]]:
    """All spectra in one pair of units: the asked ones, else those of the first."""
    if not read:
        return [], []
    first = read[0][1]
    to_wavelength = WAVELENGTH_UNITS.get(wanted.wavelength_unit, first.wavelength_unit)
    to_flux = FLUX_UNITS.get(wanted.flux_unit, first.flux_unit)
    drawn: list[tuple[Source, Spectrum]] = []
    problems: list[ViewerError] = []
    for source, spectrum in read:
        try:
            drawn.append((source, converted(spectrum, to_wavelength, to_flux)))
        except u.UnitConversionError:
            problems.append(
                ViewerError(
                    f"{source.product.filename} is in {spectrum.flux_unit:unicode}, which is not {to_flux:unicode}.",
                    "Choose another unit, or draw it alone.",
                )
            )
    return drawn, problems


def converted(spectrum: Spectrum, to_wavelength: u.UnitBase, to_flux: u.UnitBase) -> Spectrum:
    """The spectrum in other units; per frequency and per wavelength are one another's by the wavelength.

    Raises
    ------
    astropy.units.UnitConversionError : the units are of different kinds.
    """
    at = spectrum.wavelength * spectrum.wavelength_unit
    same = u.spectral_density(at)

    def as_flux(values: Floats) -> Floats:
        return np.asarray((values * spectrum.flux_unit).to_value(to_flux, same))

    return replace(
        spectrum,
        wavelength=np.asarray(at.to_value(to_wavelength, u.spectral())),
        flux=as_flux(spectrum.flux),
        error=None if spectrum.error is None else as_flux(spectrum.error),
        wavelength_unit=to_wavelength,
        flux_unit=to_flux,
    )


def _smoothed(spectrum: Spectrum, samples: int) -> Spectrum:
    if samples <= 1:
        return spectrum
    flux, count = boxcar(spectrum.flux, samples)
    error = spectrum.error
    if error is not None:
        squares, known = boxcar(error**2, samples)
        with np.errstate(invalid="ignore", divide="ignore"):
            error = np.sqrt(squares / known)
    return replace(spectrum, flux=np.where(count > 0, flux, np.nan), error=error)


def boxcar(values: Floats, samples: int) -> tuple[Floats, Floats]:
    """The mean of ``samples`` neighbours, those that are numbers, and how many they were; shape (n,) both."""
    known = np.isfinite(values)
    before = (samples - 1) // 2

    def sums(of: Floats) -> Floats:
        running = np.r_[0.0, np.cumsum(of)]
        low = np.clip(np.arange(len(of)) - before, 0, len(of))
        high = np.clip(np.arange(len(of)) - before + samples, 0, len(of))
        return np.asarray(running[high] - running[low])

    count = sums(known.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(sums(np.where(known, values, 0.0)) / count), count


# Drawing -------------------------------------------------------------------------------------------------------------
def _plot(traces: Sequence[Trace], wanted: SpectrumAsked) -> Plot:
    units = traces[0].spectrum
    seen = [trace.spectrum for trace in traces if not trace.hidden] or [trace.spectrum for trace in traces]
    heading = Axis("Wavelength", 0, 1, _text_of(units.wavelength_unit))
    x = axis_holding(heading, [one.wavelength for one in seen], wanted.x, 0.0)
    heading = Axis("Flux", 0, 1, _text_of(units.flux_unit))
    y = axis_holding(heading, [one.between(x.low, x.high).flux for one in seen], wanted.y, 0.06)
    lines = tuple(
        Line(
            trace.number,
            trace.spectrum.wavelength,
            trace.spectrum.flux,
            trace.spectrum.error if wanted.band else None,
            hidden=trace.hidden,
        )
        for trace in traces
    )
    label = f"Flux against wavelength of {len(traces)} spectr{'um' if len(traces) == 1 else 'a'}"
    return Plot(x, y, label, lines=lines, markers=_markers(wanted, units.wavelength_unit, x), grid=wanted.grid)


def _markers(wanted: SpectrumAsked, unit: u.UnitBase, x: Axis) -> tuple[Marker, ...]:
    scale = float(u.nm.to(unit, equivalencies=u.spectral()))
    lines = [line for one in LINE_LISTS if one.slug in wanted.lists for line in one.lines]
    places = ((shifted_nm(line, wanted.redshift) * scale, line.name) for line in lines)
    return tuple(Marker(place, name) for place, name in places if x.low <= place <= x.high)[:MOST_MARKERS]


def _text_of(unit: u.UnitBase) -> str:
    return "" if unit == u.dimensionless_unscaled else f"{unit:unicode}".replace("Angstrom", "Å")


def _name_of(unit: u.UnitBase, names: dict[str, u.UnitBase]) -> str:
    return next((name for name, known in names.items() if known == unit), "")


# The drawn numbers ---------------------------------------------------------------------------------------------------
def csv_lines(page: SpectrumPage) -> Iterator[str]:
    """The samples within the picture's wavelengths, smoothed and in its units, of every trace that is not hidden."""
    if page.plot is None:
        return
    units = page.traces[0].spectrum
    yield csv_row(["file", "spectrum", f"wavelength ({units.wavelength_unit})", f"flux ({units.flux_unit})", "error"])
    for trace in page.traces:
        if trace.hidden:
            continue
        part = trace.spectrum.between(page.plot.x.low, page.plot.x.high)
        error = np.full(len(part.flux), np.nan) if part.error is None else part.error
        names = [trace.source.product.filename, trace.spectrum.label]
        for numbers in zip(part.wavelength.tolist(), part.flux.tolist(), error.tolist(), strict=True):
            yield csv_row([*names, *map(csv_number, numbers)])


def observations_of(obsids: Sequence[int]) -> list[Observation]:
    """The observations in the order asked for; those that the archive does not have are left out."""
    found = {row.obsid: row for row in Observation.objects.filter(pk__in=obsids).defer("footprint", "s_region")}
    return [found[obsid] for obsid in obsids if obsid in found]
