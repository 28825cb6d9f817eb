"""The sky index: footprints read, covered with index columns, and searched by circle and by region.

`regions` reads ``s_region``, `cover` computes the columns, `encoding` is the stored form of a footprint, `query`
searches by circle, `area` by region.
"""

from archive.sky.area import meets_region
from archive.sky.cover import SkyCover, sky_covers
from archive.sky.encoding import Outline, outlines, shapes
from archive.sky.query import (
    Nearest,
    centred_in_cone,
    in_cone,
    near_circle,
    nearest,
    reach_arcsec,
    with_separation,
)
from archive.sky.regions import Circle, Polygon, Region, RegionError, parse_region, parse_s_region

__all__ = [
    "Circle",
    "Nearest",
    "Outline",
    "Polygon",
    "Region",
    "RegionError",
    "SkyCover",
    "centred_in_cone",
    "in_cone",
    "meets_region",
    "near_circle",
    "nearest",
    "outlines",
    "parse_region",
    "parse_s_region",
    "reach_arcsec",
    "shapes",
    "sky_covers",
    "with_separation",
]
