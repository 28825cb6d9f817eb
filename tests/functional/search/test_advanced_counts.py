"""Advanced Search over HTTP: every dialog's counts against plain SQL, wildcards, narrowing, limits."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings as SettingsWrapper

from search.advanced.fields import FIELDS, Control
from search.columns import OBSERVATION_COLUMNS, by_name
from tests.advanced_form import form_of, found, holdings, page, sql_count, ticks
from tests.factories import NOW_MJD

pytestmark = pytest.mark.django_db

__all__ = ["holdings", "page"]  # fixtures

COLUMNS = by_name(OBSERVATION_COLUMNS)
ALL_DIALOGS = ",".join(field.name for field in FIELDS)


# Counts --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_records_found_counts_everything_before_a_criterion(page: Any) -> None:
    response = page()
    assert found(response) == sql_count() == 32
    assert "Choose a criterion to search" in form_of(response).words["records-note"]


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize(
    ("criterion", "where"),
    [
        ("intentType=calibration", "intent_type = 'calibration'"),
        ("obs_collection=JWST&obs_collection=HST", "obs_collection IN ('JWST', 'HST')"),
        ("provenance_name=APT", "provenance_name = 'APT'"),
        ("instrument_name=MIRI*", "instrument_name LIKE 'MIRI%%'"),
        ("instrument_name=!MIRI/IFU", "instrument_name <> 'MIRI/IFU'"),
        ("project=HST", "project = 'HST'"),
        ("filters=CLEAR", "filters ~ 'CLEAR'"),
        ("wavelength_region=UV", "wavelength_region = 'OPTICAL;UV'"),
        ('target_name="M 31, field 2"', "target_name = 'M 31, field 2'"),
        ("target_classification=G stars", "target_classification = 'Star; G stars'"),
        ("obs_id=jw01558*", "obs_id LIKE 'jw01558%%'"),
        ("from.s_ra=100&to.s_ra=200", "s_ra BETWEEN 100 AND 200"),
        ("from.s_dec=-30&to.s_dec=-10.5", "s_dec BETWEEN -30 AND -10.5"),
        ("proposal_id=1001, 1002", "proposal_id IN ('1001', '1002')"),
        ("proposal_pi=Espinoza*", "proposal_pi = 'Espinoza, Nestor'"),
        ("dataproduct_type=cube", "dataproduct_type = 'cube'"),
        ("calib_level=-1", "calib_level = -1"),
        ("find.calib_level=>=2", "calib_level >= 2"),
        ("from.t_min=2021-01-01&to.t_min=2021-12-31 23:59:59", "t_min BETWEEN 59215 AND 59579.99999"),
        ("to.t_max=2021-01-01", "t_max <= 59215"),
        ("from.t_exptime=500&to.t_exptime=5,000", "t_exptime BETWEEN 500 AND 5000"),
        ("from.em_min=>610", "em_min > 610"),
        ("to.em_max=<4990", "em_max < 4990"),
        ("obs_title=*exoplanet*", "obs_title ILIKE '%%exoplanet%%'"),
        ("from.t_obs_release=2026-01-20", f"t_obs_release >= {NOW_MJD - 0.5}"),
        ("proposal_type=GO&proposal_type=DD", "proposal_type IN ('GO', 'DD')"),
        ("from.sequence_number=1&to.sequence_number=2", "sequence_number IN (1, 2)"),
        ("dataRights=EXCLUSIVE_ACCESS", f"t_obs_release > {NOW_MJD} AND calib_level >= 0"),
        ("mtFlag=true", "mt_flag"),
        ("obsid=!1", "true"),
        ("objID=5003", "obj_id = '5003'"),
        ("from.srcDen=10&to.srcDen=12", "src_den BETWEEN 10 AND 12"),
    ],
)
def test_each_criterion_counts_as_plain_sql_does(page: Any, criterion: str, where: str) -> None:
    query = urlencode(parse_qsl(criterion))
    response = page(query)
    assert found(response) == sql_count(where)
    assert 'class="chip applied-chip"' in response.content.decode()


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("intentType", "intent_type"), ("obs_collection", "obs_collection"), ("provenance_name", "provenance_name"),
        ("instrument_name", "instrument_name"), ("dataproduct_type", "dataproduct_type"),
        ("proposal_type", "proposal_type"),
    ],
)  # fmt: skip
def test_a_dialog_counts_what_the_other_criteria_leave(page: Any, name: str, column: str) -> None:
    others = {
        "obs_collection": ("JWST", "obs_collection = 'JWST'"),
        "filters": ("CLEAR", "filters ~ 'CLEAR'"),
        "intentType": ("science", "intent_type = 'science'"),
    }
    others.pop(name, None)
    with connection.cursor() as cursor:
        where = " AND ".join(condition for _, condition in others.values())
        statement = f"SELECT {column}, count(*) FROM archive_observation WHERE {where} GROUP BY 1"  # noqa: S608 - our own
        cursor.execute(statement)
        expected = {value or "not given": count for value, count in cursor.fetchall()}
    own = "MIRI/IFU" if name == "instrument_name" else "science" if name == "intentType" else "JWST"
    query = urlencode([(key, value) for key, (value, _) in others.items()] + [(name, own), ("dialogs", name)])
    counted = {label: count for label, count in ticks(page(query), name).items() if count}
    assert counted == expected


@pytest.mark.usefixtures("holdings")
def test_parts_of_a_value_count_each(page: Any) -> None:
    counted = ticks(page("dialogs=filters"), "filters")
    assert counted["CLEAR"] == sql_count("filters ~ 'CLEAR'")
    assert counted["F200W"] == sql_count("filters ~ 'F200W'")
    assert counted["not given"] == sql_count("filters = ''")
    assert not any(";" in label for label in counted)


@pytest.mark.usefixtures("holdings")
def test_levels_and_flags_are_said_in_words(page: Any) -> None:
    response = page("dialogs=calib_level,mtFlag,dataRights")
    assert ticks(response, "calib_level")["−1 planned"] == 2
    assert ticks(response, "mtFlag") == {"yes": 10, "no": 10}
    assert sum(ticks(response, "dataRights").values()) == 32


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize("name", [field.name for field in FIELDS if field.control is Control.RANGE])
def test_a_histogram_holds_every_row_with_a_value(page: Any, name: str) -> None:
    html = page(f"dialogs={name}&obs_collection=JWST").content.decode()
    held = re.search(r"is distributed: ([\d,]+) records", html)
    assert held
    field = COLUMNS[name].field
    assert int(held[1]) == sql_count(f"obs_collection = 'JWST' AND {field} IS NOT NULL")
    assert html.count('class="handle') == 2


@pytest.mark.usefixtures("holdings")
def test_a_histogram_ignores_its_own_range_and_marks_it(page: Any) -> None:
    html = page("t_exptime=500..5000&dialogs=t_exptime").content.decode()
    assert "is distributed: 30 records" in html
    assert "column-bar inside" in html
    assert 'class="column-bar"' in html
    assert 'value="500"' in html
    assert 'value="5000"' in html


@pytest.mark.usefixtures("holdings")
def test_positions_are_entered_in_degrees_and_shown_sexagesimal(page: Any) -> None:
    html = page("s_ra=100..200&s_dec=-30..&dialogs=s_ra,s_dec").content.decode()
    assert "06 40 00.00 – 13 20 00.00" in html
    assert "-30 00 00.0 – any" in html


@pytest.mark.usefixtures("holdings")
def test_very_many_rows_are_counted_in_part_and_said_so(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.advanced.counts.COUNTED_ROWS", 10)
    monkeypatch.setattr("search.advanced.counts.SAMPLED_ROWS", 10)
    response = page("obs_collection=JWST&dialogs=instrument_name")
    assert found(response) == sql_count("obs_collection = 'JWST'")
    assert "every 4th record" in response.content.decode()


@pytest.mark.usefixtures("holdings")
def test_of_very_many_rows_those_near_a_match_are_counted_exactly(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "obs_collection=TESS&instrument_name=MIRI*&dialogs=obs_collection,instrument_name"
    before = page(address)
    cache.clear()
    monkeypatch.setattr("search.advanced.counts.COUNTED_ROWS", 25)
    monkeypatch.setattr("search.advanced.counts.SAMPLED_ROWS", 25)
    after = page(address)
    assert "every" not in form_of(after).words["cards"]
    assert found(after) == found(before)
    for name in ("obs_collection", "instrument_name"):
        assert ticks(after, name) == {label: count for label, count in ticks(before, name).items() if count}


def test_an_empty_archive_is_no_error(page: Any) -> None:
    response = page(f"dialogs={ALL_DIALOGS}")
    assert found(response) == 0
    assert "No record has a value" in response.content.decode()


# Wildcards -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_miri_matches_with_a_wildcard_only(page: Any) -> None:
    assert found(page("instrument_name=MIRI*")) == sql_count("instrument_name LIKE 'MIRI%%'") > 0
    assert found(page("instrument_name=MIRI")) == 0


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize("values", [["MI*RI*"], ["MIRI*", "NIR*"]])
def test_a_second_wildcard_is_refused_beside_the_box(page: Any, values: list[str]) -> None:
    response = page(urlencode([("instrument_name", value) for value in values]))
    html = response.content.decode()
    assert 'id="error-instrument_name"' in html
    assert "wildcard" in html.split('id="error-instrument_name"')[1].split("</p>")[0]
    assert form_of(response).buttons["search"] is False
    assert "Not counted in: Instrument" in form_of(response).words["records-note"]


# Narrowing and order -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_typed_characters_narrow_the_values_but_keep_ticked_ones(page: Any) -> None:
    response = page("instrument_name=ACS/WFC&find.instrument_name=mIrI&dialogs=instrument_name")
    assert {*ticks(response, "instrument_name")} == {"MIRI/IMAGE", "MIRI/IFU", "ACS/WFC"}


@pytest.mark.usefixtures("holdings")
def test_values_go_by_count_or_by_name(page: Any) -> None:
    by_count = list(ticks(page("dialogs=instrument_name"), "instrument_name").values())
    assert by_count == sorted(by_count, reverse=True)
    by_name_ = list(ticks(page("dialogs=instrument_name&by=instrument_name"), "instrument_name"))
    assert by_name_ == sorted(by_name_)


@pytest.mark.usefixtures("holdings")
def test_the_list_of_columns_narrows(page: Any) -> None:
    html = page("named=wave").content.decode()
    listed = re.findall(r'<li data-label="([^"]*)">', html)
    assert listed == ["waveband", "min. wavelength", "max. wavelength"]


# Limits --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize(("load", "export"), [(11, 30), (10, 10), (9, 9)])
def test_limits_disable_search_first_and_export_then(
    page: Any, settings: SettingsWrapper, load: int, export: int
) -> None:
    settings.LOAD_LIMIT_ROWS, settings.EXPORT_LIMIT_ROWS = load, export
    matching = sql_count("obs_collection = 'TESS'")
    assert matching == 10
    response = page("obs_collection=TESS")
    html = response.content.decode()
    assert form_of(response).buttons["search"] is (matching < load)
    assert ('<a class="btn btn-secondary" id="advanced-export"' in html) is (matching <= export)
    assert ("cannot be loaded" in html) is (matching >= load)
    assert ("or export the table" in html) is (load <= matching <= export)


@pytest.mark.usefixtures("holdings")
def test_a_search_over_the_limit_is_not_run_whoever_asks(client: Client, settings: SettingsWrapper) -> None:
    settings.LOAD_LIMIT_ROWS = 5
    response = client.get(reverse("search:advanced"), {"obs_collection": "TESS", "do": "search"})
    assert response.status_code == 200
    assert "cannot be loaded" in response.content.decode()
