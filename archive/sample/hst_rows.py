"""HST visits become observations: exposures by data set name, and the associations that combine them."""

import string
from collections.abc import Iterator
from dataclasses import dataclass

from archive.sample.geometry import Rectangle, bounding
from archive.sample.instruments import FIELDS
from archive.sample.programs import PROGRAMS
from archive.sample.rows import SECONDS_PER_DAY, SampleRow, aim, release_of
from archive.sample.visits import Visit

_LETTERS = {"ACS": "j", "WFC3": "i", "STIS": "o", "COS": "l", "WFPC2": "u"}
_DITHERS = ((0.0, 0.0), (0.2, 3.0), (2.5, 1.5), (-2.5, 1.0))
_OVERHEAD_S = 240.0
_CHARACTERS = string.ascii_lowercase
_ACS = ("raw.fits", "flt.fits", "flc.fits", "spt.fits", "trl.fits", "flt.jpg", "flt_thumb.jpg")


@dataclass(frozen=True)
class Mode:
    """Suffixes of an exposure and of an association; without the latter each exposure stands alone."""

    exposure: tuple[str, ...]
    association: tuple[str, ...]
    kind: str = "image"


MODES = {
    "ACS/WFC": Mode(_ACS, ("drz.fits", "drc.fits", "asn.fits", "drz.jpg", "drz_thumb.jpg")),
    "WFC3/UVIS": Mode(_ACS, ("drz.fits", "drc.fits", "asn.fits", "drz.jpg", "drz_thumb.jpg")),
    "WFC3/IR": Mode(
        ("raw.fits", "ima.fits", "flt.fits", "spt.fits", "trl.fits", "flt.jpg", "flt_thumb.jpg"),
        ("drz.fits", "asn.fits", "drz.jpg", "drz_thumb.jpg"),
    ),
    "WFPC2/WFC": Mode(
        ("d0m.fits", "c0m.fits", "c1m.fits", "shm.fits", "trl.fits", "c0m.jpg"), ("drz.fits", "asn.fits", "drz.jpg")
    ),
    "STIS/FUV-MAMA": Mode(("raw.fits", "flt.fits", "x1d.fits", "spt.fits", "trl.fits"), (), "spectrum"),
    "STIS/NUV-MAMA": Mode(("raw.fits", "flt.fits", "x1d.fits", "spt.fits", "trl.fits"), (), "spectrum"),
    "COS/FUV": Mode(
        ("rawtag_a.fits", "rawtag_b.fits", "corrtag_a.fits", "corrtag_b.fits", "x1d.fits", "spt.fits", "trl.fits"),
        ("x1dsum.fits", "asn.fits"),
        "spectrum",
    ),
}


def rows(visit: Visit, start: float) -> list[SampleRow]:
    """All observations of a visit that begins at ``start``, MJD."""
    if visit.planned:
        return list(_planned(visit))
    found: list[SampleRow] = []
    step = (visit.exptime_s + _OVERHEAD_S) / SECONDS_PER_DAY
    moment = start
    for tile in range(len(visit.tiles)):
        for order in range(len(visit.settings)):
            exposures = [
                _exposure(visit, (tile, order, dither), moment + step * dither) for dither in range(visit.dithers)
            ]
            moment += step * visit.dithers
            found += exposures
            if MODES[visit.mode].association:
                found.append(_association(visit, (tile, order), exposures))
    return found


def _name(visit: Visit, tile: int, order: int, last: str) -> str:
    """``ipppssoot``: instrument, program code, set (the tile), observation within the set, source."""
    code = PROGRAMS[visit.mission, visit.program].code
    letter = _LETTERS[visit.mode.partition("/")[0]]
    return f"{letter}{code}{visit.number % 10}{_CHARACTERS[tile]}{_CHARACTERS[order]}{last}"


def _fields(visit: Visit, offset: tuple[float, float]) -> tuple[Rectangle, ...]:
    return tuple(field.moved(*offset) for field in FIELDS.get(visit.mode, {}).get("", []))


def _exposure(visit: Visit, place: tuple[int, int, int], moment: float) -> SampleRow:
    tile, order, dither = place
    obs_id = _name(visit, tile, order, f"{_CHARACTERS[dither]}q")
    offset = tuple(visit.tiles[tile][axis] + _DITHERS[dither % len(_DITHERS)][axis] for axis in (0, 1))
    t_max = moment + visit.exptime_s / SECONDS_PER_DAY
    files = tuple(f"{obs_id}_{suffix}" for suffix in MODES[visit.mode].exposure)
    imaging = MODES[visit.mode].kind == "image"
    return SampleRow(
        visit=visit,
        obs_id=obs_id,
        level=2,
        instrument=visit.mode,
        filters=visit.settings[order],
        kind=MODES[visit.mode].kind,
        pointing=aim(visit),
        rectangles=_fields(visit, (offset[0], offset[1]) if imaging else visit.tiles[tile]),
        t_min=moment,
        t_max=t_max,
        exptime_s=visit.exptime_s,
        release=release_of(visit, t_max),
        files=files,
        main_file=next(file for file in files if file.endswith(("_flt.fits", "_c0m.fits", "_x1d.fits"))),
    )


def _association(visit: Visit, place: tuple[int, int], members: list[SampleRow]) -> SampleRow:
    first, last = members[0], members[-1]
    obs_id = _name(visit, *place, "10")
    files = tuple(f"{obs_id}_{suffix}" for suffix in MODES[visit.mode].association)
    fields = [rectangle for row in members for rectangle in row.rectangles]
    return SampleRow(
        visit=visit,
        obs_id=obs_id,
        level=3,
        instrument=visit.mode,
        filters=first.filters,
        kind=first.kind,
        pointing=first.pointing,
        rectangles=(bounding(fields),) if fields else (),
        t_min=first.t_min,
        t_max=last.t_max,
        exptime_s=visit.exptime_s * len(members),
        release=last.release,
        files=files,
        main_file=files[0],
        members=tuple(members),
    )


def _planned(visit: Visit) -> Iterator[SampleRow]:
    for order, filters in enumerate(visit.settings):
        yield SampleRow(
            visit=visit,
            obs_id=_name(visit, 0, order, "00"),
            level=-1,
            instrument=visit.mode,
            filters=filters,
            kind=MODES[visit.mode].kind,
            pointing=aim(visit),
            rectangles=_fields(visit, (0.0, 0.0)),
            t_min=None,
            t_max=None,
            exptime_s=None,
            release=None,
        )
