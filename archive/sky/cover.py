"""The sky cover of an observation: the columns that find its footprint, computed from ``s_region`` or the position."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from archive.sky.encoding import (
    CONVEX,
    HEMISPHERE_RAD,
    bounding_circle,
    convex_rings,
    encoded_circle,
    encoded_polygons,
)
from archive.sky.regions import Circle, Polygon, Region, RegionError, parse_s_region
from archive.sky.vectors import Floats, angles_rad, circle_boxes, normalised, positions, unit_vector, unit_vectors

HEALPIX_ORDER = 29
#: The side of a square as large as one of HEALPix's twelve base cells; at each order half of that before.
BASE_CELL_DEG = 58.6

#: Position (deg) and region of one row.
Row = tuple[float | None, float | None, str]


@dataclass(frozen=True, slots=True)
class SkyCover:
    """The columns of `archive.models.Observation` of the same names."""

    hpx: int  # HEALPix nested, order 29, of the centre
    cover_x: float  # unit vector of the centre
    cover_y: float
    cover_z: float
    cover_radius_deg: float  # of a circle around the footprint; 0 for a position
    box_ra_min_deg: float  # the box around that circle; RA from [0, 360)
    box_ra_max_deg: float  # may pass 360
    box_dec_min_deg: float
    box_dec_max_deg: float
    footprint: list[float] | None  # see archive.sky.encoding; None for a position


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of some rows before the columns common to all are computed."""

    rows: list[int]
    centres: Floats  # (n, 3)
    radii_deg: Floats  # (n,)
    footprints: Sequence[list[float] | None]


def sky_covers(rows: Sequence[Row]) -> list[SkyCover | RegionError | None]:
    """The covers of many rows at once.

    Parameters
    ----------
    rows : s_ra, s_dec (deg, ICRS, or None) and s_region (or empty) of each. The region decides where there is one;
        the position stands in where there is none.

    Returns
    -------
    list : for each row its cover, or the error of its region or position, or None where it has neither.
    """
    answers: list[SkyCover | RegionError | None] = [None] * len(rows)
    found, rest = _simple_polygons(rows)
    found += [_other_regions(rows, rest, answers), _bare_positions(rows, answers)]
    for group in found:
        _write_covers(group, answers)
    return answers


def _simple_polygons(rows: Sequence[Row]) -> tuple[list[_Found], list[int]]:
    """The rows of one convex polygon, most of any archive, grouped by vertex number; and the rows of other regions."""
    by_size: dict[int, tuple[list[int], list[float]]] = {}
    rest: list[int] = []
    for index, (_, _, region) in enumerate(rows):
        if not region or region.isspace():
            continue
        numbers = _numbers_of_one_polygon(region)
        if numbers is None:
            rest.append(index)
            continue
        indexes, pool = by_size.setdefault(len(numbers), ([], []))
        indexes.append(index)
        pool.extend(numbers)
    found = []
    for size, (indexes, pool) in by_size.items():
        group, refused = _convex_group(indexes, np.array(pool).reshape(len(indexes), size // 2, 2))
        found.append(group)
        rest += refused
    return found, rest


def _numbers_of_one_polygon(region: str) -> list[float] | None:
    """The numbers of the commonest spelling, a single polygon in ICRS; None for anything that needs the real parser."""
    words = region.split()
    if words[:1] != ["POLYGON"] or len(words) < 7:
        return None
    try:
        numbers = [float(word) for word in (words[2:] if words[1] == "ICRS" else words[1:])]
    except ValueError:
        return None
    if numbers[:2] == numbers[-2:]:
        del numbers[-2:]
    return numbers if 6 <= len(numbers) <= 200 and len(numbers) % 2 == 0 else None


def _convex_group(indexes: list[int], vertices_deg: Floats) -> tuple[_Found, list[int]]:
    """Covers of the well-formed convex polygons among some of shape (m, n, 2), and the rows of the others."""
    on_the_sky = np.isfinite(vertices_deg).all(axis=2) & (np.abs(vertices_deg[..., 1]) <= 90.0)
    good = np.asarray(on_the_sky.all(axis=1))
    rings = unit_vectors(*np.moveaxis(np.where(good[:, None, None], vertices_deg, 0.0), 2, 0))
    rings, are_convex = convex_rings(rings)
    means = rings.mean(axis=1)
    centres = normalised(np.where((np.linalg.norm(means, axis=1) > 0.1)[:, None], means, rings[:, 0]))
    radii_rad = angles_rad(rings, centres[:, None]).max(axis=1)
    good &= are_convex & (radii_rad < HEMISPHERE_RAD)
    taken = np.flatnonzero(good)
    count, size = rings.shape[:2]
    heads = np.broadcast_to([1.0, CONVEX, float(size)], (count, 3))
    footprints = np.concatenate([heads, rings.reshape(count, -1)], axis=1)[taken].tolist()
    group = _Found([indexes[i] for i in taken], centres[taken], np.degrees(radii_rad[taken]), footprints)
    return group, [indexes[i] for i in np.flatnonzero(~good)]


def _other_regions(rows: Sequence[Row], indexes: list[int], answers: list[SkyCover | RegionError | None]) -> _Found:
    """Covers of regions of any kind; what cannot be read goes straight into the answers."""
    regions: dict[int, Region] = {}
    for index in indexes:
        try:
            regions[index] = parse_s_region(rows[index][2])
        except RegionError as error:
            answers[index] = error
    # all polygons of all rows at once: a NIRSpec row may have two hundred
    rings = _rings(
        [shape.vertices for region in regions.values() for shape in region.parts if isinstance(shape, Polygon)]
    )
    pairs = zip(rings, encoded_polygons(rings), strict=True)
    covers = [_cover_of_region(region, pairs) for region in regions.values()]
    centres = np.array([centre for centre, _, _ in covers]).reshape(-1, 3)
    radii_deg = np.array([radius for _, radius, _ in covers], dtype=np.float64)
    return _Found(list(regions), centres, radii_deg, [footprint for _, _, footprint in covers])


def _cover_of_region(region: Region, pairs: Iterator[tuple[Floats, list[float]]]) -> tuple[Floats, float, list[float]]:
    """Centre, radius (deg) and encoded footprint of a region; its polygons are the next pairs of ring and part."""
    circles = [
        (unit_vector(shape.ra_deg, shape.dec_deg), math.radians(shape.radius_deg))
        for shape in region.parts
        if isinstance(shape, Circle)
    ]
    polygons = list(islice(pairs, len(region.parts) - len(circles)))
    parts = [encoded_circle(*circle) for circle in circles] + [part for _, part in polygons]
    single_circle = len(parts) == len(circles) == 1
    centre, radius_rad = circles[0] if single_circle else _reach(circles, [ring for ring, _ in polygons])
    return centre, math.degrees(radius_rad), [float(single_circle), *(number for part in parts for number in part)]


def _rings(polygons: list[tuple[tuple[float, float], ...]]) -> list[Floats]:
    """The vertices of polygons as unit vectors, each of shape (n, 3)."""
    vertices = np.array([vertex for polygon in polygons for vertex in polygon]).reshape(-1, 2)
    ends = np.cumsum([len(polygon) for polygon in polygons])[:-1]
    return np.split(unit_vectors(vertices[:, 0], vertices[:, 1]), ends) if polygons else []


def _reach(circles: list[tuple[Floats, float]], rings: list[Floats]) -> tuple[Floats, float]:
    """A circle around several shapes: centre and radius in radians.

    A circle smaller than a hemisphere that holds the vertices holds the edges between them as well. What does not
    fit into a hemisphere is given the whole sky: it is always tested exactly.
    """
    vertices = np.concatenate([np.array([centre for centre, _ in circles]).reshape(-1, 3), *rings])
    centre, _ = bounding_circle(vertices)
    around = np.zeros(len(vertices))
    around[: len(circles)] = [radius for _, radius in circles]
    radius_rad = float((angles_rad(vertices, centre) + around).max())
    return centre, radius_rad if radius_rad < HEMISPHERE_RAD else math.pi


def _bare_positions(rows: Sequence[Row], answers: list[SkyCover | RegionError | None]) -> _Found:
    """Covers of rows that have a position and no region."""
    taken: list[int] = []
    for index, (ra_deg, dec_deg, region) in enumerate(rows):
        if (region and not region.isspace()) or ra_deg is None or dec_deg is None:
            continue
        if math.isfinite(ra_deg) and -90 <= dec_deg <= 90:
            taken.append(index)
        else:
            answers[index] = RegionError(f"the position {ra_deg:g} {dec_deg:g} is not on the sky")
    where = np.array([rows[index][:2] for index in taken], dtype=np.float64).reshape(-1, 2)
    centres = unit_vectors(where[:, 0], where[:, 1])
    return _Found(taken, centres, np.zeros(len(taken)), [None] * len(taken))


def _write_covers(found: _Found, answers: list[SkyCover | RegionError | None]) -> None:
    """Compute the columns that all kinds of rows share."""
    if not found.rows:
        return
    ra_deg, dec_deg = positions(found.centres)
    boxes = circle_boxes(ra_deg, dec_deg, found.radii_deg)
    columns = [healpix_numbers(ra_deg, dec_deg), *found.centres.T, found.radii_deg, *boxes]
    lists = [column.tolist() for column in columns]
    for index, *cells in zip(found.rows, *lists, found.footprints, strict=True):
        answers[index] = SkyCover(*cells)


def healpix_numbers(ra_deg: Floats, dec_deg: Floats) -> Floats:
    """HEALPix numbers, nested scheme, order 29, as integers of shape (n,)."""
    from astropy import units  # slow to import, and only ingest needs it
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    numbers = lonlat_to_healpix(Longitude(ra_deg * units.deg), Latitude(dec_deg * units.deg), HEALPIX_ORDER)
    return np.asarray(numbers).astype(np.int64)
