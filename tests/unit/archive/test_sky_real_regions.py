"""Regions on real footprints, row by row against an independent computation (sky_oracle, numpy alone)."""

import csv
import re

import numpy as np
import pytest

from archive.models import Observation
from archive.sky import meets_region, parse_region
from tests.shared_data import shared_file
from tests.unit.archive.sky_oracle import Ring, distance_to_ring, rings_meet, separation, step_from
from tests.unit.archive.sky_rows import Row, add_rows, polygon

pytestmark = pytest.mark.django_db

EVERY_NTH = 20
REGIONS = 25
#: As near as the region search is exact.
DOUBT_DEG = 1e-6


def read_rows() -> list[Row]:
    """Rows with a footprint of up to four rings, and bare positions."""
    with shared_file("jwst_caom_observations.csv").open(newline="", encoding="utf-8") as file:
        told = [row for number, row in enumerate(csv.DictReader(file)) if number % EVERY_NTH == 0]
    rows: list[Row] = [(float(row["s_ra"]), float(row["s_dec"]), row["s_region"]) for row in told if row["s_ra"]]
    return [row for row in rows if row[2].count("POLYGON") <= 4 and "CIRCLE" not in row[2]]


def rings_of(region: str) -> list[Ring]:
    rings = []
    for shape in region.split("POLYGON")[1:]:
        numbers = [float(word) for word in re.findall(r"-?\d+\.?\d*", shape)]
        ring = list(zip(numbers[::2], numbers[1::2], strict=True))
        rings.append(ring[:-1] if ring[0] == ring[-1] else ring)
    return rings


def star(rng: np.random.Generator, ra: float, dec: float, size: float) -> Ring:
    """A polygon of 5 to 11 corners around a place, most of them concave."""
    angles = np.arange(count := int(rng.integers(5, 12))) * 360.0 / count
    return [step_from(ra, dec, float(angle), size * float(rng.uniform(0.25, 1))) for angle in angles]


def test_polygons_find_exactly_the_rows_that_plain_geometry_finds() -> None:
    rows = read_rows()
    add_rows(rows)
    rings = [rings_of(region) for _, _, region in rows]
    firsts = np.array([own[0][0] if own else (ra, dec) for own, (ra, dec, _) in zip(rings, rows, strict=True)], float)

    def place_of(number: int) -> tuple[float, float]:
        return float(firsts[number, 0]), float(firsts[number, 1])

    rng = np.random.default_rng(4)
    hits = 0
    for number in rng.choice(len(rows), REGIONS, replace=False).tolist():
        size = float(10 ** rng.uniform(-1, 0.3))
        centre = step_from(*place_of(number), float(rng.uniform(0, 360)), size * float(rng.uniform(0, 1.2)))
        region = star(rng, *centre, size)
        near = np.flatnonzero(separation(*centre, firsts[:, 0], firsts[:, 1]) < size + 0.5).tolist()
        told = {row: _meets(rings[row], place_of(row), region) for row in near}
        sure, doubtful = ({row for row, answer in told.items() if answer is wanted} for wanted in (True, None))
        asked = Observation.objects.filter(meets_region(parse_region(polygon(*region))))
        found = set(asked.values_list("obsid", flat=True))
        assert sure <= found <= sure | doubtful, (region, sure - found, found - sure - doubtful)
        assert len(doubtful) < 3
        hits += len(found)
    assert hits > 100


def _meets(own: list[Ring], place: tuple[float, float], region: Ring) -> bool | None:
    """None when they all but touch."""
    if not own:
        return distance_to_ring(*place, region) == 0
    answers = [rings_meet(ring, region, DOUBT_DEG) for ring in own]
    return True if True in answers else None if None in answers else False
