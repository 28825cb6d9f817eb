"""The requests of a fault run: a small archive, requests for its files, and what came of them, byte for byte."""

import hashlib
import random
import tarfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from archive.clock import archive_now, machine_now
from archive.models import Held, Observation, Product
from basket.manifest import DOCUMENT_NAMES, SUMS_NAME
from basket.models import Delivery, DeliveryKind, DeliveryState, ItemState
from basket.selection import freeze
from basket.staging import afterwards, places, states, submit
from notifications.models import OutboxMail

MIB = 1024**2
SIZES = (1, 4_097, 300_000, 3 * MIB, 8 * MIB + 1, 12 * MIB, 20 * MIB, 32 * MIB)
DAMAGED = "damaged_i2d.fits"
KINDS = (*[DeliveryKind.STAGING] * 3, DeliveryKind.BUILT_ZIP, DeliveryKind.BUILT_TAR)
#: Bundles of one in two are built in parts of this size.
PART_BYTES = 16 * MIB
#: Longer than the database takes to come back after a kill.
PATIENCE_S = 60.0

Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer]) -> Answer:
    """Ask the database again where it was killed meanwhile."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


# The archive ---------------------------------------------------------------------------------------------------------


def fill(storage: Path, chance: random.Random) -> dict[str, str]:
    """Files of random bytes, one of them not as the catalogue says; the right SHA-256 of each by its name."""
    own = Observation.objects.create(
        obs_collection="JWST", obs_id="jw02733-o001_t001_miri_f770w", calib_level=3, t_obs_release=50_000.0
    )
    sums = {}
    for number, size_bytes in enumerate(SIZES):
        content = chance.randbytes(size_bytes)
        name = f"file{number}_i2d.fits"
        _hold(own, storage, name, content, content)
        sums[name] = hashlib.sha256(content).hexdigest()
    content = chance.randbytes(MIB)
    _hold(own, storage, DAMAGED, content, content[:-1] + bytes([content[-1] ^ 1]))
    return sums


def _hold(own: Observation, storage: Path, name: str, listed: bytes, stored: bytes) -> None:
    path = storage / "faults" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stored)
    Product.objects.create(
        uri=f"mast:JWST/product/{name}", observation=own, filename=name, extension=".fits", size_bytes=len(listed),
        sha256=hashlib.sha256(listed).hexdigest(), crc32=zlib.crc32(listed), storage_key=f"faults/{name}",
        stored_at=archive_now(), held=Held.YES,
    )  # fmt: skip


# Asking --------------------------------------------------------------------------------------------------------------


def request(number: int, chance: random.Random) -> None:
    """Hand in one request of two to five files, one in eight with the damaged one, in one transaction."""
    kind = chance.choice(KINDS)
    names = [f"file{n}_i2d.fits" for n in chance.sample(range(len(SIZES)), chance.randint(2, 5))]
    names += [DAMAGED] if chance.random() < 1 / 8 else []
    part_bytes = PART_BYTES if kind != DeliveryKind.STAGING and chance.random() < 1 / 2 else None
    name = f"request{number}"

    @transaction.atomic
    def hand_in() -> None:
        if Delivery.objects.filter(name=name).exists():  # the answer to the commit was lost, the commit was not
            return
        files = Product.objects.filter(filename__in=names)
        delivery = freeze(kind, files, None, archive_now(), name=name)
        Delivery.objects.filter(pk=delivery.pk).update(part_bytes=part_bytes)
        delivery.refresh_from_db()
        submit(delivery, f"reader{number}@example.org", machine_now())

    patiently(hand_in)


def cancel_one(chance: random.Random) -> bool:
    """A person changes their mind, where a request is under way."""
    open_ones = list(Delivery.objects.filter(state__in=states.OPEN).values_list("pk", flat=True))
    return bool(open_ones) and states.ask_to_cancel(chance.choice(open_ones), machine_now())


# What came of them ---------------------------------------------------------------------------------------------------


@dataclass
class Verdict:
    """What was found in the requests that have ended; ``sums`` is the right SHA-256 of each file."""

    sums: dict[str, str]
    states: Counter[str] = field(default_factory=Counter)
    files: int = 0
    size_bytes: int = 0
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def look_at_ended(verdict: Verdict, *, give_back: bool) -> None:
    """Compare what the newly ended requests delivered with what was stored; then perhaps give its room back."""
    over = Delivery.objects.exclude(state__in=[*states.OPEN, DeliveryState.FROZEN]).exclude(name__in=verdict.seen)
    for delivery in over.order_by("name"):
        verdict.seen.add(delivery.name)
        verdict.states[delivery.state] += 1
        verdict.wrong += [f"{delivery.name} ({delivery.kind}): {text}" for text in _look(delivery, verdict)]
        if give_back and delivery.state in states.GIVEN:
            afterwards.give_back(delivery, machine_now())


def _look(delivery: Delivery, verdict: Verdict) -> Iterator[str]:
    """What is wrong with one request."""
    mails = OutboxMail.objects.filter(to=delivery.email).count()
    if mails != (delivery.state != DeliveryState.CANCELLED):
        yield f"{mails} mails tell of its end as {delivery.state}"
    if delivery.state not in states.GIVEN:
        return
    items = list(delivery.items.all())
    failed = {item.flat_name for item in items if item.state == ItemState.FAILED}
    if failed - {DAMAGED} or (delivery.state == DeliveryState.PARTIAL) != bool(failed):
        yield f"{delivery.state} with {sorted(failed)} failed"
    found = _delivered(delivery)
    for item in items:
        name = item.flat_name
        if item.state == ItemState.DONE and found.pop(name, None) != verdict.sums.get(name):
            yield f"the bytes of {name} are lost or wrong"
        elif item.state == ItemState.WAITING:
            yield f"{name} was forgotten"
    verdict.files += sum(item.state == ItemState.DONE for item in items)
    verdict.size_bytes += sum(item.size_bytes for item in items if item.state == ItemState.DONE)
    if left := sorted(set(found) - set(DOCUMENT_NAMES)):
        yield f"files that nobody asked for: {left}"
    if lacking := sorted({*_documents(delivery)} - set(found)):
        yield f"without {lacking}"


def _documents(delivery: Delivery) -> set[str]:
    return set(DOCUMENT_NAMES) if delivery.kind == DeliveryKind.STAGING else set(DOCUMENT_NAMES) - {SUMS_NAME}


def _delivered(delivery: Delivery) -> dict[str, str]:
    """SHA-256 of each file in the folder, or in the members of the bundle's parts, by its name."""
    found = {}
    for path in sorted(places.on_disk(delivery).iterdir()):
        if delivery.kind == DeliveryKind.STAGING:
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        elif delivery.kind == DeliveryKind.BUILT_ZIP:
            with zipfile.ZipFile(path) as bundle:
                for name in bundle.namelist():
                    found[name.rpartition("/")[2]] = hashlib.sha256(bundle.read(name)).hexdigest()
        else:
            with tarfile.open(path) as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    found[member.name.rpartition("/")[2]] = hashlib.sha256(
                        content.read() if content else b""
                    ).hexdigest()
    return found


def is_at_work() -> bool:
    """Whether a living worker has a request."""
    return Delivery.objects.filter(state=DeliveryState.RUNNING, lease_until__gt=machine_now()).exists()


def under_way() -> list[str]:
    """The requests that have not ended, and where they stand."""
    rows = Delivery.objects.filter(state__in=states.OPEN).order_by("name")
    return [
        f"{row.name}: {row.state}, {row.files_done} of {row.files_included} files, attempt {row.attempt}"
        for row in rows
    ]


def left_behind() -> list[str]:
    """What lies on the staging disk and belongs to no request that can be fetched."""
    kept = {places.on_disk(one) for one in Delivery.objects.filter(state__in=states.GIVEN).exclude(folder="")}
    roots = (Path(settings.STAGING_ROOT, name) for name in (places.ANONYMOUS_FOLDER, "bundles"))
    return sorted(str(path) for root in roots if root.is_dir() for path in root.iterdir() if path not in kept)


def troubles() -> tuple[int, int]:
    """How often work was taken up again by another worker; how many requests waited for space."""
    rows = list(Delivery.objects.values_list("fence", "space_waits"))
    return sum(max(0, fence - 1) for fence, _ in rows), sum(waits > 0 for _, waits in rows)
