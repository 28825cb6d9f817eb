"""Each facet of real observations, and of rows with odd values among them, against plain SQL over the same rows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from archive.clock import archive_now, to_mjd
from search.criteria import parse_criteria
from search.facets.model import RangeFacet
from search.results import facet_panel
from tests.factories import make_observations
from tests.functional.search.test_results_page import HTMX, page_of
from tests.shared_data import shared_file

pytestmark = pytest.mark.django_db

#: Values as no archive should hold them, and one does.
ODD: list[dict[str, Any]] = [
    {"filters": "F200W;CLEAR", "wavelength_region": "INFRARED;Optical", "target_classification": "Star; G stars ;"},
    {"filters": "", "wavelength_region": "", "target_classification": "", "target_name": "", "proposal_pi": ""},
    {"filters": ";;", "instrument_name": "A\"quoted\" 'name'", "target_name": "<b>bold</b> & more", "obs_title": ""},
    {"filters": "F200W ; F200W", "target_name": "Σίριος ★ 星", "proposal_pi": "Ünal, Zoë", "project": "JWST;HLSP"},
    {"instrument_name": "MIRI*", "target_name": "!odd, name", "proposal_pi": "A..B", "obs_collection": "JWST;HLA"},
    {"t_exptime": None, "t_min": None, "t_max": None, "s_ra": None, "s_dec": None, "s_region": "", "calib_level": 0},
    {"t_exptime": 0.0, "mt_flag": None, "sequence_number": None, "proposal_id": "", "intent_type": "", "src_den": 1e9},
    {"target_name": "None", "proposal_pi": "null", "project": "None", "filters": "none;None"},
]
#: What a facet lists, and the text that plain SQL takes it from.
WHOLE = {
    "instrument_name": "instrument_name", "dataproduct_type": "dataproduct_type", "target_name": "target_name",
    "proposal_id": "proposal_id", "proposal_pi": "proposal_pi", "calib_level": "calib_level::text",
    "proposal_type": "proposal_type", "provenance_name": "provenance_name", "intentType": "intent_type",
    "mtFlag": "mt_flag::text",
}  # fmt: skip
PARTS = {name: name for name in ("filters", "wavelength_region", "target_classification", "obs_collection", "project")}
RANGES = {
    "t_exptime": "t_exptime",
    "t_min": "t_min",
    "s_ra": "s_ra",
    "em_min": "em_min",
    "sequence_number": "sequence_number",
}
STATE = "CASE WHEN calib_level = -1 THEN 'planned' WHEN t_obs_release > {now} THEN 'exclusive' ELSE 'public' END"


@pytest.fixture
def held(tmp_path: Path) -> None:
    """Every tenth real observation of JWST, some of HST, and the odd ones: about 2,200 rows."""
    lines = shared_file("jwst_caom_observations.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    part = tmp_path / "jwst.csv"
    part.write_text("".join([lines[0], *lines[1::10]]), encoding="utf-8")
    call_command("ingest", "observations", str(part), verbosity=0)
    lines = shared_file("hst_observations_m31.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "hst.csv").write_text("".join([lines[0], *lines[1::8]]), encoding="utf-8")
    call_command("ingest", "observations", str(tmp_path / "hst.csv"), verbosity=0)
    make_observations([{"obs_id": f"odd-{number}", **values} for number, values in enumerate(ODD)])


def panel(client: Client, chosen: Mapping[str, str | list[str]], facets: str) -> Any:
    query = {"intentType": "!nothing", "facets": facets, **chosen}
    response = client.get(reverse("search:filters"), query, headers=HTMX)
    assert response.status_code == 200, response.content
    return page_of(response)


def boxes(page: Any, name: str) -> dict[str, int]:
    """The counts of a facet by what its boxes mean: a quoted text means itself."""
    found = {}
    for a, _ in page.all("input", name=f"f.{name}"):
        if "data-count" in a and int(a["data-count"]):
            text = a["value"]
            found[text[1:-1].replace('""', '"') if text.startswith('"') else text] = int(a["data-count"])
    return found


def sql_counts(value: str, where: str = "true") -> dict[str, int]:
    statement = f"SELECT {value} AS value, count(*) FROM archive_observation WHERE {where} GROUP BY 1"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {str(found): rows for found, rows in cursor.fetchall() if found is not None}


def sql_parts(value: str, where: str = "true") -> dict[str, int]:
    """Rows by the parts of a text between semicolons, each row once a part."""
    statement = (
        f"SELECT part, count(DISTINCT obsid) FROM archive_observation,"  # noqa: S608 - ours
        f" LATERAL (SELECT DISTINCT btrim(p) AS part FROM unnest(string_to_array({value}, ';')) p) parts"
        f" WHERE {where} AND part <> '' GROUP BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(cursor.fetchall())


def most(counts: dict[str, int], shown: dict[str, int], ticked: int = 0) -> None:
    """All values when there are few; else the most frequent of them, and those that are ticked."""
    assert shown.items() <= counts.items(), dict(shown.items() - counts.items())
    missing = [rows for value, rows in counts.items() if value not in shown]
    if missing:
        assert len(shown) >= 200
        assert max(missing) <= sorted(shown.values())[ticked]


CHOICES: list[tuple[dict[str, str | list[str]], str]] = [
    ({}, "true"),
    ({"f.t_exptime": "100..1000"}, "t_exptime BETWEEN 100 AND 1000"),
    ({"f.dataproduct_type": ["image", "cube"]}, "dataproduct_type IN ('image', 'cube')"),
    ({"f.target_name": '"!odd, name", "Σίριος ★ 星"'}, "target_name IN ('!odd, name', 'Σίριος ★ 星')"),
]


@pytest.mark.parametrize(("chosen", "where"), CHOICES)
def test_values_are_counted_as_plain_sql_counts_them(
    client: Client, held: None, chosen: dict[str, str | list[str]], where: str
) -> None:
    names = [*WHOLE, *PARTS]
    page = panel(client, chosen, ",".join(names))
    own = {name.removeprefix("f.") for name in chosen}
    for name, value in WHOLE.items():
        most(sql_counts(value, "true" if name in own else where), boxes(page, name), ticked=2 if name in own else 0)
    assert _told(page, "mtFlag") == sql_counts("mt_flag IS NULL", where).get("True", 0)
    for name, value in PARTS.items():
        shown = boxes(page, name)
        not_given = shown.pop("", 0)
        most(sql_parts(value, where), shown)
        assert not_given == sql_counts(f"btrim({value}, ' ;') = ''", where).get("True", 0), name
    assert boxes(page, "state") == sql_counts(STATE.format(now=to_mjd(archive_now())), where)


@pytest.mark.parametrize("name", RANGES)
def test_rows_without_a_number_are_told_beside_the_bars(client: Client, held: None, name: str) -> None:
    page = panel(client, {}, name)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) - count({RANGES[name]}), count({RANGES[name]}) FROM archive_observation")  # noqa: S608 - ours
        unknown, known = cursor.fetchone()
    assert bool(page.all("svg", class_="histogram")) == bool(known)
    assert _told(page, name) == unknown


@pytest.mark.parametrize(("chosen", "where"), CHOICES[:3])
def test_each_bar_holds_what_plain_sql_counts_between_its_ends(
    held: None, chosen: dict[str, str | list[str]], where: str
) -> None:
    query = QueryDict(mutable=True)
    query.update({"intentType": "!nothing", "facets": ",".join(RANGES)})
    for name, values in chosen.items():
        query.setlist(name, values if isinstance(values, list) else [values])
    found = facet_panel(parse_criteria(query), archive_now()).facets
    bars = {facet.column.name: facet.bins for facet in found if isinstance(facet, RangeFacet)}
    assert {name for name in RANGES if bars[name]} == {name for name, value in RANGES.items() if _known(value)}
    for name, bins in bars.items():
        if not bins:
            continue
        own = f"f.{name}" in chosen
        ends = [bar.low for bar in bins] + [bins[-1].high]
        # the last bar holds its upper end too, which is the largest value
        upper = [f"{RANGES[name]} < {end!r}" for end in ends[1:-1]] + [f"{RANGES[name]} <= {ends[-1]!r}"]
        conditions = [f"{RANGES[name]} >= {low!r} AND {high}" for low, high in zip(ends[:-1], upper, strict=True)]
        wanted = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {wanted} FROM archive_observation WHERE {'true' if own else where}")  # noqa: S608 - ours
            assert [bar.count for bar in bins] == list(cursor.fetchone()), name


def _known(value: str) -> bool:
    return set(sql_counts(f"{value} IS NOT NULL")) != {"False"}


def _told(page: Any, name: str) -> int:
    """The rows that a facet says to be without a value."""
    found = re.search(r"([0-9,]+) without a value", page.all("div", data_facet=name)[0][1])
    return int(found[1].replace(",", "")) if found else 0


def test_a_tick_leads_to_as_many_rows_as_its_count_says(client: Client, held: None) -> None:
    """Every value of the odd rows, ticked by the text that its box carries."""
    page = panel(client, {"f.obs_id": "odd-*"}, ",".join([*WHOLE, *PARTS]))
    tried = 0
    for name in (*WHOLE, *PARTS):
        for a, _ in page.all("input", name=f"f.{name}"):
            if not int(a.get("data-count", 0)):
                continue
            query = {"obs_id": "odd-*", f"f.{name}": a["value"]}
            shown = page_of(client.get(reverse("search:results"), query, headers=HTMX))
            assert shown.all("span", id="count")[0][1] == a["data-count"], (name, a["value"])
            tried += 1
    assert tried > 30
