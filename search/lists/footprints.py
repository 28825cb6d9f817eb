"""The footprints of rows of a list, as far as it has a column of them."""

from collections.abc import Sequence

from archive import sky
from search.lists.roles import Roles
from search.models import TargetRow
from search.sky.shapes import Shape, shapes_of_places

#: What stands where an observation has its mission.
LISTED = "target list"

Footprints = Sequence[tuple[TargetRow, list[float] | None]]


def footprints_of(rows: Sequence[TargetRow], roles: Roles) -> Footprints:
    """The placed rows with their footprints."""
    placed = [row for row in rows if row.ra_deg is not None and row.dec_deg is not None]
    if roles.region is None:
        return [(row, None) for row in placed]
    covers = sky.sky_covers([(None, None, _region(row, roles.region)) for row in placed])
    return [
        (row, cover.footprint if isinstance(cover, sky.SkyCover) else None)
        for row, cover in zip(placed, covers, strict=True)
    ]


def shapes_of_footprints(footprints: Footprints, prefix: str = "") -> list[Shape]:
    """The footprints for a sky view, each by its row's number after ``prefix``; rows without one are crosses."""
    told = [(f"{prefix}{row.number}", str(row), footprint) for row, footprint in footprints if footprint]
    return shapes_of_places(told, LISTED)


def _region(row: TargetRow, place: int) -> str:
    return str((row.cells or [])[place] or "") if row.cells else ""
