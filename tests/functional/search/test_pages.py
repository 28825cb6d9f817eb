"""Home, observation, program and error pages over HTTP."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from archive.models import Held
from mastportal import errors
from search.holdings import holdings_by_mission, newest_observations, releases_after
from tests.factories import make_observation, make_observations, make_planned, make_product, make_program, square

NOW = dt.datetime(2026, 1, 20, 12, tzinfo=dt.UTC)
NOW_MJD = 61060.5
ICONS = re.compile(r"""\{% icon "([\w-]+)\"""")


# Home ----------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_home_counts_every_mission_and_its_exclusive_rows(client: Client) -> None:
    make_observations(
        [{}, {"t_obs_release": NOW_MJD + 100}, {"obs_collection": "HST", "t_min": 50000.0, "t_max": 51000.0}]
    )
    make_planned()
    held = {row.mission: row for row in holdings_by_mission(NOW)}
    assert (held["JWST"].observations, held["JWST"].exclusive, held["JWST"].planned) == (3, 1, 1)
    assert held["HST"].covers == "1995-10 – 1998-07"
    html = client.get(reverse("search:home")).content.decode()
    assert "1995-10 – 1998-07" in html
    assert "2026-01-20 12:00 UTC" in html


@pytest.mark.django_db
def test_home_lists_what_becomes_public_within_fourteen_days(client: Client) -> None:
    make_program(number="2736", title="Webb ERO", pi_name="Pontoppidan, Klaus M.")
    make_observations(
        [
            {"proposal_id": "2736", "t_obs_release": NOW_MJD + 0.2},
            {"proposal_id": "2736", "t_obs_release": NOW_MJD + 0.3},
            {"proposal_id": "2736", "t_obs_release": NOW_MJD + 13.9},
            {"proposal_id": "2736", "t_obs_release": NOW_MJD + 14.1},
            {"proposal_id": "2736", "t_obs_release": NOW_MJD - 0.1},
        ]
    )
    releases = releases_after(NOW)
    assert [(line.day.isoformat(), line.observations) for line in releases.lines] == [
        ("2026-01-20", 2),
        ("2026-02-03", 1),
    ]
    assert (releases.observations, releases.programs) == (3, 1)
    html = client.get(reverse("search:home")).content.decode()
    assert "Webb ERO" in html
    assert reverse("search:program", args=["JWST", "2736"]) in html


@pytest.mark.django_db
def test_where_nothing_becomes_public_soon_home_lists_what_does_next(client: Client) -> None:
    make_observations([{"t_obs_release": NOW_MJD + 300}, {"t_obs_release": NOW_MJD + 200}])
    releases = releases_after(NOW)
    assert [line.day.isoformat() for line in releases.lines] == ["2026-08-08", "2026-11-16"]
    assert (releases.observations, releases.days) == (2, 0)
    assert "Next to become public" in client.get(reverse("search:home")).content.decode()


@pytest.mark.django_db
def test_home_lists_the_newest_observations_first(client: Client) -> None:
    make_program(title="The Ring Nebula")
    make_observations(
        [{"t_min": 61050.1}, {"t_min": 61050.2}, {"t_min": 61040.0}, {"t_min": 60600.0}, {"t_min": 61070.0}]
    )
    lines = newest_observations(NOW)
    assert [(line.day.isoformat(), line.observations) for line in lines] == [("2026-01-10", 2), ("2025-12-31", 1)]
    assert lines[0].title == "The Ring Nebula"
    assert "Newest observations" in client.get(reverse("search:home")).content.decode()


@pytest.mark.django_db
def test_an_empty_archive_says_how_to_fill_it(client: Client) -> None:
    response = client.get(reverse("search:home"))
    assert response.status_code == 200
    assert "manage.py ingest observations" in response.content.decode()


@pytest.mark.django_db
def test_home_reads_the_holdings_once_a_minute(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_observations([{} for _ in range(5)])
    with django_assert_max_num_queries(8):
        client.get(reverse("search:home"))
    with django_assert_max_num_queries(0):
        client.get(reverse("search:home"))


# Observation ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_observation_tells_every_column_its_files_and_its_program(client: Client) -> None:
    make_program(title="The Ring Nebula")
    own = make_observation(s_region=square(283.39624, 33.02914, 0.02), t_obs_release=NOW_MJD + 321)
    make_product(own, size_bytes=3000)
    make_product(own, product_type="PREVIEW", size_bytes=500, held=Held.NOT_YET)
    html = client.get(reverse("search:observation", args=[own.obsid])).content.decode()
    for words in (
        "Calibration Level",
        "t_obs_release",
        "283.39624",
        "18 53 35.10",
        "The Ring Nebula",
        "PREVIEW",
        "3 kB",
    ):
        assert words in html
    assert "Exclusive until 2026-12-07" in html
    assert 'class="footprint m-jwst state-exclusive"' in html


@pytest.mark.django_db
@pytest.mark.parametrize("obsid", ["1", "99999999999999999999999999"])
def test_an_unknown_observation_is_a_designed_404(client: Client, obsid: str) -> None:
    response = client.get(f"/observations/{obsid}/")
    assert response.status_code == 404
    assert f"no observation with the number {obsid}" in response.content.decode()


@pytest.mark.django_db
def test_a_program_tells_its_observations_by_instrument_and_state(client: Client) -> None:
    make_program(number="2736", title="Webb ERO")
    make_observations([{"proposal_id": "2736", "t_obs_release": NOW_MJD + 30}, {"proposal_id": "2736"}])
    html = client.get(reverse("search:program", args=["JWST", "2736"])).content.decode()
    for words in ("Webb ERO", "NIRCAM/IMAGE", "966.0", "2026-02", "Show 2 observations"):
        assert words in html
    for label in ("2026-02-19: 1 will become public", "Next release: ", "on 2026-02-19, in 30 days"):
        assert label in html
    chips = re.findall(
        r'<li>(?:<a class="chip state-(\w+)"|<span class="chip">).*?<strong>([\d,]+)</strong>', html, re.DOTALL
    )
    assert chips == [("public", "1"), ("exclusive", "1"), ("", "0")]
    assert html.count('aria-current="date"') == 1


@pytest.mark.django_db
def test_an_unknown_program_is_a_designed_404(client: Client) -> None:
    response = client.get(reverse("search:program", args=["JWST", "<b>1"]))
    assert response.status_code == 404
    assert "&lt;b&gt;1" in response.content.decode()


# Errors --------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_address_that_is_not_there_leads_back_to_the_search(client: Client) -> None:
    response = client.get("/not/here")
    html = response.content.decode()
    assert response.status_code == 404
    assert "There is nothing at this address" in html
    assert "not/here" not in html


@pytest.mark.django_db
def test_a_form_without_its_token_is_told_to_reload() -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("basket:add"), {"obsid": "1"})
    assert response.status_code == 403
    assert "The form is no longer valid" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("view", "status", "words"),
    [(errors.bad_request, 400, "was not understood"), (errors.permission_denied, 403, "not open to you")],
)
def test_refusals_are_designed(client: Client, view: object, status: int, words: str) -> None:
    request = client.get(reverse("search:home")).wsgi_request
    response = view(request, ValueError(""))  # type: ignore[operator]  # a view
    assert response.status_code == status
    assert words in response.content.decode()


@pytest.mark.django_db
def test_a_name_that_is_not_this_portals_is_refused_with_a_page(client: Client) -> None:
    response = client.get(reverse("search:home"), headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "was not understood" in response.content.decode()
    assert "evil.example" not in response.content.decode()


def test_a_failure_has_a_page_that_needs_no_database(rf: RequestFactory) -> None:
    response = errors.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "could not answer" in response.content.decode()
    assert "My Basket" not in response.content.decode()


@pytest.mark.django_db
def test_a_database_that_is_gone_ends_in_that_page() -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("the database is gone")

    with connection.execute_wrapper(refuse):
        response = Client(raise_request_exception=False).get(reverse("search:home"))
    assert response.status_code == 500
    assert "could not answer" in response.content.decode()
    assert "Traceback" not in response.content.decode()


# Files of the front end ----------------------------------------------------------------------------------------------


def test_every_icon_of_the_templates_is_in_the_font() -> None:
    listed = set((settings.BASE_DIR / "static" / "icons.txt").read_text().split())
    templates = [path.read_text() for folder in engines["django"].dirs for path in Path(folder).rglob("*.html")]
    assert {name for text in templates for name in ICONS.findall(text)} <= listed


def test_no_template_or_script_carries_inline_style_or_another_host() -> None:
    root = settings.BASE_DIR
    files = [*root.glob("templates/**/*.html"), *root.glob("static/js/*.js"), *root.glob("static/css/*.css")]
    for path in files:
        if path.parts[-2] == "mail" or "manifest" in path.name:
            continue
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|@import|javascript:", text), path
        assert not re.search(r"(src|href)=\"https?://|url\(.?https?:", text), path
