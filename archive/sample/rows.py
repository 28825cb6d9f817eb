"""An observation of the sample, before it is a row: what it looked at, which files it has, what it was made of."""

import hashlib
from dataclasses import dataclass, field

from archive.sample.geometry import ImagePlane, Pointing, Rectangle, centre_of, region_text
from archive.sample.instruments import COS_APERTURE_RADIUS_ARCSEC, band_nm
from archive.sample.programs import PROGRAMS, Program
from archive.sample.targets import TARGETS, Target
from archive.sample.visits import Visit

#: Numbers of the sample's observations begin here: no archive's own numbers reach so far.
OBSID_BASE = 900_000_000_000
_OBSID_SPAN = 90_000_000_000
DAYS_PER_MONTH = 30.4375
SECONDS_PER_DAY = 86400.0


@dataclass(frozen=True, eq=False)
class SampleRow:
    """One observation. ``rectangles`` empty: a circle for COS, a bare position otherwise."""

    visit: Visit
    obs_id: str
    level: int
    instrument: str
    filters: str
    kind: str  # dataproduct_type
    pointing: Pointing
    rectangles: tuple[Rectangle, ...]
    t_min: float | None  # MJD; None while planned
    t_max: float | None
    exptime_s: float | None
    release: float | None
    files: tuple[str, ...] = ()  # names of its own files
    main_file: str = ""
    members: tuple["SampleRow", ...] = ()
    #: Files of the visit (guide stars, pools) that stand in this row's list, by the row that they belong to.
    shared: list[tuple["SampleRow", str]] = field(default_factory=list)

    @property
    def obsid(self) -> int:
        digest = hashlib.sha256(f"{self.visit.mission} {self.obs_id} {self.filters}".encode()).digest()
        return OBSID_BASE + int.from_bytes(digest[:8], "big") % _OBSID_SPAN

    @property
    def program(self) -> Program:
        return PROGRAMS[self.visit.mission, self.visit.program]

    @property
    def target(self) -> Target | None:
        return TARGETS.get(self.visit.target)

    @property
    def s_region(self) -> str:
        if self.rectangles:
            return region_text(self.pointing, self.rectangles)
        if self.instrument.startswith("COS"):
            radius_deg = COS_APERTURE_RADIUS_ARCSEC / 3600
            return f"CIRCLE ICRS {self.pointing.ra_deg:.9f} {self.pointing.dec_deg:.9f} {radius_deg:.9f}"
        return ""

    def published(self) -> dict[str, object]:
        """The row in the archive's column names."""
        visit, program, target = self.visit, self.program, self.target
        ra, dec = centre_of(self.pointing, self.rectangles) if self.rectangles else self.pointing_position()
        low, high = band_nm(visit.mission, self.filters)
        preview = next((name for name in self.files if name.endswith(".jpg") and "thumb" not in name), "")
        return {
            "obsid": self.obsid,
            "intentType": "science" if target else "calibration",
            "obs_collection": visit.mission,
            "provenance_name": self._provenance(),
            "instrument_name": self.instrument,
            "project": visit.mission,
            "filters": self.filters,
            "wavelength_region": _waveband(low, high),
            "target_name": target.name if target else "NONE",
            "target_classification": target.classification if target else "Calibration",
            "obs_id": self.obs_id,
            "s_ra": f"{ra:.8f}" if target else "",
            "s_dec": f"{dec:.8f}" if target else "",
            "dataproduct_type": self.kind,
            "proposal_pi": program.pi_name,
            "calib_level": self.level,
            "t_min": _day(self.t_min),
            "t_max": _day(self.t_max),
            "t_exptime": "" if self.exptime_s is None else f"{self.exptime_s:.3f}",
            "em_min": low,
            "em_max": high,
            "obs_title": program.title,
            "t_obs_release": _day(self.release),
            "proposal_id": program.number,
            "proposal_type": program.category,
            "sequence_number": visit.number if visit.mission == "JWST" else "",
            "s_region": self.s_region if target else "",
            "jpegURL": self.uri(preview) if preview else "",
            "dataURL": self.uri(self.main_file) if self.main_file else "",
            "mtFlag": str(bool(target and target.moving)).lower(),
        }

    def pointing_position(self) -> tuple[float, float]:
        return self.pointing.ra_deg, self.pointing.dec_deg

    def uri(self, filename: str) -> str:
        return f"mast:{self.visit.mission}/product/{filename}"

    def image_planes(self, long_side: int) -> list[ImagePlane]:
        return [ImagePlane.of(self.pointing, rectangle, long_side) for rectangle in self.rectangles]

    def _provenance(self) -> str:
        if self.visit.mission == "JWST":
            return "APT" if self.visit.planned else "CALJWST"
        return f"CAL{self.instrument.partition('/')[0]}"


def aim(visit: Visit) -> Pointing:
    """Where the visit's plane touches the sky: its target."""
    target = TARGETS.get(visit.target)
    if target is None:
        return Pointing(0.0, 0.0, 0.0)
    return Pointing(target.ra_deg, target.dec_deg, visit.pa_deg)


def release_of(visit: Visit, t_max: float) -> float:
    """When the exclusive months of the visit's program end, MJD."""
    return t_max + PROGRAMS[visit.mission, visit.program].exclusive_months * DAYS_PER_MONTH


def _day(mjd: float | None) -> str:
    return "" if mjd is None else f"{mjd:.8f}"


def _waveband(low_nm: float, high_nm: float) -> str:
    edges = (("UV", 0, 320), ("OPTICAL", 320, 1000), ("INFRARED", 1000, 1e9))
    middle = (low_nm + high_nm) / 2
    return next(name for name, low, high in edges if low <= middle < high)
