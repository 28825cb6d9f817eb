"""The columns of a cross-match's grid: the pair's own, those of the list, and those of the observations.

A list's column is called ``c0``, ``c1`` … in addresses, as in the list's own grid; an observation's by its published
name. The rows are pairs, so that fields of both are reached through them.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db.models import Case, F, QuerySet, Value, When

from archive.clock import to_mjd
from archive.models import PLANNED_LEVEL, ObservationState
from search.collections import DEFAULT_COLLECTION, collection_of
from search.columns import Column, Kind
from search.facets.choice import offered_columns
from search.lists.columns import DEC, NAME, RA, cell_of, default_facets, list_columns, place_of
from search.lists.table import Field
from search.models import CrossMatchPair

SEPARATION = Column(
    "separation", "Separation", "separation_arcsec", Kind.NUMBER, "″", 100, decimals=3,
    description="From the row's position to the nearest point of the footprint; 0 inside it.",
)  # fmt: skip
CENTRE_SEPARATION = Column(
    "centre_separation", "Centre Separation", "centre_separation_arcsec", Kind.NUMBER, "″", 120, decimals=3,
    description="From the row's position to the centre of the observation.", short="Centre Dist.",
)  # fmt: skip
LIST_NAME = replace(NAME, label="List Name", description="The name that the row of the list goes by.")
LIST_RA = replace(
    RA, label="List RA", unit="hms", width_px=116, description="Right ascension of the row of the list, ICRS."
)
LIST_DEC = replace(
    DEC, label="List Dec", unit="dms", width_px=116, description="Declination of the row of the list, ICRS."
)
_PAIR_COLUMNS = (LIST_NAME, SEPARATION, CENTRE_SEPARATION, LIST_RA, LIST_DEC)
#: Columns of an observation that a cross-match has its own for.
_OWN = frozenset({"distance", "centre_distance"})
_OBSERVED = "observation__"
#: Fields of an observation that are worked out for the moment.
_DERIVED = frozenset({"state", "data_rights"})
#: Facets of the observations before anyone chose.
_FACETS = (
    "state", "obs_collection", "instrument_name", "t_exptime", "filters", "dataproduct_type", "calib_level",
    "proposal_id", "t_min",
)  # fmt: skip


def match_columns(fields: Sequence[Field]) -> tuple[Column, ...]:
    """Every column, in the order of the grid before anyone chose."""
    of_list = (column for column in list_columns(fields) if place_of(column) is not None)
    return (*_PAIR_COLUMNS, *of_list, *_observed_columns())


def _observed_columns() -> tuple[Column, ...]:
    every = collection_of(DEFAULT_COLLECTION).columns
    return tuple(_through_the_pair(column) for column in every if column.name not in _OWN)


def _through_the_pair(column: Column) -> Column:
    shown = column.shown and column.name not in {"s_region", "jpegURL", "dataURL"}
    return replace(column, field=_OBSERVED + column.field, shown=shown)


def field_of_observation(column: Column) -> str | None:
    """The field or annotation of an observation that the column shows; None for the others."""
    return column.field.removeprefix(_OBSERVED) if column.field.startswith(_OBSERVED) else None


def offered_facets(columns: Sequence[Column]) -> tuple[Column, ...]:
    """Every column that can be a facet."""
    own = (column for column in columns if field_of_observation(column) is None)
    observed = offered_columns((column for column in columns if field_of_observation(column)), in_cone=False)
    return (*own, *observed)


def default_match_facets(columns: Sequence[Column]) -> tuple[str, ...]:
    """The separation, columns of the list, and the telling ones of the observations."""
    known = {LIST_RA.name, LIST_DEC.name, "row_state"}
    own = [column for column in columns if field_of_observation(column) is None]
    of_list = (name for name in default_facets(own) if name not in known)
    return (SEPARATION.name, *of_list, *_FACETS)


def with_values(
    pairs: QuerySet[CrossMatchPair], columns: Iterable[Column], now: dt.datetime
) -> QuerySet[CrossMatchPair]:
    """The pairs with these columns as annotations, called as the columns' fields."""
    values: dict[str, F | Case] = {"obsid": F("ordinal")}  # what tells rows apart where they are counted
    for column in columns:
        if place_of(column) is not None:
            pairs = pairs.annotate(**{column.field: cell_of(column, "target__cells")})
        elif column in _PAIR_COLUMNS and not column.field.endswith("_arcsec"):
            values[column.field] = F(f"target__{column.field}")
        elif field_of_observation(column) in _DERIVED:
            values[column.field] = _derived(column, now)
    return pairs.annotate(**values)


def _derived(column: Column, now: dt.datetime) -> Case:
    """The state or the rights of the observation, as `search.query.observations` says them."""
    planned = When(observation__calib_level=PLANNED_LEVEL, then=Value(ObservationState.PLANNED.value))
    is_exclusive = {"observation__t_obs_release__gt": to_mjd(now)}
    if field_of_observation(column) == "state":
        exclusive = When(**is_exclusive, then=Value(ObservationState.EXCLUSIVE.value))
        return Case(planned, exclusive, default=Value(ObservationState.PUBLIC.value))
    public = Value("PUBLIC")
    not_planned = When(observation__calib_level=PLANNED_LEVEL, then=public)
    return Case(not_planned, When(**is_exclusive, then=Value("EXCLUSIVE_ACCESS")), default=public)
