"""What operators change of the holdings that decides who may have them. Each change is in the log."""

import datetime as dt
from collections import Counter

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit, signals
from accounts.models import User
from archive.clock import to_mjd
from archive.models import Held, Observation, Product


@transaction.atomic
def change_release(observations: QuerySet[Observation], release: dt.datetime, by: User | str, now: dt.datetime) -> int:
    """Set the release of observations, and of their files that have a date of their own; how many were changed."""
    chosen = Observation.objects.filter(pk__in=observations.values("pk")).exclude(t_obs_release=to_mjd(release))
    rows = list(chosen.select_for_update().values_list("pk", "obs_collection", "proposal_id"))
    keys = [pk for pk, _, _ in rows]
    Observation.objects.filter(pk__in=keys).update(t_obs_release=to_mjd(release))
    Product.objects.filter(observation__in=keys, t_release__isnull=False).update(t_release=to_mjd(release))
    for program, count in sorted(Counter(f"{mission} {number}".strip() for _, mission, number in rows).items()):
        detail = f"{count} observations to {release:%Y-%m-%d %H:%M:%S} UTC"
        audit.record(by, "changed release", now, program=program, subject=_few(keys), detail=detail)
    if rows:
        signals.release_changed.send(Observation, programs={(mission, number) for _, mission, number in rows})
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


def _few(keys: list[int]) -> str:
    return ", ".join(map(str, keys[:20])) + (" …" if len(keys) > 20 else "")
