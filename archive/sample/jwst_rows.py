"""JWST visits become observations: exposures of each detector, combined products, planned exposures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from archive.clock import from_mjd
from archive.sample.geometry import Rectangle, bounding
from archive.sample.instruments import FIELDS, MRS_FIELDS, shutter_quadrants, shutter_slitlet
from archive.sample.rows import SECONDS_PER_DAY, SampleRow, aim, release_of
from archive.sample.visits import Visit

_PREVIEW = ("i2d.jpg", "i2d_thumb.jpg")
_EXPOSURE_PREVIEW = ("cal.jpg", "cal_thumb.jpg")
_DITHERS = ((0.0, 0.0), (6.0, 3.5), (-6.0, 7.0), (3.0, -6.5))
_SMALL_DITHERS = ((0.0, 0.0), (0.6, 0.4), (-0.6, 0.5), (0.4, -0.6))
_OVERHEAD_S = 75.0


@dataclass(frozen=True)
class Mode:
    """What a way of observing leaves behind: suffixes of an exposure and of a combined product."""

    fields: str
    exposure: tuple[str, ...]
    combined: tuple[str, ...]
    association: str
    kind: str = "image"  # of an exposure
    combined_kind: str = "image"
    by_source: bool = False
    segments: bool = False  # long series are cut into segments
    small: bool = False  # a small field dithers in small steps


_IMAGING = ("uncal.fits", "rate.fits", "cal.fits", "{ac}_crf.fits", *_EXPOSURE_PREVIEW)
_SPECTRA = ("uncal.fits", "rate.fits", "cal.fits", "s2d.fits", "x1d.fits")
_SERIES = ("uncal.fits", "rateints.fits", "calints.fits", "x1dints.fits")
_CORONAGRAPHY = ("uncal.fits", "rateints.fits", "calints.fits", "{ac}_crfints.fits", "{ac}_psfsub.fits")
_MOSAIC = ("i2d.fits", "cat.ecsv", "segm.fits", *_PREVIEW)

MODES = {
    "NIRCAM/IMAGE": Mode("NIRCAM", _IMAGING, _MOSAIC, "image3"),
    "NIRCAM/CORON": Mode("NIRCAM/CORON", _CORONAGRAPHY, ("psfstack.fits", *_PREVIEW, "i2d.fits"), "coron3", small=True),
    "MIRI/IMAGE": Mode("MIRI/IMAGE", _IMAGING, _MOSAIC, "image3"),
    "MIRI/CORON": Mode("MIRI/CORON", _CORONAGRAPHY, ("psfstack.fits", *_PREVIEW, "i2d.fits"), "coron3", small=True),
    "MIRI/SLIT": Mode("MIRI/SLIT", _SPECTRA, ("s2d.fits", "x1d.fits"), "spec3", "spectrum", "spectrum", small=True),
    "MIRI/IFU": Mode(
        "MIRI/IFU", ("uncal.fits", "rate.fits", "cal.fits", "{ac}_crf.fits"), ("s3d.fits", "x1d.fits"), "spec3",
        "spectrum", "cube", small=True,
    ),
    "NIRISS/IMAGE": Mode("NIRISS", _IMAGING, _MOSAIC, "image3"),
    "NIRISS/WFSS": Mode(
        "NIRISS", ("uncal.fits", "rate.fits", "cal.fits", "x1d.fits"), ("x1d.fits", "c1d.fits"), "spec3",
        "image", "spectrum", by_source=True,
    ),
    "NIRISS/SOSS": Mode(
        "NIRISS", _SERIES, ("x1dints.fits", "whtlt.ecsv"), "tso3", "spectrum", "timeseries", segments=True,
    ),
    "NIRSPEC/IFU": Mode(
        "NIRSPEC/IFU", (*_SPECTRA[:3], "s3d.fits", "x1d.fits"), ("s3d.fits", "x1d.fits"), "spec3", "spectrum", "cube",
        small=True,
    ),
    "NIRSPEC/MSA": Mode("", _SPECTRA, ("s2d.fits", "x1d.fits"), "spec3", "spectrum", "spectrum", by_source=True),
    "NIRSPEC/BOTS": Mode(
        "NIRSPEC/SLIT", _SERIES, ("x1dints.fits", "whtlt.ecsv"), "tso3", "spectrum", "timeseries", segments=True,
    ),
}  # fmt: skip
_SEGMENTS = 4


def rows(visit: Visit, start: float) -> list[SampleRow]:
    """All observations of a visit that begins at ``start``, MJD."""
    if visit.planned:
        return list(_planned(visit))
    exposures = list(_exposures(visit, start))
    combined = list(_combined(visit, exposures)) if visit.level == 3 else []
    _share(visit, exposures, combined)
    return [*exposures, *combined]


def _stem(visit: Visit, tile: int = 0) -> str:
    return f"jw{visit.program:0>5}{visit.number:03d}{tile + 1:03d}"


def _association(visit: Visit) -> str:
    return f"o{visit.number:03d}"


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[number // 36] + digits[number % 36]


def _timestamp(mjd: float) -> str:
    return f"{from_mjd(mjd):%Y%m%dt%H%M%S}"


# Exposures ------------------------------------------------------------------------------------------------------------
def fields_of(visit: Visit) -> dict[str, list[Rectangle]]:
    """The fields of each detector that the visit uses."""
    if visit.mode == "NIRSPEC/MSA":
        slitlets = [shutter_slitlet(*place) for place in source_places(visit)]
        return {"nrs1": slitlets, "nrs2": slitlets}
    return FIELDS[visit.fields or MODES[visit.mode].fields]


def source_places(visit: Visit) -> list[tuple[float, float]]:
    """Where the sources of a multi-object visit stand in the quadrants, arcsec; a fixed, loose grid."""
    return [
        ((-1) ** number * (18 + 7.3 * (number % 9)), (-1) ** (number // 2) * (16 + 6.1 * (number % 10)))
        for number in range(visit.sources)
    ]


def elements(visit: Visit, setting: str, detector: str) -> str:
    """The ``filters`` of an exposure: what of the setting stands in this detector's beam."""
    if visit.mode == "NIRCAM/IMAGE":
        short, _, long = setting.partition("/")
        return long if detector.endswith("long") else short
    return f"{setting};MASKRND" if visit.mode == "NIRCAM/CORON" else setting.replace("/", ";")


def _exposures(visit: Visit, start: float) -> Iterator[SampleRow]:
    dithers = _SMALL_DITHERS if MODES[visit.mode].small else _DITHERS
    step = (visit.exptime_s + _OVERHEAD_S) / SECONDS_PER_DAY
    moment = start
    for tile, offset in enumerate(visit.tiles):
        for activity, setting in enumerate(visit.settings):
            for dither in range(visit.dithers):
                x, y = (offset[axis] + dithers[dither % len(dithers)][axis] for axis in (0, 1))
                name = f"{_stem(visit, tile)}_021{_base36(1 + 2 * activity)}_{dither + 1:05d}"
                for detector, fields in fields_of(visit).items():
                    rectangles = tuple(field.moved(x, y) for field in fields) if visit.target else ()
                    seen = _exposure_row(visit, moment, elements(visit, setting, detector), rectangles)
                    yield from _segments(seen, name, detector)
                moment += step


def _exposure_row(visit: Visit, moment: float, filters: str, rectangles: tuple[Rectangle, ...]) -> SampleRow:
    t_max = moment + visit.exptime_s / SECONDS_PER_DAY
    return SampleRow(
        visit=visit,
        obs_id="",
        level=min(visit.level, 2),
        instrument=visit.mode,
        filters=filters,
        kind=MODES[visit.mode].kind,
        pointing=aim(visit),
        rectangles=rectangles,
        t_min=moment,
        t_max=t_max,
        exptime_s=visit.exptime_s,
        release=release_of(visit, t_max),
    )


def _segments(seen: SampleRow, name: str, detector: str) -> Iterator[SampleRow]:
    """The exposure under its name; a long series is several, cut into segments."""
    visit, mode = seen.visit, MODES[seen.visit.mode]
    suffixes = ("uncal.fits",) if visit.level == 1 else mode.exposure
    for segment in range(1, _SEGMENTS + 1) if mode.segments else (0,):
        obs_id = f"{name}-seg{segment:03d}_{detector}" if segment else f"{name}_{detector}"
        files = tuple(f"{obs_id}_{suffix.format(ac=_association(visit))}" for suffix in suffixes)
        best = next((file for file in files if "_cal" in file and file.endswith(".fits")), files[0])
        yield replace(seen, obs_id=obs_id, files=files, main_file=best, shared=[])


# Combined products ----------------------------------------------------------------------------------------------------
def optics(visit: Visit, filters: str) -> str:
    """The optical elements as a combined product's name writes them."""
    parts = filters.lower().split(";")
    if visit.mode in {"NIRCAM/IMAGE", "NIRISS/IMAGE"} and len(parts) == 1:
        return f"clear-{parts[0]}"
    endings = {"NIRCAM/CORON": "-sub320a335r", "NIRISS/SOSS": "-substrip256", "NIRSPEC/BOTS": "-s1600a1-sub512"}
    if visit.mode == "NIRISS/WFSS":
        parts.reverse()
    return "-".join(parts) + endings.get(visit.mode, "")


def _combined(visit: Visit, exposures: list[SampleRow]) -> Iterator[SampleRow]:
    for order, (band, members) in enumerate(_bands(visit, exposures).items(), 1):
        sources = range(visit.sources) if MODES[visit.mode].by_source else (None,)
        for source in sources:
            yield _combined_row(visit, band, members, order, source)


def _bands(visit: Visit, exposures: list[SampleRow]) -> dict[str, list[SampleRow]]:
    """The exposures that are combined, by the ``filters`` of the product."""
    bands: dict[str, list[SampleRow]] = {}
    for row in exposures:
        names = [row.filters]
        if visit.mode == "MIRI/IFU":
            channels = "12" if row.obs_id.endswith("short") else "34"
            names = [f"CH{channel}-{row.filters}" for channel in channels]
        for name in names:
            bands.setdefault(name, []).append(row)
    return bands


def _combined_row(visit: Visit, band: str, members: list[SampleRow], order: int, source: int | None) -> SampleRow:
    mode = MODES[visit.mode]
    target = "t001" if source is None else f"s{source + 1:09d}"
    instrument = visit.mode.partition("/")[0].lower()
    obs_id = f"jw{visit.program:0>5}-{_association(visit)}_{target}_{instrument}_{optics(visit, band)}"
    t_min = min(row.t_min for row in members if row.t_min is not None)
    t_max = max(row.t_max for row in members if row.t_max is not None)
    files = tuple(f"{obs_id}_{suffix}" for suffix in mode.combined)
    table = f"jw{visit.program:0>5}-{_association(visit)}_{_timestamp(t_max)}_{mode.association}_{order:05d}_asn.json"
    table_here = (table,) if source in {None, 0} else ()
    return replace(
        members[0],
        obs_id=obs_id,
        level=3,
        filters=band,
        kind=mode.combined_kind,
        rectangles=(_combined_field(visit, band, members, source),),
        t_min=t_min,
        t_max=t_max,
        release=release_of(visit, t_max),
        exptime_s=visit.exptime_s * visit.dithers,
        files=(*files, *table_here),
        main_file=next(file for file in files if file.endswith(".fits")),
        members=tuple(members),
        shared=[],
    )


def _combined_field(visit: Visit, band: str, members: list[SampleRow], source: int | None) -> Rectangle:
    if visit.mode == "NIRSPEC/MSA" and source is not None:
        return members[0].rectangles[source]
    if visit.mode == "NIRISS/WFSS" and source is not None:
        x, y = source_places(visit)[source]
        return Rectangle(x, y, 3.0, 3.0)
    if visit.mode == "MIRI/IFU":
        return bounding([MRS_FIELDS[band[2]].moved(*offset) for offset in visit.tiles])
    return bounding([rectangle for row in members for rectangle in row.rectangles])


# What stands in several lists -----------------------------------------------------------------------------------------
def _share(visit: Visit, exposures: list[SampleRow], combined: list[SampleRow]) -> None:
    """Guide star files and the pool belong to one row and stand in the lists of all rows that they concern."""
    for tile in range(len(visit.tiles)):
        of_tile = [row for row in exposures if row.obs_id.startswith(_stem(visit, tile))]
        files = [(of_tile[0], name) for name in _guide_star_files(visit, tile, of_tile[0].t_min or 0.0)]
        for row in [*of_tile, *combined]:
            row.shared.extend(files)
    if combined:
        pool = (combined[0], f"jw{visit.program:0>5}_{_timestamp(combined[0].t_max or 0.0)}_pool.csv")
        for row in combined:
            row.shared.append(pool)


def _guide_star_files(visit: Visit, tile: int, t_min: float) -> list[str]:
    if not visit.target:
        return []
    begun = f"{from_mjd(t_min - 0.005):%Y%j%H%M%S}"
    kinds = ["gs-id_1_image", "gs-id_1_stacked", *(f"gs-{kind}_{begun}" for kind in ("acq1", "acq2", "track", "fg"))]
    return [f"{_stem(visit, tile)}_{kind}_cal.fits" for kind in kinds]


# Planned exposures ----------------------------------------------------------------------------------------------------
def _planned(visit: Visit) -> Iterator[SampleRow]:
    """One row for each setting and channel; the channels of one exposure share their id."""
    instrument = visit.mode.partition("/")[0].lower()
    for activity, setting in enumerate(visit.settings):
        obs_id = f"{_stem(visit)}_xx1{_base36(activity + 1)}_00001_{instrument}"
        for detector, rectangles in _planned_fields(visit).items():
            yield SampleRow(
                visit=visit,
                obs_id=obs_id,
                level=-1,
                instrument=visit.mode,
                filters=elements(visit, setting, detector),
                kind=MODES[visit.mode].combined_kind,
                pointing=aim(visit),
                rectangles=tuple(rectangles),
                t_min=None,
                t_max=None,
                exptime_s=None,
                release=None,
            )


def _planned_fields(visit: Visit) -> dict[str, list[Rectangle]]:
    """By a detector of each channel, all fields of that channel."""
    if visit.mode == "NIRSPEC/MSA":
        return {"nrs1": shutter_quadrants()}
    fields = fields_of(visit)
    if visit.mode != "NIRCAM/IMAGE":
        name = next(iter(fields))
        return {name: fields[name]}
    long = [field for name, found in fields.items() if name.endswith("long") for field in found]
    short = [field for name, found in fields.items() if not name.endswith("long") for field in found]
    return {"nrcb1": short, "nrcblong": long}
