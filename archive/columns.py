"""The archive's published columns: their spelling, where the model keeps them, and what they mean.

One table for observations, one for products. Ingest reads it, the grid, the details page and the wire protocol show it.
Labels, units, UCDs and utypes are those of the archive's own column configuration (utypes of IVOA ObsCore).
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass


class ColumnType(enum.StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    MJD = "mjd"  # a float: days of UTC since 1858-11-17
    LONG = "long"  # a whole number that is served as text


@dataclass(frozen=True)
class Column:
    """One published column."""

    name: str  # as the archive spells it
    #: Path of the model field, from `Observation` or from `Listing`; empty for what is derived (dataRights, distance).
    field: str
    type: ColumnType
    label: str
    description: str
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    #: What joins several values in one cell.
    separator: str = ""

    @property
    def product_field(self) -> str:
        """The field of `Product` itself; empty for what the observation or the listing holds."""
        prefix, _, field = self.field.partition("__")
        return field if prefix == "product" else ""


_TEXT, _INTEGER, _FLOAT = ColumnType.TEXT, ColumnType.INTEGER, ColumnType.FLOAT
_BOOLEAN, _MJD, _LONG = ColumnType.BOOLEAN, ColumnType.MJD, ColumnType.LONG
_CHAR = "ObsPointing.char"
_POSITION = f"{_CHAR}.spatialaxis.coverage.location.coord.position2d"

#: In the order in which the archive serves them.
OBSERVATION_COLUMNS: tuple[Column, ...] = (
    Column(
        "intentType", "intent_type", _TEXT, "Observation Type",
        "Whether the observation was made for science or to calibrate: science, calibration.",
    ),
    Column(
        "obs_collection", "obs_collection", _TEXT, "Mission",
        "The mission or collection that the observation belongs to.",
        ucd="meta.id", utype="ObsPointing.dataid.collection", separator=";",
    ),
    Column(
        "provenance_name", "provenance_name", _TEXT, "Provenance Name",
        "The pipeline or data set that made the data; APT for planned JWST visits.",
        ucd="meta.title", utype="ObsPointing.provenance.name", separator=";",
    ),
    Column(
        "instrument_name", "instrument_name", _TEXT, "Instrument",
        "The instrument, for JWST followed by its mode: NIRCAM/IMAGE.",
        ucd="instr", utype="ObsPointing.provenance.obsconfig.instrument.name",
    ),
    Column(
        "project", "project", _TEXT, "Project",
        "The project that processed the data.",
        ucd="meta.title", separator=";",
    ),
    Column(
        "filters", "filters", _TEXT, "Filters",
        "The optical elements in the beam, joined by semicolons.",
        ucd="phys.transmission;instr.filter", separator=";",
    ),
    Column(
        "wavelength_region", "wavelength_region", _TEXT, "Waveband",
        "The part of the spectrum: OPTICAL, UV, INFRARED …, joined by semicolons.",
        ucd="meta.ucd", separator=";",
    ),
    Column(
        "target_name", "target_name", _TEXT, "Target Name",
        "The target as the proposal names it.",
        ucd="meta.id", utype="ObsPointing.target.name",
    ),
    Column(
        "target_classification", "target_classification", _TEXT, "Target Classification",
        "The kinds of object that the proposal gives for the target, joined by semicolons.",
        ucd="src.class", utype="ObsPointing.target.class", separator=";",
    ),
    Column(
        "obs_id", "obs_id", _TEXT, "Observation ID",
        "The mission's own name of the observation; two bands of one exposure may share it.",
        ucd="meta.id", utype="ObsPointing.dataid.creatorid",
    ),
    Column(
        "s_ra", "s_ra", _FLOAT, "RA",
        "Right ascension of the observation's centre, ICRS.",
        unit="deg", ucd="pos.eq.ra;meta.main", utype=f"{_POSITION}.value2.c1",
    ),
    Column(
        "s_dec", "s_dec", _FLOAT, "Dec",
        "Declination of the observation's centre, ICRS.",
        unit="deg", ucd="pos.eq.dec;meta.main", utype=f"{_POSITION}.value2.c2",
    ),
    Column(
        "dataproduct_type", "dataproduct_type", _TEXT, "Product Type",
        "The kind of data: image, spectrum, cube, timeseries, measurements …",
        ucd="meta.code.class", utype="ObsPointing.obs.dataproducttype",
    ),
    Column(
        "proposal_pi", "proposal_pi", _TEXT, "Principal Investigator",
        "Who leads the program, family name first.",
        ucd="meta.id.PI", utype="ObsPointing.provenance.proposalid",
    ),
    Column(
        "calib_level", "calib_level", _INTEGER, "Calibration Level",
        "-1 planned, 0 raw, 1 uncalibrated, 2 calibrated, 3 combined, 4 contributed.",
        ucd="meta.code.status", utype="ObsPointing.obs.caliblevel",
    ),
    Column(
        "t_min", "t_min", _MJD, "Start Time",
        "When the observation began.",
        unit="MJD", ucd="time.start;obs.exposure", utype=f"{_CHAR}.timeaxis.coverage.bounds.limits.interval.starttime",
    ),
    Column(
        "t_max", "t_max", _MJD, "End Time",
        "When the observation ended.",
        unit="MJD", ucd="time.end;obs.exposure", utype=f"{_CHAR}.timeaxis.coverage.bounds.limits.interval.stoptime",
    ),
    Column(
        "t_exptime", "t_exptime", _FLOAT, "Exposure Length",
        "Effective exposure time.",
        unit="sec", ucd="time.duration;obs.exposure", utype=f"{_CHAR}.timeaxis.coverage.support.extent",
    ),
    Column(
        "em_min", "em_min", _FLOAT, "Min. Wavelength",
        "Shortest wavelength that the optical elements let through.",
        unit="nm", ucd="em.wl;stat.min", utype=f"{_CHAR}.spectralaxis.coverage.bounds.limits.interval.lolim",
    ),
    Column(
        "em_max", "em_max", _FLOAT, "Max. Wavelength",
        "Longest wavelength that the optical elements let through.",
        unit="nm", ucd="em.wl;stat.max", utype=f"{_CHAR}.spectralaxis.coverage.bounds.limits.interval.hilim",
    ),
    Column(
        "obs_title", "obs_title", _TEXT, "Observation Title",
        "The title of the proposal.",
        ucd="meta.title", utype="ObsPointing.dataid.title",
    ),
    Column(
        "t_obs_release", "t_obs_release", _MJD, "Release Date",
        "When the data become public; until then they are exclusive to the program's people.",
        unit="MJD", ucd="time.release;meta.dataset", utype="ObsPointing.curation.releasedata",
    ),
    Column(
        "proposal_id", "proposal_id", _TEXT, "Proposal ID",
        "The number of the program, without leading zeros.",
        ucd="meta.id;obs.proposal",
    ),
    Column(
        "proposal_type", "proposal_type", _TEXT, "Proposal Type",
        "The kind of program: GO, GTO, DD, CAL, SNAP …",
        ucd="meta.code.class;obs.proposal",
    ),
    Column(
        "sequence_number", "sequence_number", _INTEGER, "Sequence Number",
        "Observation of a JWST program, sector of TESS, quarter of Kepler, campaign of K2.",
        ucd="meta.number;obs",
    ),
    Column(
        "s_region", "s_region", _TEXT, "Footprint",
        "The outline of the observation on the sky, as STC-S polygons and circles.",
        unit="ICRS Shape", ucd="pos;obs.field", utype=f"{_CHAR}.spatialaxis.coverage.support.area",
    ),
    Column(
        "jpegURL", "jpeg_url", _TEXT, "Preview",
        "Address of a preview picture.",
        ucd="meta.ref.url", utype="ObsPointing.access.reference",
    ),
    Column(
        "dataURL", "data_url", _TEXT, "Data URL",
        "Address of the main file.",
        ucd="meta.ref.url",
    ),
    Column(
        "dataRights", "", _TEXT, "Data Rights",
        "PUBLIC once the release date has passed, EXCLUSIVE_ACCESS before. Derived from the date, never stored.",
        ucd="meta.code",
    ),
    Column(
        "mtFlag", "mt_flag", _BOOLEAN, "Moving Target",
        "Whether the target moves on the sky (planets, comets, asteroids).",
        ucd="meta.code",
    ),
    Column(
        "srcDen", "src_den", _FLOAT, "Number of Catalog Objects",
        "How many catalogued objects lie in the field.",
        ucd="meta.number;src",
    ),
    Column(
        "obsid", "obsid", _LONG, "Product Group ID",
        "The archive's number of the observation: the key to its list of files.",
        ucd="meta.record",
    ),
    Column(
        "objID", "obj_id", _LONG, "Object ID",
        "The archive's number of this row at its calibration level.",
        ucd="meta.record",
    ),
    Column(
        "distance", "", _FLOAT, 'Distance (")',
        "Separation of the searched position from the observation; 0 inside its footprint.",
        unit="arcsec", ucd="pos.angDistance",
    ),
)  # fmt: skip

#: Fields are paths from `Listing`: a file as it stands in one observation's list.
PRODUCT_COLUMNS: tuple[Column, ...] = (
    Column(
        "obsID", "own_id", _LONG, "Product Group ID",
        "The number of the observation that the file itself belongs to.",
        ucd="meta.record",
    ),
    Column(
        "obs_collection", "own__obs_collection", _TEXT, "Mission",
        "The mission or collection that the file belongs to.",
        ucd="meta.id",
    ),
    Column(
        "dataproduct_type", "product__dataproduct_type", _TEXT, "Data Product Type",
        "The kind of data in the file: image, spectrum, cube …",
        ucd="meta.code.class",
    ),
    Column(
        "obs_id", "own__obs_id", _TEXT, "Observation ID",
        "The observation that the file itself belongs to.",
        ucd="meta.id",
    ),
    Column(
        "description", "product__description", _TEXT, "Description",
        "What the file holds, in words.",
        ucd="meta.note",
    ),
    Column(
        "type", "product__data_type", _TEXT, "Type",
        "S simple, C composite, D derived observation.",
        ucd="meta.code",
    ),
    Column(
        "dataURI", "product__uri", _TEXT, "Data URI",
        "The name under which the archive gives the file out.",
        ucd="meta.ref.ivorn",
    ),
    Column(
        "productType", "product__product_type", _TEXT, "Category",
        "SCIENCE, INFO, AUXILIARY, PREVIEW, CALIBRATION …",
        ucd="meta.code.class",
    ),
    Column(
        "productGroupDescription", "recommended", _TEXT, "Recommended",
        "Minimum Recommended Products for the most calibrated end products of the list; empty for the others.",
        ucd="meta.note",
    ),
    Column(
        "productSubGroupDescription", "product__product_group", _TEXT, "Group",
        "The kind of file by its name's ending: UNCAL, RATE, CAL, I2D …",
        ucd="meta.code",
    ),
    Column(
        "productDocumentationURL", "product__documentation_url", _TEXT, "Documentation",
        "Where the kind of file is described.",
        ucd="meta.ref.url",
    ),
    Column(
        "project", "product__project", _TEXT, "Project",
        "The project that made the file.",
        ucd="meta.title",
    ),
    Column(
        "prvversion", "product__pipeline_version", _TEXT, "Version",
        "Version of the pipeline that made the file.",
        ucd="meta.version",
    ),
    Column(
        "proposal_id", "own__proposal_id", _TEXT, "Proposal ID",
        "The number of the program.",
        ucd="meta.id;obs.proposal",
    ),
    Column(
        "productFilename", "product__filename", _TEXT, "File",
        "The file's name.",
        ucd="meta.file",
    ),
    Column(
        "size", "product__size_bytes", _INTEGER, "Size",
        "Length of the file.",
        unit="byte", ucd="phys.size;meta.file",
    ),
    Column(
        "parent_obsid", "parent_id", _LONG, "Parent Product Group ID",
        "The number of the observation in whose list the file stands.",
        ucd="meta.record",
    ),
    Column(
        "dataRights", "", _TEXT, "Data Rights",
        "PUBLIC once the file's release has passed, EXCLUSIVE_ACCESS before. Derived from the dates, never stored.",
        ucd="meta.code",
    ),
    Column(
        "calib_level", "product__calib_level", _INTEGER, "Calibration Level",
        "0 raw, 1 uncalibrated, 2 calibrated, 3 combined, 4 contributed.",
        ucd="meta.code.status",
    ),
    Column(
        "filters", "product__filters", _TEXT, "Filters",
        "The optical elements in the beam, joined by semicolons.",
        ucd="phys.transmission;instr.filter", separator=";",
    ),
)  # fmt: skip

#: What `productGroupDescription` says of a recommended file.
RECOMMENDED_GROUP = "Minimum Recommended Products"


def by_name(columns: Iterable[Column]) -> dict[str, Column]:
    """The columns under their published names."""
    return {column.name: column for column in columns}


OBSERVATION_COLUMN = by_name(OBSERVATION_COLUMNS)
PRODUCT_COLUMN = by_name(PRODUCT_COLUMNS)
