"""Searching the sky by region: which footprints meet circles and polygons of any size and number.

Coarse step: the GiST index on the boxes around the covers. Fine step: cells in the area accept, cells away from
it reject, and the exact test of the database functions of migration 0007 decides what is left, the rows at the rim.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from typing import Any

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, F, Field, FloatField, Func, IntegerField, Q, Value
from django.db.models.lookups import Exact

from archive.sky.cells import Cells, Ranges, cells_around
from archive.sky.cover import SkyCover, sky_covers
from archive.sky.query import BOX_MARGIN_DEG, TOUCH_DEG, in_circle, near_box
from archive.sky.regions import Circle, Polygon, Region, RegionError
from archive.sky.vectors import squared_chord


def meets_region(region: Region) -> Q:
    """The observations whose footprint meets a region; those without a footprint by their position.

    Exact to 1e-6 degrees; touching counts.
    """
    return reduce(or_, (_meets(part) for part in region.parts))


def _meets(part: Circle | Polygon) -> Q:
    if isinstance(part, Circle):
        return in_circle(part.ra_deg, part.dec_deg, part.radius_deg)
    area = _area(part)
    cover = area.cover
    near = near_box(
        cover.box_ra_min_deg - BOX_MARGIN_DEG,
        cover.box_ra_max_deg + BOX_MARGIN_DEG,
        cover.box_dec_min_deg - BOX_MARGIN_DEG,
        cover.box_dec_max_deg + BOX_MARGIN_DEG,
    )
    return near & Q(Exact(area.test(), 1))


@dataclass(frozen=True)
class Area:
    """A polygon with the circle around it and the cells that decide most rows."""

    cover: SkyCover
    cells: Cells

    def test(self) -> Func:
        """1 for the rows whose footprint meets it, else 0."""
        cover, cells = self.cover, self.cells
        numbers = (
            cover.cover_x, cover.cover_y, cover.cover_z,
            math.sqrt(squared_chord(cover.cover_radius_deg)), squared_chord(TOUCH_DEG),
        )  # fmt: skip
        return Func(
            *map(F, _ROW),
            _array(cover.footprint or [], FloatField()),
            *(Value(number, output_field=FloatField()) for number in numbers),
            *_arrays(cells.inner),
            *_arrays(cells.near),
            Value(cells.reach_deg, output_field=FloatField()),
            function="archive_sky_in_area",
            output_field=IntegerField(),
        )


_ROW = ("hpx", "cover_x", "cover_y", "cover_z", "cover_radius_deg", "footprint")


def _array(numbers: Sequence[float], of: "Field[Any, Any]") -> Value:
    return Value(list(numbers), output_field=ArrayField(of))


def _arrays(ranges: Ranges) -> list[Value]:
    return [_array(numbers, BigIntegerField()) for numbers in (ranges.starts, ranges.stops)]


@lru_cache(maxsize=64)
def _area(polygon: Polygon) -> Area:
    vertices = " ".join(f"{ra_deg!r} {dec_deg!r}" for ra_deg, dec_deg in polygon.vertices)
    (cover,) = sky_covers([(None, None, f"POLYGON {vertices}")])
    if not isinstance(cover, SkyCover):
        raise cover or RegionError("the polygon has no vertices")
    centre = np.array([cover.cover_x, cover.cover_y, cover.cover_z])
    cells = cells_around(centre, cover.cover_radius_deg, np.array((cover.footprint or [])[1:]))
    return Area(cover, cells)
