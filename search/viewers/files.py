"""The files that a viewer draws: chosen by group, asked of `accounts.access` one by one, opened within a limit."""

import datetime as dt
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning
from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.access import Decision, Person, decide
from archive.models import Held, Product
from archive.storage import StorageError, archive_storage
from search.viewers.groups import jdaviz_of


class ViewerError(Exception):
    """A file that cannot be drawn; ``text`` says why, ``remedy`` what to do instead."""

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy


@dataclass(frozen=True)
class Source:
    """A file that was asked for, and whether the person may read it."""

    product: Product
    decision: Decision

    @property
    def obsid(self) -> int:
        return self.product.observation_id


def sources_of(
    obsids: Sequence[int], groups: Sequence[str], person: Person, now: dt.datetime, chosen: Sequence[int] = ()
) -> list[Source]:
    """The held files of these groups that belong to the observations, in the order of both.

    One query. ``chosen`` are numbers of files; without them every file is given.
    """
    products = _own(obsids).filter(product_group__in=groups)
    if chosen:
        products = products.filter(pk__in=chosen)
    order = {obsid: place for place, obsid in enumerate(obsids)}
    ranked = sorted(
        products,
        key=lambda product: (order[product.observation_id], groups.index(product.product_group), product.filename),
    )
    return [Source(product, decide(person, product, now)) for product in ranked]


def jdaviz_sources(obsid: int, person: Person, now: dt.datetime) -> list[Source]:
    """The held files of an observation that Jdaviz opens, end products of the highest level first."""
    products = [own for own in _own([obsid]) if jdaviz_of(own.product_group, own.dataproduct_type)]
    products.sort(key=lambda product: (not product.end_product, -(product.calib_level or 0), product.filename))
    return [Source(product, decide(person, product, now)) for product in products]


def _own(obsids: Sequence[int]) -> "QuerySet[Product]":
    held = Q(observation__in=list(obsids)) & Q(held=Held.YES)
    return Product.objects.filter(held).select_related("observation").defer("observation__footprint")


@contextmanager
def fits_units(path: Path) -> Iterator[Any]:
    """The units of a FITS file, read when they are asked for; what astropy would warn of is no news to a reader."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)
        with fits.open(path, memmap=True, lazy_load_hdus=True) as units:
            yield units


@contextmanager
def local_path(source: Source) -> Iterator[Path]:
    """The bytes of a file as a local path, for as long as the block runs.

    Raises
    ------
    ViewerError : the person may not read it, it is larger than ``VIEWER_LIMIT_BYTES``, or the store does not give it.
    """
    product = source.product
    if not source.decision.allowed:
        raise ViewerError(f"{product.filename}: not authorized: {source.decision.text}.")
    limit = settings.VIEWER_LIMIT_BYTES
    if product.size_bytes > limit:
        raise ViewerError(
            f"{product.filename} has {product.size_bytes / 1e6:,.0f} MB; files up to {limit / 1e6:,.0f} MB are drawn.",
            "Download it and open it on your own machine.",
        )
    try:
        with _local(product) as path:
            yield path
    except StorageError:
        raise ViewerError(
            f"The stored copy of {product.filename} is damaged or missing.",
            "The operators of the archive have to restore it.",
        ) from None


@contextmanager
def _local(product: Product) -> Iterator[Path]:
    """The store's own file, or a copy of it."""
    storage = archive_storage()
    path = storage.open_local(product.storage_key)
    if path is not None:
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=product.extension) as copy:
        for piece in storage.stream(product.storage_key):
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)
