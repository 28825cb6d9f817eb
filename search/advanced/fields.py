"""The criteria that Advanced Search offers: in which order, by which kind of dialog, and which are there at first."""

import enum
from dataclasses import dataclass

#: The name under which the search box itself is a dialog; no column is called so.
OBJECT = "q"


class Control(enum.StrEnum):
    """How a criterion is chosen."""

    QUESTION = "question"  # the search box
    VALUES = "values"  # boxes with counts
    TEXT = "text"
    RANGE = "range"


@dataclass(frozen=True)
class Field:
    """One criterion.

    ``name`` is its column; ``at_first`` says that its dialog is there before anyone chose, ``unfolded`` that it stands
    open then. ``example`` is a value as its box takes it.
    """

    name: str
    control: Control
    at_first: bool = False
    unfolded: bool = False
    example: str = ""


_VALUES, _TEXT, _RANGE = Control.VALUES, Control.TEXT, Control.RANGE

#: In the order of the column list; flags as in the original's column configuration.
FIELDS: tuple[Field, ...] = (
    Field(OBJECT, Control.QUESTION, at_first=True, unfolded=True),
    Field("intentType", _VALUES, at_first=True, example="science"),
    Field("obs_collection", _VALUES, at_first=True, unfolded=True, example="H*"),
    Field("provenance_name", _VALUES, example="CAL*"),
    Field("instrument_name", _VALUES, at_first=True, unfolded=True, example="MIRI*"),
    Field("project", _VALUES, example="J*"),
    Field("filters", _VALUES, at_first=True, example="F1*W"),
    Field("wavelength_region", _VALUES, unfolded=True, example="INFRA*"),
    Field("target_name", _TEXT, at_first=True, example="NGC*"),
    Field("target_classification", _VALUES, at_first=True, example="*galax*"),
    Field("obs_id", _TEXT, example="jw02736*"),
    Field("s_ra", _RANGE, at_first=True, unfolded=True, example="283.4"),
    Field("s_dec", _RANGE, at_first=True, unfolded=True, example="-18.9"),
    Field("region", _TEXT, at_first=True, example="CIRCLE 283.4 33.03 0.1"),
    Field("proposal_id", _TEXT, at_first=True, unfolded=True, example="2736, 47*"),
    Field("proposal_pi", _TEXT, at_first=True, unfolded=True, example="Espinoza*"),
    Field("dataproduct_type", _VALUES, at_first=True, unfolded=True, example="image"),
    Field("calib_level", _VALUES, example=">=2"),
    Field("t_min", _RANGE, at_first=True, example="2022-07-12"),
    Field("t_max", _RANGE, at_first=True, unfolded=True, example="2022-08-01"),
    Field("t_exptime", _RANGE, at_first=True, example="500"),
    Field("em_min", _RANGE, example="600"),
    Field("em_max", _RANGE, example="5000"),
    Field("obs_title", _TEXT, example="*exoplanet*"),
    Field("t_obs_release", _RANGE, example="2026-01-20"),
    Field("proposal_type", _VALUES, example="G*"),
    Field("sequence_number", _RANGE, example="15"),
    Field("dataRights", _VALUES, example="PUBLIC"),
    Field("mtFlag", _VALUES, example="true"),
    Field("obsid", _TEXT, example="87602457"),
    Field("objID", _TEXT, example="87602457"),
    Field("srcDen", _RANGE, example="1000"),
)
FIELD = {field.name: field for field in FIELDS}
