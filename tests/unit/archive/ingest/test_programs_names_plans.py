"""Programs, names and plans into the holdings."""

import datetime as dt
from pathlib import Path

import pytest

from accounts.actions import assign_lead
from accounts.audit import CONSOLE
from accounts.models import Lead
from archive.ingest.kinds.plans import instrument_of
from archive.ingest.mapping import constants
from archive.models import Name, Observation, Program
from tests.factories import make_observation
from tests.people import make_person
from tests.unit.archive.ingest.inputs import counts, ingest_rows, reasons

pytestmark = pytest.mark.django_db


def _visit(**cells: object) -> dict[str, object]:
    return {
        "type": "GTO",
        "program": "1176",
        "cycle": "1",
        "observation": "231",
        "visit": "1",
        "target": "MACSJ1149+2223",
        "configuration": "NIRCam Imaging",
        "hours": "5.32",
        "window_start": "2026-03-23",
        "window_end": "2026-03-25",
        **cells,
    }


# Programs ------------------------------------------------------------------------------------------------------------


def test_a_program_is_known_by_mission_and_unpadded_number(tmp_path: Path) -> None:
    rows = [
        {"program": "01073", "pi_name": "Hilbert, Bryan"},
        {"program": "1073", "mission": "HST", "pi_name": "Other"},
    ]
    assert counts(ingest_rows("programs", tmp_path, *rows)) == (2, 0, 0, 0)
    assert set(Program.objects.values_list("mission", "number", "pi_name")) == {
        ("JWST", "1073", "Hilbert, Bryan"),
        ("HST", "1073", "Other"),
    }
    assert counts(ingest_rows("programs", tmp_path, *rows)) == (0, 0, 2, 0)


def test_a_constant_names_the_mission_of_a_whole_table(tmp_path: Path) -> None:
    ingest_rows("programs", tmp_path, {"program": "9634"}, constants=constants([("mission", "HST")]))
    assert Program.objects.get().mission == "HST"


def test_a_program_fills_its_observations_and_its_later_words_follow(tmp_path: Path) -> None:
    empty = make_observation(proposal_id="1073", proposal_pi="", obs_title="")
    own = make_observation(proposal_id="1073", proposal_pi="Self", obs_title="Own")
    ingest_rows("programs", tmp_path, {"program": "1073", "pi_name": "First", "title": "One"})
    ingest_rows("programs", tmp_path, {"program": "1073", "pi_name": "Second", "title": "One"})
    empty.refresh_from_db()
    own.refresh_from_db()
    assert (empty.proposal_pi, empty.obs_title) == ("Second", "One")
    assert (own.proposal_pi, own.obs_title) == ("Self", "Own")


def test_the_address_of_a_pi_names_the_leader_and_follows_corrections(tmp_path: Path) -> None:
    person = make_person("pi@example.org", None)
    ingest_rows("programs", tmp_path, {"program": "1073", "pi_email": "PI@example.org"})
    ingest_rows("programs", tmp_path, {"program": "1073", "pi_email": "PI@example.org"})
    lead = Lead.objects.get()
    assert (lead.user, lead.source, str(lead.program)) == (person, Lead.Source.INGEST, "JWST 1073")
    by_hand = assign_lead(lead.program, "second@example.org", CONSOLE, lead.since)
    ingest_rows("programs", tmp_path, {"program": "1073", "pi_email": "other@example.org"})
    assert set(Lead.objects.values_list("email", flat=True)) == {"other@example.org", by_hand.email}


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    report = ingest_rows("programs", tmp_path, {"program": "1073", "pi_email": "ask the office"})
    assert "name@example.org" in str(reasons(report))


def test_broken_programs_are_told(tmp_path: Path) -> None:
    rows = [
        {"program": ""},
        {"program": "1", "allocation_hours": "many"},
        {"program": "2"},
        {"program": "2", "title": "x"},
    ]
    report = ingest_rows("programs", tmp_path, *rows)
    assert (report.inserted, sorted(reasons(report))) == (1, [2, 3, 5])


# Names ---------------------------------------------------------------------------------------------------------------


def test_a_name_is_kept_under_its_key(tmp_path: Path) -> None:
    row = {
        "name": "M 031",
        "canonical_name": "M 31",
        "ra": "10.6847",
        "dec": "41.2688",
        "radius": "1.5",
        "objectType": "G",
    }
    assert counts(ingest_rows("names", tmp_path, row)) == (1, 0, 0, 0)
    name = Name.objects.get()
    assert (name.key, name.canonical_name, name.radius_deg, name.object_type) == ("M31", "M 31", 1.5, "G")
    assert counts(ingest_rows("names", tmp_path, {**row, "name": "m 31"})) == (0, 1, 0, 0)


def test_a_name_without_a_canonical_one_is_its_own(tmp_path: Path) -> None:
    ingest_rows("names", tmp_path, {"name": "EL-GORDO", "ra": "15.7", "dec": "-49.3"})
    assert Name.objects.get().canonical_name == "EL-GORDO"


@pytest.mark.parametrize("cells", [{"name": " "}, {"ra": ""}, {"dec": "91"}, {"ra": "1h"}, {"radius": "-1"}])
def test_broken_names_are_told(tmp_path: Path, cells: dict[str, str]) -> None:
    report = ingest_rows("names", tmp_path, {"name": "a", "ra": "1", "dec": "1", "radius": "1", **cells})
    assert counts(report) == (0, 0, 0, 1)


# Plans ---------------------------------------------------------------------------------------------------------------


def test_a_visit_becomes_a_planned_observation(tmp_path: Path) -> None:
    assert counts(ingest_rows("plans", tmp_path, _visit())) == (1, 0, 0, 0)
    plan = Observation.objects.get()
    assert plan.obs_id == "jw01176231001_xx101_00001_nircam"
    assert (plan.calib_level, plan.provenance_name, plan.instrument_name) == (-1, "APT", "NIRCAM/IMAGE")
    assert (plan.proposal_id, plan.proposal_type, plan.sequence_number) == ("1176", "GTO", 231)
    assert (plan.t_min, plan.t_max, plan.t_exptime, plan.t_obs_release) == (None, None, None, None)
    # 2026-03-23 is MJD 61122; the window's last day counts whole
    assert (plan.plan_window_start, plan.plan_window_end) == (61122, 61125)


def test_the_same_plan_twice_changes_nothing_and_a_new_window_moves_it(tmp_path: Path) -> None:
    ingest_rows("plans", tmp_path, _visit())
    number = Observation.objects.get().obsid
    assert counts(ingest_rows("plans", tmp_path, _visit())) == (0, 0, 1, 0)
    assert counts(ingest_rows("plans", tmp_path, _visit(window_end="2026-04-01"))) == (0, 1, 0, 0)
    assert Observation.objects.get().obsid == number


def test_a_visit_planned_in_another_configuration_is_one_visit(tmp_path: Path) -> None:
    ingest_rows("plans", tmp_path, _visit())
    report = ingest_rows("plans", tmp_path, _visit(configuration="MIRI Imaging"))
    assert "1 rows planned earlier were removed" in report.notes
    assert Observation.objects.get().instrument_name == "MIRI/IMAGE"


def test_visits_not_yet_scheduled_have_no_window(tmp_path: Path) -> None:
    ingest_rows("plans", tmp_path, _visit(window_start="", window_end=""))
    assert Observation.objects.get().plan_window_start is None


def test_executed_visits_are_not_planned(tmp_path: Path) -> None:
    make_observation(obs_id="jw01176232001_02101_00001_nrcb1", calib_level=2)
    make_observation(obs_id="jw01176-o233_t001_miri_p750l", calib_level=3)
    report = ingest_rows(
        "plans",
        tmp_path,
        _visit(observation="232"),
        _visit(observation="233"),
        _visit(observation="234", window_start="2023-08-07", window_end="2023-08-07"),
        _visit(observation="235", window_start="2023-08-07", window_end="2023-08-09"),
        _visit(observation="236", window_start="2026-08-07", window_end="2026-08-07"),
    )
    assert (report.inserted, report.skipped) == (2, 3)
    assert set(Observation.objects.filter(calib_level=-1).values_list("sequence_number", flat=True)) == {235, 236}


def test_a_fixed_visit_is_no_longer_planned_once_its_day_has_passed(tmp_path: Path) -> None:
    row = _visit(window_start="2026-02-01", window_end="2026-02-01")
    ingest_rows("plans", tmp_path, row)
    later = dt.datetime(2026, 2, 2, tzinfo=dt.UTC)
    assert ingest_rows("plans", tmp_path, row, now=later).skipped == 1
    assert not Observation.objects.exists()


def test_a_planned_target_is_placed_by_its_name_or_by_what_was_observed_of_it(tmp_path: Path) -> None:
    ingest_rows("names", tmp_path, {"name": "macsj1149+2223", "ra": "177.4", "dec": "22.4"})
    make_observation(proposal_id="1176", target_name="VV-191", s_ra=200.0, s_dec=25.0)
    rows = [_visit(), _visit(observation="232", target="vv-191"), _visit(observation="233", target="nowhere")]
    assert counts(ingest_rows("plans", tmp_path, *rows)) == (3, 0, 0, 0)
    placed = Observation.objects.filter(calib_level=-1).order_by("sequence_number")
    assert list(placed.values_list("s_ra", "s_dec")) == [(177.4, 22.4), (200.0, 25.0), (None, None)]
    assert [plan.hpx is None for plan in placed] == [False, False, True]


def test_plans_carry_pi_and_title_of_their_program(tmp_path: Path) -> None:
    ingest_rows("programs", tmp_path, {"program": "1176", "pi_name": "Windhorst, Rogier", "title": "PEARLS"})
    ingest_rows("plans", tmp_path, _visit())
    assert Observation.objects.get().proposal_pi == "Windhorst, Rogier"
    assert counts(ingest_rows("plans", tmp_path, _visit())) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "cells",
    [
        {"program": ""},
        {"observation": "1000"},
        {"visit": "x"},
        {"configuration": "HAWK-I Imaging"},
        {"window_start": "2026-13-01"},
        {"window_end": "2026-03-22"},
    ],
)
def test_broken_plans_are_told(tmp_path: Path, cells: dict[str, str]) -> None:
    assert counts(ingest_rows("plans", tmp_path, _visit(**cells))) == (0, 0, 0, 1)


def test_configurations_without_a_known_mode_give_the_instrument() -> None:
    assert instrument_of("NIRISS External Calibration") == ("NIRISS", "")
    assert instrument_of("MIRI Low Resolution Spectroscopy") == ("MIRI/SLIT", "spectrum")
    assert instrument_of("Pointing Only") == ("", "")
