"""Small builders of holdings for tests: an observation with its sky cover, a file, a listing, a program.

Every builder takes the model's own field names; what a test does not care about gets a plain value.
"""

from dataclasses import fields as fields_of
from itertools import count
from typing import Any

from archive import sky
from archive.models import Held, Listing, Observation, Product, Program

_numbers = count(1)

#: 2026-01-20T12:00 UTC: rows released earlier are public.
NOW_MJD = 61060.5


def with_covers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their sky columns, as ingest computes them."""
    covers = sky.sky_covers([(row["s_ra"], row["s_dec"], row.get("s_region", "")) for row in rows])
    return [{**row, **_columns_of(cover)} for row, cover in zip(rows, covers, strict=True)]


def _columns_of(cover: sky.SkyCover | sky.RegionError | None) -> dict[str, Any]:
    if isinstance(cover, sky.RegionError):
        raise cover
    return {field.name: getattr(cover, field.name) for field in fields_of(cover)} if cover else {}


def square(ra_deg: float, dec_deg: float, half_deg: float) -> str:
    """An ``s_region`` of a field near the equator, ``2 * half_deg`` wide."""
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return "POLYGON " + " ".join(f"{ra_deg + x * half_deg} {dec_deg + y * half_deg}" for x, y in corners)


def observation_fields(**fields: Any) -> dict[str, Any]:
    """The columns of one observation but the sky's."""
    number = next(_numbers)
    return {
        "obsid": 900_000_000 + number,
        "obs_collection": "JWST",
        "instrument_name": "NIRCAM/IMAGE",
        "filters": "F200W",
        "target_name": "NGC-6720",
        "obs_id": f"jw01558-o{number:03d}_t001_nircam_clear-f200w",
        "proposal_id": "1558",
        "proposal_pi": "Barlow, Michael",
        "calib_level": 3,
        "s_ra": 283.39624,
        "s_dec": 33.02914,
        "t_min": 59770.0 + number / 100,
        "t_max": 59770.0 + number / 100 + 0.005,
        "t_exptime": 483.0,
        "t_obs_release": 60135.0,
        "dataproduct_type": "image",
        **fields,
    }


def make_observation(**fields: Any) -> Observation:
    return Observation.objects.create(**with_covers([observation_fields(**fields)])[0])


def make_observations(rows: list[dict[str, Any]]) -> list[Observation]:
    """Many observations in one statement."""
    complete = with_covers([observation_fields(**row) for row in rows])
    return Observation.objects.bulk_create([Observation(**row) for row in complete])


def make_planned(**fields: Any) -> Observation:
    """A visit that has not been carried out: no dates, no files."""
    nothing = {"t_min": None, "t_max": None, "t_exptime": None, "t_obs_release": None}
    return make_observation(**{"calib_level": -1, "provenance_name": "APT", **nothing, **fields})


def make_product(observation: Observation, **fields: Any) -> Product:
    """A file of an observation that is not held, listed under it once."""
    name = fields.pop("filename", f"{observation.obs_id}_{next(_numbers)}_i2d.fits")
    product = Product.objects.create(
        **{
            "uri": f"mast:{observation.obs_collection}/product/{name}",
            "observation": observation,
            "filename": name,
            "product_group": "I2D",
            "calib_level": observation.calib_level,
            "end_product": True,
            "extension": ".fits",
            "size_bytes": 2880,
            "held": Held.NOT_YET,
            **fields,
        }
    )
    list_product(product, observation)
    return product


def list_product(product: Product, parent: Observation, *, recommended: bool = True) -> Listing:
    """The file in the list of ``parent``, by way of the observation that it belongs to."""
    return Listing.objects.create(parent=parent, own=product.observation, product=product, recommended=recommended)


def make_program(**fields: Any) -> Program:
    return Program.objects.create(
        **{"mission": "JWST", "number": "1558", "title": "The Ring Nebula", "pi_name": "Barlow, Michael", **fields}
    )
