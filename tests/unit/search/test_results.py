"""A page of a search: which rows, in which order, with which counts, links and words."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings as SettingsWrapper

from archive.models import Name, Observation, ObservationState
from search.criteria import CriteriaError, parse_criteria
from search.page import ResultsPage
from search.resolver import chain
from search.resolver.openngc import OpenNgc
from search.resolver.sesame import Sesame
from search.results import refused, run
from tests.factories import NOW_MJD, make_observation, make_observations, make_planned, square

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_network(settings: SettingsWrapper) -> None:
    settings.RESOLVER = ["holdings", "openngc", "targets"]


def search(query: str) -> ResultsPage:
    return run(parse_criteria(QueryDict(query)), NOW)


def obsids(page: ResultsPage) -> list[int]:
    return [row.obsid for row in page.rows]


# Cones ---------------------------------------------------------------------------------------------------------------


def test_cone_counts_of_positions_agree_with_astropy() -> None:
    random = np.random.default_rng(20260120)
    ra = random.uniform(0, 360, 1500)
    dec = np.degrees(np.arcsin(random.uniform(-1, 1, 1500)))
    made = make_observations([{"s_ra": float(a), "s_dec": float(d)} for a, d in zip(ra, dec, strict=True)])
    places = SkyCoord(ra, dec, unit="deg")
    for centre_ra, centre_dec, radius in (
        (0.0, 0.0, 10.0),
        (359.9, -45.0, 5.0),
        (12.0, 89.9, 8.0),
        (180.0, -90.0, 12.0),
    ):
        separations = SkyCoord(centre_ra, centre_dec, unit="deg").separation(places)
        inside = {row.obsid for row, near in zip(made, separations < radius * u.deg, strict=True) if near}
        page = search(f"q={centre_ra}+{centre_dec}+r%3D{radius}&size=1000")
        assert set(obsids(page)) == inside
        assert page.count == page.total == len(inside)
        shown = {row.obsid: row.observation.distance_arcsec for row in page.rows}  # type: ignore[attr-defined]
        for row, separation in zip(made, separations, strict=True):
            if row.obsid in shown:
                assert shown[row.obsid] == pytest.approx(separation.to_value(u.arcsec), abs=1e-3)


def test_rows_come_nearest_first_and_by_their_centres_where_they_contain_the_target() -> None:
    far = make_observation(s_ra=10.3, s_dec=0.0, s_region=square(10.3, 0, 0.05))
    around = make_observation(s_ra=10.04, s_dec=0.0, s_region=square(10.04, 0, 0.05))
    centred = make_observation(s_ra=10.0, s_dec=0.0, s_region=square(10.0, 0, 0.05))
    page = search("q=10+0+r%3D0.5")
    assert obsids(page) == [centred.obsid, around.obsid, far.obsid]
    assert [cell.text for row in page.rows for cell in row.cells if cell.column.name == "distance"] == [
        "0.0",
        "0.0",
        "900.0",
    ]


def test_radius_zero_asks_for_footprints_that_contain_the_point() -> None:
    inside = make_observation(s_ra=10.04, s_dec=0.0, s_region=square(10.04, 0, 0.05))
    make_observation(s_ra=10.06, s_dec=0.0, s_region=square(10.06, 0, 0.05))
    assert obsids(search("q=10+0+r%3D0")) == [inside.obsid]


def test_a_name_brings_position_size_and_canonical_name() -> None:
    row = make_observation(s_ra=283.396, s_dec=33.029)
    page = search("q=m57")
    assert obsids(page) == [row.obsid]
    assert page.title == "NGC 6720"
    assert page.target is not None
    assert (page.target.name, page.target.resolver, page.target.object_type) == (
        "NGC 6720",
        "OpenNGC",
        "Planetary Nebula",
    )
    assert page.target.radius == "12′"
    assert page.target.sexagesimal == "18 53 35.01 +33 01 42.9"
    assert page.target.degrees == "283.39587 +33.02858"


def test_it_says_where_resolvers_differ_and_leads_there() -> None:
    Name.objects.create(key="M57", name="M57", canonical_name="Our M57", ra_deg=283.0, dec_deg=33.0, resolver="SANTA")
    make_observation(s_ra=283.0, s_dec=33.0)
    page = search("q=m57+r%3D1m")
    assert page.total == 1
    (message,) = page.messages
    assert message.code == "resolvers-differ"
    assert "OpenNGC has the name at 18 53 35.01 +33 01 42.9, 19.99′ away." in message.text
    assert "around the position of SANTA" in message.text
    (choice,) = message.choices
    assert choice.label == "the position of OpenNGC"
    there = search(choice.query)
    assert there.target is not None
    assert (there.target.degrees, there.target.radius) == ("283.39587 +33.02858", "1′")


def test_resolvers_that_agree_are_not_told_of() -> None:
    Name.objects.create(key="M57", name="M57", canonical_name="Our M57", ra_deg=283.39, dec_deg=33.03)
    make_observation(target_name="M57", s_ra=283.35, s_dec=33.05)
    assert search("q=m57").messages == ()


@pytest.mark.parametrize(
    ("query", "radius"), [("m31", "1.482°"), ("m57", "12′"), ("m31+r%3D1m", "1′"), ("10+0", "12′")]
)
def test_the_default_radius_grows_to_the_object_and_yields_to_the_user(query: str, radius: str) -> None:
    page = search(f"q={query}")
    assert page.target is not None
    assert page.target.radius == radius


# States and cells ----------------------------------------------------------------------------------------------------


def test_rows_say_their_state_in_words() -> None:
    facts = {"proposal_id": "2736", "s_ra": 10.0, "s_dec": 0.0}
    make_observation(**facts, t_obs_release=NOW_MJD - 1, t_min=3.0)
    make_observation(**facts, t_obs_release=NOW_MJD + 321.0, t_min=2.0)
    make_planned(**facts)
    make_planned(**facts, plan_window_start=NOW_MJD + 10, plan_window_end=NOW_MJD + 20)
    make_observation(**facts, t_obs_release=None, t_min=1.0)
    page = search("collection=proposals&q=2736&sort=t_min,obsid")
    assert [(row.state, row.state_text) for row in page.rows] == [
        (ObservationState.PUBLIC, "public"),
        (ObservationState.EXCLUSIVE, "exclusive until 2026-12-07 · Program 2736"),
        (ObservationState.PUBLIC, "public since 2026-01-19"),
        (ObservationState.PLANNED, "planned, not yet observed · Program 2736"),
        (ObservationState.PLANNED, "planned for 2026-01-30 to 2026-02-09 · Program 2736"),
    ]
    assert [row.has_files for row in page.rows] == [True, True, True, False, False]
    assert [(value.label, value.count) for value in page.state_counts] == [
        ("Public", 2),
        ("Exclusive Access", 1),
        ("Planned", 2),
    ]


def test_the_state_is_that_of_the_moment_asked() -> None:
    make_observation(s_ra=10.0, s_dec=0.0, t_obs_release=NOW_MJD)
    criteria = parse_criteria(QueryDict("q=10+0"))
    assert run(criteria, NOW).rows[0].state is ObservationState.PUBLIC
    assert run(criteria, NOW - dt.timedelta(seconds=1)).rows[0].state is ObservationState.EXCLUSIVE


def test_cells_show_sexagesimal_positions_and_keep_the_degrees() -> None:
    make_observation(s_ra=283.39624, s_dec=33.02914, t_min=59770.39312)
    cells = {cell.column.name: cell for cell in search("q=m57").rows[0].cells}
    assert (cells["s_ra"].text, cells["s_ra"].full) == ("18 53 35.10", "283.39624°")
    assert (cells["s_dec"].text, cells["s_dec"].full) == ("+33 01 44.9", "+33.02914°")
    assert (cells["t_min"].text, cells["t_min"].full) == (
        "2022-07-10 09:26",
        "2022-07-10 09:26:05 UTC · MJD 59770.39312",
    )


def test_columns_can_be_chosen_and_distances_stand_only_around_a_position() -> None:
    make_observation(s_ra=10.0, s_dec=0.0)
    page = search("q=10+0&columns=obs_id,s_region,distance")
    assert [heading.column.name for heading in page.headings] == ["obs_id", "s_region", "distance"]
    assert [cell.column.name for cell in page.rows[0].cells] == ["obs_id", "s_region", "distance"]
    in_programs = search("collection=proposals&q=1558")
    assert "distance" not in [heading.column.name for heading in in_programs.headings]


def test_headings_say_the_order_and_the_search_after_a_click() -> None:
    make_observation(s_ra=10.0, s_dec=0.0)
    headings = {heading.column.name: heading for heading in search("q=10+0&sort=-t_min,obs_id").headings}
    assert (headings["t_min"].sorted, headings["t_min"].place) == ("descending", 1)
    assert (headings["obs_id"].sorted, headings["obs_id"].place) == ("ascending", 2)
    assert headings["obs_id"].query == "collection=observations&q=10%200&sort=obs_id"
    assert headings["t_min"].query == "collection=observations&q=10%200"
    assert (headings["s_ra"].sorted, headings["s_ra"].place) == ("", 0)


def test_rows_carry_the_outlines_of_their_footprints() -> None:
    make_observation(s_ra=10.0, s_dec=0.0, s_region=square(10, 0, 0.05), t_min=1.0)
    make_observation(s_ra=10.0, s_dec=0.0, s_region="CIRCLE ICRS 10 0 0.05", t_min=2.0)
    make_observation(s_ra=10.0, s_dec=0.0, t_min=3.0)
    polygon, circle, point = search("q=10+0&sort=t_min").rows
    assert len(polygon.outlines[0].vertices) == 4
    assert circle.outlines[0].circle == pytest.approx((10.0, 0.0, 0.05))
    assert list(point.outlines) == []


# Programs ------------------------------------------------------------------------------------------------------------


def test_program_numbers_find_every_mission_and_ignore_leading_zeros() -> None:
    one = make_observation(proposal_id="1073")
    other = make_observation(proposal_id="1073", obs_collection="HST")
    two = make_observation(proposal_id="2736")
    make_observation(proposal_id="10730")
    for text in ("1073, 2736", "01073;02736", "1073%0A2736", "2736 1073 1073"):
        assert set(obsids(search(f"collection=proposals&q={text}"))) == {one.obsid, other.obsid, two.obsid}
    assert search("collection=proposals&q=1073,2736").title == "Programs 1073, 2736"
    assert search("collection=proposals&q=01073").title == "Program 1073"


def test_programs_come_by_mission_program_and_start() -> None:
    late = make_observation(proposal_id="20", t_min=9.0)
    early = make_observation(proposal_id="20", t_min=8.0)
    planned = make_planned(proposal_id="20")
    hst = make_observation(proposal_id="20", obs_collection="HST")
    assert obsids(search("collection=proposals&q=20")) == [early.obsid, late.obsid, planned.obsid, hst.obsid]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("M57", "proposal-number"),
        ("1073,abc", "proposal-number"),
        ("-5", "proposal-number"),
        ("1.5", "proposal-number"),
        (",", "proposal-number"),
        ("9" * 40, "proposal-number"),
        (",".join(map(str, range(1, 102))), "proposal-many"),
    ],
)
def test_what_is_no_program_number_is_refused(text: str, code: str) -> None:
    page = search(f"collection=proposals&q={text}")
    assert page.failed
    assert page.messages[0].code == code
    assert page.messages[0].remedy


def test_missing_programs_are_named() -> None:
    make_observation(proposal_id="1073")
    page = search("collection=proposals&q=1073, 999, 998")
    assert page.count == 1
    assert [message.title for message in page.messages] == ["No observation of programs 999, 998"]
    assert search("collection=proposals&q=1073").messages == ()
    assert search("collection=proposals&q=999").messages[0].code == "no-rows"


# Filters and facets --------------------------------------------------------------------------------------------------


def make_mixture() -> None:
    place = {"s_ra": 10.0, "s_dec": 0.0}
    future = {"t_obs_release": NOW_MJD + 9}
    make_observations([{**place, "filters": "F200W;CLEAR"} for _ in range(4)])
    make_observations([{**place, **future, "filters": "F444W; F200W"} for _ in range(3)])
    make_observations([{**place, "obs_collection": "HST", "filters": "F606W"} for _ in range(2)])
    make_observations([{**place, **future, "obs_collection": "HST", "filters": "F200W2"} for _ in range(1)])


def counts(page: ResultsPage) -> dict[str, dict[str, int]]:
    return {facet.column.name: {value.value: value.count for value in facet.values} for facet in page.facets}


def test_facets_count_what_the_other_filters_leave() -> None:
    make_mixture()
    page = search("q=10+0")
    assert counts(page) == {
        "state": {"public": 6, "exclusive": 4, "planned": 0},
        "obs_collection": {"JWST": 7, "HST": 3},
    }
    page = search("q=10+0&f.obs_collection=HST")
    assert (page.count, page.total) == (3, 10)
    assert counts(page) == {
        "state": {"public": 2, "exclusive": 1, "planned": 0},
        "obs_collection": {"JWST": 7, "HST": 3},
    }
    page = search("q=10+0&f.obs_collection=HST&f.state=exclusive")
    assert page.count == len(page.rows) == 1
    assert counts(page) == {
        "state": {"public": 2, "exclusive": 1, "planned": 0},
        "obs_collection": {"JWST": 3, "HST": 1},
    }


def test_a_filter_matches_one_part_of_a_list_and_not_its_like() -> None:
    make_mixture()
    assert search("q=10+0&f.filters=F200W").count == 7
    assert search("q=10+0&f.filters=F200W;CLEAR").count == 4
    assert search("q=10+0&f.filters=F200").count == 0


def test_facet_values_carry_the_search_after_a_click() -> None:
    make_mixture()
    missions = search("q=10+0&f.obs_collection=HST").facets[1]
    assert [(value.value, value.checked) for value in missions.values] == [("JWST", False), ("HST", True)]
    assert missions.values[0].query == "collection=observations&q=10%200&f.obs_collection=HST&f.obs_collection=JWST"
    assert missions.values[1].query == missions.clear_query == "collection=observations&q=10%200"


def test_a_ticked_value_that_no_row_has_stays_to_be_unticked() -> None:
    make_mixture()
    page = search("q=10+0&f.obs_collection=TESS")
    assert page.count == 0
    assert counts(page)["obs_collection"]["TESS"] == 0
    assert page.messages[0].code == "all-filtered"
    assert page.messages[0].query == page.clear_filters_query == "collection=observations&q=10%200"


# Criteria ------------------------------------------------------------------------------------------------------------


def found(query: str) -> set[str]:
    return {row.observation.obs_id for row in search(f"{query}&size=1000").rows}


def test_criteria_match_words_wildcards_ranges_dates_and_flags() -> None:
    make_observations(
        [
            {
                "obs_id": "a",
                "instrument_name": "MIRI/IMAGE",
                "t_min": 59800.0,
                "mt_flag": True,
                "target_name": "JUPITER",
            },
            {
                "obs_id": "b",
                "instrument_name": "MIRI/IFU",
                "t_min": 59900.0,
                "mt_flag": False,
                "target_name": "jupiter-2",
            },
            {
                "obs_id": "c",
                "instrument_name": "NIRCAM/IMAGE",
                "t_min": 60000.0,
                "mt_flag": None,
                "target_name": "100%_A",
            },
            {
                "obs_id": "d",
                "calib_level": 2,
                "instrument_name": "MIRI",
                "t_min": None,
                "t_exptime": 10.0,
                "target_name": "X",
            },
        ]
    )
    assert found("instrument_name=MIRI*") == {"a", "b", "d"}
    assert found("instrument_name=miri%25") == {"a", "b", "d"}
    assert found("instrument_name=MIRI") == {"d"}
    assert found("instrument_name=MIRI/IFU&instrument_name=MIRI") == {"b", "d"}
    assert found("target_name=*jupiter*") == {"a", "b"}
    assert found("target_name=*\\_A") == set()
    assert found("target_name=*_A") == {"c"}
    assert found("t_min=59800..59900") == {"a", "b"}
    assert found("t_min=59900..") == {"b", "c"}
    assert found("t_min=..59850") == {"a"}
    assert found("t_min=2022-08-08..2022-12-01") == {"a", "b"} - {"b"} | found("t_min=59799..59914")
    assert found("t_exptime=10") == {"d"}
    assert found("calib_level=2") == {"d"}
    assert found("calib_level=0..2") == {"d"}
    assert found("mtFlag=true") == {"a"}
    assert found("mtFlag=false&obs_id=b&obs_id=a") == {"b"}
    assert found("f.state=public&obs_id=a") == {"a"}
    assert found("t_min=59800..59900&instrument_name=MIRI/IFU") == {"b"}


@pytest.mark.parametrize(
    "query",
    [
        "instrument_name=MI*RI*",
        "instrument_name=MIRI*&instrument_name=NIR*",
        "t_min=abc",
        "t_min=..",
        "t_min=nan",
        "t_min=1e999",
        "calib_level=2.5",
        "calib_level=abc",
        "mtFlag=perhaps",
        "state=secret",
        "f.state=secret&q=10+0",
        "s_ra=1..x",
        "distance=0..5",
        "collection=proposals&q=1&f.distance=0..5",
        "collection=proposals&q=1&sort=distance",
    ],
)
def test_a_criterion_that_no_row_can_meet_is_refused_with_a_remedy(query: str) -> None:
    page = search(query)
    assert page.failed
    assert page.messages[0].text
    assert page.messages[0].remedy


@pytest.mark.parametrize(
    "value", ["obsid=99999999999999999999999", "sequence_number=99999999999", "t_exptime=1e299", "s_ra=-5..400"]
)
def test_numbers_beyond_every_column_match_nothing_and_break_nothing(value: str) -> None:
    page = search(value)
    assert page.count == 0
    assert not page.failed


# Words for every condition -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "not-understood"),
        ("q=qwertzuiop", "name-unknown"),
        ("q=Jupiter", "moving"),
        ("q=10+95", "coordinates"),
        ("q=m57+r%3Dx", "radius"),
        ("q=m57+r%3D31", "radius-large"),
        ("q=M*", "wildcard"),
        ("q=10+0&page=nonsense", "page"),
    ],
)
def test_every_refusal_has_title_text_and_remedy(query: str, code: str) -> None:
    page = search(query)
    message = page.messages[0]
    assert page.failed
    assert message.code == code
    assert message.title
    assert message.text
    assert message.remedy


def test_an_unknown_name_offers_its_like_or_the_target_names() -> None:
    message = search("q=Andromida+galaxy").messages[0]
    assert message.choices[0].label == "Andromeda Galaxy"
    assert message.choices[0].query == "collection=observations&q=Andromeda%20Galaxy"
    assert message.query == "collection=observations&target_name=*Andromida%20galaxy*"
    message = search("q=Jupiter").messages[0]
    assert message.query == "collection=observations&target_name=*Jupiter*"
    make_observation(target_name="JUPITER-SOUTH", mt_flag=True)
    assert run(parse_criteria(QueryDict(message.query)), NOW).count == 1


def test_an_unreachable_network_is_told_apart_from_an_unknown_name(
    settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = (OpenNgc(), Sesame(1.0, ["http://127.0.0.1:9"]))
    monkeypatch.setattr(chain, "configured", lambda: dead)
    message = search("q=qwertzuiop").messages[0]
    assert message.code == "resolver-down"
    assert "the network resolver could not be reached" in message.text
    assert "Type coordinates" in message.text


def test_an_empty_circle_tells_how_far_the_nearest_row_is() -> None:
    make_observation(s_ra=10.0 + 3.17 / 60, s_dec=0.0, obs_collection="HST")
    message = search("q=10+0+r%3D1m").messages[0]
    assert message.title == "No observation within 1′ of 00 40 00.00 +00 00 00.0"
    assert message.text.startswith("Nearest is 3.17′ away")
    assert message.remedy == "Search r=3.2m"
    assert message.query == "collection=observations&q=10%200%20r%3D3.2m"
    assert run(parse_criteria(QueryDict(message.query)), NOW).count == 1


def test_the_nearest_row_suits_the_other_criteria_too() -> None:
    make_observation(s_ra=10.05, s_dec=0.0, obs_collection="HST")
    make_observation(s_ra=10.5, s_dec=0.0, obs_collection="JWST")
    message = search("q=10+0+r%3D1m&obs_collection=JWST").messages[0]
    assert message.text.startswith("Nearest is 30′ away")
    assert "obs_collection=JWST" in message.query


def test_an_empty_archive_has_no_nearest_row() -> None:
    message = search("q=10+0+r%3D1m").messages[0]
    assert message.code == "no-rows"
    assert message.query == ""


def test_a_very_large_result_says_so(settings: SettingsWrapper) -> None:
    settings.LOAD_LIMIT_ROWS = 3
    make_observations([{"s_ra": 10.0, "s_dec": 0.0} for _ in range(4)])
    page = search("q=10+0")
    assert [message.code for message in page.messages] == ["many-rows"]
    assert page.count == 4


def test_a_search_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper) -> None:
    settings.SEARCH_TIMEOUT_S = 1
    from search import query

    asleep: Callable[[Any], Any] = lambda rows: rows.extra(where=["pg_sleep(5) IS NOT NULL"])  # noqa: E731
    monkeypatch.setattr(query, "of_proposals", lambda numbers: asleep)
    make_observation(proposal_id="1558")
    page = search("collection=proposals&q=1558")
    assert page.failed
    assert page.messages[0].code == "time-out"
    assert page.messages[0].remedy


def test_a_refused_address_makes_a_page_too() -> None:
    with pytest.raises(CriteriaError) as caught:
        parse_criteria(QueryDict("size=7"))
    page = refused(parse_criteria(QueryDict("q=m57")), caught.value)
    assert page.failed
    assert page.messages[0].code == "criteria"


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE archive_observation; --", "<script>alert(1)</script>", "%00", "x" * 1900, "${jndi:ldap://x}", "🔭"],
)
def test_hostile_text_is_answered_with_words(text: str) -> None:
    query = QueryDict(mutable=True)
    query["q"] = text
    page = run(parse_criteria(query), NOW)
    assert page.failed
    assert page.messages[0].title
    assert Observation.objects.count() == 0


# Cost ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "most"), [("q=m57", 9), ("q=283.4+33.03", 8), ("collection=proposals&q=1558", 9)])
def test_a_page_costs_few_queries_whatever_its_size(query: str, most: int) -> None:
    make_observations(
        [{"s_ra": 283.396, "s_dec": 33.029, "s_region": square(283.396, 33.029, 0.02)} for _ in range(120)]
    )
    with CaptureQueriesContext(connection) as queries:
        page = search(f"{query}&size=1000")
    assert len(queries) <= most, [entry["sql"][:120] for entry in queries]
    assert len(page.rows) == 120


def test_a_page_without_rows_costs_few_queries_too() -> None:
    make_observation(s_ra=200.0, s_dec=0.0)
    with CaptureQueriesContext(connection) as queries:
        page = search("q=m57")
    assert page.messages[0].code == "no-rows"
    assert len(queries) <= 12, [entry["sql"][:120] for entry in queries]
