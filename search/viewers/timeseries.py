"""The time series viewer: which light curves are asked for, folded by a period, and their periodogram."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from astropy.timeseries import LombScargle
from django.http import QueryDict

from accounts.access import Person
from search.viewers import asked
from search.viewers.answers import csv_number, csv_row
from search.viewers.asked import WIDE, Span, axis_holding
from search.viewers.axes import Axis, Floats
from search.viewers.files import Source, ViewerError, local_path, sources_of
from search.viewers.groups import SERIES_GROUPS
from search.viewers.plot import Line, Marker, Plot, Points
from search.viewers.series import Series, read_series

MOST_CURVES = 10
#: Frequencies of a periodogram, and samples that it takes; longer series are averaged to so many first.
MOST_FREQUENCIES, MOST_FITTED = 20_000, 20_000
#: Samples up to which a curve is drawn as points.
MOST_POINTS = 3_000
UNITS_OF_PERIOD = {"d": 1.0, "h": 1 / 24, "min": 1 / 1440}


Place = Callable[[Series], Floats]
Drawn = tuple[tuple[Line, ...], tuple[Points, ...]]


@dataclass(frozen=True)
class SeriesAsked:
    """The state of the viewer, as the address says it. ``period_d`` of None: not folded."""

    obsid: int
    files: tuple[int, ...] = ()
    x: Span = WIDE
    y: Span = WIDE
    period_d: float | None = None
    epoch: float | None = None
    normalised: bool = False
    band: bool = True
    grid: bool = True
    periodogram: bool = True
    hidden: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Curve:
    number: int
    source: Source
    series: Series
    hidden: bool

    @property
    def label(self) -> str:
        return f"{self.source.product.filename} · {self.series.label}"


@dataclass(frozen=True)
class Peak:
    """The highest peak of a periodogram. ``chance`` is its false alarm probability for independent frequencies."""

    period_d: float
    power: float
    chance: float


@dataclass(frozen=True)
class SeriesPage:
    asked: SeriesAsked
    sources: tuple[Source, ...]
    curves: tuple[Curve, ...]
    problems: tuple[ViewerError, ...]
    plot: Plot | None = None
    folded: Plot | None = None
    periodogram: Plot | None = None
    peak: Peak | None = None
    left_out: int = 0

    @property
    def is_drawn(self) -> bool:
        return bool(self.curves)


def parse_asked(query: QueryDict, obsid: int) -> SeriesAsked:
    """What the address asks for.

    Raises
    ------
    ViewerError : a box that cannot be used.
    """
    period = asked.number(query, "period", "Period")
    unit = asked.choice(query, "period_unit", "Unit of period", UNITS_OF_PERIOD, "d")
    if period is not None and not 1e-9 < period < 1e9:
        raise ViewerError(f"Period: {period:g} cannot be used.", "Give a number above 0.")
    return SeriesAsked(
        obsid=obsid,
        files=asked.numbers_of(query, "file", "Files", 100),
        x=asked.span(query, "x", "Time"),
        y=asked.span(query, "y", "Flux"),
        period_d=None if period is None else period * UNITS_OF_PERIOD[unit],
        epoch=asked.number(query, "epoch", "Epoch"),
        normalised=asked.flag(query, "normalise"),
        band=asked.flag(query, "band", default=True),
        grid=asked.flag(query, "grid", default=True),
        periodogram=asked.flag(query, "periodogram", default=True),
        hidden=asked.numbers_of(query, "hide", "Hidden curves", MOST_CURVES),
    )


def series_page(wanted: SeriesAsked, person: Person, now: dt.datetime) -> SeriesPage:
    """Read what may be read, and draw it."""
    sources = sources_of([wanted.obsid], SERIES_GROUPS, person, now, wanted.files)
    if not wanted.files and sources:
        best = sources[0].product.product_group
        sources = [source for source in sources if source.product.product_group == best]
    curves, problems = _read(sources, wanted)
    page = SeriesPage(wanted, tuple(sources), curves[:MOST_CURVES], tuple(problems), left_out=len(curves[MOST_CURVES:]))
    if not page.curves:
        return page
    shown = [curve for curve in page.curves if not curve.hidden] or list(page.curves)
    plot = _light_curve(page.curves, shown, wanted)
    page = replace(page, plot=plot, folded=_folded(page.curves, shown, wanted) if wanted.period_d else None)
    return _with_periodogram(page, _within(shown[0].series, plot.x)) if wanted.periodogram else page


def _read(sources: Sequence[Source], wanted: SeriesAsked) -> tuple[tuple[Curve, ...], list[ViewerError]]:
    curves: list[Curve] = []
    problems: list[ViewerError] = []
    for source in sources:
        name = source.product.filename
        try:
            with local_path(source) as path:
                found = read_series(path, source.product.product_group)
        except ViewerError as error:
            problems.append(error if name in error.text else ViewerError(f"{name}: {error.text}", error.remedy))
            continue
        for series in found:
            number = len(curves) + 1
            drawn = normalised(series) if wanted.normalised else series
            curves.append(Curve(number, source, drawn, number in wanted.hidden))
    return tuple(curves), problems


def normalised(series: Series) -> Series:
    """Divided by its median."""
    middle = float(np.median(series.flux))
    if not middle:
        return series
    error = None if series.error is None else series.error / abs(middle)
    return replace(series, flux=series.flux / middle, error=error, flux_unit="of the median")


def _within(series: Series, axis: Axis) -> Series:
    inside = (series.time >= axis.low) & (series.time <= axis.high)
    error = None if series.error is None else series.error[inside]
    return replace(series, time=series.time[inside], flux=series.flux[inside], error=error)


# Pictures ------------------------------------------------------------------------------------------------------------
def _light_curve(curves: Sequence[Curve], shown: Sequence[Curve], wanted: SeriesAsked) -> Plot:
    first = shown[0].series
    x = axis_holding(Axis("Time", 0, 1, first.time_label), [curve.series.time for curve in shown], wanted.x, 0.02)
    inside = [_within(curve.series, x).flux for curve in shown]
    y = axis_holding(Axis("Flux", 0, 1, first.flux_unit), inside, wanted.y, 0.06)
    lines, points = _drawn(curves, wanted, lambda series: series.time)
    label = f"Flux against time of {len(curves)} light curve{'' if len(curves) == 1 else 's'}"
    return Plot(x, y, label, lines=lines, points=points, grid=wanted.grid)


def _folded(curves: Sequence[Curve], shown: Sequence[Curve], wanted: SeriesAsked) -> Plot:
    first = shown[0].series
    y = axis_holding(Axis("Flux", 0, 1, first.flux_unit), [curve.series.flux for curve in shown], wanted.y, 0.06)
    lines, points = _drawn(curves, wanted, lambda series: phases(series.time, wanted), folded=True)
    x = Axis("Phase", -0.5, 0.5)
    label = f"Flux against phase, folded by {wanted.period_d:.8g} d"
    return Plot(x, y, label, lines=lines, points=points, grid=wanted.grid, name="folded", drags="read")


def phases(time: Floats, wanted: SeriesAsked) -> Floats:
    """Phases from -0.5 to 0.5; 0 is the epoch, by default the first sample's time."""
    epoch = float(time[0]) if wanted.epoch is None else wanted.epoch
    cycles = (time - epoch) / (wanted.period_d or 1.0)
    return np.asarray(cycles - np.floor(cycles + 0.5))


def _drawn(curves: Sequence[Curve], wanted: SeriesAsked, place: Place, *, folded: bool = False) -> Drawn:
    """A line for long series, points for short and folded ones."""
    lines: list[Line] = []
    points: list[Points] = []
    for curve in curves:
        series, x = curve.series, place(curve.series)
        colour = f"trace trace-{curve.number}{' off' if curve.hidden else ''}"
        error = series.error if wanted.band and not folded else None
        if series.samples <= MOST_POINTS:
            points.append(Points(colour, x, series.flux, trace=curve.number, radius=1.8))
        if not folded and (series.samples > MOST_POINTS or error is not None):
            lines.append(Line(curve.number, x, series.flux, error, hidden=curve.hidden))
        if folded and series.samples > MOST_POINTS:
            chosen = np.linspace(0, series.samples - 1, MOST_POINTS).astype(np.int64)
            points.append(Points(colour, x[chosen], series.flux[chosen], trace=curve.number, radius=1.8))
    return tuple(lines), tuple(points)


# Periodogram ---------------------------------------------------------------------------------------------------------
def _with_periodogram(page: SeriesPage, series: Series) -> SeriesPage:
    try:
        frequency, power, peak = periodogram(series)
    except ViewerError as error:
        return replace(page, problems=(*page.problems, error))
    period = 1.0 / frequency[::-1]
    x = Axis("Period", float(period[0]), float(period[-1]), "d", log=True)
    y = Axis("Power", 0.0, max(1e-6, float(power.max()) * 1.1))
    plot = Plot(
        x,
        y,
        f"Lomb-Scargle power against period; the highest peak is at {peak.period_d:.6g} d",
        lines=(Line(1, period, power[::-1]),),
        markers=(Marker(peak.period_d, f"{peak.period_d:.6g} d"),),
        grid=page.asked.grid,
        name="periodogram",
        height=280,
        drags="read",
    )
    return replace(page, periodogram=plot, peak=peak)


def periodogram(series: Series) -> tuple[Floats, Floats, Peak]:
    """The Lomb-Scargle periodogram: frequencies in 1/d (n,), power (n,) in the standard normalisation, highest peak.

    From one cycle in the whole series up to the mean Nyquist frequency, five samples a peak, at most
    `MOST_FREQUENCIES`. Series longer than `MOST_FITTED` are averaged over neighbours first.

    Raises
    ------
    ViewerError : fewer than ten samples, or nothing varies.
    """
    time, flux = _averaged(series)
    if len(time) < 10 or series.span_d <= 0 or not np.ptp(flux) > 0:
        raise ViewerError("The periodogram needs at least ten samples that vary.", "Draw a longer part of the series.")
    lowest, highest = 1.0 / series.span_d, 0.5 * len(time) / series.span_d
    count = int(min(MOST_FREQUENCIES, max(50, 5 * len(time))))
    frequency = np.linspace(lowest, highest, count)
    fit = LombScargle(time - time[0], flux)
    power = np.asarray(fit.power(frequency, assume_regular_frequency=True))
    power = np.where(np.isfinite(power), power, 0.0)
    best = int(np.argmax(power))
    chance = float(fit.false_alarm_probability(power[best], method="naive", maximum_frequency=highest))
    return frequency, power, Peak(float(1.0 / frequency[best]), float(power[best]), chance)


def _averaged(series: Series) -> tuple[Floats, Floats]:
    step = -(-series.samples // MOST_FITTED)
    if step == 1:
        return series.time, series.flux
    whole = series.samples // step * step
    shape = (-1, step)
    return series.time[:whole].reshape(shape).mean(axis=1), series.flux[:whole].reshape(shape).mean(axis=1)


# The drawn numbers ---------------------------------------------------------------------------------------------------
def csv_lines(page: SeriesPage) -> Iterator[str]:
    """The samples within the picture's times of every curve that is not hidden; with a period their phases too."""
    if page.plot is None:
        return
    first = page.curves[0].series
    yield csv_row(["file", "series", f"time ({first.time_label})", f"flux ({first.flux_unit})", "error", "phase"])
    for curve in page.curves:
        if curve.hidden:
            continue
        part = _within(curve.series, page.plot.x)
        nothing = np.full(part.samples, np.nan)
        error = nothing if part.error is None else part.error
        phase = phases(part.time, page.asked) if page.asked.period_d and part.samples else nothing
        names = [curve.source.product.filename, part.label]
        for numbers in zip(part.time.tolist(), part.flux.tolist(), error.tolist(), phase.tolist(), strict=True):
            yield csv_row([*names, *map(csv_number, numbers)])
