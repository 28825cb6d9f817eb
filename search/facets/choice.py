"""Which columns the filters panel has, in which order, and what kind of facet each is.

The rules are those of the archive's own column configuration: facets that are always there or there by default, facets
that Edit Filters offers, and columns that are never one.
"""

from collections.abc import Iterable

from search.columns import Column, Kind, by_name

#: There before anyone chose, in this order.
DEFAULT = (
    "state", "obs_collection", "instrument_name", "t_exptime", "filters", "wavelength_region", "dataproduct_type",
    "calib_level", "target_name", "target_classification", "proposal_id", "proposal_pi", "t_min", "t_max",
    "t_obs_release", "s_ra", "s_dec", "project", "intentType", "distance",
)  # fmt: skip
#: Offered besides.
OFFERED = (
    "dataRights", "provenance_name", "proposal_type", "mtFlag", "em_min", "em_max", "sequence_number", "srcDen",
    "obs_id", "obs_title", "centre_distance",
)  # fmt: skip
#: Too many different values to list.
TEXTS = {"obs_id", "obs_title"}
ENUMERATED_NUMBERS = {"calib_level"}
_RANGES = {Kind.NUMBER, Kind.WHOLE, Kind.DATE, Kind.RA, Kind.DEC}


def offered_columns(columns: Iterable[Column], *, in_cone: bool) -> tuple[Column, ...]:
    """Every column that can be a facet, the default ones first."""
    named = by_name(tuple(columns))
    created = tuple(name for name, column in named.items() if column.expression)
    return tuple(
        named[name] for name in DEFAULT + OFFERED + created if name in named and (in_cone or not named[name].cones_only)
    )


def panel_columns(
    columns: Iterable[Column], chosen: tuple[str, ...], filtered: Iterable[str], *, in_cone: bool
) -> tuple[Column, ...]:
    """The panel's columns: those chosen or by default, and whatever is filtered by, so that it can be undone."""
    offered = offered_columns(columns, in_cone=in_cone)
    wanted = {*(chosen or DEFAULT), *filtered}
    return tuple(column for column in offered if column.name in wanted)


def is_range(column: Column) -> bool:
    return column.kind in _RANGES and column.name not in ENUMERATED_NUMBERS


def is_text(column: Column) -> bool:
    return column.name in TEXTS
