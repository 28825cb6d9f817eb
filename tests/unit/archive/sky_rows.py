"""Observations made from bare regions, for the tests of the sky."""

from collections.abc import Sequence
from dataclasses import fields

from archive.models import Observation
from archive.sky import SkyCover, sky_covers

Row = tuple[float | None, float | None, str]


def add_rows(rows: Sequence[Row]) -> None:
    """Store rows under the obsids 0, 1, 2, …; every one must have a cover."""
    covers = sky_covers(rows)
    assert all(isinstance(cover, SkyCover) for cover in covers), [c for c in covers if not isinstance(c, SkyCover)][:3]
    names = [field.name for field in fields(SkyCover)]
    Observation.objects.bulk_create(
        [
            Observation(
                obsid=number, obsid_assigned=False, obs_collection="TEST", obs_id=f"row{number}",
                s_ra=ra, s_dec=dec, s_region=region, **{name: getattr(cover, name) for name in names},
            )
            for number, ((ra, dec, region), cover) in enumerate(zip(rows, covers, strict=True))
        ],
        batch_size=2000,
    )  # fmt: skip


def polygon(*vertices: tuple[float, float]) -> str:
    return "POLYGON ICRS " + " ".join(f"{ra!r} {dec!r}" for ra, dec in vertices)
