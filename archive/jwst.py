"""The naming rules of JWST: what a file name or an observation id says.

Tables first, code after. Sources: file naming schemes, product types and associations of the JWST calibration pipeline
documentation. Where the archive's own category or recommendation is not published, the tables hold our reading; the
place to change it is the table row.
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.facts import ProductFacts, split_extension

__all__ = [
    "JwstName",
    "Kind",
    "ProductFacts",
    "combined_keys",
    "exposure_keys",
    "parse_name",
    "product_facts",
]


class Kind(enum.StrEnum):
    """What a name names."""

    EXPOSURE = "exposure"  # one exposure of one detector, stages 0 to 2c
    COMBINED = "combined"  # stage 3
    ASSOCIATION = "association"
    POOL = "pool"
    GUIDE_STAR = "guide star"
    MSA = "msa"
    PLANNED = "planned"
    VISIT = "visit"


DETECTOR_INSTRUMENTS = {
    **dict.fromkeys((f"nrc{module}{part}" for module in "ab" for part in ("1", "2", "3", "4", "5", "long")), "NIRCAM"),
    **dict.fromkeys(("nrs1", "nrs2"), "NIRSPEC"),
    **dict.fromkeys(("mirimage", "mirifushort", "mirifulong"), "MIRI"),
    "nis": "NIRISS",
    **dict.fromkeys(("guider1", "guider2"), "FGS"),
}
SPECTROGRAPH_DETECTORS = frozenset({"nrs1", "nrs2", "mirifushort", "mirifulong"})
INSTRUMENTS = ("nircam", "niriss", "nirspec", "miri", "fgs")

_VISIT = r"jw(?P<program>\d{5})(?P<observation>\d{3})(?P<visit>\d{3})"
_PROGRAM = r"jw(?P<program>\d{5})"
_AC_ID = r"o\d{3}|c1\d{3}|a3\d{3}|r\d{3,4}"
_TIME = r"(?P<timestamp>\d{8}t\d{6})"
_DETECTOR = "|".join(sorted(DETECTOR_INSTRUMENTS, key=len, reverse=True))
_INSTRUMENT = "|".join(INSTRUMENTS)

#: Each form as a pattern for the name without extension; the first that fits decides. Letters are lower case.
FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.VERBOSE | re.ASCII))
    for kind, pattern in (
        (
            Kind.EXPOSURE,
            rf"""{_VISIT} _(?P<visit_group>\d\d)(?P<parallel>[1-5])(?P<activity>[0-9a-z]{{2}}) _(?P<exposure>\d{{5}})
            (?: -seg(?P<segment>\d{{3}}))? (?: _(?P<detector>{_DETECTOR}))?
            (?: _(?P<association>{_AC_ID}))? (?: _(?P<suffix>[a-z0-9-]+))? (?P<thumbnail> _thumb)?""",
        ),
        (
            Kind.COMBINED,
            rf"""{_PROGRAM} -(?P<association>{_AC_ID}) _(?P<target>t\d{{3}} | [sbv]\d{{5,9}}) (?: -epoch(?P<epoch>\w))?
            _(?P<instrument>{_INSTRUMENT}) (?: _(?P<optics>[a-z0-9]+(?:-[a-z0-9]+)*))?
            (?: _(?P<suffix>[a-z][a-z0-9]*(?:-(?:oi|ami|amiavg)){{0,2}}) (?: -(?P<activity>[0-9a-z]{{2}}))? )?
            (?P<thumbnail> _thumb)?""",
        ),
        (
            Kind.ASSOCIATION,
            rf"""{_PROGRAM} -(?P<association>{_AC_ID}) _{_TIME} _(?P<association_type>[a-z0-9]+(?:-[a-z0-9]+)*)
            _(?P<sequence>\d{{3,5}}) _(?P<suffix>asn)""",
        ),
        (Kind.POOL, rf"{_PROGRAM} _{_TIME} _(?P<suffix>pool)"),
        (
            Kind.GUIDE_STAR,
            rf"""{_VISIT} _(?P<guide>gs-(?:id|acq1|acq2|track|fg)) (?: _(?P<sequence>\d{{1,2}}))?
            (?: _(?P<guide_image>(?:image|stacked)[a-z0-9-]*))? (?: _(?P<timestamp>\d{{13}}))?
            (?: _(?P<suffix>uncal|cal|stream))? (?P<thumbnail> _thumb)?""",
        ),
        (Kind.MSA, rf"{_VISIT} _(?P<sequence>\d{{1,3}}) _(?P<suffix>msa)"),
        (
            Kind.PLANNED,
            rf"""{_VISIT} _xx(?P<parallel>\d)(?P<activity>[0-9a-z]{{2}}) _(?P<exposure>\d{{5}})
            _(?P<instrument>{_INSTRUMENT})""",
        ),
        (Kind.VISIT, _VISIT),
    )
)


@dataclass(frozen=True)
class JwstName:
    """A parsed name. Numbers are numbers, the program is the unpadded string of the archive, absent parts are empty."""

    kind: Kind
    stem: str  # the name without its extension
    extension: str
    program: str
    observation: int | None = None
    visit: int | None = None
    visit_group: str = ""
    parallel: int | None = None  # 1 prime, 2 to 5 parallel
    activity: str = ""  # base 36
    exposure: int | None = None
    segment: int | None = None
    detector: str = ""
    association: str = ""  # o001, c1004, a3001
    target: str = ""  # t001; s…, b… and v… are a source, background and virtual slit of a multi-object spectrum
    epoch: str = ""
    instrument: str = ""
    optics: str = ""  # clear-f356w-sub160: optical elements, slit and subarray as written
    association_type: str = ""
    sequence: str = ""
    timestamp: str = ""
    guide: str = ""  # gs-fg
    guide_image: str = ""
    suffix: str = ""
    thumbnail: bool = False

    @property
    def obs_id(self) -> str:
        """The id of the observation that a file of this name belongs to."""
        tail = f"_{self.suffix}" if self.suffix else ""
        if tail and self.kind is Kind.COMBINED and self.activity:
            tail += f"-{self.activity}"
        if self.kind is Kind.EXPOSURE and self.association:
            tail = f"_{self.association}{tail}"
        if self.thumbnail:
            tail += "_thumb"
        return self.stem.removesuffix(tail)

    @property
    def optical_elements(self) -> tuple[str, ...]:
        """``("CLEAR", "F356W")``: the leading parts of ``optics`` that name wheels, channels and bands."""
        parts = self.optics.upper().split("-") if self.optics else []
        return tuple(part for part in parts if _ELEMENT.fullmatch(part))

    @property
    def subarray(self) -> str:
        """``SUBSTRIP256``: what stands in ``optics`` beyond the elements and the slit; empty for a full frame."""
        parts = self.optics.upper().split("-") if self.optics else []
        return "-".join(part for part in parts if not _ELEMENT.fullmatch(part) and not _SLIT.fullmatch(part))

    @property
    def slit(self) -> str:
        """``S200A1``: the fixed slit of a NIRSpec product; empty otherwise."""
        return next((part for part in self.optics.upper().split("-") if _SLIT.fullmatch(part)), "")


_SLIT = re.compile(r"S\d{3,4}[AB]\d")
_ELEMENT = re.compile(
    r"""CLEARP? | OPAQUE | F\d{3,4}(?:W2?|M|N|LP|X|C) | FND | GR?\d{3}[CHMR] | GR700XD | GRISM[CR]? | PRISM | P750L
    | NRM | MIRROR | WLP\d | WLM\d | DHS\d+ | MASK\w+ | GDHS\d+ | CH[1-4]+ | (?:SHORT|MEDIUM|LONG)+""",
    re.VERBOSE,
)


def parse_name(text: str) -> JwstName | None:
    """The parts of a JWST file name, observation id, file set name or visit id; None for a name of another kind.

    Ids carry no suffix, file names do; a folder or URI before the name is not taken off.
    """
    stem, extension = split_extension(text)
    for kind, pattern in FORMS:
        if match := pattern.fullmatch(stem):
            return _named(kind, stem, extension, {key: part or "" for key, part in match.groupdict().items()})
    return None


def _named(kind: Kind, stem: str, extension: str, parts: dict[str, str]) -> JwstName:
    def text(key: str) -> str:
        return parts.get(key, "")

    def number(key: str) -> int | None:
        return int(text(key)) if text(key) else None

    instrument = "fgs" if kind is Kind.GUIDE_STAR else text("instrument")
    return JwstName(
        kind=kind,
        stem=stem,
        extension=extension,
        program=str(int(text("program"))),
        observation=number("observation") or _observation_of(text("association")),
        visit=number("visit"),
        visit_group=text("visit_group"),
        parallel=number("parallel"),
        activity=text("activity"),
        exposure=number("exposure"),
        segment=number("segment"),
        detector=text("detector"),
        association=text("association"),
        target=text("target"),
        epoch=text("epoch"),
        instrument=instrument.upper() or DETECTOR_INSTRUMENTS.get(text("detector"), ""),
        optics=text("optics"),
        association_type=text("association_type"),
        sequence=text("sequence"),
        timestamp=text("timestamp"),
        guide=text("guide"),
        guide_image=text("guide_image"),
        suffix=text("suffix"),
        thumbnail=bool(text("thumbnail")),
    )


def _observation_of(association: str) -> int | None:
    return int(association[1:]) if association.startswith("o") else None


# What a suffix says ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Suffix:
    """One row of the suffix table.

    ``level`` is the archive's word for an exposure's file, ``""`` where only stage 3 writes the suffix; a combined
    product is always of level 3. ``ends`` names the levels at which the file is an end product.
    """

    words: str
    level: str = ""
    also_combined: bool = False
    category: str = "SCIENCE"
    ends: str = ""
    kind: str = ""  # dataproduct_type, where the suffix decides it

    @property
    def scope(self) -> str:
        if self.level and self.also_combined:
            return f"exposure/target (L{self.level}/L3)"
        return f"exposure (L{self.level})" if self.level else "target (L3)"


SUFFIXES: dict[str, Suffix] = {
    # stage 0 and 1
    "uncal": Suffix("uncalibrated 4D exposure data", "1b", ends="1b"),
    "ramp": Suffix("corrected 4D ramp data", "2a"),
    "rate": Suffix("2D count rate averaged over integrations", "2a"),
    "rateints": Suffix("3D count rate data per integration", "2a"),
    "dark": Suffix("3D or 4D dark-corrected ramp data", "2a"),
    "fitopt": Suffix("optional ramp-fit results", "2a", category="AUXILIARY"),
    "trapsfilled": Suffix("charge trap state data", "2a", category="AUXILIARY"),
    # stage 2
    "cal": Suffix("2D calibrated data averaged over integrations", "2b", ends="2b"),
    "calints": Suffix("3D calibrated data per integration", "2b", ends="2b"),
    "bsub": Suffix("2D background-subtracted data", "2b"),
    "bsubints": Suffix("3D background-subtracted data per integration", "2b"),
    "flat": Suffix("interpolated flat field", "2b"),
    "i2d": Suffix("rectified 2D image", "2b", also_combined=True, ends="2b 3", kind="image"),
    "s2d": Suffix("rectified 2D spectral image", "2b", also_combined=True, ends="2b 3", kind="spectrum"),
    "s3d": Suffix("3D image of spectrum", "2b", also_combined=True, ends="2b 3", kind="cube"),
    "x1d": Suffix("1D extracted spectrum", "2b", also_combined=True, ends="2b 3", kind="spectrum"),
    "x1dints": Suffix("1D extracted spectra per integration", "2b", also_combined=True, ends="2b 3", kind="timeseries"),
    # stage 3, per exposure
    "crf": Suffix("2D cosmic-ray flagged calibrated data", "2c"),
    "crfints": Suffix("3D cosmic-ray flagged calibrated data per integration", "2c"),
    "psfalign": Suffix("aligned point-spread function images", "3", kind="image"),
    "psfsub": Suffix("point-spread function subtracted images", "3", ends="3", kind="image"),
    # stage 3
    "psfstack": Suffix("stacked point-spread function images", kind="image"),
    "c1d": Suffix("combined 1D spectrum", ends="3", kind="spectrum"),
    "cat": Suffix("source catalogue", ends="3", kind="measurements"),
    "segm": Suffix("segmentation map", category="AUXILIARY", kind="image"),
    "phot": Suffix("photometry time series", ends="3", kind="timeseries"),
    "whtlt": Suffix("white-light time series", ends="3", kind="timeseries"),
    "wfscmb": Suffix("combined wavefront sensing image", ends="3", kind="image"),
    "ami": Suffix("fringe parameters of one exposure", "3", ends="3", kind="measurements"),
    "amiavg": Suffix("averaged fringe parameters", ends="3", kind="measurements"),
    "aminorm": Suffix("normalised fringe parameters", ends="3", kind="measurements"),
    "ami-oi": Suffix("interferometric observables", "3", also_combined=True, ends="3", kind="measurements"),
    "amimulti-oi": Suffix(
        "interferometric observables per integration", "3", also_combined=True, ends="3", kind="measurements"
    ),
    "amilg": Suffix("fringe fit residuals and models", "3", also_combined=True, ends="3", kind="measurements"),
    "aminorm-oi": Suffix("normalised interferometric observables", ends="3", kind="measurements"),
    "psf-ami-oi": Suffix(
        "interferometric observables of the reference star", category="AUXILIARY", kind="measurements"
    ),
    # companions
    "asn": Suffix("association", category="INFO"),
    "pool": Suffix("association pool", category="INFO"),
    "msa": Suffix("micro-shutter configuration", category="AUXILIARY"),
}
#: A suffix that the table has not: kept, never recommended.
UNKNOWN_SUFFIX = Suffix("other product", "2b", also_combined=True, category="AUXILIARY")

CALIB_LEVELS = {"1b": 1, "2a": 2, "2b": 2, "2c": 2, "3": 3}
PREVIEW_EXTENSIONS = frozenset({".jpg", ".jpeg", ".png"})
GUIDE_MODES = {
    "gs-id": "identification",
    "gs-acq1": "first acquisition",
    "gs-acq2": "second acquisition",
    "gs-track": "track",
    "gs-fg": "fine guide",
}
_COMPANIONS = frozenset({Kind.ASSOCIATION, Kind.POOL, Kind.MSA})


def product_facts(filename: str) -> ProductFacts | None:
    """Category, group, level, description and more of a JWST file, from its name; None for any other name."""
    name = parse_name(filename)
    if name is None or not name.extension:
        return None
    if name.kind is Kind.GUIDE_STAR:
        return _guide_star_facts(name)
    if not name.suffix or (name.kind is Kind.EXPOSURE and not name.detector):
        return None
    row = SUFFIXES.get(name.suffix, UNKNOWN_SUFFIX)
    if name.extension in PREVIEW_EXTENSIONS:
        return _preview_facts(name, row)
    level = _level(name, row)
    return ProductFacts(
        own_obs_id=name.obs_id,
        product_type=row.category,
        product_group=_group(name),
        calib_level=CALIB_LEVELS.get(level),
        description=f"{row.scope}: {row.words}" if level else row.words,
        end_product=level in row.ends.split(),
        extension=name.extension,
        dataproduct_type=row.kind or _dataproduct_type(name),
        product_level=level,
    )


def _level(name: JwstName, row: Suffix) -> str:
    """The archive's word for the level; empty for companions, which have none."""
    if name.kind in _COMPANIONS:
        return ""
    return "3" if name.kind is Kind.COMBINED else row.level or "3"


def _group(name: JwstName) -> str:
    prefix = f"{name.association}_" if name.kind is Kind.EXPOSURE and name.association else ""
    return f"{prefix}{name.suffix}".upper()


def _dataproduct_type(name: JwstName) -> str:
    return "spectrum" if name.detector in SPECTROGRAPH_DETECTORS else "image"


def _preview_facts(name: JwstName, row: Suffix) -> ProductFacts:
    level = _level(name, row)
    return ProductFacts(
        own_obs_id=name.obs_id,
        product_type="PREVIEW",
        product_group="THUMB" if name.thumbnail else _group(name),
        calib_level=CALIB_LEVELS.get(level),
        description="Preview-Thumb" if name.thumbnail else "Preview-Full",
        end_product=False,
        extension=name.extension,
        dataproduct_type=row.kind or _dataproduct_type(name),
        product_level=level,
    )


def _guide_star_facts(name: JwstName) -> ProductFacts:
    preview = name.extension in PREVIEW_EXTENSIONS
    level = {"uncal": "1b", "cal": "2b"}.get(name.suffix, "")
    return ProductFacts(
        own_obs_id=name.obs_id,
        product_type="PREVIEW" if preview else "AUXILIARY",
        product_group=name.guide.upper(),
        calib_level=CALIB_LEVELS.get(level),
        description="Preview-Full" if preview else f"guide star: {GUIDE_MODES[name.guide]}",
        end_product=False,
        extension=name.extension,
        dataproduct_type="image",
        product_level=level,
    )


# How a combined product relates to its exposures ----------------------------------------------------------------------
# Both sides get keys; a combined product lists every exposure that shares one of its keys. A key is text, so that a
# database joins a whole ingest at once: "2736-o001-NIRCAM-F356W".
_MRS_CHANNELS = {"1": "MIRIFUSHORT", "2": "MIRIFUSHORT", "3": "MIRIFULONG", "4": "MIRIFULONG"}
_MRS_BANDS = ("SHORT", "MEDIUM", "LONG")
_OPEN_POSITIONS = frozenset({"", "CLEAR", "CLEARP"})


def combined_keys(name: JwstName, target_name: str = "") -> tuple[str, ...]:
    """The keys of a stage-3 product: program, association, instrument and optical band.

    A product of observation NNN (``oNNN``) combines the exposures of that observation in its band. One of a candidate
    (``c1NNN``) or of the whole program (``a3NNN``) combines exposures whose association table names the candidate; with
    a target name also those of the program that have the same target, because exposures carry only one table.
    Empty for any other kind of name.
    """
    if name.kind is not Kind.COMBINED:
        return ()
    sets = [name.association]
    if not name.association.startswith("o") and target_name:
        sets.append(f"target {target_name}")
    return tuple(_key(name, which, band) for which in sets for band in _combined_bands(name))


def exposure_keys(name: JwstName, filters: str, target_name: str = "", asntable: str = "") -> tuple[str, ...]:
    """The keys of an exposure: see `combined_keys`.

    Parameters
    ----------
    filters : the observation's column, elements joined by ``;`` (``F162M;F150W``, ``CLEAR;PRISM``, ``SHORT``).
    asntable : the association file in the exposure's header, where it is known.
    """
    if name.kind is not Kind.EXPOSURE or not name.detector:
        return ()
    table = parse_name(asntable) if asntable else None
    sets = {f"o{name.observation:03d}"} | ({table.association} if table else set())
    if target_name:
        sets.add(f"target {target_name}")
    return tuple(_key(name, which, band) for which in sorted(sets) for band in _exposure_bands(name, filters))


def _key(name: JwstName, which: str, band: str) -> str:
    return f"{name.program}-{which}-{name.instrument}-{band}"


def _band(elements: Iterable[str]) -> str:
    """Elements in one order, without open positions of the wheels and without coronagraph masks, which rows omit."""
    passing = {element.strip().upper() for element in elements} - _OPEN_POSITIONS
    return "+".join(sorted(element for element in passing if not element.startswith("MASK")))


def _combined_bands(name: JwstName) -> tuple[str, ...]:
    elements = name.optical_elements
    channels = {digit for element in elements if element.startswith("CH") for digit in element[2:]}
    if not channels:
        return (_band(elements),)
    detectors = sorted({_MRS_CHANNELS[channel] for channel in channels})
    return tuple(f"{detector}+{band}" for detector in detectors for band in _mrs_bands(elements))


def _exposure_bands(name: JwstName, filters: str) -> tuple[str, ...]:
    if name.detector in {"mirifushort", "mirifulong"}:
        return tuple(f"{name.detector.upper()}+{band}" for band in _mrs_bands(re.split(r"[;-]", filters.upper())))
    return (_band(filters.split(";")),)


def _mrs_bands(elements: Iterable[str]) -> list[str]:
    """The gratings' positions in ``("CH1", "SHORTMEDIUMLONG")``."""
    return sorted({band for element in elements for band in _MRS_BANDS if band in element})
