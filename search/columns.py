"""The columns of the grids: what each is called, how wide it is, what stands in its cells.

A column is known by the archive's own spelling everywhere outside: in addresses, exports and the wire protocol.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass

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

    @property
    def align_right(self) -> bool:
        return self.kind in {Kind.NUMBER, Kind.WHOLE, Kind.RA, Kind.DEC}

    @property
    def sortable(self) -> bool:
        return self.kind is not Kind.STATE and self.name != "s_region"

    def text(self, value: object) -> str:
        """The cell's text; empty for what is not known."""
        if value is None or value == "":
            return ""
        return _TEXTS[self.kind](self, value)


def _float(value: object) -> float:
    return float(str(value)) if not isinstance(value, float) else value


_TEXTS: dict[Kind, Callable[[Column, object], str]] = {
    Kind.TEXT: lambda column, value: str(value),
    Kind.LIST: lambda column, value: "; ".join(part.strip() for part in str(value).split(";")),
    Kind.NUMBER: lambda column, value: formats.number(_float(value), column.decimals),
    Kind.WHOLE: lambda column, value: str(value),
    Kind.DATE: lambda column, value: formats.utc_minute(_float(value)),
    Kind.RA: lambda column, value: formats.sexagesimal_ra(_float(value)),
    Kind.DEC: lambda column, value: formats.sexagesimal_dec(_float(value)),
    Kind.FLAG: lambda column, value: "yes" if value else "no",
    Kind.STATE: lambda column, value: str(value),
}

#: Observation rows. What tells rows apart comes first; the rest keeps the archive's own order.
OBSERVATION_COLUMNS: tuple[Column, ...] = (
    Column("obs_collection", "Mission", "obs_collection", width_px=84),
    Column("instrument_name", "Instrument", "instrument_name", width_px=112),
    Column("filters", "Filters", "filters", Kind.LIST, width_px=112),
    Column("target_name", "Target Name", "target_name", width_px=160),
    Column("s_ra", "RA", "s_ra", Kind.RA, unit="hms", width_px=110),
    Column("s_dec", "Dec", "s_dec", Kind.DEC, unit="dms", width_px=110),
    Column("distance", "Distance", "distance_arcsec", Kind.NUMBER, unit="″", width_px=92, cones_only=True),
    Column("t_exptime", "Exposure", "t_exptime", Kind.NUMBER, unit="s", width_px=100),
    Column("t_min", "Start Time", "t_min", Kind.DATE, unit="UTC", width_px=132),
    Column("obs_id", "Observation ID", "obs_id", width_px=260),
    Column("proposal_id", "Proposal ID", "proposal_id", width_px=96),
    Column("proposal_pi", "Principal Investigator", "proposal_pi", width_px=150),
    Column("calib_level", "Calibration Level", "calib_level", Kind.WHOLE, width_px=120),
    Column("t_max", "End Time", "t_max", Kind.DATE, unit="UTC", width_px=132),
    Column("t_obs_release", "Release Date", "t_obs_release", Kind.DATE, unit="UTC", width_px=132),
    Column("intentType", "Observation Type", "intent_type", width_px=120),
    Column("provenance_name", "Provenance Name", "provenance_name", width_px=120),
    Column("project", "Project", "project", width_px=80),
    Column("wavelength_region", "Waveband", "wavelength_region", Kind.LIST, width_px=96),
    Column("target_classification", "Target Classification", "target_classification", Kind.LIST, width_px=160),
    Column("em_min", "Min. Wavelength", "em_min", Kind.NUMBER, unit="nm", width_px=130),
    Column("em_max", "Max. Wavelength", "em_max", Kind.NUMBER, unit="nm", width_px=130),
    Column("mtFlag", "Moving Target", "mt_flag", Kind.FLAG, width_px=104),
    Column("proposal_type", "Proposal Type", "proposal_type", width_px=104),
    Column("sequence_number", "Sequence Number", "sequence_number", Kind.WHOLE, width_px=120),
    Column("dataproduct_type", "Product Type", "dataproduct_type", width_px=95, shown=False),
    Column("obs_title", "Observation Title", "obs_title", width_px=240, shown=False),
    Column("obsid", "Product Group ID", "obsid", Kind.WHOLE, width_px=130, shown=False),
    Column("objID", "Object ID", "obj_id", width_px=100, shown=False),
    Column("s_region", "Footprint", "s_region", width_px=240, shown=False),
    Column("jpegURL", "Preview", "jpeg_url", width_px=200, shown=False),
    Column("dataURL", "Data URL", "data_url", width_px=200, shown=False),
    Column("srcDen", "Number of Catalog Objects", "src_den", Kind.NUMBER, width_px=150, shown=False, decimals=0),
    Column("state", "Access", "state", Kind.STATE, shown=False),
)


@dataclass(frozen=True)
class SortKey:
    """One column of an order, written ``t_min`` or ``-t_min`` in an address."""

    column: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.column}" if self.descending else self.column


def by_name(columns: tuple[Column, ...]) -> dict[str, Column]:
    return {column.name: column for column in columns}
