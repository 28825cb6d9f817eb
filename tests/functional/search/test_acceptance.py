"""The ready-made checks of the specification that are about searching, as a person's addresses ask them."""

from collections.abc import Callable

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings as SettingsWrapper

from search.page import ResultsPage
from tests.factories import make_observation, make_planned, make_product, square
from tests.functional.search.test_results_page import page_of, ring

pytestmark = pytest.mark.django_db

Search = Callable[..., ResultsPage]


@pytest.fixture
def found(client: Client) -> Search:
    def get(q: str = "", **parameters: str) -> ResultsPage:
        response = client.get(reverse("search:results"), {"q": q, **parameters})
        page: ResultsPage = response.context["page"]
        return page

    return get


def ids_of(page: ResultsPage) -> set[str]:
    return {row.observation.obs_id for row in page.rows}


def test_1_every_spelling_of_a_position_is_the_same_centre(found: Search) -> None:
    m101 = SkyCoord("14h03m12.6s", "+54d20m56.7s")
    make_observation(obs_id="m101", s_ra=210.8025, s_dec=54.349083, s_region="CIRCLE ICRS 210.8025 54.349083 0.01")
    for text in (
        "14 03 12.6 54 20 56.7", "14:03.210 54:20.945", "14h03m12.6s +54d20m56.7s", "g102.0373+59.7711",
    ):  # fmt: skip
        page = found(text)
        assert page.target is not None, text
        assert SkyCoord(page.target.ra_deg, page.target.dec_deg, unit="deg").separation(m101) < 1 * u.arcsec, text
        assert ids_of(page) == {"m101"}


@pytest.mark.parametrize("name", ["2MASS J04215943+1932063", "png 000.8-07.6"])
def test_2_names_with_signs_go_to_the_resolver(client: Client, name: str) -> None:
    html = client.get(reverse("search:results"), {"q": name}).content.decode()
    assert 'data-message="name-unknown"' in html
    assert f"No resolver knows “{name}”" in html


def test_3_radius_given_none_and_zero(found: Search) -> None:
    make_observation(**ring(obs_id="over"))
    make_observation(obs_id="beside", s_ra=283.39624, s_dec=33.08, s_region=square(283.39624, 33.08, 0.02))
    radii = {}
    for text in ("m57 r=1m", "m57 r=0", "m57", "m31"):
        target = found(text, **{"f.state": "public"}).target
        radii[text] = target.radius_deg * 3600 if target else None
    assert radii["m57 r=1m"] == pytest.approx(60)
    assert radii["m57"] == pytest.approx(720)
    assert radii["m31"] is not None
    assert radii["m31"] > 720
    assert ids_of(found("m57 r=0")) == {"over"}
    assert ids_of(found("m57")) == {"over", "beside"}


def test_4_programs_are_a_union_of_unpadded_numbers(found: Search) -> None:
    for number in ("1073", "2736", "2737"):
        make_observation(obs_id=f"of-{number}", proposal_id=number)
    assert ids_of(found("1073, 2736", collection="proposals")) == {"of-1073", "of-2736"}
    assert ids_of(found("01073", collection="proposals")) == ids_of(found("1073", collection="proposals"))


@pytest.mark.parametrize(
    ("limits", "offered"), [((4, 4), (True, True)), ((3, 4), (False, True)), ((2, 2), (False, False))]
)
def test_5_the_limits_disable_search_before_export(
    client: Client, settings: SettingsWrapper, limits: tuple[int, int], offered: tuple[bool, bool]
) -> None:
    settings.LOAD_LIMIT_ROWS, settings.EXPORT_LIMIT_ROWS = limits
    for _ in range(3):
        make_observation()
    page = page_of(client.get(reverse("search:advanced"), {"obs_collection": "JWST"}, follow=True))
    button = page.all("button", id="advanced-search")[0][0]
    assert ("disabled" not in button, bool(page.all("a", id="advanced-export"))) == offered


def test_6_instruments_match_by_wildcard_and_by_one_only(client: Client, found: Search) -> None:
    for n, name in enumerate(("MIRI/IMAGE", "MIRI/IFU", "NIRCAM/IMAGE")):
        make_observation(obs_id=f"i{n}", instrument_name=name)
    assert ids_of(found(instrument_name="MIRI*")) == {"i0", "i1"}
    assert not ids_of(found(instrument_name="MIRI"))
    refused = client.get(reverse("search:results"), {"instrument_name": "MI*RI*"}).content.decode()
    assert 'data-message="criteria"' in refused
    assert "wildcard" in refused


def test_7_exclusive_and_planned_rows_say_what_they_withhold(client: Client) -> None:
    closed = make_observation(**ring(obs_id="closed", t_obs_release=61381.5))
    picture = make_product(closed, filename="closed.jpg", extension=".jpg", product_type="PREVIEW")
    make_product(closed)
    make_planned(**ring(obs_id="coming"))
    page = page_of(client.get(reverse("search:results"), {"q": "M57 r=1m"}))
    rows = {a["class"].split()[0]: text for a, text in page.all("tr") if "data-obsid" in a}
    assert "Exclusive until 2026-12-07" in rows["state-exclusive"]
    assert page.all("span", class_="icon-exclusive")
    assert "Planned, not yet observed" in rows["state-planned"]
    assert client.get(reverse("basket:file", args=[picture.pk, picture.filename])).status_code in {401, 403}
    told = client.post(reverse("basket:one_click", args=[closed.obsid]))
    assert "exclusive" in told.content.decode().lower()
    offered = [a["formaction"] for a, _ in page.all("button", form="one-row") if "one-click" in a["formaction"]]
    assert offered == [reverse("basket:one_click", args=[closed.obsid])]


def test_8_the_keyword_filter_takes_the_documented_pattern(found: Search) -> None:
    for name in ("jw00797011001_02101", "jw00797-o011_t001", "jw00797012001_02101", "jw00798-o011_t001"):
        make_observation(**ring(obs_id=name))
    page = found("M57 r=1m", **{"f.text": "jw00797(011|-o011)"})
    assert ids_of(page) == {"jw00797011001_02101", "jw00797-o011_t001"}
