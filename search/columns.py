"""The columns of the grids: what each is called, how wide it is, what stands in its cells.

A column is known by the archive's own spelling everywhere outside: in addresses, exports and the wire protocol.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass

from archive.columns import OBSERVATION_COLUMN, ColumnType
from archive.models import ObservationState
from search import formats


class Kind(enum.StrEnum):
    """What a column holds, which decides how it is matched and shown."""

    TEXT = "text"
    LIST = "list"  # text of several parts, joined by semicolons
    NUMBER = "number"
    WHOLE = "whole"
    DATE = "date"  # MJD UTC
    RA = "ra"  # deg
    DEC = "dec"  # deg
    FLAG = "flag"
    STATE = "state"
    REGION = "region"  # asked, never shown: see search.regions


@dataclass(frozen=True)
class Column:
    """A column of a grid.

    ``field`` is the model's field or annotation; ``width_px`` the first width; ``shown`` whether it stands in the grid
    before anyone chose columns; ``cones_only`` marks what a search without a position cannot have.
    """

    name: str
    label: str
    field: str
    kind: Kind = Kind.TEXT
    unit: str = ""
    width_px: int = 110
    shown: bool = True
    decimals: int = 1
    cones_only: bool = False
    description: str = ""
    #: The heading of the grid where the label is too long for it.
    short: str = ""
    #: What a created column is computed from; see `search.created`.
    expression: str = ""

    @property
    def heading(self) -> str:
        return self.short or self.label

    @property
    def commas(self) -> bool:
        """Whether values have commas themselves, so that a list of them needs quotes."""
        return self.name in {"target_name", "target_classification", "proposal_pi", "obs_title"}

    @property
    def numbered(self) -> bool:
        """A text that holds a number, whose ranges go by the number."""
        return self.name == "proposal_id"

    @property
    def align_right(self) -> bool:
        return self.kind in {Kind.NUMBER, Kind.WHOLE, Kind.RA, Kind.DEC}

    @property
    def sortable(self) -> bool:
        return self.kind is not Kind.STATE and self.name not in {"s_region", "dataRights"}

    def text(self, value: object) -> str:
        """The cell's text; empty for what is not known."""
        if value is None or value == "":
            return ""
        return _TEXTS[self.kind](self, value)


def _float(value: object) -> float:
    return float(str(value)) if not isinstance(value, float) else value


def _spaced(joined: str) -> str:
    """``F100LP; G140H``"""
    return "; ".join(part.strip() for part in joined.split(";")) if ";" in joined else joined


_TEXTS: dict[Kind, Callable[[Column, object], str]] = {
    Kind.TEXT: lambda column, value: str(value),
    Kind.LIST: lambda column, value: _spaced(str(value)),
    Kind.NUMBER: lambda column, value: formats.number(_float(value), column.decimals),
    Kind.WHOLE: lambda column, value: str(value),
    Kind.DATE: lambda column, value: formats.utc_minute(_float(value)),
    Kind.RA: lambda column, value: formats.sexagesimal_ra(_float(value)),
    Kind.DEC: lambda column, value: formats.sexagesimal_dec(_float(value)),
    Kind.FLAG: lambda column, value: "yes" if value else "no",
    Kind.STATE: lambda column, value: ObservationState(str(value)).label,
}

_KINDS = {
    ColumnType.TEXT: Kind.TEXT,
    ColumnType.LONG: Kind.TEXT,
    ColumnType.INTEGER: Kind.WHOLE,
    ColumnType.FLOAT: Kind.NUMBER,
    ColumnType.BOOLEAN: Kind.FLAG,
    ColumnType.MJD: Kind.DATE,
}
#: Units as headings show them, where that differs from the published word.
_UNITS = {"MJD": "UTC", "sec": "s", "arcsec": "″", "ICRS Shape": ""}


def _published(
    name: str, width_px: int, *, kind: Kind | None = None, unit: str | None = None, shown: bool = True, short: str = ""
) -> Column:
    """A column of the grid from the archive's own table."""
    column = OBSERVATION_COLUMN[name]
    return Column(
        name=name,
        label=column.label,
        field=column.field,
        kind=kind or (Kind.LIST if column.separator else _KINDS[column.type]),
        unit=_UNITS.get(column.unit, column.unit) if unit is None else unit,
        width_px=width_px,
        shown=shown,
        description=column.description,
        short=short,
    )


DISTANCE = Column(
    "distance", "Distance", "distance_arcsec", Kind.NUMBER, "″", 92, cones_only=True,
    description=OBSERVATION_COLUMN["distance"].description,
)  # fmt: skip
CENTRE_DISTANCE = Column(
    "centre_distance", "Centre Distance", "centre_distance_arcsec", Kind.NUMBER, "″", 120, shown=False, cones_only=True,
    description="Separation of the searched position from the centre of the observation.",
)  # fmt: skip
STATE = Column(
    "state", "Access", "state", Kind.STATE, shown=False,
    description="Public, Exclusive Access until the release date, or Planned.",
)  # fmt: skip

DATA_RIGHTS = Column(
    "dataRights", OBSERVATION_COLUMN["dataRights"].label, "data_rights", shown=False,
    description=OBSERVATION_COLUMN["dataRights"].description,
)  # fmt: skip

#: Observation rows. What tells rows apart comes first; the rest keeps the archive's own order.
OBSERVATION_COLUMNS: tuple[Column, ...] = (
    _published("obs_collection", 80),
    _published("instrument_name", 114),
    _published("filters", 104),
    _published("target_name", 150),
    _published("s_ra", 102, kind=Kind.RA, unit="hms"),
    _published("s_dec", 102, kind=Kind.DEC, unit="dms"),
    _published("t_exptime", 106, short="Exposure"),
    DISTANCE,
    _published("t_min", 140),
    _published("obs_id", 270),
    _published("proposal_id", 96),
    _published("proposal_pi", 160),
    _published("calib_level", 124),
    _published("t_max", 140),
    _published("t_obs_release", 140),
    _published("intentType", 128),
    _published("provenance_name", 128, kind=Kind.TEXT),
    _published("project", 80),
    _published("wavelength_region", 96),
    _published("target_classification", 170),
    _published("em_min", 140),
    _published("em_max", 140),
    _published("mtFlag", 110),
    _published("proposal_type", 110),
    _published("sequence_number", 128),
    _published("dataproduct_type", 110, shown=False),
    _published("obs_title", 240, shown=False),
    _published("obsid", 140, kind=Kind.WHOLE, shown=False),
    _published("objID", 110, shown=False),
    _published("srcDen", 150, shown=False),
    _published("s_region", 240, shown=False),
    _published("jpegURL", 200, shown=False),
    _published("dataURL", 200, shown=False),
    CENTRE_DISTANCE,
    STATE,
    DATA_RIGHTS,
)

#: What the original's grid shows, in its order; ours begins with what tells rows apart (docs/decisions/0006).
ORIGINAL_ORDER: tuple[str, ...] = (
    "intentType", "provenance_name", "obs_collection", "instrument_name", "project", "filters", "wavelength_region",
    "target_name", "target_classification", "obs_id", "s_ra", "s_dec", "proposal_id", "proposal_pi", "calib_level",
    "t_min", "t_max", "t_obs_release", "t_exptime", "em_min", "em_max", "distance", "mtFlag", "proposal_type",
    "sequence_number",
)  # fmt: skip

#: What rows are asked by and have no value of: the parts of the sky that their footprints meet.
REGION = Column(
    "region", "Region", "", Kind.REGION, shown=False,
    description="Circles, polygons, boxes and coverage maps (MOC) that the footprint of an observation meets.",
)  # fmt: skip


@dataclass(frozen=True)
class SortKey:
    """One column of an order, written ``t_min`` or ``-t_min`` in an address."""

    column: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


def by_name(columns: tuple[Column, ...]) -> dict[str, Column]:
    return {column.name: column for column in columns}
