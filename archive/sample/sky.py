"""The synthetic sky: stars and glow around a target, the same for every image that looks there."""

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from archive.sample.geometry import Floats
from archive.sample.targets import Look, Target

#: Stars within this distance of the target, arcsec: enough for a mosaic of both NIRCam modules.
_REACH_ARCSEC = 420.0
_STARS = {Look.CLUSTER: 5000, Look.FIELD: 700, Look.LENS: 800, Look.PLANET: 60, Look.STAR: 120}
_STARS_ELSEWHERE = 1500


@dataclass(frozen=True)
class Stars:
    """Point sources in the plane of a target: (n,) offsets to the east and north in arcsec, and fluxes in MJy/sr."""

    east: Floats
    north: Floats
    flux: Floats
    redness: Floats  # 0 blue … 1 red


def _generator(target: Target) -> np.random.Generator:
    return np.random.default_rng(int.from_bytes(hashlib.sha256(target.name.encode()).digest()[:8], "big"))


@cache
def stars_of(target: Target) -> Stars:
    """The stars around a target; what a single star or quasar is stands in its middle."""
    random = _generator(target)
    number = _STARS.get(target.look, _STARS_ELSEWHERE)
    radius = _REACH_ARCSEC * np.sqrt(random.uniform(size=number))
    if target.look in {Look.CLUSTER, Look.LENS}:
        radius = target.size_arcsec * np.sqrt(1 / np.clip(random.uniform(size=number), 0.003, 1) - 1)
    angle = random.uniform(0, 2 * np.pi, number)
    flux = 2.0 * random.pareto(1.1, number) + 1.0
    redness = random.beta(2, 2, number)
    east, north = radius * np.cos(angle), radius * np.sin(angle)
    if target.look is Look.STAR:
        east[0], north[0], flux[0] = 0.0, 0.0, 900.0
    if target.look is Look.RING:
        east[0], north[0], flux[0] = 0.0, 0.0, 60.0
    return Stars(east, north, np.clip(flux, 0, 3000), redness)


def brightness(wavelength_nm: float, redness: Floats) -> Floats:
    """How much of a star's flux is seen: blue stars fade to long waves, red ones grow."""
    factor: Floats = (wavelength_nm / 2000.0) ** (1.6 * redness - 1.0)
    return np.clip(factor, 0.02, 6.0)


def glow(target: Target, wavelength_nm: float, east: Floats, north: Floats) -> Floats:
    """Extended light at offsets from the target (any shape, arcsec), MJy/sr."""
    radius, angle = np.hypot(east, north), np.arctan2(north, east)
    size = target.size_arcsec
    sky = np.full(radius.shape, 0.3 + 0.05 * np.log10(wavelength_nm / 100.0))
    if target.look is Look.RING:
        width = size * (0.16 + 0.05 * np.log10(wavelength_nm / 300.0))
        knots = 1 + 0.25 * np.sin(9 * angle + radius / 5) * np.sin(4 * angle)
        halo = 0.8 * np.exp(-radius / (1.6 * size)) * (1 + 0.4 * np.sin(radius / 4))
        return np.asarray(sky + 14 * knots * np.exp(-(((radius - size) / width) ** 2)) + halo)
    if target.look is Look.SPIRAL:
        arms = 1 + 0.8 * np.cos(2 * angle - 4.5 * np.log1p(radius / (0.25 * size)))
        return np.asarray(sky + 12 * np.exp(-radius / (0.12 * size)) + 5 * arms * np.exp(-radius / (0.9 * size)))
    if target.look is Look.NEBULA:
        return sky + _clouds(target, east, north) * 6
    if target.look is Look.PLANET:
        edge = np.sqrt(np.clip(1 - (radius / size) ** 2, 0, 1))
        return sky + 400 * edge * (1 + 0.15 * np.sin(north / 2.2))
    return sky + _galaxies(target, east, north)


def _clouds(target: Target, east: Floats, north: Floats) -> Floats:
    """Folds of gas: a sum of waves of ever smaller scale, bent by one another."""
    random = _generator(target)
    light = np.zeros(east.shape)
    bend = np.zeros(east.shape)
    for octave in range(7):
        waves = np.zeros(east.shape)
        for _ in range(3):
            scale = 2.2 * target.size_arcsec / 1.8**octave * random.uniform(0.7, 1.4)
            direction, phase = random.uniform(0, np.pi), random.uniform(0, 2 * np.pi)
            along = (east * np.cos(direction) + north * np.sin(direction)) / scale
            waves += np.sin(2 * np.pi * along + phase + 0.9 * bend) / 2
        light += waves / 1.5**octave
        bend = waves
    folded: Floats = np.clip(0.8 + 0.5 * light, 0.02, None) ** 1.6
    return folded


def _galaxies(target: Target, east: Floats, north: Floats) -> Floats:
    """Faint galaxies: ellipses of many sizes; brighter towards the middle of a cluster of galaxies."""
    random = _generator(target)
    light = np.zeros(east.shape)
    for _ in range(70):
        spread = target.size_arcsec if target.look is Look.LENS else 90.0
        x, y = random.normal(0, spread, 2)
        size, ratio, tilt, peak = (
            random.gamma(2, 0.8),
            random.uniform(0.3, 1),
            random.uniform(0, np.pi),
            random.gamma(1.5, 4),
        )
        dx, dy = east - x, north - y
        major, minor = dx * np.cos(tilt) + dy * np.sin(tilt), dy * np.cos(tilt) - dx * np.sin(tilt)
        light += peak * np.exp(-np.hypot(major, minor / ratio) / size)
    return light
