"""The content of a stand-in: a FITS file with the units its kind has, or a small valid file of another kind."""

import csv
import gzip
import io
import json
import re
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from archive import hst, jwst
from archive.fits import Array, Card, Column, Value, image_hdu, plain_text, primary_hdu, table_hdu
from archive.models import Observation, Product

STAND_IN = "stand-in: the real file is not held by this archive; no science data in here"

# Which units a file has, by suffix -----------------------------------------------------------------------------------
_CALIBRATED = ("ERR", "DQ", "AREA", "VAR_POISSON", "VAR_RNOISE", "VAR_FLAT", "ASDF")
_RAMPS = ("ERR", "DQ", "VAR_POISSON", "VAR_RNOISE")
_RESAMPLED = ("ERR", "CON", "WHT", "VAR_POISSON", "VAR_RNOISE", "VAR_FLAT", "ASDF")
_CHIP = ("ERR", "DQ")

#: The units after the primary one, as the JWST pipeline writes them.
JWST_UNITS: dict[str, tuple[str, ...]] = {
    "uncal": ("SCI", "GROUP", "INT_TIMES", "ASDF"),
    "ramp": ("SCI", "PIXELDQ", "GROUPDQ", "ERR", "GROUP", "INT_TIMES", "ASDF"),
    "rate": ("SCI", *_RAMPS, "ASDF"),
    "rateints": ("SCI", *_RAMPS, "INT_TIMES", "ASDF"),
    **dict.fromkeys(("cal", "crf", "bsub", "psfalign", "psfsub", "psfstack"), ("SCI", *_CALIBRATED)),
    **dict.fromkeys(("calints", "crfints", "bsubints"), ("SCI", *_CALIBRATED[:-1], "INT_TIMES", "ASDF")),
    **dict.fromkeys(("i2d", "s2d", "wfscmb"), ("SCI", *_RESAMPLED)),
    "s3d": ("SCI", "ERR", "DQ", "WMAP", "HDRTAB", "ASDF"),
    **dict.fromkeys(("x1d", "x1dints"), ("EXTRACT1D", "ASDF")),
    "c1d": ("COMBINE1D", "ASDF"),
    "segm": ("SCI", "ASDF"),
    "msa": ("SHUTTER_IMAGE", "SHUTTER_INFO", "SOURCE_INFO"),
}
#: HST; a unit that stands twice is written for each chip of a two-chip camera.
HST_UNITS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("raw", "flt", "flc", "crj", "crc", "cal", "ima", "x2d", "sx2"), ("SCI", *_CHIP)),
    **dict.fromkeys(("drz", "drc", "mos"), ("SCI", "WHT", "CTX", "HDRTAB")),
    **dict.fromkeys(("c0m", "c0f", "c1m", "c1f", "d0m", "d0f"), ("SCI",)),
    **dict.fromkeys(("x1d", "sx1", "x1dsum"), ("EXTRACT1D",)),
    **dict.fromkeys(("tag", "rawtag", "corrtag"), ("EVENTS", "GTI")),
    "asn": ("ASN",),
    "trl": ("TRL",),
}
_PLAIN_UNITS = ("SCI",)

_IMAGES: dict[str, Array] = {
    "DQ": np.zeros((8, 8), "u4"),
    "PIXELDQ": np.zeros((8, 8), "u4"),
    "GROUPDQ": np.zeros((8, 8), "u1"),
    "CTX": np.ones((8, 8), "i4"),
    "CON": np.ones((1, 8, 8), "i4"),
    "WHT": np.ones((8, 8), "f4"),
    "AREA": np.ones((8, 8), "f4"),
    "SHUTTER_IMAGE": np.zeros((8, 8), "f4"),
}
_BLANK = np.zeros((8, 8), "f4")
_CUBE = np.zeros((4, 8, 8), "f4")
_RAW_RAMP = np.zeros((1, 2, 8, 8), "u2")
_NOTHING = np.zeros(0)
_WAVELENGTHS = np.linspace(1.0, 2.0, 4)
_TABLES: dict[str, list[Column]] = {
    "EXTRACT1D": [
        Column("WAVELENGTH", _WAVELENGTHS),
        Column("FLUX", np.zeros(4)),
        Column("FLUX_ERROR", np.zeros(4)),
        Column("DQ", np.zeros(4, "i4")),
    ],
    "COMBINE1D": [Column("WAVELENGTH", _WAVELENGTHS), Column("FLUX", np.zeros(4)), Column("ERROR", np.zeros(4))],
    "GROUP": [Column("integration_number", np.ones(1, "i2")), Column("group_number", np.ones(1, "i2"))],
    "INT_TIMES": [Column("integration_number", np.ones(1, "i4")), Column("int_mid_MJD_UTC", np.zeros(1))],
    "ASDF": [Column("ASDF_METADATA", np.frombuffer(b"#ASDF 1.0.0\n", "u1").reshape(1, -1))],
    "HDRTAB": [Column("FILENAME", np.array([b"stand-in"]))],
    "SHUTTER_INFO": [Column("slitlet_id", np.ones(1, "i2")), Column("source_id", np.ones(1, "i4"))],
    "SOURCE_INFO": [Column("source_id", np.ones(1, "i4")), Column("ra", np.zeros(1)), Column("dec", np.zeros(1))],
    "EVENTS": [Column("TIME", _NOTHING), Column("RAWX", _NOTHING.astype("i2")), Column("RAWY", _NOTHING.astype("i2"))],
    "GTI": [Column("START", np.zeros(1)), Column("STOP", np.zeros(1))],
    "ASN": [Column("MEMNAME", np.array([b"STAND-IN"])), Column("MEMTYPE", np.array([b"EXP-DTH"]))],
    "TRL": [Column("TrailerFile", np.array([b"stand-in"]))],
}


@cache
def unit_bytes(name: str, version: int = 1) -> bytes:
    """One extension without file-specific cards; the same for every file that has it."""
    if name in _TABLES:
        return table_hdu(name, _TABLES[name], version=version)
    return image_hdu(name, _IMAGES.get(name, _BLANK), version=version)


def stand_in_bytes(product: Product, record: dict[str, object]) -> bytes:
    """The whole file.

    Parameters
    ----------
    product : with its observation loaded.
    record : the file's keyword record; empty when none is known.
    """
    if product.extension == ".fits":
        return _fits(product, record)
    if product.extension == ".fits.gz":
        return gzip.compress(_fits(product, record), compresslevel=1, mtime=0)
    return _OTHER_KINDS.get(product.extension, _text)(product)


def _fits(product: Product, record: dict[str, object]) -> bytes:
    suffix, units = _units(product.filename)
    content = primary_hdu(primary_cards(product, record))
    for unit in units:
        content += _science_unit(product, record, suffix) if unit == "SCI" else unit_bytes(unit)
    return content


def _units(filename: str) -> tuple[str, tuple[str, ...]]:
    if name := jwst.parse_name(filename):
        guide = ("SCI", *_CHIP) if name.kind is jwst.Kind.GUIDE_STAR else _PLAIN_UNITS
        return name.suffix, JWST_UNITS.get(name.suffix, guide) if not name.guide else guide
    if dataset := hst.parse_name(filename):
        suffix = re.sub(r"(_[a-d]|(?<=sum)\d)$", "", dataset.suffix)
        return suffix, HST_UNITS.get(suffix, _PLAIN_UNITS)
    return "", _PLAIN_UNITS


def _science_unit(product: Product, record: dict[str, object], suffix: str) -> bytes:
    own = product.observation
    region = str(record.get("s_region") or own.s_region)
    cards = [Card("BUNIT", "MJy/sr"), Card("RADESYS", "ICRS"), Card("COMMENT", STAND_IN)]
    if region:
        cards.append(Card("S_REGION", region, "spatial extent of the observation"))
    data = {"uncal": _RAW_RAMP, "s3d": _CUBE, "rateints": _CUBE, "calints": _CUBE}.get(suffix, _BLANK)
    return image_hdu("SCI", data, cards)


# The primary header: what the keyword record says, on top of what the observation row says ---------------------------
#: Columns of the keyword services that are about the archive's record, not keywords of the file.
_NOT_KEYWORDS = frozenset({"filename", "s_region", "checksum"})
#: Keywords that describe the bytes of the file; a record has no say in them.
_STRUCTURE = re.compile(
    r"SIMPLE|BITPIX|NAXIS\d*|EXTEND|XTENSION|[PG]COUNT|GROUPS|END|BSCALE|BZERO|BLANK|BUNIT|EXT(NAME|VER|LEVEL)"
    r"|CHECKSUM|DATASUM|TFIELDS|THEAP|CONTINUE|LONGSTRN|INHERIT|Z?(TTYPE|TFORM|TDIM)\d*"
    r"|(CRVAL|CRPIX|CDELT|CROTA|CTYPE|CUNIT)\d*[A-Z]?|(CD|PC|PV|PS)\d+_\d+[A-Z]?|WCSAXES|RADESYS|EQUINOX"
)
_DATES = {"date_obs": "DATE-OBS", "date_beg": "DATE-BEG", "date_end": "DATE-END"}
#: Numbers that headers hold as text, and to how many digits.
_NUMBERED = {"program": 5, "observtn": 3, "visit": 3, "visitgrp": 2, "seq_id": 1, "act_id": 2, "exposure": 5}
_TEXTS = frozenset({
    "channel", "band", "gdstarid", "obslabel", "targprop", "targname", "obs_id", "visit_id", "module", "title",
    "pi_name", "msametfl", "msametid", "msaconid", "cal_ver", "crds_ver", "sdp_ver", "prd_ver", "oss_ver", "subarray",
})  # fmt: skip
_LOGICALS = {"t": True, "f": False, "true": True, "false": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SERVED_DATE = re.compile(r"/Date\((-?\d+)\)/")
_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,7}")


def primary_cards(product: Product, record: dict[str, object]) -> list[Card]:
    """The primary header of a stand-in: a keyword of the record replaces the one from the observation row."""
    cards = {card.keyword: card for card in _observation_cards(product)}
    for column, text in record.items():
        keyword = _DATES.get(column, column.upper())
        if _is_keyword(column) and not _STRUCTURE.fullmatch(keyword):
            cards[keyword] = Card(keyword, keyword_value(column, str(text)))
    cards["ORIGIN"] = Card("ORIGIN", "STAND-IN", "not the observatory's file")
    named = [card for card in cards.values() if card.value not in {None, ""}]
    return [*named, Card("HISTORY", STAND_IN), Card("HISTORY", f"made for {product.uri}")]


def _is_keyword(column: str) -> bool:
    """Whether a column of the record is a keyword; dates are served a second time as ``…_mjd``."""
    return bool(_COLUMN.fullmatch(column)) and column not in _NOT_KEYWORDS and not column.endswith("_mjd")


def keyword_value(column: str, text: str) -> Value:
    """The value of a keyword column as the header has it: ``t`` a logical, ``"01571"`` a program, numbers numbers."""
    if column in _NUMBERED:
        return text.zfill(_NUMBERED[column]) if text.isdigit() or column == "act_id" else text
    if column in _TEXTS:
        return text
    if text in _LOGICALS:
        return _LOGICALS[text]
    if date := _SERVED_DATE.fullmatch(text):
        return np.datetime_as_string(np.datetime64(int(date[1]), "ms")).item() if len(date[1]) < 17 else text
    if _NUMBER.fullmatch(text) and len(text) < 25:
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    return text


def _observation_cards(product: Product) -> list[Card]:
    own: Observation = product.observation
    instrument = own.instrument_name.partition("/")[0]
    elements = [part for part in own.filters.split(";") if part]
    return [
        Card("FILENAME", product.filename, "name of the file"),
        Card("STANDIN", True, "this file stands in for another"),
        Card("TELESCOP", own.obs_collection, "telescope used to acquire the data"),
        Card("INSTRUME", instrument, "instrument"),
        *([Card("FILTER", elements[0], "first optical element")] if elements else []),
        Card("TARGNAME", own.target_name, "target"),
        Card("TARG_RA", own.s_ra, "[deg] target right ascension"),
        Card("TARG_DEC", own.s_dec, "[deg] target declination"),
        Card("PROGRAM", own.proposal_id, "program number"),
        Card("PI_NAME", own.proposal_pi, "principal investigator"),
        Card("TITLE", own.obs_title, "program title"),
        Card("EXPSTART", own.t_min, "[d] start, MJD UTC"),
        Card("EXPEND", own.t_max, "[d] end, MJD UTC"),
        Card("EFFEXPTM", own.t_exptime, "[s] effective exposure time"),
    ]


# Other kinds of files ------------------------------------------------------------------------------------------------
def _json(product: Product) -> bytes:
    name = jwst.parse_name(product.filename)
    content: dict[str, object] = {"comment": STAND_IN, "file": product.filename}
    if name is not None and name.kind is jwst.Kind.ASSOCIATION:
        members = [{"expname": "stand-in", "exptype": "science"}]
        content |= {
            "asn_type": name.association_type,
            "asn_id": name.association,
            "program": f"{name.program:0>5}",
            "products": [{"name": name.obs_id, "members": members}],
        }
    return json.dumps(content, indent=1).encode()


def _csv(product: Product) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([["file", "comment"], [product.filename, STAND_IN]])
    return out.getvalue().encode()


def _ecsv(product: Product) -> bytes:
    head = (
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: label, datatype: int64}\n# - {name: comment, datatype: string}\n"
    )
    return f'{head}# schema: astropy-2.0\nlabel comment\n1 "{STAND_IN}"\n'.encode()


def _text(product: Product) -> bytes:
    return f"{STAND_IN}\n{plain_text(product.filename)}\n".encode()


def _picture(product: Product) -> bytes:
    return _picture_of("PNG" if product.extension == ".png" else "JPEG")


@cache
def _picture_of(kind: str) -> bytes:
    picture = Image.new("L", (160, 160), 24)
    ImageDraw.Draw(picture).text((54, 74), "STAND-IN", fill=200)
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


_OTHER_KINDS = {
    ".json": _json,
    ".csv": _csv,
    ".ecsv": _ecsv,
    ".jpg": _picture,
    ".jpeg": _picture,
    ".png": _picture,
}
