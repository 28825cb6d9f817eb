"""Small builders of holdings for tests: an observation with its sky cover, a file, a listing, a program.

Every builder takes the model's own field names; what a test does not care about gets a plain value.
"""

from itertools import count
from typing import Any

from archive import sky
from archive.models import Held, Listing, Observation, Product, Program

_numbers = count(1)

#: 2026-01-20T12:00 UTC: rows released earlier are public.
NOW_MJD = 61060.5


def cover_of(ra_deg: float | None, dec_deg: float | None, s_region: str = "") -> dict[str, Any]:
    """The sky columns of a row, as ingest computes them."""
    cover = sky.sky_covers([(ra_deg, dec_deg, s_region)])[0]
    if cover is None:
        return {}
    if isinstance(cover, sky.RegionError):
        raise cover
    return {name: getattr(cover, name) for name in cover.__dataclass_fields__}


def square(ra_deg: float, dec_deg: float, half_deg: float) -> str:
    """An ``s_region`` of a field near the equator, ``2 * half_deg`` wide."""
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return "POLYGON " + " ".join(f"{ra_deg + x * half_deg} {dec_deg + y * half_deg}" for x, y in corners)


def observation_fields(**fields: Any) -> dict[str, Any]:
    """The columns of one observation, the derived ones too."""
    number = next(_numbers)
    row: dict[str, Any] = {
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
    return {**row, **cover_of(row["s_ra"], row["s_dec"], row.get("s_region", ""))}


def make_observation(**fields: Any) -> Observation:
    return Observation.objects.create(**observation_fields(**fields))


def make_observations(rows: list[dict[str, Any]]) -> list[Observation]:
    """Many observations in one statement."""
    return Observation.objects.bulk_create([Observation(**observation_fields(**row)) for row in rows])


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
