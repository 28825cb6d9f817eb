"""Old baskets and the lists of old bundles are let go; everything that somebody can still use stays."""

import datetime as dt

import pytest

from accounts.models import User
from archive.models import Product
from basket.forgetting import forget_baskets, forget_bundles
from basket.models import Basket, Delivery, DeliveryItem, DeliveryKind
from basket.selection import freeze
from tests.basket_holdings import NOW, observation, product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("holdings")]


def test_only_ownerless_baskets_out_of_use_are_forgotten(stranger: User) -> None:
    old, used, owned = Basket.objects.create(), Basket.objects.create(), Basket.objects.create(owner=stranger)
    Basket.objects.filter(pk__in=[old.pk, owned.pk]).update(used_at=NOW - dt.timedelta(days=60, seconds=1))
    Basket.objects.filter(pk=used.pk).update(used_at=NOW - dt.timedelta(days=60) + dt.timedelta(seconds=1))
    assert forget_baskets(NOW) == 1
    assert set(Basket.objects.all()) == {used, owned}


def test_only_lists_of_streamed_bundles_are_forgotten() -> None:
    product(observation("jw1"), "a.fits")
    long_ago = NOW - dt.timedelta(days=31)
    old, young, staged = (
        freeze(kind, Product.objects.all(), None, moment)
        for kind, moment in ((DeliveryKind.ZIP, long_ago), (DeliveryKind.TAR, NOW), (DeliveryKind.STAGING, long_ago))
    )
    assert forget_bundles(NOW) == 1
    assert set(Delivery.objects.all()) == {young, staged}
    assert not DeliveryItem.objects.filter(delivery_id=old.pk).exists()
