"""The state of the holdings differs whenever a row that searches tell of does."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.models import QuerySet

from archive.changes import HoldingsState, holdings_state
from archive.clock import from_mjd
from archive.models import Held, Name, Observation, Product
from tests.factories import NOW_MJD, make_observation, make_product

pytestmark = pytest.mark.django_db

NOW = from_mjd(NOW_MJD)


def delete_one(rows: QuerySet[Observation] | QuerySet[Product]) -> None:
    rows[0].delete()


CHANGES: dict[str, Callable[[], object]] = {
    "an observation comes": make_observation,
    "an observation goes": lambda: delete_one(Observation.objects.filter(own_products=None)),
    "a release date moves": lambda: Observation.objects.update(t_obs_release=NOW_MJD + 1),
    "a file comes": lambda: make_product(Observation.objects.all()[0]),
    "a file goes": lambda: delete_one(Product.objects.all()),
    "a file is withdrawn": lambda: Product.objects.update(held=Held.LOST),
    "a file joins another group": lambda: Product.objects.update(product_group="X1D"),
}


def state(now: dt.datetime = NOW) -> HoldingsState:
    return holdings_state(now)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_that_searches_tell_of_gives_another_state(change: Callable[[], object]) -> None:
    for _ in range(2):
        make_observation()
        make_product(make_observation())
    before = state()
    change()
    once = state()
    change()
    assert len({before, once, state()}) == 3


def test_what_searches_do_not_tell_of_leaves_the_state() -> None:
    make_product(make_observation())
    before = state()
    Product.objects.update(size_bytes=1)
    Name.objects.create(key="RING", name="Ring", canonical_name="M57", ra_deg=1.0, dec_deg=2.0)
    assert state() == before


def test_a_change_that_is_taken_back_leaves_a_state_that_no_later_one_has() -> None:
    make_observation()
    before = state()
    with transaction.atomic():
        make_observation()
        taken_back = state()
        transaction.set_rollback(True)
    assert state() == before
    make_observation()
    assert state() not in {before, taken_back}


def test_a_release_changes_the_state_at_its_second() -> None:
    make_observation(t_obs_release=NOW_MJD)
    second = dt.timedelta(seconds=1)
    assert state(NOW - second) != state(NOW)
    assert state(NOW) == state(NOW + second)


def test_old_changes_are_forgotten_and_each_state_is_still_another() -> None:
    row = make_observation()
    seen = set()
    for _ in range(1_300):
        Observation.objects.filter(pk=row.pk).update(obs_title="again")
        seen.add(state())
    assert len(seen) == 1_300
    count, *_ = state()
    assert isinstance(count, int)
    assert count < 1_200
