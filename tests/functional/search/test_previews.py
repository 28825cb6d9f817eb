"""Previews in the grid: the picture for whoever may see it, a padlock for the others, a word where there is none."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from archive.models import Held, Observation, Product
from tests.factories import make_observation, make_observations, make_product
from tests.functional.search.test_results_page import page_of, ring

pytestmark = pytest.mark.django_db

RING = "M57 r=1m"


def picture_of(observation: Observation, **fields: Any) -> Product:
    return make_product(
        observation,
        **{
            "filename": f"{observation.obs_id}_i2d.jpg",
            "extension": ".jpg",
            "product_type": "PREVIEW",
            "held": Held.YES,
            "storage_key": f"previews/{observation.obs_id}.jpg",
            "sha256": "0" * 64,
            "crc32": 0,
            **fields,
        },
    )


def previews(client: Client, view: str = "previews") -> dict[str, tuple[str, str]]:
    """Picture and words by observation."""
    page = page_of(client.get(reverse("search:results"), {"q": RING, "view": view, "sort": "obs_id"}))
    names = sorted(row.obs_id for row in Observation.objects.all())
    cells = [text for a, text in page.all("td", class_="c-preview")]
    pictures = {a["alt"].removeprefix("Preview of "): a["src"] for a, _ in page.all("img")}
    return {name: (pictures.get(name, ""), words) for name, words in zip(names, cells, strict=True)}


def test_public_pictures_are_shown_exclusive_ones_are_locked(client: Client) -> None:
    open_picture = picture_of(make_observation(**ring(obs_id="a-public")))
    picture_of(make_observation(**ring(obs_id="b-exclusive", t_obs_release=61381.5)))
    make_observation(**ring(obs_id="c-none"))
    shown = previews(client)
    assert shown["a-public"][0] == reverse("basket:file", args=[open_picture.pk, open_picture.filename])
    assert shown["b-exclusive"] == ("", "exclusive")
    assert shown["c-none"] == ("", "no preview")


def test_staff_see_exclusive_pictures(client: Client) -> None:
    picture = picture_of(make_observation(**ring(obs_id="closed", t_obs_release=61381.5)))
    client.force_login(User.objects.create_user("staff@example.org", "a long password 1", is_staff=True))
    assert previews(client)["closed"][0] == reverse("basket:file", args=[picture.pk, picture.filename])


def test_a_picture_that_is_not_held_is_no_preview(client: Client) -> None:
    picture_of(make_observation(**ring(obs_id="away")), held=Held.NOT_YET)
    assert previews(client)["away"] == ("", "no preview")


def test_the_album_shows_the_same_rows_and_stays_in_the_address(client: Client) -> None:
    picture_of(make_observation(**ring(obs_id="one")))
    assert previews(client, "album")["one"][0]
    page = page_of(client.get(reverse("search:results"), {"q": RING, "view": "album"}))
    assert page.all("table", class_="album")
    assert all("view=album" in a["href"] for a, _ in page.all("a", id="h-target_name"))


def test_another_view_is_refused(client: Client) -> None:
    response = client.get(reverse("search:results"), {"q": RING, "view": "cinema"})
    assert response.status_code == 400
    assert "previews, album" in response.content.decode()


def test_previews_cost_two_queries_whatever_the_rows(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for row in make_observations([ring() for _ in range(30)]):
        picture_of(row)
    with django_assert_max_num_queries(14):
        client.get(reverse("search:results"), {"q": RING, "view": "previews"})
