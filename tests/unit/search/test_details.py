"""Everything about one observation and about one program."""

import datetime as dt

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from archive.columns import OBSERVATION_COLUMNS
from archive.models import Held, Listing, ObservationState
from search.criteria import parse_criteria
from search.details import FileGroup, observation_details
from search.programs import program_details
from search.results import run
from tests.factories import (
    NOW_MJD,
    list_product,
    make_observation,
    make_planned,
    make_product,
    make_program,
    square,
)

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def test_every_published_column_is_told_in_the_archives_order() -> None:
    row = make_observation(s_region=square(283.4, 33.0, 0.02), em_min=1755.0, mt_flag=False, t_min=59770.39312)
    details = observation_details(row.obsid, NOW)
    assert details is not None
    assert [fact.name for fact in details.facts] == [c.name for c in OBSERVATION_COLUMNS if c.name != "distance"]
    facts = {fact.name: fact for fact in details.facts}
    assert facts["obs_id"].value == row.obs_id
    assert (facts["s_ra"].value, facts["s_ra"].more, facts["s_ra"].unit) == ("283.39624", "18 53 35.10", "deg")
    assert (facts["t_min"].value, facts["t_min"].more) == ("59770.39312", "2022-07-10 09:26:05 UTC")
    assert (facts["em_min"].value, facts["em_min"].unit) == ("1755", "nm")
    assert facts["mtFlag"].value == "false"
    assert facts["dataRights"].value == "PUBLIC"
    assert (facts["em_max"].value, facts["em_max"].unit) == ("", "")
    assert facts["obsid"].value == str(row.obsid)
    assert all(fact.label and fact.description for fact in details.facts)
    assert len(details.outlines) == 1


def test_an_exclusive_observation_says_until_when() -> None:
    row = make_observation(t_obs_release=NOW_MJD + 321, proposal_id="2736")
    details = observation_details(row.obsid, NOW)
    assert details is not None
    assert details.state is ObservationState.EXCLUSIVE
    assert details.state_text == "exclusive until 2026-12-07 · Program 2736"
    assert {fact.name: fact.value for fact in details.facts}["dataRights"] == "EXCLUSIVE_ACCESS"


def test_files_are_counted_once_by_category() -> None:
    row = make_observation()
    exposure = make_observation(calib_level=2)
    held = {"held": Held.YES, "storage_key": "k", "sha256": "0" * 64, "crc32": 1}
    make_product(row, size_bytes=5_000_000_000, **held)
    shared = make_product(exposure, product_type="SCIENCE", product_group="CAL", size_bytes=70)
    make_product(row, product_type="PREVIEW", size_bytes=3)
    list_product(shared, row, recommended=False)
    details = observation_details(row.obsid, NOW)
    assert details is not None
    assert details.files.groups == (FileGroup("PREVIEW", 1, 3, 0), FileGroup("SCIENCE", 2, 5_000_000_070, 1))
    assert details.files.total == FileGroup("", 3, 5_000_000_073, 1)
    assert details.files.total.not_held_files == 2
    assert (details.files.recommended_files, details.files.recommended_bytes) == (2, 5_000_000_003)


def test_a_file_listed_by_way_of_two_observations_is_one_file() -> None:
    row, other = make_observation(), make_observation()
    product = make_product(row, size_bytes=10)
    Listing.objects.create(parent=row, own=other, product=product, recommended=False)
    details = observation_details(row.obsid, NOW)
    assert details is not None
    assert details.files.total == FileGroup("", 1, 10, 0)
    assert details.files.recommended_files == 1


def test_neighbours_are_those_before_and_after_in_the_same_program() -> None:
    second = make_observation(t_min=2.0)
    third = make_observation(t_min=3.0)
    first = make_observation(t_min=1.0)
    planned = make_planned()
    make_observation(t_min=2.5, proposal_id="9")
    make_observation(t_min=2.5, obs_collection="HST")
    seen = {}
    for row in (first, second, third, planned):
        details = observation_details(row.obsid, NOW)
        assert details is not None
        assert details.program_observations == 4
        seen[row.obsid] = (
            details.previous.obsid if details.previous else None,
            details.next.obsid if details.next else None,
        )
    assert seen == {
        first.obsid: (None, second.obsid),
        second.obsid: (first.obsid, third.obsid),
        third.obsid: (second.obsid, planned.obsid),
        planned.obsid: (third.obsid, None),
    }


def test_an_observation_without_a_program_has_no_neighbours() -> None:
    make_observation(proposal_id="")
    details = observation_details(make_observation(proposal_id="").obsid, NOW)
    assert details is not None
    assert (details.previous, details.next, details.program, details.program_observations) == (None, None, None, 0)


@pytest.mark.parametrize("obsid", [0, 1, -1, 2**63, 10**40])
def test_an_unknown_observation_is_none(obsid: int) -> None:
    assert observation_details(obsid, NOW) is None


def test_details_cost_few_queries() -> None:
    row = make_observation()
    for _ in range(30):
        make_product(make_observation())
    with CaptureQueriesContext(connection) as queries:
        observation_details(row.obsid, NOW)
    assert len(queries) <= 7


# Programs ------------------------------------------------------------------------------------------------------------


def test_a_program_tells_its_facts_counts_and_calendar() -> None:
    make_program(number="2736", title="Deep Field", cycle="1", allocation_hours=12.5, exclusive_access_months=12.0)
    of_program = {"proposal_id": "2736"}
    make_observation(**of_program, t_obs_release=NOW_MJD - 5, t_min=59700.0, t_max=59700.5, t_exptime=100.0)
    for release in (61100.0, 61101.0, 61400.0):
        make_observation(**of_program, t_obs_release=release, instrument_name="MIRI/IFU", t_exptime=50.0)
    make_observation(**of_program, t_obs_release=1e12)
    make_planned(**of_program)
    make_observation(**of_program, obs_collection="HST")
    details = program_details("JWST", "02736", NOW)
    assert details is not None
    assert (details.number, details.title, details.observations) == ("2736", "Deep Field", 6)
    assert [(line.state.value, line.count) for line in details.states] == [
        ("public", 1),
        ("exclusive", 4),
        ("planned", 1),
    ]
    assert [(line.instrument_name, line.count, line.t_exptime_s) for line in details.instruments] == [
        ("MIRI/IFU", 3, 150.0),
        ("NIRCAM/IMAGE", 3, 583.0),
    ]
    coming = [(line.month, line.count) for line in details.calendar.lines if line.month > NOW.date()]
    assert coming == [
        (dt.date(2026, 2, 1), 0),
        (dt.date(2026, 3, 1), 2),
        (dt.date(2026, 4, 1), 0),
        (dt.date(2026, 12, 1), 1),
    ]
    assert details.observed_from == "2022-05-01"
    facts = {fact.label: fact.value for fact in details.facts}
    assert facts["Principal Investigator"] == "Barlow, Michael"
    assert (facts["Allocation"], facts["Exclusive access"]) == ("12.5 h", "12 months")
    assert "Science category" not in facts
    assert run(parse_criteria(QueryDict(details.query)), NOW).count == 6


def test_a_program_is_known_by_its_observations_alone() -> None:
    make_observation(proposal_id="77")
    details = program_details("JWST", "77", NOW)
    assert details is not None
    assert (details.program, details.facts, details.observations) == (None, (), 1)


def test_a_program_without_observations_is_known_by_its_record() -> None:
    make_program(number="78")
    details = program_details("JWST", "78", NOW)
    assert details is not None
    assert details.observations == 0
    assert [line.count for line in details.states] == [0, 0, 0]
    assert (details.observed_from, details.calendar.lines) == ("", ())


@pytest.mark.parametrize(
    ("mission", "number"), [("JWST", "999"), ("", ""), ("JWST", "a\0"), ("'", '"; --'), ("HST", "000")]
)
def test_an_unknown_program_is_none(mission: str, number: str) -> None:
    assert program_details(mission, number, NOW) is None


def test_program_pages_cost_few_queries() -> None:
    for number in range(20):
        make_observation(instrument_name=f"I{number}", t_obs_release=NOW_MJD + 40 * number)
    with CaptureQueriesContext(connection) as queries:
        program_details("JWST", "1558", NOW)
    # the program, its observations in numbers, its targets, and its releases by day
    assert len(queries) == 4
