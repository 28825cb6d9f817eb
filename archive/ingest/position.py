"""Position and footprint of a batch of rows, with the sky cover by which they are searched."""

import math
from collections.abc import Sequence
from dataclasses import fields

from archive.ingest.staging import Staged
from archive.ingest.table import Batch
from archive.ingest.values import Value
from archive.sky import RegionError, SkyCover, sky_covers

#: These come together: a table that has one of them describes the whole position.
SKY_FIELDS = frozenset({"s_ra", "s_dec", "s_region"})
_COVER_FIELDS = tuple(field.name for field in fields(SkyCover))
_COVER_TYPES = {"hpx": "int8", "footprint": "float8[]"}

SKY_COLUMNS = (
    Staged("s_ra", "float8"),
    Staged("s_dec", "float8"),
    Staged("s_region", long=True),
    *(Staged(name, _COVER_TYPES.get(name, "float8"), long=name == "footprint") for name in _COVER_FIELDS),
)


def sky_values(
    batch: Batch, s_ra: Sequence[Value], s_dec: Sequence[Value], s_region: Sequence[Value]
) -> list[list[Value]]:
    """The columns `SKY_COLUMNS` of a batch; a half position or a broken region rejects its row.

    Parameters
    ----------
    s_ra, s_dec : deg, ICRS, or None. 360 becomes 0. Where both are None, the footprint's centre stands in.
    """
    columns: list[list[Value]] = [[None] * len(batch) for _ in SKY_COLUMNS]
    positions = [_position(batch, index, *pair) for index, pair in enumerate(zip(s_ra, s_dec, strict=True))]
    rows = [(ra, dec, str(region)) for (ra, dec), region in zip(positions, s_region, strict=True)]
    for index, (row, cover) in enumerate(zip(rows, sky_covers(rows), strict=True)):
        if isinstance(cover, RegionError):
            batch.reject(index, f"s_region: {cover}")
            continue
        for column, value in zip(columns, _row(row, cover), strict=True):
            column[index] = value
    return columns


def _position(batch: Batch, index: int, ra: Value, dec: Value) -> tuple[float | None, float | None]:
    if not isinstance(ra, float) or not isinstance(dec, float):
        # a row with a problem has perhaps had both, one of them unreadable
        if (ra is not None or dec is not None) and index not in batch.problems:
            batch.reject(index, "s_ra and s_dec: give both, or neither")
        return None, None
    return 0.0 if ra == 360.0 else ra, dec


def _row(row: tuple[float | None, float | None, str], cover: SkyCover | None) -> list[Value]:
    ra, dec, region = row
    if cover is None:
        return [ra, dec, region, *(None for _ in _COVER_FIELDS)]
    if ra is None:
        ra, dec = _centre(cover)
    return [ra, dec, region, *(getattr(cover, name) for name in _COVER_FIELDS)]


def _centre(cover: SkyCover) -> tuple[float, float]:
    """Centre of a cover, deg, to 1e-9."""
    ra = math.degrees(math.atan2(cover.cover_y, cover.cover_x)) % 360.0
    dec = math.degrees(math.atan2(cover.cover_z, math.hypot(cover.cover_x, cover.cover_y)))
    return round(ra, 9) % 360.0, round(dec, 9)
