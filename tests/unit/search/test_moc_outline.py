"""The border of a MOC, against what mocpy says of points on both sides of it."""

from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from mocpy import MOC

from search.mocs.outline import MAX_CORNERS, Outline, outline_of


def cone(ra_deg: float, dec_deg: float, radius_deg: float, order: int) -> Any:
    return MOC.from_cone(ra_deg * u.deg, dec_deg * u.deg, radius=radius_deg * u.deg, max_depth=order)


def outlined(moc: Any, finest: int, most: int = MAX_CORNERS) -> Outline:
    return outline_of(moc.to_depth29_ranges.astype(np.int64), finest, most)


def on_plane(ra: Any, dec: Any, ra0: float, dec0: float) -> Any:
    """Gnomonic coordinates, in which arcs of great circles are straight."""
    a, d, d0 = np.radians(np.asarray(ra) - ra0), np.radians(dec), np.radians(dec0)
    depth = np.sin(d0) * np.sin(d) + np.cos(d0) * np.cos(d) * np.cos(a)
    x = np.cos(d) * np.sin(a) / depth
    y = (np.cos(d0) * np.sin(d) - np.sin(d0) * np.cos(d) * np.cos(a)) / depth
    return np.stack([x, y], axis=-1)


def inside(points: Any, rings: list[Any]) -> Any:
    """Even-odd rule."""
    found = np.zeros(len(points), bool)
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, np.roll(ring, 1, axis=0), strict=True):
            crosses = (points[:, 1] < ay) != (points[:, 1] < by)
            with np.errstate(divide="ignore", invalid="ignore"):
                found ^= crosses & (points[:, 0] < (bx - ax) * (points[:, 1] - ay) / (by - ay) + ax)
    return found


@pytest.mark.parametrize(("ra", "dec"), [(10.0, 0.0), (0.0, 41.8), (45.0, 89.5), (200.0, -60.0), (90.0, -90.0)])
def test_the_rings_part_what_lies_in_it_from_what_does_not(ra: float, dec: float) -> None:
    moc = cone(ra, dec, 3.0, 7).difference(cone(ra, dec, 1.2, 7))
    found = outlined(moc, 7)
    assert found.order == 7
    rings = [on_plane(ring[::2], ring[1::2], ra, dec) for ring in found.rings]
    rng = np.random.default_rng(7)
    away, turn = np.radians(4.0) * np.sqrt(rng.random(4000)), 2 * np.pi * rng.random(4000)
    points = np.stack([np.tan(away) * np.cos(turn), np.tan(away) * np.sin(turn)], axis=-1)
    lon, lat = back_on_the_sky(points, ra, dec)
    told = moc.contains_lonlat(lon * u.deg, lat * u.deg)
    # a side of a cell bends between the corners: a few points lie in the sliver
    assert (inside(points, rings) != told).mean() < 0.002
    assert 0.3 < told.mean() < 0.7


def back_on_the_sky(points: Any, ra0: float, dec0: float) -> tuple[Any, Any]:
    a, d = np.radians(ra0), np.radians(dec0)
    centre = np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
    east = np.array([-np.sin(a), np.cos(a), 0.0])
    v = centre + points[:, :1] * east + points[:, 1:] * np.cross(centre, east)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    return np.degrees(np.arctan2(v[:, 1], v[:, 0])) % 360, np.degrees(np.arcsin(v[:, 2]))


def test_a_hole_is_a_ring_of_its_own_and_cells_side_by_side_have_one_ring() -> None:
    assert len(outlined(cone(10, 0, 3, 7).difference(cone(10, 0, 1, 7)), 7).rings) == 2
    assert len(outlined(MOC.from_string("5/1000-1003 6/4016"), 6).rings) == 1


def test_a_long_border_is_that_of_coarser_cells_around_it() -> None:
    moc = cone(10, 80, 20, 12)
    found = outlined(moc, 12)
    assert 6 < found.order < 12
    assert sum(map(len, found.rings)) / 2 <= MAX_CORNERS
    corners = np.concatenate([np.reshape(ring, (-1, 2)) for ring in found.rings])
    centre = SkyCoord(10, 80, unit="deg")
    away = SkyCoord(corners[:, 0], corners[:, 1], unit="deg").separation(centre).deg
    assert away.min() > 20.0
    assert away.max() < 20.0 + 3 * found.cell_deg
    assert found.cell_deg == pytest.approx(58.6 / 2**found.order)


@pytest.mark.parametrize("seed", range(3))
def test_scattered_cells_stay_within_the_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ra, dec = rng.uniform(0, 360, 5000), np.degrees(np.arcsin(rng.uniform(-1, 1, 5000)))
    found = outlined(MOC.from_lonlat(ra * u.deg, dec * u.deg, max_norder=12), 12)
    assert found.rings
    assert sum(map(len, found.rings)) / 2 <= MAX_CORNERS


def test_the_whole_sky_has_no_border_and_the_finest_cell_has_one() -> None:
    assert outlined(MOC.from_string("0/0-11"), 4).rings == []
    assert outlined(MOC.from_string("29/1000"), 29).order == 29
