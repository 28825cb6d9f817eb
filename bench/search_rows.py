"""A million synthetic observations with the words that facets count: missions, instruments, filters, programs."""

import time
from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import psycopg
from numpy.typing import NDArray

from archive.sky import SkyCover, sky_covers
from bench.sky_rows import synthetic_fields

COVER_COLUMNS = [field.name for field in fields(SkyCover)]
INSTRUMENTS = (
    ("JWST", "NIRCAM/IMAGE"), ("JWST", "NIRSPEC/MSA"), ("JWST", "MIRI/IFU"), ("JWST", "MIRI/IMAGE"),
    ("JWST", "NIRISS/WFSS"), ("HST", "ACS/WFC"), ("HST", "WFC3/IR"), ("HST", "WFPC2"), ("HST", "STIS/CCD"),
    ("HLA", "WFPC2/WFC"), ("TESS", "Photometer"), ("K2", "Kepler"),
)  # fmt: skip
ELEMENTS = ("CLEAR", "F090W", "F115W", "F150W", "F200W", "F277W", "F356W", "F444W", "F606W", "F814W", "G140H", "PRISM")
REGIONS = ("INFRARED", "OPTICAL", "UV", "OPTICAL;INFRARED")
KINDS = ("image", "spectrum", "cube", "timeseries")
TYPES = ("GO", "GTO", "DD", "CAL", "SNAP")
COLUMNS = (
    "obsid", "obsid_assigned", "intent_type", "obs_collection", "provenance_name", "instrument_name", "project",
    "filters", "wavelength_region", "target_name", "target_classification", "obs_id", "s_ra", "s_dec", "proposal_id",
    "proposal_pi", "calib_level", "t_min", "t_max", "t_exptime", "em_min", "em_max", "obs_title", "t_obs_release",
    "proposal_type", "s_region", "jpeg_url", "data_url", "dataproduct_type", "obj_id",
)  # fmt: skip
Cells = tuple[object, ...]


def fill(peer: psycopg.Connection, rows: int) -> None:
    """Copy rows into the portal's own table, sorted by place as after a bulk load."""
    started = time.perf_counter()
    peer.execute("CREATE TEMPORARY TABLE loading AS SELECT * FROM archive_observation LIMIT 0")
    names = ", ".join([*COLUMNS, *COVER_COLUMNS])
    with peer.cursor().copy(f"COPY loading ({names}) FROM STDIN") as copy:
        for row in observations(rows):
            copy.write_row(row)
    indexes = peer.execute(
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE tablename = 'archive_observation' AND indexdef NOT LIKE '%UNIQUE%'"
    ).fetchall()
    for name, _ in indexes:
        peer.execute(f"DROP INDEX {name}")
    peer.execute(f"INSERT INTO archive_observation ({names}) SELECT {names} FROM loading ORDER BY hpx")
    for _, definition in indexes:
        peer.execute(definition)
    peer.execute("DROP TABLE loading")
    peer.execute("VACUUM ANALYZE archive_observation")
    print(f"{rows:,} rows in {time.perf_counter() - started:.0f} s", flush=True)


def observations(rows: int) -> Iterator[Cells]:
    rng = np.random.default_rng(20260822)
    number = 0
    for centres, corners in synthetic_fields(rng, rows):
        regions = ["POLYGON ICRS " + " ".join(f"{n:.6f}" for n in ring) for ring in corners.reshape(-1, 8).tolist()]
        places = centres.tolist()
        covers = sky_covers([(ra, dec, region) for (ra, dec), region in zip(places, regions, strict=True)])
        words = _words(rng, len(places))
        for (ra, dec), region, cover, word in zip(places, regions, covers, words, strict=True):
            number += 1
            yield (*row_of(number, ra, dec, region, word), *(getattr(cover, name) for name in COVER_COLUMNS))


def _words(rng: np.random.Generator, n: int) -> list[tuple[int, ...]]:
    """Numbers that choose the words of a row, the low ones more often."""

    def skewed(choices: int) -> NDArray[np.int64]:
        return (choices * rng.random(n) ** 2).astype(np.int64)

    columns = (
        skewed(len(INSTRUMENTS)), skewed(len(ELEMENTS)), rng.integers(0, len(ELEMENTS), n), skewed(4_000),
        skewed(len(KINDS)), rng.integers(0, 10_000_000, n), rng.integers(0, 1_000_000, n), rng.integers(0, 6, n),
    )  # fmt: skip
    return list(zip(*(column.tolist() for column in columns), strict=True))


def row_of(number: int, ra: float, dec: float, region: str, words: tuple[int, ...]) -> Cells:
    place, first, second, program, kind, moment, exposure, level = words
    mission, instrument = INSTRUMENTS[place]
    elements = ELEMENTS[first] if first == second or second > 8 else f"{ELEMENTS[first]};{ELEMENTS[second]}"
    t_min = 50_000.0 + moment / 1000
    exptime = round(10 ** (exposure / 200_000), 3)
    obs_id = f"{mission.lower()}{program:05d}{number:09d}_{instrument.lower().replace('/', '-')}"
    return (
        number, False, "calibration" if kind == 3 else "science", mission, f"CAL{mission}", instrument, mission,
        elements, REGIONS[place % 4], f"TARGET-{program * 7 % 5000}", f"Galaxy; class {program % 60}", obs_id,
        ra, dec, str(program + 1000), f"Name{program % 900}, First", max(0, level - 1), t_min, t_min + 0.01, exptime,
        600.0 + first, 900.0 + first, f"A survey of class {program % 60} objects, part {program}", t_min + 365,
        TYPES[program % 5], region, f"mast:{mission}/product/{obs_id}.jpg", f"mast:{mission}/product/{obs_id}.fits",
        KINDS[kind], "",
    )  # fmt: skip
