"""A bundle that a worker built, as something that can be sent in part."""

import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from accounts.models import User
from archive.models import Product
from basket.bundles.stretch import Piece, stretches
from basket.manifest import delivered_items
from basket.models import Delivery, DeliveryKind
from basket.selection import deliverable
from basket.staging import places

MEDIA_TYPES = {DeliveryKind.BUILT_ZIP.value: "application/zip", DeliveryKind.BUILT_TAR.value: "application/x-tar"}


@dataclass(frozen=True)
class BuiltBundle:
    """A file of the staging disk whose length and SHA-256 are known."""

    path: Path
    length: int
    etag: str
    media_type: str

    @classmethod
    def find(cls, delivery: Delivery, filename: str) -> "BuiltBundle | None":
        """The bundle, or the part of it, of that name."""
        for file in places.built_files(delivery):
            if file.name == filename:
                path = places.on_disk(delivery) / filename
                return cls(path, file.size_bytes, f'"{file.sha256}"', MEDIA_TYPES[delivery.kind])
        return None

    def pieces(self, start: int = 0, stop: int | None = None) -> Iterator[Piece]:
        """The bytes ``start`` (included) to ``stop`` (excluded), one stretch after the other."""
        end = self.length if stop is None else min(stop, self.length)
        handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb", buffering=0) as file:
            yield from stretches(file, start, end)


def withdrawn(delivery: Delivery, now: dt.datetime) -> int:
    """How many files of the bundle its owner may not have any more, or that were withdrawn."""
    return _closed_to(_owner_now(delivery), delivery, now)


def exclusive(delivery: Delivery, now: dt.datetime) -> int:
    """How many files of the bundle do not go out to everybody."""
    return _closed_to(None, delivery, now)


def _closed_to(person: User | None, delivery: Delivery, now: dt.datetime) -> int:
    items = delivered_items(delivery).order_by()
    products = Product.objects.filter(pk__in=items.values("product_id"))
    return items.exclude(product__in=deliverable(products, person, now)).count()


def _owner_now(delivery: Delivery) -> User | None:
    """The owner's account as it is at this moment, while a long download goes on."""
    return None if delivery.owner_id is None else User.objects.filter(pk=delivery.owner_id).first()
