"""A million synthetic observations in the portal's own table, with what the extensions need beside it."""

import time
from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module

import numpy as np
import psycopg
from django.core.management import call_command
from numpy.typing import NDArray

from archive.models import Observation
from archive.sky import SkyCover, sky_covers

BATCH = 50_000
COVER_COLUMNS = [field.name for field in fields(SkyCover)]
Floats = NDArray[np.float64]


def fill(peer: psycopg.Connection, rows: int) -> None:
    """Make the table and copy rows into it, sorted by hpx as after a bulk load."""
    call_command("migrate", "archive", verbosity=0)
    peer.execute("DROP INDEX archive_obs_sky_box")
    peer.execute("ALTER TABLE archive_observation ADD COLUMN position_s spoint, ADD COLUMN region_s spoly")
    filled = ", ".join(["obsid", "s_ra", "s_dec", "s_region", "region_s", *COVER_COLUMNS])
    peer.execute(f"CREATE TEMPORARY TABLE loaded AS SELECT {filled} FROM archive_observation")
    copy_rows(peer, rows)
    words = [field.name for field in Observation._meta.concrete_fields if is_plain_text(field.name)]
    peer.execute(
        f"INSERT INTO archive_observation ({filled}, {', '.join(words)}, position_s, obsid_assigned, calib_level) "
        f"SELECT {filled}, {', '.join(['obsid::text'] * len(words))}, spoint(radians(s_ra), radians(s_dec)), false, 2 "
        "FROM loaded ORDER BY hpx"
    )
    peer.execute("DROP TABLE loaded")
    build_indexes(peer)


def is_plain_text(name: str) -> bool:
    return Observation._meta.get_field(name).get_internal_type() == "TextField" and name != "s_region"


def copy_rows(peer: psycopg.Connection, rows: int) -> None:
    copied, cover_seconds = 0, 0.0
    with peer.cursor().copy("COPY loaded FROM STDIN") as copy:
        for centres, corners in synthetic_fields(np.random.default_rng(20260822), rows):
            regions = ["POLYGON ICRS " + " ".join(f"{n:.9f}" for n in ring) for ring in corners.reshape(-1, 8).tolist()]
            batch = [(ra, dec, region) for (ra, dec), region in zip(centres.tolist(), regions, strict=True)]
            started = time.perf_counter()
            covers = sky_covers(batch)
            cover_seconds += time.perf_counter() - started
            for row, cover in zip(batch, covers, strict=True):
                cells = [getattr(cover, name) for name in COVER_COLUMNS]
                copy.write_row((copied, *row, as_spoly(row[2]), *cells))
                copied += 1
    print(f"{copied:,} rows; sky_covers of simple quadrilaterals: {copied / cover_seconds:,.0f} rows/s", flush=True)


def as_spoly(region: str) -> str:
    numbers = region.split()[2:]
    return "{" + ",".join(f"({ra}d,{dec}d)" for ra, dec in zip(numbers[::2], numbers[1::2], strict=True)) + "}"


def build_indexes(peer: psycopg.Connection) -> None:
    statements = {
        "box (GiST)": import_module("archive.migrations.0002_sky_search").BOX_INDEX,
        "q3c": "CREATE INDEX ON archive_observation (q3c_ang2ipix(s_ra, s_dec))",
        "pgSphere points": "CREATE INDEX ON archive_observation USING gist (position_s)",
        "pgSphere polygons": "CREATE INDEX ON archive_observation USING gist (region_s)",
    }
    for name, statement in statements.items():
        started = time.perf_counter()
        peer.execute(statement)
        print(f"index {name}: {time.perf_counter() - started:.1f} s", flush=True)
    peer.execute("VACUUM ANALYZE archive_observation")


def synthetic_fields(rng: np.random.Generator, rows: int) -> Iterator[tuple[Floats, Floats]]:
    """Batches of centres (n, 2) and squares (n, 4, 2), degrees.

    Some fields are observed again and again, some observations lie anywhere, a few are as wide as a TESS detector.
    """
    count = 3_000
    weights = rng.pareto(1.2, count) + 0.05
    deep = np.column_stack([rng.uniform(0, 360, count), np.degrees(np.arcsin(rng.uniform(-1, 1, count)))])
    for start in range(0, rows, BATCH):
        n = min(BATCH, rows - start)
        centres = deep[rng.choice(count, n, p=weights / weights.sum())]
        spread = rng.normal(0, 0.08, (n, 2))
        centres = centres + spread / np.column_stack([np.maximum(np.cos(np.radians(centres[:, 1])), 0.01), np.ones(n)])
        anywhere = rng.random(n) < 0.2
        centres[anywhere, 0] = rng.uniform(0, 360, anywhere.sum())
        centres[anywhere, 1] = np.degrees(np.arcsin(rng.uniform(-1, 1, anywhere.sum())))
        centres[:, 0] %= 360
        centres[:, 1] = np.clip(centres[:, 1], -89.9, 89.9)
        half_width = np.where(rng.random(n) < 0.005, 6.0, 10 ** rng.uniform(-1.9, -0.9, n))
        yield centres, squares_around(centres, half_width, rng.uniform(0, 2 * np.pi, n))


def squares_around(centres: Floats, half_width_deg: Floats, roll_rad: Floats) -> Floats:
    """Squares on the tangent planes of their centres, shape (n, 4, 2)."""
    ra, dec = np.radians(centres).T
    middle = np.column_stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    east = np.column_stack([-np.sin(ra), np.cos(ra), np.zeros(len(ra))])
    north = np.cross(middle, east)
    angles = roll_rad[:, None] + np.pi / 4 + np.arange(4) * np.pi / 2
    reach = np.tan(np.radians(half_width_deg))[:, None] * np.sqrt(2)
    x, y = reach * np.cos(angles), reach * np.sin(angles)
    corners = middle[:, None] + x[..., None] * east[:, None] + y[..., None] * north[:, None]
    ra_deg = np.degrees(np.arctan2(corners[..., 1], corners[..., 0])) % 360
    return np.stack([ra_deg, np.degrees(np.arctan2(corners[..., 2], np.hypot(corners[..., 0], corners[..., 1])))], -1)
