"""What operators change of the holdings that decides who may have them. Each change is in the log."""

import datetime as dt
import hashlib
from collections import Counter

from django.db import transaction
from django.db.models import QuerySet
from django.template.defaultfilters import pluralize

from accounts import audit, signals
from accounts.models import User
from archive.clock import to_mjd
from archive.models import Held, Observation, Product
from archive.storage import StorageError, archive_storage


@transaction.atomic
def change_release(observations: QuerySet[Observation], release: dt.datetime, by: User | str, now: dt.datetime) -> int:
    """Set the release of observations, and of their files that have a date of their own; how many were changed."""
    chosen = Observation.objects.filter(pk__in=observations.values("pk")).exclude(t_obs_release=to_mjd(release))
    rows = list(chosen.select_for_update().values_list("pk", "obs_collection", "proposal_id"))
    keys = [pk for pk, _, _ in rows]
    Observation.objects.filter(pk__in=keys).update(t_obs_release=to_mjd(release))
    Product.objects.filter(observation__in=keys, t_release__isnull=False).update(t_release=to_mjd(release))
    for program, count in sorted(Counter(f"{mission} {number}".strip() for _, mission, number in rows).items()):
        detail = f"{count} observation{pluralize(count)} to {release:%Y-%m-%d %H:%M:%S} UTC"
        audit.record(by, "changed release", now, program=program, subject=_few(keys), detail=detail)
    if rows:
        signals.release_changed.send(Observation, programs={(mission, number) for _, mission, number in rows})
    return len(rows)


@transaction.atomic
def mark_stale(observations: QuerySet[Observation], stale: bool, by: User | str, now: dt.datetime) -> int:
    """Say that observations are queued for reprocessing, or are not; how many were not marked so before.

    The mark goes by itself when another version of one of their files is ingested.
    """
    chosen = Observation.objects.filter(pk__in=observations.values("pk"), is_stale=not stale)
    rows = list(chosen.select_for_update().values_list("pk", "obs_collection", "proposal_id"))
    keys = [pk for pk, _, _ in rows]
    Observation.objects.filter(pk__in=keys).update(is_stale=stale)
    action = "queued for reprocessing" if stale else "took off reprocessing"
    for program, count in sorted(Counter(f"{mission} {number}".strip() for _, mission, number in rows).items()):
        detail = f"{count} observation{pluralize(count)}"
        audit.record(by, action, now, program=program, subject=_few(keys), detail=detail)
    return len(rows)


@transaction.atomic
def withdraw(products: QuerySet[Product], by: User | str, now: dt.datetime) -> int:
    """Give files out no more: they stay listed, as lost. How many were withdrawn."""
    held = Product.objects.filter(pk__in=products.values("pk"), held=Held.YES).select_related("observation")
    chosen = list(held.select_for_update(of=("self",)))
    Product.objects.filter(pk__in=[product.pk for product in chosen]).update(held=Held.LOST)
    for product in chosen:
        own = product.observation
        program = f"{own.obs_collection} {own.proposal_id}".strip()
        audit.record(by, "withdrew file", now, program=program, subject=product.uri)
    if chosen:
        programs = {(each.observation.obs_collection, each.observation.proposal_id) for each in chosen}
        signals.files_withdrawn.send(Product, programs=programs)
    return len(chosen)


@transaction.atomic
def restore(products: QuerySet[Product], by: User | str, now: dt.datetime) -> tuple[int, list[str]]:
    """Give out again what was withdrawn and lies in the store as it was; how many, and why others are not."""
    lost = Product.objects.filter(pk__in=products.values("pk"), held=Held.LOST).select_related("observation")
    refused, good = [], []
    for product in lost.select_for_update(of=("self",)):
        if trouble := _trouble(product):
            refused.append(f"{product.filename}: {trouble}")
        else:
            good.append(product)
    Product.objects.filter(pk__in=[product.pk for product in good]).update(held=Held.YES)
    for product in good:
        own = product.observation
        audit.record(
            by, "restored file", now, program=f"{own.obs_collection} {own.proposal_id}".strip(), subject=product.uri
        )
    return len(good), refused


def _trouble(product: Product) -> str:
    """Why the stored bytes cannot be given out; nothing when they are those of the record."""
    if not (product.storage_key and product.sha256 and product.crc32 is not None):
        return "the archive never held it; ingest it"
    digest = hashlib.sha256()
    try:
        for piece in archive_storage().stream(product.storage_key):
            digest.update(piece)
    except StorageError as error:
        return f"{error}; ingest it again"
    return "" if digest.hexdigest() == product.sha256 else "the stored bytes are damaged; ingest it again"


def _few(keys: list[int]) -> str:
    return ", ".join(map(str, keys[:20])) + (" …" if len(keys) > 20 else "")
