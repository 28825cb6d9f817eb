"""The naming rules of HST: ``ipppssoot`` data set names, Hubble Advanced Products and their suffixes.

Tables first, code after. Source: the naming sections of the HST data handbooks. The categories follow those of
`archive.jwst`, so that one filter serves both missions.
"""

import re
from dataclasses import dataclass

from archive.facts import ProductFacts, split_extension

__all__ = ["HstName", "parse_name", "product_facts"]

#: The first letter of a data set name.
INSTRUMENTS = {
    "f": "FGS",
    "i": "WFC3",
    "j": "ACS",
    "l": "COS",
    "n": "NICMOS",
    "o": "STIS",
    "u": "WFPC2",
    "v": "HSP",
    "w": "WFPC",
    "x": "FOC",
    "y": "FOS",
    "z": "HRS",
}
_PREVIEW = r"(?P<preview>_thumb|_hires)?"
#: ipppssoot: instrument, program code, observation set, observation, source of the transmission (a digit: association).
_DATASET = re.compile(
    rf"(?P<stem>(?P<letter>[{''.join(INSTRUMENTS)}])(?P<code>[a-z0-9]{{3}})(?P<set>[a-z0-9]{{2}})[a-z0-9]{{3}})"
    rf"(?:_(?P<suffix>[a-z0-9]+(?:_[a-d])?))??{_PREVIEW}",
    re.ASCII,
)
#: Hubble Advanced Products: hst_<proposal>_<visit>_<instrument>_<detector>_<filter>_<ipppss[oo]>[_<suffix>].
_ADVANCED = re.compile(
    rf"(?P<stem>hst_(?P<proposal>\d+)_(?P<visit>\w\w)_(?P<instrument>[a-z0-9]+)_(?P<detector>[a-z0-9]+)"
    rf"_(?P<filters>[a-z0-9-]+)_(?P<code>[a-z][a-z0-9]{{5,7}}))(?:_(?P<suffix>[a-z0-9]+(?:-cat)?))?{_PREVIEW}",
    re.ASCII,
)


@dataclass(frozen=True)
class HstName:
    """A parsed name; absent parts are empty."""

    obs_id: str  # the data set: j8xi0x010, or the whole stem of an advanced product
    extension: str
    instrument: str
    program_code: str  # the three letters of the program inside a data set name
    suffix: str = ""
    preview: str = ""  # thumb, hires
    advanced: bool = False

    @property
    def is_association(self) -> bool:
        return not self.advanced and self.obs_id[-1].isdigit()


@dataclass(frozen=True)
class Suffix:
    """One row of the suffix table; ``end_product``: the file is what its level was processed for."""

    words: str
    calib_level: int | None = None
    end_product: bool = False
    category: str = "SCIENCE"
    kind: str = ""


SUFFIXES: dict[str, Suffix] = {
    # raw
    "raw": Suffix("raw exposure", 1, end_product=True),
    "rawtag": Suffix("raw time-tag events", 1, end_product=True, kind="spectrum"),
    "rawaccum": Suffix("raw accumulated exposure", 1, end_product=True, kind="spectrum"),
    "rawacq": Suffix("raw acquisition exposure", 1),
    "tag": Suffix("time-tag events", 1, end_product=True, kind="spectrum"),
    "d0m": Suffix("raw exposure", 1, end_product=True),
    "d0f": Suffix("raw exposure", 1, end_product=True),
    "q0m": Suffix("data quality of the raw exposure", 1, category="AUXILIARY"),
    "q0f": Suffix("data quality of the raw exposure", 1, category="AUXILIARY"),
    "x0m": Suffix("extracted engineering data", 1, category="AUXILIARY"),
    "x0f": Suffix("extracted engineering data", 1, category="AUXILIARY"),
    "wav": Suffix("associated wavelength calibration exposure", 1, category="AUXILIARY", kind="spectrum"),
    # calibrated
    "flt": Suffix("calibrated exposure", 2, end_product=True),
    "flc": Suffix("calibrated exposure, corrected for charge transfer", 2, end_product=True),
    "cal": Suffix("calibrated exposure", 2, end_product=True),
    "c0m": Suffix("calibrated exposure", 2, end_product=True),
    "c0f": Suffix("calibrated exposure", 2, end_product=True),
    "c1m": Suffix("data quality of the calibrated exposure", 2, category="AUXILIARY"),
    "c1f": Suffix("data quality of the calibrated exposure", 2, category="AUXILIARY"),
    "c2m": Suffix("histogram of the calibrated exposure", 2, category="AUXILIARY"),
    "c3t": Suffix("output of the calibration", 2, category="AUXILIARY"),
    "ima": Suffix("calibrated intermediate reads", 2),
    "crj": Suffix("cosmic-ray rejected combination of exposures", 2, end_product=True),
    "crc": Suffix("cosmic-ray rejected combination, corrected for charge transfer", 2, end_product=True),
    "sfl": Suffix("summed flat-fielded exposures", 2),
    "corrtag": Suffix("calibrated time-tag events", 2, kind="spectrum"),
    "counts": Suffix("calibrated counts image", 2, kind="spectrum"),
    "lampflash": Suffix("extracted wavelength calibration flashes", 2, category="AUXILIARY", kind="spectrum"),
    "x1d": Suffix("1D extracted spectrum", 2, end_product=True, kind="spectrum"),
    "x2d": Suffix("2D rectified spectrum", 2, end_product=True, kind="spectrum"),
    "sx1": Suffix("1D extracted spectrum of combined exposures", 2, end_product=True, kind="spectrum"),
    "sx2": Suffix("2D rectified spectrum of combined exposures", 2, end_product=True, kind="spectrum"),
    # combined
    "drz": Suffix("calibrated combined image", 3, end_product=True, kind="image"),
    "drc": Suffix("calibrated combined image, corrected for charge transfer", 3, end_product=True, kind="image"),
    "mos": Suffix("calibrated mosaic", 3, end_product=True, kind="image"),
    "x1dsum": Suffix("1D extracted spectrum of combined exposures", 3, end_product=True, kind="spectrum"),
    "point-cat": Suffix("point source catalogue", 3, end_product=True, kind="measurements"),
    "segment-cat": Suffix("segment source catalogue", 3, end_product=True, kind="measurements"),
    # companions
    "asn": Suffix("association table", category="AUXILIARY"),
    "spt": Suffix("support, planning and telemetry", category="AUXILIARY"),
    "shm": Suffix("support, planning and telemetry", category="AUXILIARY"),
    "shf": Suffix("support, planning and telemetry", category="AUXILIARY"),
    "trl": Suffix("processing log", category="AUXILIARY"),
    "pdq": Suffix("observation quality comments", category="AUXILIARY"),
    "jit": Suffix("pointing jitter, every 3 s", category="AUXILIARY"),
    "jif": Suffix("pointing jitter image", category="AUXILIARY"),
    "hlet": Suffix("headerlet with a world coordinate system", category="AUXILIARY"),
    "log": Suffix("processing log", category="INFO"),
}
UNKNOWN_SUFFIX = Suffix("other product", category="AUXILIARY")
PREVIEW_EXTENSIONS = frozenset({".jpg", ".jpeg", ".png"})
SPECTROGRAPHS = frozenset({"COS", "FOS", "HRS"})


def parse_name(text: str) -> HstName | None:
    """The parts of an HST file name or observation id; None for a name of another kind."""
    stem, extension = split_extension(text)
    if match := _ADVANCED.fullmatch(stem):
        return HstName(
            obs_id=match["stem"],
            extension=extension,
            instrument=match["instrument"].upper(),
            program_code=match["code"][1:4],
            suffix=match["suffix"] or "",
            preview=(match["preview"] or "").lstrip("_"),
            advanced=True,
        )
    if match := _DATASET.fullmatch(stem):
        return HstName(
            obs_id=match["stem"],
            extension=extension,
            instrument=INSTRUMENTS[match["letter"]],
            program_code=match["code"],
            suffix=match["suffix"] or "",
            preview=(match["preview"] or "").lstrip("_"),
        )
    return None


def product_facts(filename: str) -> ProductFacts | None:
    """Category, group, level, description and more of an HST file, from its name; None for any other name."""
    name = parse_name(filename)
    if name is None or not name.extension or not (name.suffix or name.extension in PREVIEW_EXTENSIONS):
        return None
    row = SUFFIXES.get(name.suffix) or SUFFIXES.get(_base(name.suffix), UNKNOWN_SUFFIX)
    preview = name.extension in PREVIEW_EXTENSIONS
    group = (name.preview or name.suffix or "preview").upper() if preview else name.suffix.upper()
    return ProductFacts(
        own_obs_id=name.obs_id,
        product_type="PREVIEW" if preview else row.category,
        product_group=group,
        calib_level=row.calib_level,
        description=_preview_words(name) if preview else f"DADS {group} file - {row.words}",
        end_product=row.end_product and not preview,
        extension=name.extension,
        dataproduct_type=row.kind or ("spectrum" if name.instrument in SPECTROGRAPHS else "image"),
        product_level="" if row.calib_level is None else str(row.calib_level),
    )


def _base(suffix: str) -> str:
    """``corrtag`` of ``corrtag_a``, ``x1dsum`` of ``x1dsum2``."""
    return re.sub(r"(?:_[a-d]|(?<=sum)\d)$", "", suffix)


def _preview_words(name: HstName) -> str:
    return "Preview-Thumb" if name.preview == "thumb" else "Preview-Full"
