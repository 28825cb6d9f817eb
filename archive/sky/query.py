"""Searching the sky: which footprints meet a circle, and how far away they are.

Coarse step: the GiST index on the boxes around the covers. Fine step: exact spherical geometry in the database
functions of migration 0002, for the rows at the rim only.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import OperationalError
from django.db.models import BooleanField, F, FloatField, Func, IntegerField, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.lookups import Exact
from psycopg import sql
from psycopg.errors import QueryCanceled

from archive.models import Observation
from archive.roundtrip import filled, kept_usable, together
from archive.sky.cover import BASE_CELL_DEG, HEALPIX_ORDER
from archive.sky.vectors import circle_boxes, squared_chord, unit_vector

#: Added to every radius, so that what touches the circle counts whatever the last digit says.
TOUCH_DEG = 1e-9
#: Added to the coarse boxes.
BOX_MARGIN_DEG = 1e-7


@dataclass(frozen=True)
class Point:
    """A place to measure from."""

    ra_deg: float
    dec_deg: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.ra_deg):
            raise ValueError(f"the RA {self.ra_deg} is not a number of degrees")
        if not -90 <= self.dec_deg <= 90:
            raise ValueError(f"the Dec {self.dec_deg} must lie within -90 and 90 degrees")

    def vector(self) -> list[Value]:
        return [_number(number) for number in unit_vector(self.ra_deg, self.dec_deg).tolist()]


@dataclass(frozen=True)
class Nearest:
    """The observation whose footprint is nearest to a place."""

    observation: Observation
    separation_deg: float


def in_cone(qs: QuerySet[Observation], ra_deg: float, dec_deg: float, radius_deg: float) -> QuerySet[Observation]:
    """The observations whose footprint meets a circle; those without a footprint by their position.

    Exact to 1e-6 degrees; touching counts. The radius 0 asks for the footprints that contain the point.

    Parameters
    ----------
    ra_deg, dec_deg : ICRS; RA of any turn.
    radius_deg : 0 to 180.

    Returns
    -------
    QuerySet : as `with_separation`, which annotates ``distance_arcsec`` and ``centre_distance_arcsec``.

    Raises
    ------
    ValueError : a number outside its range; the message names the range.
    """
    return with_separation(qs, ra_deg, dec_deg).filter(in_circle(ra_deg, dec_deg, radius_deg))


def near_circle(qs: QuerySet[Observation], ra_deg: float, dec_deg: float, radius_deg: float) -> QuerySet[Observation]:
    """The observations of `in_cone` and some more, told at little cost, with the annotations of `with_separation`.

    Those of `in_cone` are the ones with a ``distance_arcsec`` of at most `reach_arcsec`: for whoever needs every row's
    distance anyway, and computes it once. Parameters and errors as `in_cone`.
    """
    point, chord2 = _checked_circle(ra_deg, dec_deg, radius_deg)
    squares = [(column - number) * (column - number) for column, number in zip(_COVER, point.vector(), strict=True)]
    centre_chord = Func(squares[0] + squares[1] + squares[2], function="sqrt", output_field=FloatField())
    # chords obey the triangle's inequality, and an arc is longer than its chord; 1 or 0 as archive_sky_meets, and why
    slack = centre_chord - Func(F("cover_radius_deg"), function="radians", output_field=FloatField())
    may_meet = Func(
        slack - _number(math.sqrt(chord2) + 1e-12),
        template="(CASE WHEN %(expressions)s > 0 THEN 0 ELSE 1 END)",
        output_field=IntegerField(),
    )
    return with_separation(qs, ra_deg, dec_deg).filter(near_cone(ra_deg, dec_deg, radius_deg), Exact(may_meet, 1))


def reach_arcsec(radius_deg: float) -> float:
    """The largest ``distance_arcsec`` of a row in a circle: its radius with the tolerance of touching."""
    return 3600.0 * (radius_deg + TOUCH_DEG)


def in_circle(ra_deg: float, dec_deg: float, radius_deg: float) -> Q:
    """The condition of `in_cone` alone."""
    point, chord2 = _checked_circle(ra_deg, dec_deg, radius_deg)
    meets = Func(
        *_COVER, F("cover_radius_deg"), F("footprint"), *point.vector(), _number(math.sqrt(chord2)), _number(chord2),
        function="archive_sky_meets", output_field=IntegerField(),
    )  # fmt: skip
    return near_cone(ra_deg, dec_deg, radius_deg) & Q(Exact(meets, 1))


def with_separation(qs: QuerySet[Observation], ra_deg: float, dec_deg: float) -> QuerySet[Observation]:
    """Annotate the distances from a point.

    ``distance_arcsec`` leads to the nearest point of the footprint and is 0 inside it, ``centre_distance_arcsec`` to
    the centre of the cover. Parameters and errors as `in_cone`.
    """
    point = Point(ra_deg, dec_deg).vector()
    return qs.annotate(
        distance_arcsec=_separation(F("footprint"), point),
        centre_distance_arcsec=_separation(Value(None), point),
    )


def centred_in_cone(
    qs: QuerySet[Observation], ra_deg: float, dec_deg: float, radius_deg: float
) -> QuerySet[Observation]:
    """The observations whose cover's centre lies in a circle, found by the B-tree on ``hpx``.

    Parameters and errors as `in_cone`.
    """
    point, chord2 = _checked_circle(ra_deg, dec_deg, radius_deg)
    in_cells = Q()
    for first, stop in _healpix_ranges(point, radius_deg + BOX_MARGIN_DEG):
        in_cells |= Q(hpx__gte=first, hpx__lt=stop)
    squares = [(column - number) * (column - number) for column, number in zip(_COVER, point.vector(), strict=True)]
    return qs.alias(_centre_chord2=squares[0] + squares[1] + squares[2]).filter(in_cells, _centre_chord2__lte=chord2)


def _healpix_ranges(point: Point, radius_deg: float) -> list[tuple[int, int]]:
    """Half-open ranges of `Observation.hpx` that cover a circle, from cells of about two fifths of its radius."""
    from astropy import units  # slow to import
    from astropy.coordinates import Angle, Latitude, Longitude
    from cdshealpix.nested import cone_search

    depth = min(max(math.floor(math.log2(BASE_CELL_DEG * 2.5 / radius_deg)), 0), 20)
    cells, depths, _ = cone_search(
        Longitude(point.ra_deg * units.deg), Latitude(point.dec_deg * units.deg), Angle(radius_deg * units.deg), depth
    )
    width = np.left_shift(1, 2 * (HEALPIX_ORDER - depths.astype(np.int64)))
    starts = np.sort(cells.astype(np.int64) * width)
    stops = starts + width[np.argsort(cells.astype(np.int64) * width)]
    breaks = np.flatnonzero(starts[1:] != stops[:-1])
    firsts = starts[np.concatenate([[0], breaks + 1])].tolist()
    return list(zip(firsts, stops[np.concatenate([breaks, [len(stops) - 1]])].tolist(), strict=True))


_COVER = (F("cover_x"), F("cover_y"), F("cover_z"))


def _checked_circle(ra_deg: float, dec_deg: float, radius_deg: float) -> tuple[Point, float]:
    """The centre, and the squared chord of the radius with the tolerance of touching."""
    if not 0 <= radius_deg <= 180:
        raise ValueError(f"the radius {radius_deg} must lie within 0 and 180 degrees")
    return Point(ra_deg, dec_deg), squared_chord(radius_deg + TOUCH_DEG)


def _number(number: float) -> Value:
    return Value(number, output_field=FloatField())


def _separation(footprint: Combinable, point: list[Value]) -> Func:
    return Func(*_COVER, footprint, *point, function="archive_sky_separation_arcsec", output_field=FloatField())


def near_cone(ra_deg: float, dec_deg: float, radius_deg: float) -> Q:
    """Covers whose box overlaps the box around a circle, on any turn of RA."""
    circle = (np.array([angle]) for angle in (ra_deg, dec_deg, radius_deg + BOX_MARGIN_DEG))
    return near_box(*(float(side[0]) for side in circle_boxes(*circle)))


def near_box(ra_min: float, ra_max: float, dec_min: float, dec_max: float) -> Q:
    """Covers whose box overlaps a box of angles in degrees, on any turn of RA."""
    near = Q()
    for turn in (-360.0, 0.0, 360.0):
        # boxes of rows begin in [0, 360) and end before 720
        if ra_max + turn >= 0.0 and ra_min + turn < 720.0:
            near |= Q(_overlap(ra_min + turn, ra_max + turn, dec_min, dec_max))
    return near


def _overlap(ra_min_deg: float, ra_max_deg: float, dec_min_deg: float, dec_max_deg: float) -> Func:
    """The condition that the index answers; its left side is the index's expression, word by word."""
    stored = box(F("box_ra_min_deg"), F("box_dec_min_deg"), F("box_ra_max_deg"), F("box_dec_max_deg"))
    return overlap(stored, box(*(_number(side) for side in (ra_min_deg, dec_min_deg, ra_max_deg, dec_max_deg))))


def overlap(one: Func, other: Func) -> Func:
    """Whether two boxes of the database overlap."""
    return Func(one, other, template="%(expressions)s", arg_joiner=" && ", output_field=BooleanField())


def box(*sides: Combinable) -> Func:
    """A box of the database: ra_min, dec_min, ra_max, dec_max in degrees, as the indexes on boxes write it."""
    lower = Func(*sides[:2], function="point", output_field=FloatField())
    upper = Func(*sides[2:], function="point", output_field=FloatField())
    return Func(lower, upper, function="box", output_field=FloatField())


def nearest(
    qs: QuerySet[Observation],
    ra_deg: float,
    dec_deg: float,
    *,
    beyond_deg: float = 0.0,
    within_deg: float = 12.0,
    patience_ms: int = 300,
) -> Nearest | None:
    """The observation whose footprint is nearest to a point.

    It is looked for in a few circles, each ten times the one before, and given up when that takes too long.

    Parameters
    ----------
    beyond_deg : a radius within which there is nothing, as the caller knows.
    within_deg : the largest circle.
    patience_ms : the longest that it may take.
    """
    radii_deg = _growing(min(max(3 * beyond_deg, 0.05), within_deg), within_deg)
    try:
        circles = [_nearest_within(qs, ra_deg, dec_deg, radius_deg) for radius_deg in radii_deg]
    except EmptyResultSet:
        return None
    # the first circle that has a row answers; those after it are not looked at
    statement = sql.SQL("{} LIMIT 1").format(sql.SQL(" UNION ALL ").join(circles))
    try:
        with kept_usable():
            found = together(statement, limit_ms=patience_ms)[0].rows
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise
    if not found:
        return None
    *known, distance_arcsec = found[0]
    return Nearest(Observation.from_db(qs.db, _KNOWN_OF_NEAREST, known), distance_arcsec / 3600.0)


_KNOWN_OF_NEAREST = ("obsid", "obs_collection", "obs_id")


def _growing(radius_deg: float, within_deg: float) -> Iterator[float]:
    while radius_deg < within_deg:
        yield radius_deg
        radius_deg *= 10
    yield within_deg


def _nearest_within(qs: QuerySet[Observation], ra_deg: float, dec_deg: float, radius_deg: float) -> sql.Composed:
    rows = in_cone(qs, ra_deg, dec_deg, radius_deg).order_by(F("distance_arcsec").asc(), "obsid")
    nearest_row = rows.values_list(*_KNOWN_OF_NEAREST, "distance_arcsec")[:1]
    return sql.SQL("({})").format(filled(*nearest_row.query.sql_with_params()))
