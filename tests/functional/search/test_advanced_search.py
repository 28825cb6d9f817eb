"""Advanced Search over HTTP: every dialog's counts against plain SQL, limits, forms without a script, hostile boxes."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings as SettingsWrapper

from search.advanced.fields import FIELD, FIELDS, OBJECT, Control
from search.columns import OBSERVATION_COLUMNS, by_name
from tests.factories import NOW_MJD, make_observations, make_planned

pytestmark = pytest.mark.django_db
COLUMNS = by_name(OBSERVATION_COLUMNS)
HTMX = {"HX-Request": "true"}
ALL_DIALOGS = ",".join(field.name for field in FIELDS)


class Form(HTMLParser):
    """The page's form as a browser without script sees it: fields that it would send, buttons, words by id."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[tuple[str, str]] = []
        self.buttons: dict[str, bool] = {}
        self.words: dict[str, str] = {}
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        own = {name: value if value is not None else "" for name, value in attrs}
        if tag == "input" and own.get("name") and own.get("type") not in {"checkbox", "radio"}:
            self.fields.append((own["name"], own.get("value", "")))
        elif tag == "input" and own.get("name") and "checked" in own:
            self.fields.append((own["name"], own["value"]))
        elif tag == "select":
            self._select, self._options = own.get("name", ""), []
        elif tag == "option":
            self._options.append((own["value"], "selected" in own))
        elif tag == "button" and own.get("name") == "do":
            self.buttons[own["value"]] = "disabled" not in own
        if tag not in {"input", "meta", "link", "br"}:
            self._open.append(own.get("id", ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Drawings end their elements themselves."""

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()
        if tag == "select" and self._select:
            chosen = [value for value, selected in self._options if selected] or [self._options[0][0]]
            self.fields.append((self._select, chosen[0]))
            self._select = ""

    def handle_data(self, data: str) -> None:
        for name in filter(None, self._open):
            self.words[name] = self.words.get(name, "") + data


@pytest.fixture
def holdings() -> None:
    """30 observations that differ in every column, two planned visits."""
    missions = ("JWST", "HST", "TESS")
    instruments = ("NIRCAM/IMAGE", "MIRI/IMAGE", "MIRI/IFU", "ACS/WFC", "NIRSPEC/MSA")
    filters = ("F200W", "F444W;CLEAR", "F200W;CLEAR", "", "F606W; CLEAR")
    make_observations(
        [
            {
                "obs_collection": missions[i % 3],
                "instrument_name": instruments[i % 5],
                "filters": filters[i % 5],
                "intent_type": "calibration" if i % 7 == 0 else "science",
                "provenance_name": ("CALJWST", "CALSTIS")[i % 2],
                "project": ("JWST", "HST", "")[i % 3],
                "wavelength_region": ("INFRARED", "OPTICAL;UV")[i % 2],
                "target_name": ("NGC-6720", "M 31, field 2", "WASP-39")[i % 3],
                "target_classification": ("Star; G stars", "Galaxy; Spiral galaxies", "")[i % 3],
                "proposal_id": str(1000 + i // 3),
                "proposal_pi": ("Barlow, Michael", "Espinoza, Nestor")[i % 2],
                "dataproduct_type": ("image", "spectrum", "cube")[i % 3],
                "calib_level": (2, 3, 1)[i % 3],
                "s_ra": 12.0 * i,
                "s_dec": -60.0 + 4 * i,
                "t_min": 59000.25 + 40 * i,
                "t_max": 59000.5 + 40 * i,
                "t_exptime": 10.0 * (i + 1) ** 2,
                "em_min": 600.0 + i,
                "em_max": 5000.0 - i,
                "t_obs_release": NOW_MJD - 300 + 20 * i,
                "proposal_type": ("GO", "GTO", "DD")[i % 3],
                "sequence_number": i % 4,
                "mt_flag": (True, False, None)[i % 3],
                "obs_title": ("A nebula", "An exoplanet's sky")[i % 2],
                "obj_id": str(5000 + i),
                "src_den": float(i),
            }
            for i in range(30)
        ]
    )
    make_planned(obs_collection="JWST", instrument_name="MIRI/IFU", s_ra=1.0, s_dec=1.0)
    make_planned(obs_collection="JWST", instrument_name="MIRI/IMAGE", s_ra=2.0, s_dec=2.0)


def sql_count(where: str = "true") -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM archive_observation WHERE {where}", [])  # noqa: S608 - our own
        return int(cursor.fetchone()[0])


@pytest.fixture
def page(client: Client) -> Any:
    def get(query: str = "", **headers: Any) -> Any:
        return client.get(f"{reverse('search:advanced')}{'?' if query else ''}{query}", follow=True, **headers)

    return get


def form_of(response: Any) -> Form:
    assert response.status_code == 200, response.content[:500]
    return Form(response.content.decode())


def found(response: Any) -> int:
    return int(form_of(response).words["records-found"].replace(",", ""))


def submitted(client: Client, fields: list[tuple[str, str]], do: str = "", follow: bool = True) -> Any:
    """The form sent by a browser without script, by way of one of its buttons."""
    return client.get(f"{reverse('search:advanced')}?{urlencode([*fields, ('do', do)])}", follow=follow)


def ticks(response: Any, column: str) -> dict[str, int]:
    """Labels of a dialog's boxes with their counts."""
    html = response.content.decode()
    dialog = html.split(f'id="choices-{column}"')[1].split("</fieldset>")[0]
    lines = re.findall(r'title="([^"]*)">[^<]*</span> <span class="count">([\d,]+)', dialog)
    return {label.replace("&#x27;", "'"): int(count.replace(",", "")) for label, count in lines}


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
        cursor.execute(f"SELECT {column}, count(*) FROM archive_observation WHERE {where} GROUP BY 1")  # noqa: S608
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


# Without script ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_a_form_sent_back_unchanged_says_the_same(client: Client, page: Any) -> None:
    addresses = [
        "",
        f"dialogs={ALL_DIALOGS}",
        "obs_collection=JWST&instrument_name=MIRI*&instrument_name=ACS/WFC&filters=%22%22&t_exptime=500..5000",
        "t_min=!2021&t_max=2020..2021, 2022..&s_ra=..200&calib_level=2&mtFlag=true&dialogs=none",
        "q=M57 r=1m&obs_collection=JWST&dialogs=-q,-obs_collection,filters&sort=-t_min&size=250&columns=obs_id",
        'target_name="a, b"&target_name=NGC-6720&proposal_pi=Espinoza, Nestor&find.filters=f2&by=filters&named=wa',
    ]
    for address in addresses:
        first = page(urlencode(parse_qsl(address)))
        again = submitted(client, form_of(first).fields)
        assert found(again) == found(first)
        before, after = (_criteria(response) for response in (first, again))
        assert before == after, address


def _criteria(response: Any) -> list[tuple[str, str]]:
    return sorted(
        (name, value) for name, value in form_of(response).fields if value and name not in {"dialogs", "collection"}
    )


@pytest.mark.usefixtures("holdings")
def test_every_address_of_the_page_is_its_own(client: Client, page: Any) -> None:
    first = submitted(
        client, [*form_of(page()).fields, ("from.t_min", "2021-01-01"), ("find.instrument_name", "MIRI*")]
    )
    (address, status) = first.redirect_chain[-1]
    assert (status, len(first.redirect_chain)) == (302, 1)
    assert "from." not in address
    assert client.get(address).status_code == 200


@pytest.mark.usefixtures("holdings")
def test_buttons_keep_what_was_typed(client: Client, page: Any) -> None:
    fields = [(name, "Espinoza*" if name == "proposal_pi" else value) for name, value in form_of(page()).fields]
    response = submitted(client, fields, do="toggle:wavelength_region")
    assert found(response) == sql_count("proposal_pi = 'Espinoza, Nestor'")
    assert "dialog-wavelength_region" in response.content.decode()


@pytest.mark.usefixtures("holdings")
def test_each_button_does_what_it_says(client: Client, page: Any) -> None:
    start = page("obs_collection=JWST&instrument_name=MIRI*")
    fields = form_of(start).fields
    removed = submitted(client, fields, do="remove:obs_collection")
    assert found(removed) == sql_count("instrument_name LIKE 'MIRI%%'")
    assert found(submitted(client, fields, do="clear")) == 32
    hidden = submitted(client, fields, do="hide")
    assert "No dialog is open" in hidden.content.decode()
    assert found(hidden) == found(start)
    assert "dialog-obs_collection" in submitted(client, form_of(hidden).fields, do="defaults").content.decode()
    folded = submitted(client, fields, do="fold:obs_collection")
    assert "choices-obs_collection" not in folded.content.decode()
    assert found(folded) == found(start)


@pytest.mark.usefixtures("holdings")
def test_search_leads_to_as_many_rows_as_were_found(client: Client, page: Any) -> None:
    response = page("obs_collection=JWST&instrument_name=MIRI*&t_exptime=100..")
    answer = submitted(client, form_of(response).fields, do="search", follow=False)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["Location"])
    assert target.path == reverse("search:results")
    rows = client.get(answer.headers["Location"]).content.decode()
    shown = re.search(r'id="count">([\d,]+)', rows)
    assert shown
    assert int(shown[1].replace(",", "")) == found(response) > 0


@pytest.mark.usefixtures("holdings")
def test_an_unreadable_range_stays_in_its_boxes(client: Client, page: Any) -> None:
    fields = form_of(page("dialogs=t_exptime")).fields
    typed = [(name, {"from.t_exptime": "1..3", "to.t_exptime": "9"}.get(name, value)) for name, value in fields]
    response = submitted(client, typed)
    html = response.content.decode()
    assert 'value="1..3"' in html
    assert "Write a whole expression in the first box" in html
    assert form_of(response).buttons["search"] is False


# htmx ----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_htmx_gets_the_form_alone_and_the_address_to_show(client: Client) -> None:
    response = client.get(
        reverse("search:advanced"), {"find.instrument_name": "MIRI*", "dialogs": "instrument_name"}, headers=HTMX
    )
    html = response.content.decode()
    assert html.startswith("<form")
    assert response.headers["HX-Push-Url"] == (
        f"{reverse('search:advanced')}?collection=observations&instrument_name=MIRI*&dialogs=instrument_name"
    )
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.usefixtures("holdings")
def test_htmx_is_sent_on_to_the_rows(client: Client) -> None:
    response = client.get(reverse("search:advanced"), {"obs_collection": "JWST", "do": "search"}, headers=HTMX)
    assert response.headers["HX-Redirect"].startswith(f"{reverse('search:results')}?collection=observations")


# The search box ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_a_position_narrows_everything(page: Any) -> None:
    assert found(page("q=12.0 -56.0 r=1&obs_collection=HST")) == 1


@pytest.mark.usefixtures("holdings")
@pytest.mark.parametrize("text", ["M5*", "no such thing 123", "12 95", "M57 r=99", "Jupiter"])
def test_a_box_that_cannot_be_searched_says_so_inline(page: Any, text: str) -> None:
    response = page(urlencode({"q": text}))
    assert 'id="error-q"' in response.content.decode()
    assert form_of(response).buttons["search"] is False
    assert form_of(response).words["records-found"] == "–"


def test_other_collections_have_their_own_box(page: Any) -> None:
    make_observations([{"proposal_id": "1073"}, {"proposal_id": "2736"}, {"proposal_id": "4"}])
    response = page("collection=proposals&q=1073, 02736")
    assert found(response) == 2
    assert "Proposal ID" in response.content.decode()


# Hostile boxes -------------------------------------------------------------------------------------------------------

HOSTILE = [
    "'; DROP TABLE archive_observation; --", "\" OR 1=1 --", "<script>alert(1)</script>", "{{ 7*7 }}", "%s%s%n",
    "\\", "*", "%", "**", "!", "!!x", "..", "a..b..c", ">=", "><", ",,,", '"', '"a" b', "1e999", "nan", "-inf",
    "9" * 400, "\u202e\u0000", "\ud7ff\uffff", "١٢٣", "2022-13-45", "0001-01-01..9999-12-31", "(a+)+$", "&dialogs=none",
]  # fmt: skip


def _boxes() -> Iterator[tuple[str, str]]:
    for name, field in FIELD.items():
        if field.control is Control.VALUES:
            yield from ((f"find.{name}", name), (name, name))
        elif field.control is Control.RANGE:
            yield from ((f"from.{name}", name), (f"to.{name}", name))
        else:
            yield name, name


@pytest.mark.parametrize(("parameter", "name"), [*_boxes()])
def test_hostile_texts_are_answered_in_every_box(client: Client, parameter: str, name: str) -> None:
    for text in HOSTILE:
        query = {parameter: text, "dialogs": "q" if name == OBJECT else name}
        response = client.get(reverse("search:advanced"), query, follow=True)
        assert response.status_code in {200, 400}, (parameter, text)
        assert "<script>alert" not in response.content.decode()
        assert "{{ 7*7 }}" not in response.content.decode() or "49" not in response.content.decode()


@pytest.mark.parametrize("query", ["nonsense=1", "dialogs=x", "do=explode", "do=toggle:x", "collection=x", "sort=x"])
def test_an_address_that_says_nothing_is_refused_with_a_way_out(page: Any, query: str) -> None:
    for headers in ({}, HTMX):
        response = page(query, headers=headers)
        assert response.status_code == 400
        assert "Open Advanced Search" in response.content.decode()


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post(reverse("search:advanced")).status_code == 405


# Cost ----------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("holdings")
def test_a_page_with_every_dialog_open_takes_few_queries(
    page: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cache.clear()
    with django_assert_max_num_queries(12):
        page(f"obs_collection=JWST&t_exptime=100..&filters=CLEAR&dialogs={ALL_DIALOGS}")


def test_the_upload_of_a_moc_takes_along_what_the_form_holds(client: Client) -> None:
    answer = client.get("/search/advanced/", {"dialogs": "region", "obs_collection": "JWST", "do": "moc"})
    assert answer.status_code == 302
    address, _, query = answer["Location"].partition("?")
    assert address == "/search/moc/upload/"
    assert "obs_collection=JWST" in query
    fragment = client.get("/search/advanced/", {"obs_collection": "JWST", "do": "moc"}, headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == answer["Location"]
