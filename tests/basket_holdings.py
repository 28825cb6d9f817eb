"""A small archive for the tests of basket and bundles: observations, files with known bytes, listings."""

import datetime as dt
import hashlib
import io
import zlib
from pathlib import Path

from archive.clock import to_mjd
from archive.models import Held, Listing, Observation, Product
from archive.storage import archive_storage

NOW = dt.datetime(2026, 1, 20, 12, 4, 30, tzinfo=dt.UTC)
PAST, FUTURE = NOW - dt.timedelta(days=400), NOW + dt.timedelta(days=180)
STORED = dt.datetime(2025, 6, 1, 8, 30, 10, tzinfo=dt.UTC)


def observation(
    obs_id: str, *, release: dt.datetime | None = PAST, mission: str = "JWST", level: int = 2
) -> Observation:
    return Observation.objects.create(
        obs_collection=mission,
        obs_id=obs_id,
        calib_level=level,
        proposal_id="2736",
        instrument_name="NIRCAM/IMAGE",
        t_obs_release=to_mjd(release) if release else None,
    )


def body_of(uri: str, size_bytes: int = 300) -> bytes:
    """The bytes of a test file, told by its URI."""
    seed = hashlib.sha256(uri.encode()).digest()
    return (seed * (size_bytes // len(seed) + 1))[:size_bytes]


def product(
    own: Observation,
    filename: str,
    *,
    held: str = Held.YES,
    group: str = "CAL",
    category: str = "SCIENCE",
    size_bytes: int = 300,
    stand_in: bool = False,
    parents: tuple[Observation, ...] | None = None,
    recommended: bool = True,
    uri: str = "",
) -> Product:
    """A file of ``own``, listed under ``parents`` (default: under its own observation)."""
    uri = uri or f"mast:{own.obs_collection}/product/{own.pk}/{filename}"
    body = body_of(uri, size_bytes)
    key = f"test/{hashlib.sha256(uri.encode()).hexdigest()[:24]}"
    facts: dict[str, object] = {"size_bytes": size_bytes}
    if held == Held.YES:
        archive_storage().write(key, io.BytesIO(body))
        facts |= {"storage_key": key, "sha256": hashlib.sha256(body).hexdigest(), "crc32": zlib.crc32(body)}
    made = Product.objects.create(
        uri=uri,
        observation=own,
        filename=filename,
        product_type=category,
        product_group=group,
        extension=Path(filename).suffix,
        held=held,
        stand_in=stand_in,
        stored_at=STORED,
        **facts,
    )
    for parent in parents if parents is not None else (own,):
        Listing.objects.create(parent=parent, own=own, product=made, recommended=recommended)
    return made
