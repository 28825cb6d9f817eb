"""Cone searches of real footprints, row by row against an independent computation (sky_oracle)."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest

from archive.models import Observation
from archive.sky import in_cone
from tests.shared_data import shared_file
from tests.unit.archive.sky_oracle import Floats, distances_to_rings, separation, step_from
from tests.unit.archive.sky_rows import Row, add_rows

pytestmark = pytest.mark.django_db

FILES = ("jwst_caom_observations.csv", "tess_ffi_footprints.csv", "k2_footprints.csv")
EVERY_NTH = 8


def read_rows() -> list[Row]:
    """Every eighth real row, and every row of several polygons of which the file has a few hundred shutters."""
    rows: list[Row] = []
    for name in FILES:
        with shared_file(name).open(newline="", encoding="utf-8") as file:
            for number, row in enumerate(csv.DictReader(file)):
                if number % EVERY_NTH == 0 or row["s_region"].count("POLYGON") > 100:
                    place = (float(row["s_ra"]), float(row["s_dec"])) if row.get("s_ra") else (None, None)
                    rows.append((*place, row["s_region"]))
    return [row for row in rows if row[2] or row[0] is not None]


class BruteForce:
    """Every part of every row, tested one against a circle, without an index."""

    def __init__(self, rows: list[Row]) -> None:
        rings: defaultdict[int, list[tuple[int, list[float]]]] = defaultdict(list)
        for number, (_, _, region) in enumerate(rows):
            for shape in region.split("POLYGON")[1:]:
                numbers = [float(word) for word in re.findall(r"-?\d+\.?\d*", shape)]
                rings[len(numbers) // 2].append((number, numbers))
        self.owners = [np.array([number for number, _ in group]) for group in rings.values()]
        self.rings = [np.array([ring for _, ring in group]).reshape(len(group), -1, 2) for group in rings.values()]
        bare = [(number, ra, dec) for number, (ra, dec, region) in enumerate(rows) if not region]
        self.bare = np.array(bare, dtype=np.float64)

    def found(self, ra: float, dec: float, radius: float) -> tuple[set[int], set[int]]:
        """Rows that meet the circle for certain, and those within 1e-6 degrees of touching it."""
        sure, doubtful = set(), set()
        for owners, distances in self._distances(ra, dec, radius):
            sure |= set(owners[distances < radius - 1e-6].tolist())
            sure |= set(owners[distances == 0.0].tolist()) if radius == 0 else set()
            doubtful |= set(owners[np.abs(distances - radius) <= 1e-6].tolist())
        return sure, doubtful - sure

    def _distances(self, ra: float, dec: float, radius: float) -> Iterator[tuple[Floats, Floats]]:
        yield self.bare[:, 0].astype(int), separation(ra, dec, self.bare[:, 1], self.bare[:, 2])
        for owners, rings in zip(self.owners, self.rings, strict=True):
            # a real ring is no wider than 25 degrees
            near = separation(ra, dec, rings[:, 0, 0], rings[:, 0, 1]) < radius + 26
            if near.any():
                yield owners[near], distances_to_rings(ra, dec, rings[near])


def cones(rows: list[Row], rng: np.random.Generator) -> Iterator[tuple[float, float, float]]:
    """Circles around and beside real rows, at vertices, at the poles and at 0 hours, and anywhere."""
    for number in rng.choice(len(rows), 40, replace=False):
        ra, dec, region = rows[int(number)]
        numbers = [float(word) for word in re.findall(r"-?\d+\.\d+", region)]
        if numbers:
            ra, dec = numbers[0], numbers[1]
        assert ra is not None
        assert dec is not None
        radius = float(10 ** rng.uniform(-4, 0.5))
        yield ra, dec, 0.0
        yield *step_from(ra, dec, float(rng.uniform(0, 360)), radius), radius
        yield *step_from(ra, dec, float(rng.uniform(0, 360)), radius / 3), 0.0
    for dec, radius in ((90.0, 0.0), (-90.0, 0.0), (89.0, 2.0), (-85.0, 20.0), (66.56, 12.0), (-66.56, 12.0)):
        yield 0.0, dec, radius
    for _ in range(30):
        yield (
            float(rng.choice([0.0, 359.99, rng.uniform(0, 360)])),
            float(rng.uniform(-90, 90)),
            float(rng.uniform(0, 30)),
        )


def test_cones_find_exactly_the_rows_that_a_brute_force_finds() -> None:
    rows = read_rows()
    add_rows(rows)
    oracle = BruteForce(rows)
    hits = 0
    for ra, dec, radius in cones(rows, np.random.default_rng(2026)):
        found = set(in_cone(Observation.objects.all(), ra, dec, radius).values_list("obsid", flat=True))
        sure, doubtful = oracle.found(ra, dec, radius)
        assert sure <= found <= sure | doubtful, (ra, dec, radius, sure - found, found - sure - doubtful)
        hits += len(found)
    assert hits > 2_000
