"""The list of the basket as CSV: what a person would otherwise copy from the tree, with URI, size and checksum."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from accounts.access import Person, Rights, decide
from archive.csv_cells import csv_lines, text_cell
from archive.models import Held, Product
from basket.filters import RECOMMENDED_VALUE
from basket.models import Basket, Tick
from basket.queries import files, listed, ticked_products
from basket.selection import EXCLUSIVE, MISSING_REASONS, PUBLIC

COLUMNS = (
    *("obs_collection", "obs_id", "productFilename", "dataURI", "size", "sha256", "productType"),
    *("productSubGroupDescription", "calib_level", "productGroupDescription", "access", "status", "selected"),
    "listed_under",
)
_BATCH = 2_000


def list_csv(basket: Basket, person: Person, now: dt.datetime, *, selected_only: bool) -> Iterator[bytes]:
    """One line a file, once, in pieces. Of a file that the person may not have, no checksum is told."""
    yield csv_lines([COLUMNS])
    chosen = ticked_products(basket) if selected_only else files(basket)
    under = listed(basket).filter(product=OuterRef("pk")).order_by("parent__obs_id").values("parent__obs_id")
    rows = (
        chosen.annotate(
            mrp=Exists(listed(basket).filter(product=OuterRef("pk"), recommended=True)),
            is_ticked=Exists(Tick.objects.filter(basket=basket, product=OuterRef("pk"))),
            under=ArraySubquery(under),
        )
        .select_related("observation")
        .order_by("observation__obs_collection", "observation__obs_id", "filename", "pk")
        .iterator(_BATCH)
    )
    rights = Rights(person, now)
    while batch := list(islice(rows, _BATCH)):
        yield csv_lines(
            _line(row, [row.mrp, row.is_ticked], row.under, _status(row, person, now, rights)) for row in batch
        )


def _status(product: Product, person: Person, now: dt.datetime, rights: Rights) -> tuple[str, str]:
    """Access and status in the manifest's words, as they are now."""
    decision = decide(person, product, now, rights)
    access = PUBLIC if decision.for_everyone else EXCLUSIVE
    if not decision.allowed:
        return access, f"Not Authorized: {decision.text}"
    return access, MISSING_REASONS.get(Held(product.held), "OK")


def _line(product: Product, flags: list[bool], under: list[str], status: tuple[str, str]) -> list[object]:
    own = product.observation
    recommended, ticked = flags
    names = (own.obs_collection, own.obs_id, product.filename, product.uri)
    sha256 = "" if status[1].startswith("Not Authorized") else product.sha256
    kind = (product.product_type, product.product_group)
    return [
        *map(text_cell, names),
        product.size_bytes,
        sha256,
        *map(text_cell, kind),
        product.calib_level,
        RECOMMENDED_VALUE if recommended else "",
        *map(text_cell, status),
        "yes" if ticked else "no",
        text_cell(" ".join(dict.fromkeys(under))),
    ]
