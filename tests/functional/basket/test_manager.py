"""The Download Manager: filters with counts, the tree, the details of a file."""

import re

import pytest
from django.test import Client

from accounts.models import User
from archive.models import Held, Listing, Observation, Product
from basket import tree
from basket.models import Basket
from tests.basket_holdings import FUTURE, observation, product


def add(client: Client, *observations: Observation) -> None:
    client.post("/basket/add/", {"obsid": [str(one.pk) for one in observations]})


def counts(page: str, parameter: str) -> dict[str, int]:
    """The boxes of one filter: value and count."""
    boxes = re.findall(r'name="([^"]+)" value="([^"]*)" data-count="(\d+)"', page)
    return {value: int(number) for name, value, number in boxes if name == parameter}


def shown(page: str) -> list[str]:
    return re.findall(r'<a class="cut" title="([^"]+)"', page)


@pytest.fixture
def filled(client: Client) -> dict[str, Observation]:
    found = {"a": observation("jw1"), "h": observation("hst1", mission="HST")}
    product(found["a"], "a_i2d.fits", group="I2D")
    product(found["a"], "a_cal.fits", group="CAL", recommended=False)
    product(found["a"], "a_cal.jpg", group="CAL", category="PREVIEW", recommended=False)
    product(found["h"], "h_drz.fits", group="DRZ")
    add(client, *found.values())
    return found


def test_minimum_recommended_products_are_on_by_default_and_the_choice_is_remembered(
    client: Client, filled: dict[str, Observation]
) -> None:
    page = client.get("/basket/").text
    assert shown(page) == ["h_drz.fits", "a_i2d.fits"]
    assert re.search(
        r'name="f.productGroupDescription" value="Minimum Recommended Products" data-count="2" checked', page
    )
    assert len(shown(client.get("/basket/?filters=1").text)) == 4
    assert len(shown(client.get("/basket/").text)) == 4, "remembered"
    assert not Basket.objects.get().recommended_only
    page = client.get("/basket/?filters=1&f.productGroupDescription=Minimum+Recommended+Products").text
    assert len(shown(page)) == 2
    assert len(shown(client.get("/basket/").text)) == 2


def test_filters_are_and_between_and_or_inside(client: Client, filled: dict[str, Observation]) -> None:
    address = "/basket/?filters=1&f.productSubGroupDescription=CAL&f.productSubGroupDescription=DRZ"
    assert set(shown(client.get(address).text)) == {"a_cal.fits", "a_cal.jpg", "h_drz.fits"}
    assert set(shown(client.get(f"{address}&f.extension=.fits").text)) == {"a_cal.fits", "h_drz.fits"}
    page = client.get(f"{address}&f.extension=.fits&f.obs_collection=JWST").text
    assert shown(page) == ["a_cal.fits"]


def test_counts_ignore_their_own_filter_and_heed_the_others(client: Client, filled: dict[str, Observation]) -> None:
    page = client.get("/basket/?filters=1&f.productSubGroupDescription=CAL").text
    assert counts(page, "f.productSubGroupDescription") == {"CAL": 2, "DRZ": 1, "I2D": 1}
    assert counts(page, "f.extension") == {".fits": 1, ".jpg": 1}
    assert counts(page, "f.productType") == {"PREVIEW": 1, "SCIENCE": 1}
    assert counts(page, "f.obs_collection") == {"JWST": 2, "HST": 0}
    assert counts(page, "f.productGroupDescription") == {"Minimum Recommended Products": 0}


def test_a_shared_file_is_shown_under_each_observation_and_counted_once(client: Client) -> None:
    one, two = observation("jw1"), observation("jw2")
    shared = product(one, "shared.fits", size_bytes=1000, parents=(one, two))
    Listing.objects.create(parent=two, own=two, product=shared, recommended=True)  # by way of another observation
    add(client, one, two)
    page = client.get("/basket/").text
    assert shown(page) == ["shared.fits", "shared.fits"]
    assert "1 file</strong>" in page
    assert "1 kB in basket" in page
    assert "2 entries · duplicates removed: <strong>1</strong>" in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)), "an id is used once"


def test_refused_and_missing_files_are_counted_and_named(client: Client, staff: User) -> None:
    one, two = observation("jw1"), observation("jw2", release=FUTURE)
    product(one, "a.fits")
    product(one, "lost.fits", held=Held.LOST)
    product(two, "secret.fits")
    add(client, one, two)
    client.post("/basket/ticks/?filters=1", {"tick": "all"})
    page = client.get("/basket/?filters=1").text
    assert "1 of them refused" in page
    assert "exclusive until 2026-07-19 · Program 2736" in page
    assert "1 not held" in page
    assert 'class="level-observation state-exclusive"' in page
    assert 'Download <span class="figure">1 file · 300 B</span>' in page
    client.force_login(staff)
    page = client.get("/basket/?filters=1").text
    assert "of them refused" not in page
    assert 'Download <span class="figure">2 files · 600 B</span>' in page


def test_the_details_tell_the_facts_of_a_file(client: Client) -> None:
    own = observation("jw1")
    one = product(own, "a_cal.fits", stand_in=True)
    Product.objects.filter(pk=one.pk).update(
        description="exposure (L2b): 2D calibrated exposure", pipeline_version="1.5.3", listed_size_bytes=123456
    )
    add(client, own)
    page = client.get(f"/basket/?file={one.pk}").text
    for words in (
        "exposure (L2b): 2D calibrated exposure",
        "300 bytes",
        "SCIENCE · CAL",
        "2736",
        "1.5.3",
        one.uri,
        one.sha256,
        "The original has 123,456 bytes",
        f"/basket/files/{one.pk}/a_cal.fits",
    ):
        assert words in page


def test_the_details_of_a_refused_file_tell_no_checksum_and_no_address(client: Client) -> None:
    own = observation("jw1", release=FUTURE)
    secret, picture = product(own, "a_cal.fits"), product(own, "a_cal.jpg", category="PREVIEW")
    add(client, own)
    page = client.get(f"/basket/?file={secret.pk}").text
    assert "exclusive until 2026-07-19" in page
    assert secret.sha256 not in page
    assert f"/basket/files/{secret.pk}/" not in page
    assert f"/basket/files/{picture.pk}/" not in page, "a preview is a file too"


def test_a_preview_is_shown_to_whom_may_see_it(client: Client) -> None:
    own = observation("jw1")
    one, _, picture = (
        product(own, "a_cal.fits"),
        product(own, "0_other.jpg", category="PREVIEW"),
        product(own, "a_cal.jpg", category="PREVIEW"),
    )
    add(client, own)
    assert f'src="/basket/files/{picture.pk}/a_cal.jpg"' in client.get(f"/basket/?file={one.pk}").text
    answer = client.get(f"/basket/files/{picture.pk}/a_cal.jpg")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_folders_open_one_by_one_by_the_address(client: Client) -> None:
    many = [observation(f"jw{number}") for number in range(5)]
    for one in many:
        product(one, f"{one.obs_id}.fits")
    add(client, *many)
    assert shown(client.get("/basket/").text) == []
    page = client.get(f"/basket/?open={many[3].pk}").text
    assert shown(page) == ["jw3.fits"]
    assert f'href="/basket/?open={many[1].pk}&amp;open={many[3].pk}"' in page, "the next folder opens beside it"
    assert 'href="/basket/?open=0"' in page, "and this one closes"


def test_large_baskets_and_folders_come_in_parts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "OBSERVATIONS_PER_PAGE", 3)
    many = [observation(f"jw{number}") for number in range(8)]
    for one in many:
        product(one, f"{one.obs_id}.fits")
    for number in range(7):
        product(many[0], f"x{number}.fits")
    add(client, *many)
    seen: list[str] = []
    address: str | None = "/basket/"
    while address:
        page = client.get(address).text
        seen += re.findall(r'aria-label="Files of ([^"]+)"', page)
        following = re.search(r'href="(/basket/\?after=\d+)">Next', page)
        address = following[1] if following else None
    assert seen == [one.obs_id for one in many]
    Listing.objects.filter(parent=many[2]).delete()
    page = client.get(f"/basket/?after={many[2].pk}").text
    behind = re.findall(r'aria-label="Files of ([^"]+)"', page)
    assert behind == ["jw3", "jw4", "jw5"], "behind an observation that is not shown any more"
    page = client.get(f"/basket/?open={many[0].pk}&rows=3").text
    assert shown(page) == ["jw0.fits", "x0.fits", "x1.fits"]
    assert "5 more files" in page
    assert f'href="/basket/?open={many[0].pk}&amp;rows=6"' in page


def test_nothing_that_passes_the_filters_is_a_page_with_a_way_out(client: Client) -> None:
    own = observation("jw1")
    product(own, "a_uncal.fits", recommended=False)
    add(client, own)
    page = client.get("/basket/").text
    assert "No file passes the filters" in page
    assert "None of them is a Minimum Recommended Product" in page
    assert 'href="/basket/?filters=1"' in page


@pytest.mark.parametrize(
    "query",
    [
        "open=x&after=y&file=z&rows=q",
        "after=99999999&file=99999999&open=99999999",
        "rows=0&f.productType=%00&f.extension=%27;--",
        "file=" + "9" * 50,
        "f.obs_collection=<script>alert(1)</script>",
    ],
)
def test_a_crooked_address_still_shows_the_basket(query: str, client: Client, filled: dict[str, Observation]) -> None:
    answer = client.get(f"/basket/?{query}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_hostile_metadata_stays_text(client: Client) -> None:
    own = observation("<img src=x onerror=alert(1)>", mission="<b>M</b>")
    one = product(own, "../<script>.fits", group="<i>", category='"><script>', uri="mast:<script>alert(2)</script>")
    product(own, "../<script>.jpg", category="PREVIEW")
    add(client, own)
    page = client.get(f"/basket/?filters=1&file={one.pk}").text
    for trap in ("<script>.fits", "<script>alert", "<img src=x", "<b>M</b>", "<i>"):
        assert trap not in page
    assert client.post("/basket/ticks/?filters=1", {"tick": "mission:<b>M</b>"}, follow=True).status_code == 200
    assert "2 selected" in client.get("/basket/").text
