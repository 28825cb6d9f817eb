"""Filling and emptying the basket, with and without script, anonymous and logged in."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from archive.models import Held, Observation, Product
from basket import actions
from basket.models import Basket, RemovedFile
from tests.basket_holdings import FUTURE, observation, product


def add(client: Client, *observations: Observation, **data: str) -> str:
    """Add and follow: the page that comes next."""
    obsids = [str(one.pk) for one in observations]
    return client.post("/basket/add/", {"obsid": obsids, **data}, follow=True).content.decode()


def tick(client: Client, box: str, query: str = "filters=1", how: str = "tick") -> str:
    return client.post(f"/basket/ticks/?{query}", {how: box}, follow=True).content.decode()


def the_basket() -> Basket:
    """The person's; copies kept for an undo are younger."""
    return Basket.objects.earliest("pk")


def ticked() -> set[str]:
    return set(the_basket().ticks.values_list("product__filename", flat=True))


def in_basket() -> set[str]:
    return set(the_basket().observations.values_list("observation__obs_id", flat=True))


# Adding --------------------------------------------------------------------------------------------------------------


def test_adding_says_how_much_came_in_and_the_header_counts_it(client: Client) -> None:
    one, two = observation("jw1"), observation("jw2")
    product(one, "a.fits", size_bytes=1000)
    product(one, "shared.fits", size_bytes=500, parents=(one, two))
    page = add(client, one, two)
    assert "Added 2 observations: 2 files, 1.5 kB" in page
    assert '<span class="basket-count">2</span>' in page
    assert "In the basket already: 1 observation" in add(client, one)


def test_planned_and_unknown_rows_are_named_and_not_added(client: Client) -> None:
    planned, seen = observation("jw9_xx1", level=-1, release=None), observation("jw1")
    product(seen, "a.fits")
    page = client.post(
        "/basket/add/", {"obsid": [planned.pk, seen.pk, "999999999", "<b>x</b>", "9" * 400]}, follow=True
    ).content.decode()
    assert "Not added, planned and without files yet: jw9_xx1" in page
    assert "no observation has this number: 999999999, &lt;b&gt;x&lt;/b&gt;, " in page
    assert in_basket() == {"jw1"}


def test_only_unknown_rows_make_no_basket(client: Client) -> None:
    assert "no observation has this number: 5" in client.post("/basket/add/", {"obsid": "5"}, follow=True).text
    assert "No observation is selected" in client.post("/basket/add/", follow=True).text
    assert not Basket.objects.exists()


def test_adding_goes_back_only_to_this_host(client: Client) -> None:
    one = observation("jw1")
    back = client.post("/basket/add/", {"obsid": one.pk, "next": "/search/?q=m57"})
    assert back.headers["Location"] == "/search/?q=m57"
    away = client.post("/basket/add/", {"obsid": one.pk, "next": "https://evil.example/"})
    assert away.headers["Location"] == "/basket/"


def test_a_script_gets_the_header_and_the_messages(client: Client) -> None:
    one = observation("jw1")
    product(one, "a.fits")
    answer = client.post("/basket/add/", {"obsid": one.pk}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert 'id="basket-link"' in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    assert "Added 1 observation: 1 file, 300 B" in answer.text


def test_the_header_clears_a_basket_that_holds_files_and_offers_to_undo(client: Client) -> None:
    assert "Clear the basket" not in client.get("/").text
    one = observation("jw1")
    product(one, "a.fits")
    answer = client.post("/basket/add/", {"obsid": one.pk}, headers={"hx-request": "true"})
    assert (
        '<form class="basket-clear" id="basket-clear" method="post" action="/basket/remove/" hx-swap-oob="true">'
        in answer.text
    )
    assert "Clear the basket" in client.get("/").text
    cleared = client.post("/basket/remove/", {"what": "all"}, follow=True)
    assert "Removed 1 file from the basket." in cleared.text
    assert "Clear the basket" not in client.get("/").text
    client.post("/basket/undo/")
    assert "Clear the basket" in client.get("/").text


def test_the_menu_of_a_signed_in_person_leads_to_the_history(client: Client, django_user_model: type[User]) -> None:
    assert "Download History" not in client.get("/").text
    client.force_login(django_user_model.objects.create_user(email="ada@example.org", password="x"))
    assert '<a href="/basket/history/">' in client.get("/").text


def test_the_estimate_counts_before_anything_is_added(client: Client) -> None:
    one, two = observation("jw1"), observation("jw2", release=FUTURE)
    planned = observation("jw3", level=-1, release=None)
    product(one, "shared.fits", size_bytes=2000, parents=(one, two))
    product(two, "b.fits", size_bytes=1000)
    product(one, "c.fits", held=Held.NOT_YET, size_bytes=500)
    answer = client.post("/basket/estimate/", {"obsid": [one.pk, two.pk, planned.pk]})
    assert answer.text.strip() == "3 files · 3.5 kB · 1 exclusive · 1 not held · 1 planned, without files"
    assert client.post("/basket/estimate/").text.strip() == ""
    assert not Basket.objects.exists()


def test_a_basket_has_its_limits(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = observation("jw1"), observation("jw2")
    for number in range(3):
        product(one, f"{number}.fits", parents=(one, two))
    monkeypatch.setattr(actions, "MAX_OBSERVATIONS", 1)
    assert "at most 1 observations" in add(client, one, two)
    monkeypatch.setattr(actions, "MAX_OBSERVATIONS", 10)
    monkeypatch.setattr(actions, "MAX_ENTRIES", 5)
    assert "at most 5 listed files" in add(client, one, two)
    assert in_basket() == set()
    add(client, one)
    assert in_basket() == {"jw1"}


def test_changes_are_posts_with_a_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    for place in ("add", "ticks", "remove", "undo", "download", "one-click/1"):
        assert strict.post(f"/basket/{place}/").status_code == 403
    for place in ("add", "ticks", "remove", "undo", "one-click/1"):
        assert strict.get(f"/basket/{place}/").status_code == 405


# Ticking -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(client: Client) -> dict[str, Observation]:
    """Two missions; MRP and others; a file shared by two observations."""
    found = {"a": observation("jw1"), "b": observation("jw2"), "h": observation("hst1", mission="HST")}
    product(found["a"], "a_i2d.fits", group="I2D")
    product(found["a"], "a_cal.fits", group="CAL", recommended=False)
    product(found["a"], "a_i2d.jpg", group="", category="PREVIEW", recommended=False)
    product(found["b"], "b_i2d.fits", group="I2D")
    product(
        found["b"], "both_asn.json", group="ASN", category="INFO", parents=(found["a"], found["b"]), recommended=False
    )
    product(found["h"], "h_drz.fits", group="DRZ")
    add(client, *found.values())
    return found


def test_a_box_ticks_what_the_filters_show(client: Client, filled: dict[str, Observation]) -> None:
    tick(client, "all", query="")  # Minimum Recommended Products are on by default
    assert ticked() == {"a_i2d.fits", "b_i2d.fits", "h_drz.fits"}
    tick(client, "all", "filters=1&f.productType=INFO")
    assert ticked() == {"a_i2d.fits", "b_i2d.fits", "h_drz.fits", "both_asn.json"}
    tick(client, "mission:JWST", "filters=1&f.extension=.fits", how="untick")
    assert ticked() == {"h_drz.fits", "both_asn.json"}
    tick(client, f"observation:{filled['a'].pk}")
    assert ticked() == {"h_drz.fits", "both_asn.json", "a_i2d.fits", "a_cal.fits", "a_i2d.jpg"}
    tick(client, f"file:{Product.objects.get(filename='a_cal.fits').pk}", how="untick")
    assert ticked() == {"h_drz.fits", "both_asn.json", "a_i2d.fits", "a_i2d.jpg"}


@pytest.mark.parametrize("box", ["", "file:", "file:x", "file:١", "everything", "observation:-1", "file:" + "9" * 40])
def test_a_box_that_is_none_is_refused(box: str, client: Client, filled: dict[str, Observation]) -> None:
    assert client.post("/basket/ticks/", {"tick": box}).status_code == 400


def test_only_files_of_the_basket_can_be_ticked(client: Client, filled: dict[str, Observation]) -> None:
    elsewhere = product(observation("jw3"), "other.fits")
    tick(client, f"file:{elsewhere.pk}")
    assert ticked() == set()


def test_ticks_stay_when_filters_hide_them_and_the_page_says_so(client: Client, filled: dict[str, Observation]) -> None:
    tick(client, "all")
    page = client.get("/basket/?filters=1&f.obs_collection=HST").text
    assert "6 selected" in page
    assert "5 selected but hidden by filters" in page
    assert "5 hidden by filters" in page


def test_boxes_have_three_states(client: Client, filled: dict[str, Observation]) -> None:
    tick(client, f"file:{Product.objects.get(filename='a_cal.fits').pk}")
    page = client.get("/basket/?filters=1").text
    assert state_of(page, "all") == state_of(page, "mission:JWST") == "mixed"
    assert state_of(page, f"observation:{filled['a'].pk}") == "mixed"
    assert state_of(page, f"observation:{filled['b'].pk}") == "false"
    tick(client, f"observation:{filled['h'].pk}")
    assert state_of(client.get("/basket/?filters=1").text, "mission:HST") == "true"


def state_of(page: str, box: str) -> str:
    tag = next(part for part in page.split("<button") if f'value="{box}"' in part and 'role="checkbox"' in part)
    return tag.split('aria-checked="')[1].split('"')[0]


def test_a_script_gets_the_tree_and_the_rest_out_of_band(client: Client, filled: dict[str, Observation]) -> None:
    answer = client.post("/basket/ticks/?filters=1", {"tick": "all"}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'hx-swap-oob="innerHTML:#basket-toolbar"' in answer.text
    assert "6 selected" in answer.text


# Removing ------------------------------------------------------------------------------------------------------------


def test_removing_everything_can_be_undone(client: Client, filled: dict[str, Observation]) -> None:
    tick(client, "all")
    page = client.post("/basket/remove/", {"what": "all"}, follow=True).text
    assert "The basket is empty" in page
    assert "Removed 6 files from the basket." in page
    assert '<span class="basket-count">0</span>' in page
    client.post("/basket/undo/")
    assert in_basket() == {"jw1", "jw2", "hst1"}
    assert len(ticked()) == 6
    assert "nothing to bring back" in client.post("/basket/undo/", follow=True).text


def test_removing_ticked_files_takes_empty_observations_along_and_can_be_undone(
    client: Client, filled: dict[str, Observation]
) -> None:
    tick(client, f"observation:{filled['h'].pk}")
    tick(client, f"file:{Product.objects.get(filename='both_asn.json').pk}")
    page = client.post("/basket/remove/?filters=1", {"what": "selected"}, follow=True).text
    assert "Removed 2 files from the basket." in page
    assert in_basket() == {"jw1", "jw2"}
    assert "both_asn.json" not in page
    assert ticked() == set()
    assert RemovedFile.objects.count() == 1, "of observations that are gone nothing is remembered"
    client.post("/basket/undo/")
    assert in_basket() == {"jw1", "jw2", "hst1"}
    assert ticked() == {"both_asn.json", "h_drz.fits"}
    assert "both_asn.json" in client.get("/basket/?filters=1").text


def test_removing_nothing_says_so(client: Client, filled: dict[str, Observation]) -> None:
    page = client.post("/basket/remove/", {"what": "selected"}, follow=True).text
    assert "No file is selected. Tick what should go first." in page
    assert in_basket() == {"jw1", "jw2", "hst1"}


def test_adding_an_observation_again_brings_its_removed_files_back(
    client: Client, filled: dict[str, Observation]
) -> None:
    tick(client, f"file:{Product.objects.get(filename='a_cal.fits').pk}")
    client.post("/basket/remove/", {"what": "selected"})
    assert "a_cal.fits" not in client.get("/basket/?filters=1").text
    add(client, filled["a"])
    assert "a_cal.fits" in client.get("/basket/?filters=1").text


# People --------------------------------------------------------------------------------------------------------------


def test_two_people_have_two_baskets(client: Client, filled: dict[str, Observation]) -> None:
    assert "The basket is empty" in Client().get("/basket/").text


def test_the_basket_follows_its_person_into_the_account(
    client: Client, stranger: User, filled: dict[str, Observation]
) -> None:
    tick(client, "all", query="")
    client.force_login(stranger)
    assert Basket.objects.get().owner == stranger
    assert "3 selected" in client.get("/basket/").text
    other_browser = Client()
    add(other_browser, observation("jw3"))
    other_browser.force_login(stranger)
    assert Basket.objects.count() == 1
    assert in_basket() == {"jw1", "jw2", "hst1", "jw3"}
    assert len(ticked()) == 3
    client.logout()
    assert "The basket is empty" in client.get("/basket/").text


# Figures -------------------------------------------------------------------------------------------------------------


def test_the_pages_cost_the_same_whatever_the_basket_holds(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many = [observation(f"jw{number:03}") for number in range(60)]
    for number, one in enumerate(many):
        product(one, f"{number}.fits", parents=tuple({one, many[0]}))
    product(observation("jw060", release=FUTURE), "exclusive.fits", parents=(many[1],))
    add(client, *many)
    tick(client, "all")
    opened = "&".join(f"open={one.pk}" for one in many[:30])
    with django_assert_max_num_queries(17):
        page = client.get(f"/basket/?filters=1&{opened}&file={Product.objects.get(filename='3.fits').pk}")
    assert "1 of them refused" in page.text
    with django_assert_max_num_queries(12):  # the figures, the outlook and all filters are one of them
        client.get("/basket/?filters=1&open=0")
    with django_assert_max_num_queries(3):
        Client().get("/basket/")
    with django_assert_max_num_queries(6):
        client.post("/basket/ticks/?filters=1", {"untick": "all"})
    with django_assert_max_num_queries(7):
        client.post("/basket/estimate/", {"obsid": [one.pk for one in many]})
