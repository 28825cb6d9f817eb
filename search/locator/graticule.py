"""Lines of equal RA and Dec on a chart, at round steps, with their labels."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from archive.sky.vectors import Floats, unit_vectors
from search.locator.tangent import View, open_path

GRID_POINTS = 48
#: Room for a label such as “00h 42m 44s”.
LABEL_PX = 78.0
#: Round angles, the widest first.
STEPS_DEG = (
    30,
    15,
    10,
    5,
    2,
    1,
    *(arcmin / 60 for arcmin in (30, 15, 10, 5, 2, 1)),
    *(s / 3600 for s in (30, 15, 5, 2, 1)),
)
RA_STEPS_DEG = tuple(
    hours * 15
    for hours in (2, 1, *(m / 60 for m in (30, 20, 10, 5, 2, 1)), *(s / 3600 for s in (30, 10, 5, 2, 1, 0.5, 0.2, 0.1)))
)


@dataclass(frozen=True)
class Label:
    text: str
    x: float
    y: float


class Graticule:
    """Lines of equal RA and Dec with their labels."""

    def __init__(self, view: View, ra_deg: float, dec_deg: float) -> None:
        self._view = view
        self._ra, self._dec = ra_deg, dec_deg
        half_height = math.atan(view.half_field * view.height / view.width)
        self._reach_deg = min(math.degrees(half_height) * 1.6, 89.0)
        self._dec_step = self._step(STEPS_DEG, 1.0)
        self._ra_step = self._step(RA_STEPS_DEG, max(math.cos(math.radians(dec_deg)), 0.02))

    def _step(self, steps_deg: Iterable[float], shrink: float) -> float:
        """The smallest round step whose lines stand far enough apart for their labels."""
        wide_enough = [step for step in steps_deg if self._view.length_px(min(step * shrink, 60.0)) >= LABEL_PX]
        return min(wide_enough, default=max(steps_deg))

    def lines(self) -> tuple[tuple[str, ...], tuple[Label, ...], tuple[Label, ...]]:
        """Path data, the labels of RA along the bottom, the labels of Dec along the left."""
        paths: list[str] = []
        ra_labels: list[Label] = []
        dec_labels: list[Label] = []
        for dec in self._decs():
            pixels = self._view.points(unit_vectors(self._ra + self._ra_span(), np.full(GRID_POINTS, dec)))
            paths.append(open_path(pixels))
            dec_labels.extend(self._dec_label(dec, pixels))
        for ra in self._ras():
            pixels = self._view.points(unit_vectors(np.full(GRID_POINTS, ra), self._dec_span()))
            paths.append(open_path(pixels))
            ra_labels.extend(self._ra_label(ra, pixels))
        return tuple(filter(None, paths)), tuple(ra_labels), tuple(dec_labels)

    def _decs(self) -> Iterator[float]:
        low, high = max(self._dec - self._reach_deg, -89.9), min(self._dec + self._reach_deg, 89.9)
        return (
            n * self._dec_step for n in range(math.ceil(low / self._dec_step), math.floor(high / self._dec_step) + 1)
        )

    def _ras(self) -> Iterator[float]:
        half = self._half_ra_deg()
        first, last = math.ceil((self._ra - half) / self._ra_step), math.floor((self._ra + half) / self._ra_step)
        return (n * self._ra_step for n in range(first, min(last, first + round(360 / self._ra_step) - 1) + 1))

    def _half_ra_deg(self) -> float:
        nearest_pole = abs(self._dec) + self._reach_deg
        if nearest_pole >= 90:
            return 180.0
        return min(self._reach_deg / math.cos(math.radians(nearest_pole)), 180.0)

    def _ra_span(self) -> Floats:
        half = self._half_ra_deg()
        return np.linspace(-half, half, GRID_POINTS)

    def _dec_span(self) -> Floats:
        return np.linspace(max(self._dec - self._reach_deg, -89.9), min(self._dec + self._reach_deg, 89.9), GRID_POINTS)

    def _dec_label(self, dec: float, pixels: Floats) -> Iterable[Label]:
        y = _crossing(pixels, 0, 4.0)
        if y is not None and 54 < y < self._view.height - 54:
            yield Label(_dec_text(dec, self._dec_step), 4.0, round(y - 4, 1))

    def _ra_label(self, ra: float, pixels: Floats) -> Iterable[Label]:
        x = _crossing(pixels, 1, self._view.height - 8)
        if x is not None and 110 < x < self._view.width - 30:
            yield Label(_ra_text(ra % 360.0, self._ra_step), round(x, 1), self._view.height - 8)


def _crossing(pixels: Floats, axis: int, at: float) -> float | None:
    """The other coordinate where a line first crosses ``at`` along an axis."""
    side = pixels[:, axis] - at
    changes = np.flatnonzero(side[:-1] * side[1:] <= 0) if len(pixels) > 1 else np.array([], dtype=int)
    if not len(changes):
        return None
    i = int(changes[0])
    run = side[i] - side[i + 1]
    share = side[i] / run if run else 0.0
    return float(pixels[i, 1 - axis] + share * (pixels[i + 1, 1 - axis] - pixels[i, 1 - axis]))


def _dec_text(dec_deg: float, step_deg: float) -> str:
    sign = "-" if dec_deg < -1e-9 else "+"
    seconds = round(abs(dec_deg) * 3600)
    text = f"{sign}{seconds // 3600:02d}°"
    if step_deg < 1:
        text += f" {seconds // 60 % 60:02d}′"
    return text + (f" {seconds % 60:02d}″" if step_deg < 1 / 60 else "")


def _ra_text(ra_deg: float, step_deg: float) -> str:
    tenths = round(ra_deg / 15 * 36000) % (24 * 36000)
    text = f"{tenths // 36000:02d}h"
    if step_deg < 15:
        text += f" {tenths // 600 % 60:02d}m"
    if step_deg < 0.25:
        text += f" {tenths // 10 % 60:02d}s" if step_deg >= 1 / 240 else f" {tenths // 10 % 60:02d}.{tenths % 10}s"
    return text
