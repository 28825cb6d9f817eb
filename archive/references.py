"""Calibration reference files: which of them a file was calibrated with, as its own header says.

JWST headers name them in cards ``R_DARK = 'crds://jwst_nircam_dark_0343.fits'``, HST headers in cards
``DARKFILE = 'jref$n3o1022fj_drk.fits'``. A reference is a product of category CALIBRATION; its group is its type. It
belongs to no observation: it stands on its mission's shelf, a row that no search sees. Headers are metadata and public.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from astropy.io import fits
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from archive.facts import split_extension
from archive.fits_headers import FitsHeaderError, headers
from archive.models import Held, KeywordRow, Observation, Product, ReferenceReading, ReferenceUse
from archive.storage import Storage, StorageError

CATEGORY = "CALIBRATION"
#: The folder of references in a bundle, and the numbers of the shelves.
SHELF = "references"
SHELVES = {"JWST": -1, "HST": -2}
#: Headers read in one go; the rest are read when they are asked for again.
MOST_HEADERS = 400

_NAME = re.compile(r"[A-Za-z0-9_.-]{3,120}\.[A-Za-z0-9]{1,5}", re.ASCII)
_JWST = re.compile(r"jwst_(?P<instrument>[a-z0-9]+)_(?P<type>[a-z0-9-]+)_\d{4,}\.[a-z0-9]+", re.ASCII)
_HST_VALUE = re.compile(r"(?:[a-z]{1,6}ref|crds|mtab|oref)\$(?P<name>\S+)", re.IGNORECASE | re.ASCII)
_JWST_KEYWORD = re.compile(r"R_[A-Z0-9]{1,6}", re.ASCII)
_NONE = frozenset({"", "N/A", "NONE", "NOT APPLICABLE", "OMIT"})


@dataclass(frozen=True)
class ReferenceName:
    """A reference file by its name; ``type`` in upper case: DARK, DARKFILE."""

    mission: str
    instrument: str  # lower case; empty where the name does not tell
    type: str
    filename: str

    @property
    def uri(self) -> str:
        return f"crds://{self.filename}"


def parse_reference(text: str, type_name: str = "", mission: str = "") -> ReferenceName | None:
    """The file that a card or a table names; None for what is no name of a reference file.

    Parameters
    ----------
    type_name, mission : as the table or the keyword says; names of JWST tell both themselves.
    """
    name = text.strip().removeprefix("crds://")
    if found := _JWST.fullmatch(name):
        return ReferenceName("JWST", found["instrument"], found["type"].upper(), name)
    if mission in SHELVES and type_name and _NAME.fullmatch(name):
        return ReferenceName(mission, "", type_name.upper(), name)
    return None


def references_in(cards: Mapping[str, str]) -> tuple[list[ReferenceName], list[str]]:
    """The references that the cards of a header name, and what is named there and is none."""
    found: dict[str, ReferenceName] = {}
    unknown = []
    for keyword, value in cards.items():
        if value.strip().upper() in _NONE:
            continue
        if _JWST_KEYWORD.fullmatch(keyword):
            reference = parse_reference(value)
            if reference is None:
                unknown.append(f"{keyword} {value.strip()}"[:200])
        elif hst := _HST_VALUE.fullmatch(value.strip()):
            reference = parse_reference(hst["name"], keyword, "HST")
        else:
            continue
        if reference is not None:
            found[reference.filename] = reference
    return list(found.values()), unknown


# Reading -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Readings:
    """What is not known of some files: headers left for the next time, files without one, and names of no reference."""

    left: int
    unread: list[str]  # file names
    unknown: list[str]


def read_references(products: QuerySet[Product], storage: Storage, most: int = MOST_HEADERS) -> Readings:
    """Read the headers of those ``products`` that were not read yet, at most ``most``, and keep what they name."""
    same = ReferenceReading.objects.filter(product=OuterRef("pk"), sha256=OuterRef("sha256"))
    fresh = products.filter(~Exists(same)).filter(Q(held=Held.YES, extension=".fits") | Q(keywords__isnull=False))
    chosen = list(fresh.order_by("pk")[: most + 1])
    for product in chosen[:most]:
        cards = _cards(product, storage)
        if cards is not None:
            _note(product, *references_in(cards))
    left = fresh.count() if len(chosen) > most else 0
    known = products.filter(Exists(same) | Exists(ReferenceUse.objects.filter(product=OuterRef("pk"))))
    unread = products.exclude(pk__in=known.values("pk")) if not left else Product.objects.none()
    unknown = ReferenceReading.objects.filter(product__in=products).values_list("unknown", flat=True)
    names = sorted({name for some in unknown for name in some})
    return Readings(left, list(unread.order_by("filename").values_list("filename", flat=True)), names)


def _cards(product: Product, storage: Storage) -> dict[str, str] | None:
    """What the header says of references: of the bytes where they are here, else of the keyword record."""
    if product.held == Held.YES and product.extension == ".fits":
        try:
            return _texts(next(headers(storage, product.storage_key, 1), fits.Header()))
        except (FitsHeaderError, StorageError, OSError):
            return None
    record = KeywordRow.objects.filter(product=product).values_list("record", flat=True).first() or {}
    cards = {str(name).upper(): str(value) for name, value in record.items()}
    return cards if any(_JWST_KEYWORD.fullmatch(name) for name in cards) else None


def _texts(header: fits.Header) -> dict[str, str]:
    return {card.keyword: card.value for card in header.cards if isinstance(card.value, str)}


@transaction.atomic
def _note(product: Product, references: list[ReferenceName], unknown: list[str]) -> None:
    """Keep what a header names in place of what was known of the file's references."""
    ReferenceUse.objects.filter(product=product).delete()
    add_uses({product.pk: references})
    ReferenceReading.objects.update_or_create(product=product, defaults={"sha256": product.sha256, "unknown": unknown})


def add_uses(uses: Mapping[int, Iterable[ReferenceName]]) -> None:
    """Note which references (values) files (keys) were calibrated with; references not known yet become products."""
    named = {reference.uri: reference for some in uses.values() for reference in some}
    add_references(named.values())
    numbers = dict(Product.objects.filter(uri__in=named).values_list("uri", "pk"))
    ReferenceUse.objects.bulk_create(
        (
            ReferenceUse(product_id=product, reference_id=numbers[reference.uri])
            for product, some in uses.items()
            for reference in some
        ),
        ignore_conflicts=True,
    )


def add_references(references: Iterable[ReferenceName]) -> None:
    """Make products, not held yet, of references that the archive does not know."""
    shelves = {mission: shelf(mission) for mission in sorted({one.mission for one in references})}
    Product.objects.bulk_create(_products(references, shelves), ignore_conflicts=True)


def _products(references: Iterable[ReferenceName], shelves: Mapping[str, Observation]) -> Iterator[Product]:
    for one in references:
        yield Product(
            uri=one.uri,
            observation=shelves[one.mission],
            filename=one.filename,
            description=f"{one.type} calibration reference file",
            product_type=CATEGORY,
            product_group=one.type,
            extension=split_extension(one.filename)[1],
            project="CRDS",
        )


def shelf(mission: str) -> Observation:
    """What the references of a mission belong to. It has no release date: references are public."""
    found, _ = Observation.shelves_too.get_or_create(
        pk=SHELVES[mission],
        defaults={
            "obs_collection": mission,
            "obs_id": SHELF,
            "intent_type": "calibration",
            "obsid_assigned": False,
        },
    )
    return found


def used_by(products: QuerySet[Product]) -> QuerySet[Product]:
    """The references that any of ``products`` was calibrated with."""
    uses = ReferenceUse.objects.filter(product__in=products, reference=OuterRef("pk"))
    return Product.objects.filter(Exists(uses)).order_by(F("observation__obs_collection"), "product_group", "filename")
