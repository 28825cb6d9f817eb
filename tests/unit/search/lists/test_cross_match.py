"""Cross-matches against brute force with formulas that share nothing with the product's (`sky_oracle`)."""

import datetime as dt
import uuid
from typing import Any

import numpy as np
import pytest
from django.db import connection

from archive.models import Observation
from search.lists import crossmatch
from search.lists.crossmatch import CrossMatchError, cross_match, unmatched
from search.models import CrossMatch, CrossMatchPair, RowState, TargetList, TargetRow
from tests.factories import make_observation, make_observations
from tests.unit.archive.sky_oracle import distance_to_circle, distance_to_ring, separation, step_from

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def make_list(positions: list[tuple[float, float]]) -> TargetList:
    own = TargetList.objects.create(
        token=uuid.uuid4(), name="targets", format="CSV", created_at=NOW, used_at=NOW, fields=[], roles={}
    )
    TargetRow.objects.bulk_create(
        TargetRow(
            target_list=own,
            number=n,
            line=n + 1,
            name=f"T{n}",
            ra_deg=ra,
            dec_deg=dec,
            state=RowState.RESOLVED,
            cells=[],
        )
        for n, (ra, dec) in enumerate(positions, start=1)
    )
    return own


def pairs_of(match: CrossMatch) -> dict[tuple[int, int], float]:
    rows = CrossMatchPair.objects.filter(cross_match=match)
    return {(number, obsid): arcsec for number, obsid, arcsec in rows.values_list(
        "number", "observation_id", "separation_arcsec")}  # fmt: skip


def near(rng: np.random.Generator, place: tuple[float, float], reach_deg: float) -> tuple[float, float]:
    return step_from(*place, towards=float(rng.uniform(0, 360)), by=float(rng.uniform(0, reach_deg)))


def ring_around(ra: float, dec: float, size_deg: float, turn: float) -> list[tuple[float, float]]:
    return [step_from(ra, dec, towards=turn + 90 * corner, by=size_deg) for corner in range(4)]


PLACES = [(0.0, 0.0), (359.9999, -30.0), (123.4, 89.99), (10.0, -89.995), (180.0, 45.0), (283.39624, 33.02914)]


@pytest.mark.parametrize("radius_arcsec", [0.0, 0.5, 30.0, 600.0, 3600.0])
def test_every_pair_is_found_and_no_other(radius_arcsec: float) -> None:
    rng = np.random.default_rng(20260120)
    reach_deg = max(0.05, 2 * radius_arcsec / 3600)
    rings: dict[int, list[tuple[float, float]]] = {}
    circles: dict[int, tuple[float, float, float]] = {}
    points: dict[int, tuple[float, float]] = {}
    rows: list[dict[str, Any]] = []
    for place in PLACES:
        for number in range(15):
            centre, obsid = near(rng, place, reach_deg), 1_000_000 + len(rows)
            region = ""
            if number % 3 == 0:
                ring = ring_around(*centre, size_deg=float(rng.uniform(0.001, 0.1)), turn=float(rng.uniform(0, 90)))
                rings[obsid] = ring
                region = "POLYGON " + " ".join(f"{ra!r} {dec!r}" for ra, dec in ring)
            elif number % 3 == 1:
                circles[obsid] = (*centre, float(rng.uniform(0.001, 0.1)))
                region = "CIRCLE " + " ".join(map(repr, circles[obsid]))
            else:
                points[obsid] = centre
            rows.append({"obsid": obsid, "s_ra": centre[0], "s_dec": centre[1], "s_region": region})
    make_observations(rows)
    targets = [near(rng, place, reach_deg) for place in PLACES for _ in range(8)]
    expected: dict[tuple[int, int], float] = {}
    for number, target in enumerate(targets, start=1):
        distances = {obsid: distance_to_ring(*target, ring) for obsid, ring in rings.items()}
        distances |= {obsid: distance_to_circle(*target, circle) for obsid, circle in circles.items()}
        distances |= {obsid: float(separation(*target, *point)) for obsid, point in points.items()}
        expected |= {
            (number, obsid): 3600 * distance
            for obsid, distance in distances.items()
            if 3600 * distance <= radius_arcsec
        }
    if not expected:
        pytest.fail("the test needs pairs")

    found = pairs_of(cross_match(make_list(targets), radius_arcsec, None, NOW))

    assert found.keys() == expected.keys()
    assert [found[pair] for pair in expected] == pytest.approx(list(expected.values()), abs=1e-5)


def test_pairs_are_ordered_and_counted() -> None:
    inside = make_observation(s_region="CIRCLE 10 20 0.01", s_ra=10.0, s_dec=20.0)
    beside = make_observation(s_region="", s_ra=10.0, s_dec=20.001)
    own = make_list([(10.0, 20.0), (200.0, 0.0), (10.0, 20.0005)])
    match = cross_match(own, 5.0, None, NOW)
    rows = CrossMatchPair.objects.filter(cross_match=match).order_by("ordinal")
    assert [(row.ordinal, row.number, row.observation_id) for row in rows] == [
        (1, 1, inside.obsid), (2, 1, beside.obsid), (3, 3, inside.obsid), (4, 3, beside.obsid)
    ]  # fmt: skip
    assert [row.separation_arcsec for row in rows] == pytest.approx([0.0, 3.6, 0.0, 1.8])
    assert [row.centre_separation_arcsec for row in rows] == pytest.approx([0.0, 3.6, 1.8, 1.8])
    assert (match.pairs, match.targets, match.targets_matched, match.observations) == (4, 3, 2, 2)
    assert [row.number for row in unmatched(match)] == [2]


def test_chosen_rows_only() -> None:
    make_observation(s_region="", s_ra=10.0, s_dec=20.0)
    own = make_list([(10.0, 20.0), (10.0, 20.0), (50.0, 0.0)])
    match = cross_match(own, 1.0, [2, 3], NOW)
    assert {number for number, _ in pairs_of(match)} == {2}
    assert [row.number for row in unmatched(match)] == [3]


def test_rows_without_a_position_are_left_out() -> None:
    own = make_list([(10.0, 20.0)])
    own.rows.update(state=RowState.UNRESOLVED, ra_deg=None, dec_deg=None)
    with pytest.raises(CrossMatchError, match="No row of the list has a position"):
        cross_match(own, 1.0, None, NOW)


def test_too_many_pairs_are_refused_and_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    make_observations([{"s_ra": 10.0, "s_dec": 20.0, "s_region": ""} for _ in range(6)])
    monkeypatch.setattr(crossmatch, "MAX_PAIRS", 5)
    with pytest.raises(CrossMatchError, match="more than 5 pairs"):
        cross_match(make_list([(10.0, 20.0)]), 1.0, None, NOW)
    assert not CrossMatch.objects.exists()
    assert not CrossMatchPair.objects.exists()


def test_a_pole_and_a_full_turn_give_each_pair_once() -> None:
    make_observation(s_region="CIRCLE 0 90 5", s_ra=0.0, s_dec=90.0)
    make_observation(s_region="CIRCLE 359.9 0 0.5", s_ra=359.9, s_dec=0.0)
    own = make_list([(0.0, 89.0), (359.99, 89.0), (0.001, 0.0), (359.999, 0.0)])
    match = cross_match(own, 3600.0, None, NOW)
    assert match.pairs == 4


def test_the_sky_index_answers() -> None:
    """On a large table the planner must walk the index once a target, never the table."""
    make_observations([{"s_ra": n % 360, "s_dec": (n % 170) - 85.0, "s_region": ""} for n in range(2000)])
    own = make_list([(10.0, 20.0), (20.0, 30.0)])
    targets = crossmatch._targets(own, None)
    parameters = crossmatch._arrays(targets, 0.001) | {
        "match": uuid.uuid4(), "chord": 1e-5, "chord2": 1e-10, "limit": 1
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE archive_observation")
        cursor.execute("EXPLAIN " + crossmatch._PAIRS, parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "archive_obs_sky_box" in plan
    assert Observation.objects.count() == 2000
