"""The export over HTTP: the rows of the page walk as files, the choices, refusals, the dialog, the script page."""

import csv
import datetime as dt
import io
import json
import re
import threading
import tracemalloc
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings as SettingsWrapper

from accounts.models import User
from archive.columns import OBSERVATION_COLUMNS
from search.columns import OBSERVATION_COLUMNS as OBSERVATION_GRID
from search.criteria import Criteria, parse_criteria
from search.exports.columns import export_columns
from search.exports.formats import FORMAT
from search.exports.interfaces import Export
from search.exports.query_rows import QueryRows, written
from search.narrowing import rows_of
from search.results import run
from tests.factories import make_observation, make_observations, make_planned, square

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"
NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
Get = Callable[..., Any]


@pytest.fixture
def get(client: Client) -> Get:
    def ask(**parameters: Any) -> Any:
        return client.get(reverse("search:results"), {"q": RING, **parameters})

    return ask


def body(response: Any) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def lines(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(response).decode(), newline="")))


def ids(response: Any) -> list[str]:
    return [line["obsid"] for line in lines(response)]


@pytest.fixture
def ring() -> None:
    """240 observations around the Ring Nebula: three pages of 100, two missions, unknown dates among them."""
    make_observations(
        [
            {
                "target_name": f"=RING {number}, \"M57\"\n<b>",
                "instrument_name": "NIRCAM/IMAGE" if number % 3 else "MIRI/IMAGE",
                "obs_collection": "JWST" if number % 2 else "HST",
                "s_ra": 283.39624 + number * 1e-5,
                "s_region": square(283.39624 + number * 1e-5, 33.02914, 0.002) if number % 5 else "",
                "t_min": None if number % 7 == 0 else 59770.0 + number / 10,
                "mt_flag": [None, True, False][number % 3],
            }
            for number in range(240)
        ]
    )  # fmt: skip


def walked(criteria: Criteria) -> list[str]:
    """The numbers of all rows, page after page."""
    found: list[str] = []
    while True:
        page = run(criteria, NOW)
        found += [str(row.obsid) for row in page.rows]
        if not page.links.next:
            return found
        criteria = parse_criteria(QueryDict(page.links.next))


@pytest.mark.parametrize("sort", ["", "t_min", "-t_min,obs_id", "instrument_name,-s_ra"])
@pytest.mark.usefixtures("ring")
def test_a_file_has_the_rows_of_the_pages_in_their_order(get: Get, sort: str) -> None:
    wanted = walked(parse_criteria(QueryDict(f"q=M57 r%3D1m&sort={sort}")))
    assert len(wanted) == len(set(wanted)) == 240
    assert ids(get(format="csv", sort=sort)) == wanted


@pytest.mark.usefixtures("ring")
@pytest.mark.parametrize("slug", FORMAT)
def test_every_format_has_every_row_and_column(get: Get, slug: str) -> None:
    response = get(format=slug)
    data = body(response)
    names = [column.name for column in OBSERVATION_COLUMNS]
    counts = {
        "csv": lambda: len(list(csv.reader(io.StringIO(data.decode(), newline="")))) - 1,
        "votable": lambda: len(parse(io.BytesIO(data)).get_first_table().array),
        "ecsv": lambda: len(Table.read(data.decode(), format="ascii.ecsv")),
        "json": lambda: len(json.loads(data)["rows"]),
        "html": lambda: data.count(b"<tr><td"),
        "fits": lambda: len(fits.open(io.BytesIO(data))[1].data),
    }
    assert counts[slug]() == len(ids(get(format="csv")))
    assert all(name.encode() in data for name in names)
    disposition = response["Content-Disposition"]
    assert disposition == f'attachment; filename="observations_M57-r_1m{FORMAT[slug].extension}"'
    assert response["Content-Type"] == FORMAT[slug].content_type


@pytest.mark.usefixtures("ring")
def test_votable_and_ecsv_tell_the_same(get: Get) -> None:
    votable = parse(io.BytesIO(body(get(format="votable")))).get_first_table().to_table()
    ecsv = Table.read(body(get(format="ecsv")).decode(), format="ascii.ecsv")
    assert votable.colnames == ecsv.colnames
    for name in votable.colnames:
        one, other = votable[name], ecsv[name]
        assert str(one.unit) == str(other.unit), name
        # astropy masks the empty texts of an ECSV file, and keeps those of a VOTable
        assert _plain(one) == _plain(other), name


def _plain(column: Any) -> list[str]:
    return ["" if str(value) == "--" else str(value) for value in column]


class TestColumns:
    def test_all_published_columns_come_without_a_word(self, get: Get) -> None:
        make_observation()
        header = body(get(format="csv")).decode().splitlines()[0]
        assert header.split(",") == [column.name for column in OBSERVATION_COLUMNS]

    def test_chosen_columns_come_in_their_order(self, get: Get) -> None:
        make_observation(obs_id="one")
        data = body(get(format="csv", columns="s_dec,obs_id,centre_distance,dataRights"))
        assert data.decode().splitlines()[0] == "s_dec,obs_id,centre_distance,dataRights"

    def test_distances_are_left_out_where_there_is_no_position(self, client: Client) -> None:
        make_observation()
        data = body(client.get(reverse("search:results"), {"obs_collection": "JWST", "format": "csv"}))
        assert "distance" not in data.decode().splitlines()[0].split(",")

    def test_rights_follow_the_moment_as_on_the_page(self, get: Get) -> None:
        make_observation(obs_id="open", t_obs_release=60000.0)
        make_observation(obs_id="closed", t_obs_release=61060.6)
        make_planned(obs_id="planned")
        rights = {line["obs_id"]: line["dataRights"] for line in lines(get(format="csv"))}
        assert rights == {"open": "PUBLIC", "closed": "EXCLUSIVE_ACCESS", "planned": "PUBLIC"}


class TestRows:
    @pytest.fixture(autouse=True)
    def _observations(self) -> None:
        self.first = make_observation(instrument_name="NIRCAM/IMAGE").obsid
        self.second = make_observation(instrument_name="MIRI/IMAGE").obsid
        self.elsewhere = make_observation(s_ra=10.0, s_dec=10.0).obsid

    def test_filters_hold_by_default(self, get: Get) -> None:
        assert ids(get(format="csv", **{"f.instrument_name": "MIRI/IMAGE"})) == [str(self.second)]

    def test_all_puts_filters_aside(self, get: Get) -> None:
        found = ids(get(format="csv", rows="all", **{"f.instrument_name": "MIRI/IMAGE"}))
        assert sorted(found) == [str(self.first), str(self.second)]

    def test_selected_rows_are_those_of_the_search(self, get: Get) -> None:
        found = ids(get(format="csv", rows="selected", obsid=[self.first, self.elsewhere]))
        assert found == [str(self.first)]

    def test_selected_rows_may_be_posted(self, client: Client) -> None:
        address = f"{reverse('search:export')}?q=M57+r%3D1m"
        found = client.post(address, {"format": "csv", "rows": "selected", "obsid": [self.second], "columns": ""})
        assert ids(found) == [str(self.second)]

    def test_an_obsid_without_a_selection_is_a_criterion(self, get: Get) -> None:
        assert ids(get(format="csv", obsid=self.first)) == [str(self.first)]

    def test_everyone_gets_the_same(self, get: Get, client: Client) -> None:
        anonymous = body(get(format="csv"))
        client.force_login(User.objects.create(email="someone@example.org"))
        assert body(get(format="csv")) == anonymous

    def test_no_row_is_a_file_too(self, get: Get) -> None:
        assert ids(get(format="csv", **{"f.instrument_name": "STIS"})) == []


class TestNames:
    @pytest.mark.parametrize(
        ("given", "wanted"),
        [
            ("ring", "ring.csv"),
            ("ring.csv", "ring.csv"),
            ("../../etc/passwd", "__.._etc_passwd.csv"),
            ("a\r\nSet-Cookie: x", "a__Set-Cookie__x.csv"),
            ("x" * 300, "x" * 116 + ".csv"),
            ("con", "_con.csv"),
        ],
    )
    def test_a_name_is_made_safe(self, get: Get, given: str, wanted: str) -> None:
        assert get(format="csv", name=given)["Content-Disposition"] == f'attachment; filename="{wanted}"'

    def test_the_default_says_the_search(self, client: Client) -> None:
        response = client.get(
            reverse("search:results"),
            {"collection": "proposals", "q": "1073, 2736", "f.state": "public", "format": "fits"},
        )
        assert response["Content-Disposition"] == 'attachment; filename="proposals_1073_-2736_public.fits"'


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _rows(self) -> None:
        make_observations([{} for _ in range(5)])

    def test_more_rows_than_an_export_takes_are_refused_with_a_way_out(
        self, get: Get, settings: SettingsWrapper
    ) -> None:
        settings.EXPORT_LIMIT_ROWS = 4
        response = get(format="csv")
        assert response.status_code == 413
        assert response["Content-Type"].startswith("text/plain")
        assert "More than 4" in response.content.decode()
        assert "in several steps" in response.content.decode()

    def test_exactly_the_limit_is_written(self, get: Get, settings: SettingsWrapper) -> None:
        settings.EXPORT_LIMIT_ROWS = 5
        assert len(ids(get(format="csv"))) == 5

    def test_people_get_a_page(self, client: Client, settings: SettingsWrapper) -> None:
        settings.EXPORT_LIMIT_ROWS = 4
        address = f"{reverse('search:results')}?q=M57+r%3D1m&format=csv"
        response = client.get(address, headers={"Accept": "text/html,application/xhtml+xml"})
        assert response.status_code == 413
        assert "<h1>Too many rows for one export</h1>" in response.content.decode()

    @pytest.mark.parametrize(
        "parameters",
        [
            {"format": "xlsx"},
            {"format": "<script>"},
            {"format": "csv", "rows": "none"},
            {"format": "csv", "rows": "selected"},
            {"format": "csv", "rows": "selected", "obsid": "1;2"},
            {"format": "csv", "rows": "selected", "obsid": "9" * 40},
            {"format": "csv", "rows": "selected", "obsid": "-1"},
            {"format": "csv", "columns": "obs_id,password"},
            {"format": "csv", "no_such_column": "1"},
            {"format": "csv", "q": "\0"},
            {"format": "csv", "q": ""},
        ],
    )
    def test_what_cannot_be_written_is_said_in_words(self, get: Get, parameters: dict[str, str]) -> None:
        response = get(**parameters)
        assert response.status_code == 400
        assert "Traceback" not in response.content.decode()
        assert response.content.decode().count("\n") >= 2


class TestDialog:
    @pytest.fixture(autouse=True)
    def _observations(self) -> None:
        self.first = make_observation(instrument_name="NIRCAM/IMAGE").obsid
        make_observation(instrument_name="MIRI/IMAGE")

    def test_it_says_how_many_rows_each_choice_has(self, client: Client) -> None:
        address = f"{reverse('search:export')}?q=M57+r%3D1m&f.instrument_name=MIRI/IMAGE"
        html = client.post(address, {"obsid": [self.first]}).content.decode()
        offers = re.findall(r'name="rows" value="(\w+)"( checked)?>.*?data-count="(\d+)"', html)
        assert offers == [("filtered", "", "1"), ("all", "", "2"), ("selected", " checked", "1")]
        assert f'<input type="hidden" name="obsid" value="{self.first}">' in html

    def test_it_offers_the_displayed_columns(self, client: Client) -> None:
        html = client.get(f"{reverse('search:export')}?q=M57+r%3D1m&columns=obs_id,s_ra").content.decode()
        assert 'name="columns" value="obs_id,s_ra"' in html

    def test_it_says_when_there_are_too_many(self, client: Client, settings: SettingsWrapper) -> None:
        settings.EXPORT_LIMIT_ROWS = 1
        html = client.get(f"{reverse('search:export')}?q=M57+r%3D1m").content.decode()
        assert "More than 1 observations match" in html
        assert re.search(r'<button class="btn btn-primary" disabled>', html)

    def test_its_form_gives_the_file(self, client: Client) -> None:
        html = client.get(f"{reverse('search:export')}?q=M57+r%3D1m").content.decode()
        action = re.search(r'<form method="post" action="([^"]+)"', html)
        assert action
        name = re.search(r'name="name" value="([^"]+)"', html)
        assert name
        form = {"format": "json", "rows": "filtered", "columns": "", "name": name.group(1)}
        response = client.post(action.group(1).replace("&amp;", "&"), form)
        assert json.loads(body(response))["count"] == 2

    def test_htmx_gets_the_form_alone(self, client: Client) -> None:
        html = client.get(f"{reverse('search:export')}?q=M57+r%3D1m", headers={"HX-Request": "true"}).content.decode()
        assert html.startswith("<form")

    def test_an_address_that_says_no_search_is_refused(self, client: Client) -> None:
        assert client.get(reverse("search:export")).status_code == 400


def test_a_file_takes_few_queries(get: Get, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    make_observations([{} for _ in range(50)])
    with django_assert_max_num_queries(16):
        body(get(format="fits"))


@pytest.mark.django_db(transaction=True)
def test_a_reader_who_leaves_ends_the_walk_and_its_transaction() -> None:
    make_observations([{} for _ in range(2500)])
    columns = export_columns((), OBSERVATION_GRID, around_a_position=False)
    rows = QueryRows(rows_of(Criteria(q="M57 r=1m"), NOW), columns)
    pieces = written(Export("", "", NOW, columns, rows), FORMAT["csv"].write)
    next(pieces)
    next(pieces)
    assert connection.in_atomic_block
    pieces.close()
    assert not connection.in_atomic_block
    assert connection.get_autocommit()
    assert rows.count() == 2500


@pytest.mark.django_db(transaction=True)
def test_a_file_is_of_one_moment_though_rows_arrive() -> None:
    """FITS counts first and walks twice; what others commit between is not seen."""
    make_observations([{} for _ in range(1500)])
    columns = export_columns((), OBSERVATION_GRID, around_a_position=False)
    rows = QueryRows(rows_of(Criteria(q="M57 r=1m"), NOW), columns)
    pieces = written(Export("", "", NOW, columns, rows), FORMAT["fits"].write)
    first = [next(pieces), next(pieces), next(pieces)]
    _elsewhere(lambda: make_observations([{"target_name": "much longer than any name before it"} for _ in range(5)]))
    with fits.open(io.BytesIO(b"".join([*first, *pieces]))) as hdus:
        hdus.verify("exception")
        assert len(hdus[1].data) == 1500
    assert rows.count() == 1505


def _elsewhere(action: Callable[[], object]) -> None:
    """Run in a thread, which has a connection of its own."""

    def run() -> None:
        try:
            action()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive()


@pytest.mark.parametrize("slug", ["csv", "votable", "ecsv", "json", "html", "fits"])
def test_memory_does_not_grow_with_the_rows(slug: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO archive_observation (obsid, obsid_assigned, intent_type, obs_collection, provenance_name,"
            " instrument_name, project, filters, wavelength_region, target_name, target_classification, obs_id,"
            " proposal_id, proposal_pi, calib_level, obs_title, proposal_type, s_region, jpeg_url, data_url,"
            " dataproduct_type, obj_id, t_min)"
            " SELECT n, false, 'science', 'JWST', 'CALJWST', 'NIRCAM/IMAGE', 'JWST', 'F200W', 'INFRARED', 'T', '',"
            " 'jw' || n, '1', 'Somebody', 3, repeat('long title ', 40), 'GO', '', '', '', 'image', '', n"
            " FROM generate_series(1, 12000) AS n"
        )
    columns = export_columns((), OBSERVATION_GRID, around_a_position=False)
    rows = QueryRows(rows_of(parse_criteria(QueryDict("obs_collection=JWST")), NOW), columns)
    pieces = written(Export("", "", NOW, columns, rows), FORMAT[slug].write)
    size_bytes = sum(map(len, islice(pieces, 4)))
    tracemalloc.start()
    size_bytes += sum(map(len, pieces))
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size_bytes > 6_000_000
    assert most_bytes < 6_000_000
