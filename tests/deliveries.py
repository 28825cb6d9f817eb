"""Small holdings with real bytes in the store, and deliveries of them, for tests of staging and its doors."""

import datetime as dt
import hashlib
import io
import zlib
from collections.abc import Sequence

from accounts.models import User
from archive.clock import to_mjd
from archive.models import Held, Observation, Product
from archive.storage import archive_storage
from basket.models import Delivery, DeliveryKind
from basket.selection import freeze
from basket.staging import submit

NOW = dt.datetime(2026, 1, 20, 12, 0, tzinfo=dt.UTC)
PAST, FUTURE = NOW - dt.timedelta(days=30), NOW + dt.timedelta(days=180)
EMAIL = "reader@example.org"


def observation(obs_id: str, release: dt.datetime = PAST) -> Observation:
    return Observation.objects.create(
        obs_collection="JWST",
        instrument_name="MIRI/IMAGE",
        obs_id=obs_id,
        proposal_id="2733",
        calib_level=3,
        t_obs_release=to_mjd(release),
    )


def product(own: Observation, filename: str, content: bytes) -> Product:
    """A held file of the observation, its bytes in the store."""
    key = f"tests/{own.obsid}/{filename}"
    archive_storage().write(key, io.BytesIO(content))
    return Product.objects.create(
        uri=f"mast:JWST/product/{own.obsid}/{filename}",
        observation=own,
        filename=filename,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        crc32=zlib.crc32(content),
        storage_key=key,
        stored_at=PAST,
        held=Held.YES,
    )


def content_of(size_bytes: int, seed: int = 1) -> bytes:
    """Bytes without a pattern, always the same for a seed."""
    return hashlib.shake_256(seed.to_bytes(4, "big")).digest(size_bytes)


def submitted(
    products: Sequence[Product],
    kind: DeliveryKind = DeliveryKind.STAGING,
    *,
    owner: User | None = None,
    now: dt.datetime = NOW,
    email: str = EMAIL,
) -> Delivery:
    """A delivery of the products, queued."""
    chosen = Product.objects.filter(pk__in=[each.pk for each in products])
    delivery = freeze(kind, chosen, owner, NOW)
    submit(delivery, email, now)
    return delivery
