"""The coverage of a search as a MOC: the cells of the sky that its footprints meet."""

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from time import monotonic
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Count, F, Sum

from archive.sky import moc as sky_moc
from search.criteria import Criteria
from search.messages import SearchError
from search.narrowing import Narrowed
from search.query import Observations
from search.results import time_limit

MAX_ROWS = 50_000
#: Cells of all footprints, each counted by itself: some seconds of work.
MAX_WORK_CELLS = 4_000_000
#: Cells of a file, and of a picture that a browser draws.
MAX_FILE_CELLS, MAX_DRAWN_CELLS = 200_000, 12_000
_BATCH = 1_000


class MocError(SearchError):
    """The coverage cannot be made; ``status`` is that of the answer."""

    code = "moc"
    title = "The coverage cannot be made"
    status = 400


class SlowMocError(MocError):
    status = 503


def moc_of_search(criteria: Criteria, now: dt.datetime, most_cells: int) -> Any:
    """The `mocpy.MOC` of a search's rows, filters applied; rows without a position are nowhere.

    Raises
    ------
    SearchError : as `search.narrowing.Narrowed.of`; too many rows; it would take longer than ``SEARCH_TIMEOUT_S``.
    """
    deadline = monotonic() + settings.SEARCH_TIMEOUT_S
    rows = Narrowed.of(criteria, now).shown.order_by().filter(hpx__isnull=False)
    with time_limit():
        order = _order(rows)
        found = [_moc_of(batch, order) for batch in _batches(rows, deadline)]
    return sky_moc.within(sky_moc.united(found, order), most_cells)


def as_fits(moc: Any) -> bytes:
    out = io.BytesIO()
    moc.serialize("fits").writeto(out)
    return out.getvalue()


def _order(rows: Observations) -> int:
    """The finest order that the rows' number and sizes allow."""
    radius = F("cover_radius_deg")
    told = rows.aggregate(rows=Count("*"), radii=Sum(radius), squares=Sum(radius * radius))
    if told["rows"] > MAX_ROWS:
        raise MocError(
            f"The coverage of {told['rows']:,} rows was asked for; it is made of up to {MAX_ROWS:,}.",
            "Filter the rows, or search a smaller part of the sky.",
        )
    return sky_moc.order_for(told["radii"] or 0.0, told["squares"] or 0.0, told["rows"], MAX_WORK_CELLS)


Placed = tuple[int | None, Sequence[float] | None]


def _batches(rows: Observations, deadline: float) -> Iterator[list[Placed]]:
    """Rows by place and footprint, of equal ones some once; a few are in memory at a time."""
    told = rows.values_list("hpx", "footprint").iterator(chunk_size=_BATCH)
    while batch := list(islice(told, _BATCH)):
        if monotonic() > deadline:
            raise SlowMocError(
                f"The coverage was not made within {settings.SEARCH_TIMEOUT_S} seconds.",
                "Filter the rows, or search a smaller part of the sky.",
            )
        different: dict[object, Placed] = {(hpx, tuple(footprint or ())): (hpx, footprint) for hpx, footprint in batch}
        yield list(different.values())


def _moc_of(batch: list[Placed], order: int) -> Any:
    places = np.array([hpx for hpx, footprint in batch if not footprint], dtype=np.int64)
    footprints = [footprint for _, footprint in batch if footprint]
    mocs = [sky_moc.moc_of_footprints(footprints, order), sky_moc.moc_of_positions(places, order)]
    return sky_moc.united(mocs, order)
