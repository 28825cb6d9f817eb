"""The observations whose footprint meets a MOC; those without a footprint by their position.

Ranges of HEALPix numbers decide most rows: centres in the MOC accept, small footprints away from it are rejected.
What is left is compared with the cells that its box meets.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Exists,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.lookups import Exact

from archive.sky.query import TOUCH_DEG, box, near_box, overlap
from archive.sky.vectors import squared_chord
from search.models import SkyMoc, SkyMocCell

#: Boxes that the coarse step asks for: fewer are wider.
MAX_BOXES = 12


def meets_moc(own: SkyMoc) -> Q:
    inside = Q(_in_ranges(own.starts, own.stops))
    near = Q(_in_ranges(own.near_starts, own.near_stops))
    decided = Case(
        When(inside & (Q(footprint__isnull=True) | Q(footprint__0=1.0)), then=Value(1)),
        When(Q(footprint__isnull=True), then=Value(0)),
        When(Q(cover_radius_deg__lte=own.near_reach_deg) & ~near, then=Value(0)),
        When(Exists(_cells_met(own)), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return _near_boxes(own) & Q(Exact(decided, 1))


def _in_ranges(starts: list[int], stops: list[int]) -> Func:
    arrays = (Value(numbers, output_field=ArrayField(BigIntegerField())) for numbers in (starts, stops))
    return Func(F("hpx"), *arrays, function="archive_sky_in_ranges", output_field=BooleanField())


def _cells_met(own: SkyMoc) -> Any:
    """The cells whose box meets that of the row, and that its footprint meets."""
    names = ("box_ra_min_deg", "box_dec_min_deg", "box_ra_max_deg", "box_dec_max_deg")
    near = Q()
    for turn in (-360.0, 0.0, 360.0):
        sides = [OuterRef(name) + (turn if "_ra_" in name else 0.0) for name in names]
        near |= Q(overlap(box(*map(F, names)), box(*sides)))
    meet = Func(
        *map(OuterRef, ("footprint",)), F("footprint"), *map(OuterRef, ("cover_x", "cover_y", "cover_z")),
        Func(OuterRef("cover_radius_deg"), function="radians", output_field=FloatField()),
        Value(squared_chord(TOUCH_DEG), output_field=FloatField()),
        function="archive_sky_footprints_meet", output_field=BooleanField(),
    )  # fmt: skip
    return SkyMocCell.objects.filter(near, Q(meet), moc=own.pk)


def _near_boxes(own: SkyMoc) -> Q:
    """Rows near the MOC by the index on their boxes; all rows where the MOC is scattered over the sky."""
    boxes = [own.boxes[start : start + 4] for start in range(0, len(own.boxes), 4)]
    if len(boxes) > MAX_BOXES:
        return Q(hpx__isnull=False)
    near = Q()
    for ra_min, ra_max, dec_min, dec_max in boxes:
        near |= near_box(ra_min, ra_max, dec_min, dec_max)
    return near
