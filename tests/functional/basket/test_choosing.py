"""Quick choices, the filters that the settings and the references decide, and the list as a file."""

import csv
import io
import re

import pytest
from django.test import Client
from pytest_django import Settings

from archive.models import Held, Observation, Product
from basket.models import Delivery, Tick
from tests.basket_holdings import FUTURE, observation, product


def add(client: Client, *observations: Observation) -> None:
    client.post("/basket/add/", {"obsid": [str(one.pk) for one in observations]})


def choose(client: Client, choice: str, **form: object) -> set[str]:
    """The files that are ticked afterwards."""
    answer = client.post("/basket/choose/?filters=1", {"choice": choice, **form})
    assert answer["Location"] == "/basket/?filters=1"
    return set(Tick.objects.values_list("product__filename", flat=True))


@pytest.fixture
def filled(client: Client) -> Observation:
    own = observation("jw1")
    product(own, "a_i2d.fits", group="I2D")
    product(own, "a_cal.fits", group="CAL", recommended=False)
    product(own, "a_cal.jpg", group="CAL", category="PREVIEW", recommended=False)
    product(own, "a_gs-acq1.fits", group="GS-ACQ1", category="AUXILIARY", recommended=False)
    Product.objects.filter(filename="a_i2d.fits").update(calib_level=3)
    Product.objects.filter(filename__startswith="a_cal").update(calib_level=2)
    add(client, own)
    return own


EVERY = {"a_i2d.fits", "a_cal.fits", "a_cal.jpg", "a_gs-acq1.fits"}


def test_words_choose_files_also_those_that_filters_hide(client: Client, filled: Observation) -> None:
    assert choose(client, "all") == EVERY
    assert choose(client, "no_guide_stars") == EVERY - {"a_gs-acq1.fits"}
    assert choose(client, "recommended") == {"a_i2d.fits"}
    assert choose(client, "none") == set()
    page = client.get("/basket/?filters=1&f.productGroupDescription=Minimum+Recommended+Products").text
    assert "selected but hidden" not in page
    choose(client, "all")
    page = client.get("/basket/?filters=1&f.productGroupDescription=Minimum+Recommended+Products").text
    assert "3 selected but hidden by filters" in page


def test_the_table_counts_level_and_suffix_and_ticks_its_boxes(client: Client, filled: Observation) -> None:
    for page in (client.get("/basket/").text, client.get("/basket/choose/").text):
        boxes = re.findall(r'name="cell" value="([^"]*)" aria-label="([^"]*)"> (\d+)', page)
        assert boxes == [
            ("2:CAL", "CAL, level 2", "2"),
            (":GS-ACQ1", "GS-ACQ1, level unknown", "1"),
            ("3:I2D", "I2D, level 3", "1"),
        ]
    assert choose(client, "table", cell=["2:CAL", ":GS-ACQ1"]) == EVERY - {"a_i2d.fits"}
    assert choose(client, "table", cell=["3:I2D"], adds="1") == EVERY


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*_cal.*", {"a_cal.fits", "a_cal.jpg"}),
        ("*_CAL.fits, *i2d*", {"a_cal.fits", "a_i2d.fits"}),
        ("a_cal.???", {"a_cal.jpg"}),
        ("gs-", {"a_gs-acq1.fits"}),
        ("a.i2d", set()),
        ("(a|b)+[%_", set()),
        ("*" * 199, EVERY),
    ],
)
def test_a_name_pattern_chooses(pattern: str, found: set[str], client: Client, filled: Observation) -> None:
    assert choose(client, "pattern", pattern=pattern) == found


@pytest.mark.parametrize(
    ("choice", "form", "text"),
    [
        ("pattern", {"pattern": " , "}, "The name pattern is empty"),
        ("pattern", {"pattern": "a" * 201}, "too long"),
        ("table", {}, "No box of the table is ticked"),
        ("table", {"cell": ["x:CAL"]}, "This box is not in the table"),
        ("rm", {}, "not known"),
    ],
)
def test_what_is_no_choice_changes_nothing_and_is_told(
    choice: str, form: dict[str, object], text: str, client: Client, filled: Observation
) -> None:
    choose(client, "recommended")
    assert choose(client, choice, **form) == {"a_i2d.fits"}
    assert text in client.get("/basket/").text


def test_the_filters_stand_in_the_order_of_the_original(client: Client, filled: Observation) -> None:
    titles = re.findall(r"<legend>([^<]+)</legend>", client.get("/basket/").text)
    assert titles[:7] == [
        "Recommended Products",
        "Data Product Category",
        "Data Product Type",
        "File Extension",
        "Batch Download Availability",
        "Data Product Group",
        "Mission",
    ]


def counts(page: str, parameter: str) -> dict[str, int]:
    boxes = re.findall(r'name="([^"]+)" value="([^"]*)" data-count="(\d+)"', page)
    return {value: int(number) for name, value, number in boxes if name == parameter}


def shown(page: str) -> set[str]:
    return set(re.findall(r'<a class="cut" title="([^"]+)"', page))


def test_references_are_a_type_of_their_own(client: Client, filled: Observation) -> None:
    product(filled, "flat.fits", category="CALIBRATION", recommended=False)
    page = client.get("/basket/?filters=1").text
    assert counts(page, "f.kind") == {"Science products": 4, "Calibration reference files": 1}
    assert shown(client.get("/basket/?filters=1&f.kind=Calibration+reference+files").text) == {"flat.fits"}
    assert shown(client.get("/basket/?filters=1&f.kind=Science+products").text) == EVERY
    both = "/basket/?filters=1&f.kind=Science+products&f.kind=Calibration+reference+files"
    assert len(shown(client.get(both).text)) == 5
    assert not shown(client.get("/basket/?filters=1&f.kind=nonsense").text)
    client.post("/basket/ticks/?filters=1&f.kind=nonsense", {"tick": "all"})
    assert not Tick.objects.exists()


def test_batch_availability_is_the_missions_and_is_kept(
    client: Client, filled: Observation, settings: Settings
) -> None:
    other = observation("tess1", mission="TESS")
    product(other, "t.fits")
    add(client, other)
    assert counts(client.get("/basket/?filters=1").text, "f.batch") == {"Available": 5}
    settings.BATCH_MISSIONS = ["JWST"]
    page = client.get("/basket/?filters=1&f.batch=Not+available").text
    assert counts(page, "f.batch") == {"Available": 4, "Not available": 1}
    assert shown(page) == {"t.fits"}
    choose(client, "all")
    answer = client.post("/basket/stage/", {"method": "staging", "email": "reader@example.org"})
    assert answer.status_code == 409
    assert "Batch Retrieval is not offered for TESS." in answer.text
    assert not Delivery.objects.exists()


def test_the_list_as_a_file_names_everything_once(client: Client, filled: Observation) -> None:
    closed = observation("=jw2", release=FUTURE)
    secret = product(closed, "secret.fits")
    gone = product(closed, "gone.fits", held=Held.LOST, parents=(closed, filled))
    Product.objects.filter(pk=gone.pk).update(observation=filled)
    add(client, closed)
    choose(client, "recommended")
    answer = client.get("/basket/list.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode()
    rows = {row["productFilename"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert set(rows) == EVERY | {"secret.fits", "gone.fits"}
    assert text.count("\r\n") == 1 + len(rows)
    first = Product.objects.get(filename="a_i2d.fits")
    assert rows["a_i2d.fits"] == {
        "obs_collection": "JWST",
        "obs_id": "jw1",
        "productFilename": "a_i2d.fits",
        "dataURI": first.uri,
        "size": "300",
        "sha256": first.sha256,
        "productType": "SCIENCE",
        "productSubGroupDescription": "I2D",
        "calib_level": "3",
        "productGroupDescription": "Minimum Recommended Products",
        "access": "PUBLIC",
        "status": "OK",
        "selected": "yes",
        "listed_under": "jw1",
    }
    assert rows["secret.fits"]["status"] == "Not Authorized: exclusive until 2026-07-19 · Program 2736"
    assert rows["secret.fits"]["obs_id"] == "'=jw2"
    assert secret.sha256 not in text
    assert rows["gone.fits"]["status"].startswith("Lost")
    assert rows["gone.fits"]["listed_under"] == "'=jw2 jw1"
    chosen = client.get("/basket/list.csv?what=selected").getvalue().decode()
    assert "a_cal.fits" not in chosen
    assert "a_i2d.fits" in chosen


def test_without_a_basket_the_choices_lead_to_the_empty_page(client: Client) -> None:
    assert client.post("/basket/choose/", {"choice": "all"}).status_code == 302
    assert "The basket is empty" in client.get("/basket/list.csv").text
