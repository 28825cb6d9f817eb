"""Fixing the list: which files a delivery carries, under which names, and why some stay behind.

Zip, tar and staging are renderings of the list that `freeze` writes; nothing is left out silently.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from django.conf import settings
from django.db import connection, transaction
from django.db.models import BooleanField, Case, Count, ExpressionWrapper, Min, Q, QuerySet, Sum, Value, When

from accounts.access import Person, Rights, decide, readable_by
from accounts.models import User
from archive.models import Held, Observation, Product
from archive.templatetags.portal import file_size
from basket.manifest import DOCUMENT_NAMES
from basket.models import Delivery, DeliveryItem, DeliveryKind, DeliveryState, ItemState, ItemVerdict
from basket.names import Folder, bundle_name, safe_name

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Judgement(TypedDict):
        verdict: str
        released: bool

    JudgedProduct = WithAnnotations[Product, _Judgement]

MAX_FILES = 200_000
#: By product: obs_id of the observations, beyond one, that list the file.
AlsoUnder = Mapping[int, Sequence[str]]
PUBLIC, EXCLUSIVE = "PUBLIC", "EXCLUSIVE_ACCESS"
STAND_IN = "stand-in for a file that this archive does not hold"
MISSING_REASONS = {
    Held.NOT_YET: "Not held: this archive lists the file and has no copy of it",
    Held.LOST: "Lost: this archive's copy of the file is damaged, gone or withdrawn",
}
STREAMED = {DeliveryKind.ZIP, DeliveryKind.TAR, DeliveryKind.TAR_GZ}


class SelectionError(Exception):
    """The list cannot become a delivery; the text and the remedy are fit for a page."""

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.text, self.remedy = text, remedy


class NothingSelectedError(SelectionError):
    """No file was chosen."""


class NothingToDeliverError(SelectionError):
    """Files were chosen and none of them can be given to this person."""


class TooLargeError(SelectionError):
    """More bytes or files than this way of delivery takes."""


# What would arrive ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Withheld:
    """Files that stay behind for one reason."""

    verdict: ItemVerdict
    reason: str
    files: int
    size_bytes: int


@dataclass(frozen=True)
class Outlook:
    """What a delivery of these files would carry for this person now. Sizes in bytes."""

    files: int
    size_bytes: int
    withheld: tuple[Withheld, ...]
    duplicates: int = 0  # more listings of the same files, which are delivered once
    stale: tuple[int, ...] = ()  # numbers of observations that are queued for reprocessing

    @property
    def refused(self) -> tuple[Withheld, ...]:
        return tuple(part for part in self.withheld if part.verdict == ItemVerdict.DENIED)

    @property
    def missing(self) -> tuple[Withheld, ...]:
        return tuple(part for part in self.withheld if part.verdict == ItemVerdict.MISSING)

    @property
    def files_refused(self) -> int:
        return sum(part.files for part in self.refused)

    @property
    def bytes_refused(self) -> int:
        return sum(part.size_bytes for part in self.refused)

    @property
    def files_missing(self) -> int:
        return sum(part.files for part in self.missing)

    @property
    def files_requested(self) -> int:
        return self.files + self.files_refused + self.files_missing

    @property
    def limit_bytes(self) -> int:
        """What a streamed bundle takes."""
        return int(settings.STREAM_LIMIT_BYTES)

    @property
    def streamable(self) -> bool:
        return self.size_bytes <= self.limit_bytes


def judged(products: QuerySet[Product], person: Person, now: dt.datetime) -> "QuerySet[JudgedProduct]":
    """The distinct ``products`` with ``verdict`` (`ItemVerdict`) for the person, and ``released`` (to everyone)."""
    unique = Product.objects.filter(pk__in=products.order_by().values("pk"))
    # sets, not a question a row: PostgreSQL hashes them, whatever their size
    readable = readable_by(unique, person, now).order_by().values("pk")
    released = readable_by(unique, None, now).order_by().values("pk")
    verdict = Case(
        When(~Q(pk__in=readable), then=Value(ItemVerdict.DENIED.value)),
        When(~Q(held=Held.YES), then=Value(ItemVerdict.MISSING.value)),
        default=Value(ItemVerdict.INCLUDED.value),
    )
    is_released = ExpressionWrapper(Q(pk__in=released), output_field=BooleanField())
    return unique.annotate(verdict=verdict, released=is_released)


def outlook(products: QuerySet[Product], person: Person, now: dt.datetime) -> Outlook:
    """What would arrive and what would not, with reasons; a few queries whatever the number of files."""
    unique = Product.objects.filter(pk__in=products.order_by().values("pk"))
    columns = unique.order_by().values_list("observation_id", "t_release", "held")
    groups = [Group(*row) for row in columns.annotate(Min("pk"), Count("pk"), Sum("size_bytes"))]
    return outlook_of(groups, person, now)


class Group(NamedTuple):
    """Files about which every decision is the same."""

    observation_id: int
    t_release: float | None
    held: str
    one: int  # one of them, to ask about
    files: int
    size_bytes: int


def outlook_of(groups: Sequence[Group], person: Person, now: dt.datetime) -> Outlook:
    """`outlook` of files that are counted already."""
    readable = readable_ones([group.one for group in groups], person, now)
    refusals = _refusals((group.one for group in groups if group.one not in readable), person, now)
    files, size_bytes = 0, 0
    withheld: dict[tuple[ItemVerdict, str], tuple[int, int]] = {}
    for group in groups:
        if group.one in readable and group.held == Held.YES:
            files, size_bytes = files + group.files, size_bytes + group.size_bytes
            continue
        denied = group.one not in readable
        verdict = ItemVerdict.DENIED if denied else ItemVerdict.MISSING
        reason = refusals[group.one] if denied else MISSING_REASONS[Held(group.held)]
        before = withheld.get((verdict, reason), (0, 0))
        withheld[verdict, reason] = (before[0] + group.files, before[1] + group.size_bytes)
    parts = (Withheld(verdict, reason, n, size) for (verdict, reason), (n, size) in sorted(withheld.items()))
    return Outlook(files, size_bytes, tuple(parts), stale=_stale({group.observation_id for group in groups}))


def _stale(obsids: Collection[int]) -> tuple[int, ...]:
    queued = Observation.objects.filter(is_stale=True, pk__in=obsids).order_by("pk")
    return tuple(queued.values_list("pk", flat=True)) if obsids else ()


def readable_ones(numbers: Collection[int], person: Person, now: dt.datetime) -> set[int]:
    """Those of the products that the person may read."""
    ones = Product.objects.filter(pk__in=numbers)
    return set(readable_by(ones, person, now).values_list("pk", flat=True)) if numbers else set()


def _refusals(numbers: Iterable[int], person: Person, now: dt.datetime) -> dict[int, str]:
    """By product why the person may not have it: `decide` asked of one file an embargo, not of every file."""
    rights = Rights(person, now)
    denied = Product.objects.filter(pk__in=list(numbers)).select_related("observation")
    return {product.pk: decide(person, product, now, rights).text for product in denied}


class _Embargo(NamedTuple):
    """What the words of a refusal depend on."""

    observation_id: int
    t_release: float | None


def deliverable(products: QuerySet[Product], person: Person, now: dt.datetime) -> QuerySet[Product]:
    """The products of ``products`` that `judged` includes: the person may have them, and they are held."""
    return readable_by(products.filter(held=Held.YES), person, now)


def verdict_on(product: Product, person: Person, now: dt.datetime) -> tuple[ItemVerdict, str]:
    """What `judged` says of one file, and the reason where it stays behind."""
    decision = decide(person, product, now)
    if not decision.allowed:
        return ItemVerdict.DENIED, decision.text
    held = Held(product.held)
    return (ItemVerdict.INCLUDED, "") if held == Held.YES else (ItemVerdict.MISSING, MISSING_REASONS[held])


# Freezing ------------------------------------------------------------------------------------------------------------


class _Candidate(NamedTuple):
    """What is read of a product; the names are query paths of `_COLUMNS`."""

    mission: str
    obs_id: str
    filename: str
    uri: str
    pk: int
    embargo_of: int
    t_release: float | None
    held: str
    stand_in: bool
    size_bytes: int
    sha256: str
    crc32: int | None
    stored_at: dt.datetime | None
    storage_key: str
    verdict: str
    released: bool


_COLUMNS = (
    "observation__obs_collection",
    "observation__obs_id",
    "filename",
    "uri",
    "pk",
    "observation_id",
    "t_release",
    "held",
    "stand_in",
    "size_bytes",
    "sha256",
    "crc32",
    "stored_at",
    "storage_key",
    "verdict",
    "released",
)


@transaction.atomic
def freeze(
    kind: DeliveryKind,
    products: QuerySet[Product],
    person: Person,
    now: dt.datetime,
    *,
    name: str = "",
    email: str = "",
    state: DeliveryState = DeliveryState.FROZEN,
    flat: bool = False,
    also_under: AlsoUnder = MappingProxyType({}),
) -> Delivery:
    """Write the delivery of ``products`` with a verdict and a reason for each, in one transaction.

    A file listed several times is carried once. The order (mission, obs_id, file) and the names are functions of the
    rows, so that the same list gives the same bytes.

    Parameters
    ----------
    flat : all files in one folder, else mission/obs_id/file.
    also_under : by product, the other observations (obs_id) that list a file: its duplicates in the manifest.

    Raises
    ------
    NothingSelectedError, NothingToDeliverError, TooLargeError : nothing was written.
    """
    rows = judged(products, person, now)
    candidates = sorted(_Candidate(*row) for row in rows.order_by().values_list(*_COLUMNS)[: MAX_FILES + 1])
    figures = _figures(candidates, also_under)
    _check(kind, figures)
    delivery = Delivery.objects.create(
        kind=kind,
        name=safe_name(name.strip()) if name.strip() else bundle_name(now),
        owner=person if isinstance(person, User) else None,
        email=email,
        created_at=now,
        state=state,
        flat=flat,
        **figures._asdict(),
    )
    refusals = _refusals_by_embargo(candidates, person, now)
    delivery.manifest_digest = _copy_items(delivery, _items(candidates, refusals, also_under))
    delivery.save(update_fields=["manifest_digest"])
    return delivery


class _Figures(NamedTuple):
    """What is counted of a list; the names are fields of `Delivery`."""

    files_requested: int
    files_included: int
    files_refused: int
    files_missing: int
    files_duplicate: int
    bytes_total: int


def _figures(candidates: Collection[_Candidate], also_under: AlsoUnder) -> _Figures:
    included = [row for row in candidates if row.verdict == ItemVerdict.INCLUDED]
    denied = sum(row.verdict == ItemVerdict.DENIED for row in candidates)
    return _Figures(
        files_requested=len(candidates),
        files_included=len(included),
        files_refused=denied,
        files_missing=len(candidates) - len(included) - denied,
        files_duplicate=sum(len(also_under.get(row.pk, ())) for row in included),
        bytes_total=sum(row.size_bytes for row in included),
    )


def _refusals_by_embargo(candidates: Iterable[_Candidate], person: Person, now: dt.datetime) -> dict[_Embargo, str]:
    ones = {_Embargo(row.embargo_of, row.t_release): row.pk for row in candidates if row.verdict == ItemVerdict.DENIED}
    texts = _refusals(ones.values(), person, now) if ones else {}
    return {embargo: texts[one] for embargo, one in ones.items()}


def _check(kind: DeliveryKind, figures: _Figures) -> None:
    if not figures.files_requested:
        raise NothingSelectedError("No file is selected.", "Tick files in the Download Basket first.")
    if figures.files_requested > MAX_FILES:
        raise TooLargeError(
            f"More than {MAX_FILES:,} files are selected.", "Select fewer with the filters, and take the rest later."
        )
    if not figures.files_included:
        raise NothingToDeliverError(
            "None of the selected files can be delivered: each is refused or not held by this archive.",
            "The Download Manager gives the reason for each file.",
        )
    if kind in STREAMED and figures.bytes_total > settings.STREAM_LIMIT_BYTES:
        raise TooLargeError(
            f"The selection has {file_size(figures.bytes_total)}; a streamed bundle takes at most "
            f"{file_size(settings.STREAM_LIMIT_BYTES)}.",
            "Take the cURL script or Batch Retrieval, which have no such limit, or select fewer files.",
        )


class _Paths:
    """Nested and flat names for a list, unique within their folders."""

    def __init__(self) -> None:
        self._top = Folder(DOCUMENT_NAMES)
        self._flat = Folder(DOCUMENT_NAMES)
        self._missions: dict[str, str] = {}
        self._folders: dict[str, Folder] = {}

    def take(self, row: _Candidate) -> tuple[str, str]:
        """(``JWST/<obs_id>/<file>``, ``<file>``)"""
        if row.mission not in self._missions:
            self._missions[row.mission] = self._top.take(row.mission)
        place = f"{self._missions[row.mission]}/{safe_name(row.obs_id)}"
        folder = self._folders.setdefault(place.casefold(), Folder())
        return f"{place}/{folder.take(row.filename)}", self._flat.take(row.filename)


_ITEM_COLUMNS = (
    "state",
    *("ordinal", "product_id", "uri", "path", "flat_name", "access", "verdict", "reason"),
    *("size_bytes", "sha256", "crc32", "mtime", "storage_key", "also_under"),
)
_Item = tuple[object, ...]


def _items(candidates: Iterable[_Candidate], refusals: dict[_Embargo, str], also_under: AlsoUnder) -> Iterator[_Item]:
    paths = _Paths()
    for ordinal, row in enumerate(candidates):
        access = PUBLIC if row.released else EXCLUSIVE
        reason = _reason(row, refusals)
        known = (
            (row.size_bytes, row.sha256, row.crc32, row.stored_at, row.storage_key)
            if row.verdict == ItemVerdict.INCLUDED
            else (0, "", None, None, "")  # of a file that is not delivered the list keeps no size and no checksum
        )
        state = ItemState.WAITING if row.verdict == ItemVerdict.INCLUDED else ItemState.REFUSED
        others = list(also_under.get(row.pk, ()))
        yield (state.value, ordinal, row.pk, row.uri, *paths.take(row), access, row.verdict, reason, *known, others)


def _reason(row: _Candidate, refusals: dict[_Embargo, str]) -> str:
    if row.verdict == ItemVerdict.DENIED:
        return refusals[_Embargo(row.embargo_of, row.t_release)]
    if row.verdict == ItemVerdict.MISSING:
        return MISSING_REASONS[Held(row.held)]
    return STAND_IN if row.stand_in else ""


def _copy_items(delivery: Delivery, items: Iterable[_Item]) -> str:
    """Write the items by COPY; the SHA-256 of the list (without the product's number, which is this database's own)."""
    digest = hashlib.sha256()
    columns = ("delivery_id", "bytes_done", *_ITEM_COLUMNS)
    table = connection.ops.quote_name(DeliveryItem._meta.db_table)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for item in items:
            copy.write_row((delivery.pk, 0, *item))
            digest.update(repr((item[1], *item[3:])).encode())
    return digest.hexdigest()
