"""Places with about 1,000 and 3,000 footprints: squares of a camera and, a third of them, circles of 1.2 degrees."""

import numpy as np
import psycopg

from archive.sky import sky_covers
from bench.search_rows import COLUMNS, COVER_COLUMNS, Cells, row_of
from bench.sky_rows import squares_around

#: Where they lie, ra and dec in degrees, and how many.
PLACES = {(150.1, 2.2): 990, (10.7, 41.3): 2_990}


def fill_places(peer: psycopg.Connection, first: int) -> None:
    names = ", ".join([*COLUMNS, *COVER_COLUMNS])
    with peer.cursor().copy(f"COPY archive_observation ({names}) FROM STDIN") as copy:
        for (ra, dec), count in PLACES.items():
            # what else lies there counts too, and the view draws up to 3,000
            for row in _rows(ra, dec, count, first):
                copy.write_row(row)
            first += count
    peer.execute("ANALYZE archive_observation")


def _rows(ra: float, dec: float, count: int, first: int) -> list[Cells]:
    rng = np.random.default_rng(first)
    centres = np.column_stack([ra + rng.normal(0, 0.8, count), dec + rng.normal(0, 0.6, count)])
    corners = squares_around(centres, 10 ** rng.uniform(-1.9, -0.9, count), rng.uniform(0, 2 * np.pi, count))
    regions = [
        f"CIRCLE ICRS {x:.6f} {y:.6f} 0.6" if n % 3 == 0 else "POLYGON ICRS " + " ".join(f"{v:.6f}" for v in ring)
        for n, ((x, y), ring) in enumerate(zip(centres.tolist(), corners.reshape(-1, 8).tolist(), strict=True))
    ]
    covers = sky_covers([(x, y, region) for (x, y), region in zip(centres.tolist(), regions, strict=True)])
    words = np.column_stack([rng.integers(0, n, count) for n in (12, 12, 12, 4000, 4, 10_000_000, 1_000_000, 6)])
    return [
        (
            *row_of(first + n, x, y, regions[n], tuple(words[n].tolist())),
            *(getattr(covers[n], c) for c in COVER_COLUMNS),
        )
        for n, (x, y) in enumerate(centres.tolist())
    ]
