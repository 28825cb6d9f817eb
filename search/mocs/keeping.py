"""Keeping MOCs: made, found by their number, let go."""

import datetime as dt
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from archive.sky.cells import Numbers
from search.mocs.cells import CellShapes, cells_of, fraction, joined_boxes, moc_of, near_ranges, shapes_of_cells
from search.mocs.limits import KEPT_WITHOUT_ACCOUNT, MAX_CELLS, MAX_MOCS
from search.mocs.reading import MocRefusedError
from search.models import SkyMoc, SkyMocCell
from search.tabs.holder import Holder

MAX_NAME_LENGTH = 80


def create(holder: Holder, name: str, ranges: Numbers, now: dt.datetime) -> SkyMoc:
    """Keep a MOC, given as `search.mocs.reading` answers it.

    Raises
    ------
    MocRefusedError : the person has too many, or it has too many cells.
    """
    if SkyMoc.objects.filter(holder.mine).count() >= MAX_MOCS:
        raise MocRefusedError(f"You have {MAX_MOCS} MOCs.", "Delete one of them first.")
    moc = moc_of(ranges)
    if len(ranges) > MAX_CELLS or len(moc.uniq_hpx) > MAX_CELLS:
        raise _too_fine(moc)
    orders, cells = cells_of(moc)
    shapes = shapes_of_cells(orders, cells)
    near, reach_deg = near_ranges(moc)
    own = SkyMoc(
        owner=holder.owner,
        token=holder.token,
        name=_shortened(name),
        order=int(orders.max()),
        cell_count=len(moc.uniq_hpx),
        sky_fraction=fraction(ranges),
        starts=ranges[:, 0].tolist(),
        stops=ranges[:, 1].tolist(),
        near_starts=near[:, 0].tolist(),
        near_stops=near[:, 1].tolist(),
        near_reach_deg=reach_deg,
        boxes=joined_boxes(shapes),
        created_at=now,
    )
    with transaction.atomic():
        own.save(force_insert=True)
        _copy_cells(own, shapes)
    return own


def _too_fine(moc: Any) -> MocRefusedError:
    coarser = moc
    while len(coarser.uniq_hpx) > MAX_CELLS:
        coarser = coarser.degrade_to_order(min(coarser.max_order, 14) - 1)
    return MocRefusedError(
        f"The MOC has {len(moc.uniq_hpx):,} cells; one of up to {MAX_CELLS:,} can be searched.",
        f"Upload it at order {coarser.max_order}: that has {len(coarser.uniq_hpx):,} cells.",
    )


def _copy_cells(own: SkyMoc, shapes: CellShapes) -> None:
    """Write the cells in one go: by COPY, twice as fast as by statements."""
    names = "moc_id, footprint, box_ra_min_deg, box_ra_max_deg, box_dec_min_deg, box_dec_max_deg"
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(SkyMocCell._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, names.split(", ")))
    )
    sides = zip(*(side.tolist() for side in shapes.boxes), strict=True)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for footprint, box in zip(shapes.footprints, sides, strict=True):
            copy.write("\t".join([str(own.pk), f"{{{','.join(map(repr, footprint))}}}", *map(repr, box)]) + "\n")


def _shortened(name: str) -> str:
    shown = "".join(character for character in name if character.isprintable()).strip() or "MOC"
    return shown if len(shown) <= MAX_NAME_LENGTH else shown[: MAX_NAME_LENGTH - 1] + "…"


def delete(own: SkyMoc) -> None:
    with transaction.atomic():
        cells = own.cells.all()
        cells._raw_delete(cells.db)
        own.delete()


def forget_mocs(now: dt.datetime) -> None:
    """Delete old MOCs of people without an account; ``now`` of the machine's clock, as they are dated."""
    for own in SkyMoc.objects.filter(owner=None, created_at__lt=now - KEPT_WITHOUT_ACCOUNT):
        delete(own)
