"""A claimed delivery and what is needed to prepare it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from archive.storage import Storage
from basket.models import Delivery
from basket.staging.states import Claim

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Job:
    claim: Claim
    delivery: Delivery
    storage: Storage
    clock: Clock  # the machine's: leases, expiry
    today: Clock  # the archive's: access
