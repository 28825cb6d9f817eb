"""What of a search lies in a view of the sky: its shapes, or, when they are many, how many lie in which cell.

A row is in view when the circle around its footprint meets the circle of the view.
"""

import datetime as dt
import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TypedDict

from django.db.models import BigIntegerField, BooleanField, Case, Count, F, FloatField, Func, Q, Value, When

from archive.sky.cover import HEALPIX_ORDER
from archive.sky.query import near_cone
from archive.sky.vectors import unit_vector
from search.criteria import Criteria
from search.kept import ROW_BYTES, Kept
from search.messages import SearchError
from search.narrowing import Narrowed
from search.query import Observations
from search.results import time_limit
from search.sky.shapes import READ, Shape, shapes_of

#: Shapes that a view draws; of more it shows the coverage.
MAX_SHAPES = 3000
#: Cells of a coverage: those of order 4 on the whole sky.
MAX_CELLS = 3072
#: 0.9 arc-minutes wide: smaller cells would be empty but for a few.
FINEST_ORDER = 12

_WHOLE: Kept[bytes] = Kept(lambda answer: 1 + len(answer) // ROW_BYTES)


@dataclass(frozen=True)
class View:
    """A circle of the sky, degrees, ICRS."""

    ra_deg: float
    dec_deg: float
    radius_deg: float

    @property
    def order(self) -> int:
        """The finest order of HEALPix of which no more than `MAX_CELLS` lie in the view."""
        share = (1.0 - math.cos(math.radians(self.radius_deg))) / 2.0
        finest = math.log(MAX_CELLS / (12.0 * max(share, 1e-12)), 4)
        return min(math.floor(finest + 1e-9), FINEST_ORDER)


WHOLE_SKY = View(0.0, 0.0, 180.0)


class ViewError(SearchError):
    code = "view"
    title = "The view cannot be used"


class Coverage(TypedDict):
    order: int
    cells: list[list[int]]  # number, nested, and rows


class Seen(TypedDict, total=False):
    """What a view shows: ``shapes`` up to ``limit``, ``coverage`` beyond."""

    total: int
    in_view: int
    limit: int
    shapes: list[Shape]
    coverage: Coverage


def parse_view(text: str) -> View:
    """The view that ``at=ra,dec,radius`` says; without it the whole sky."""
    if not text:
        return WHOLE_SKY
    try:
        ra_deg, dec_deg, radius_deg = map(float, text.split(","))
    except ValueError:
        raise ViewError(f"“{text[:60]}” is not a circle of the sky.", _REMEDY) from None
    if not (math.isfinite(ra_deg) and -90 <= dec_deg <= 90 and 0 <= radius_deg <= 180):
        raise ViewError(f"“{text[:60]}” does not lie on the sky.", _REMEDY)
    return View(ra_deg % 360.0, dec_deg, radius_deg)


_REMEDY = "Write at=ra,dec,radius in degrees, for instance at=283.4,33.03,2: Dec within ±90, the radius at most 180."


def seen_of_search(criteria: Criteria, view: View, now: dt.datetime) -> bytes:
    """What ``view`` shows of a search, filters applied, as JSON: two statements, whatever the number of rows.

    Each page of results asks for the whole sky, whose answer is kept as pages are.

    Raises
    ------
    SearchError : as `search.narrowing.Narrowed.of`.
    """
    narrowed = Narrowed.of(criteria, now)

    def answer() -> bytes:
        return json.dumps(seen_of(narrowed.shown.order_by(), view), separators=(",", ":")).encode()

    return _WHOLE.of(narrowed, answer) if view == WHOLE_SKY else answer()


def seen_of(rows: Observations, view: View) -> Seen:
    """What ``view`` shows of rows that carry their ``state``."""
    with time_limit():
        total, cells = _counted(rows, view)
        in_view = sum(cells.values())
        found: Seen = {"total": total, "in_view": in_view, "limit": MAX_SHAPES}
        if in_view > MAX_SHAPES:
            found["coverage"] = _coverage(cells, view.order)
        else:
            found["shapes"] = _shapes_in(rows, view) if in_view else []
    return found


def _counted(rows: Observations, view: View) -> tuple[int, Counter[int]]:
    """All rows, and those in view by their cell, in one pass."""
    shift = Value(2 * (HEALPIX_ORDER - view.order))
    cell = Func(F("hpx"), shift, template="(%(expressions)s)", arg_joiner=" >> ", output_field=BigIntegerField())
    in_view = Case(When(_in_view(view), then=cell), default=Value(-1), output_field=BigIntegerField())
    counted = rows.values(_cell=in_view).annotate(_rows=Count("*")).values_list("_cell", "_rows")
    cells: Counter[int] = Counter()
    total = 0
    for number, count in counted:
        total += count
        if number >= 0:
            cells[number] += count
    return total, cells


def _in_view(view: View) -> Q:
    """Covers that meet the view: the chord between the centres is at most that of both radii together."""
    if view.radius_deg >= 180.0:
        return Q(hpx__isnull=False)
    point = unit_vector(view.ra_deg, view.dec_deg).tolist()
    squares = [(F(f"cover_{axis}") - Value(number)) ** 2 for axis, number in zip("xyz", point, strict=True)]
    reach = Func(
        F("cover_radius_deg") + Value(view.radius_deg),
        template="4 * sin(radians(least(%(expressions)s, 180) / 2)) ^ 2 + 1e-14",
        output_field=FloatField(),
    )
    chord2 = Func(*squares, template="(%(expressions)s)", arg_joiner=" + ", output_field=FloatField())
    meets = Func(chord2, reach, template="(%(expressions)s)", arg_joiner=" <= ", output_field=BooleanField())
    return Q(hpx__isnull=False) & Q(meets)


def _shapes_in(rows: Observations, view: View) -> list[Shape]:
    # the boxes let an index find at once little more than is in view
    near = near_cone(view.ra_deg, view.dec_deg, view.radius_deg)
    return shapes_of(rows.filter(near, _in_view(view)).only(*READ).order_by("obsid")[:MAX_SHAPES])


def _coverage(cells: Counter[int], order: int) -> Coverage:
    """The counts, in coarser cells when those of wide footprints, whose centres lie outside the view, make too many."""
    while len(cells) > MAX_CELLS and order:
        coarser: Counter[int] = Counter()
        for number, count in cells.items():
            coarser[number >> 2] += count
        cells, order = coarser, order - 1
    return {"order": order, "cells": [[number, cells[number]] for number in sorted(cells)]}
