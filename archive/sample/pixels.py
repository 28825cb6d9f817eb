"""Images of the synthetic sky, cubes, catalogues and previews, as the files of an observation."""

import io
import json
from functools import lru_cache

import numpy as np
from PIL import Image

from archive.facts import ProductFacts
from archive.fits import Array, Card, image_hdu, primary_hdu
from archive.sample.geometry import Floats, ImagePlane, plane_corners
from archive.sample.instruments import band_nm
from archive.sample.products import facts_of
from archive.sample.references import reference_cards
from archive.sample.rows import SampleRow
from archive.sample.sky import brightness, glow, stars_of
from archive.sample.spectra import SAMPLE, SPECTRUM_CHANNELS, light_curve, relative_flux, spectral_units, wavelengths_nm

DETECTOR_PIXELS = 112
MOSAIC_PIXELS = 224
PREVIEW_PIXELS = 360
THUMB_PIXELS = 120
_CUBE_PIXELS, _CUBE_CHANNELS = 16, 40
_PATCH = 4  # a star's light reaches this many pixels


def file_bytes(row: SampleRow, filename: str) -> bytes:
    """The content of one of the row's own files that the sample makes.

    Raises
    ------
    ValueError : the sample has no way to make such a file.
    """
    facts = facts_of(filename)
    if facts.product_type == "PREVIEW":
        return _preview(row, THUMB_PIXELS if facts.product_group == "THUMB" else PREVIEW_PIXELS)
    if facts.extension == ".fits":
        return primary_hdu(_primary_cards(row, filename)) + _units(row, facts)
    makers = {"CAT": _catalogue, "WHTLT": light_curve, "ASN": _association}
    if facts.product_group not in makers:
        raise ValueError(f"the sample cannot make {filename}")
    return makers[facts.product_group](row, filename)


# Images ---------------------------------------------------------------------------------------------------------------
def planes_of(row: SampleRow) -> list[ImagePlane]:
    """The images of a row: one a field, a mosaic in finer pixels."""
    return row.image_planes(MOSAIC_PIXELS if row.level == 3 else DETECTOR_PIXELS)


@lru_cache(maxsize=16)
def images_of(row: SampleRow) -> tuple[Array, ...]:
    """The images on `planes_of`, (ny, nx) float32, MJy/sr; NaN where no exposure of a mosaic looked."""
    return tuple(_seen(row, plane).astype(np.float32) for plane in planes_of(row))


def _seen(row: SampleRow, plane: ImagePlane) -> Floats:
    if row.target is None:
        return np.zeros((plane.ny, plane.nx))
    wavelength_nm = sum(band_nm(row.visit.mission, row.filters)) / 2
    points = _from_target(row, plane.plane())
    light = glow(row.target, wavelength_nm, points[..., 0], points[..., 1])
    light += _starlight(row, plane, wavelength_nm)
    light += np.random.default_rng(row.obsid).normal(0, 0.05, light.shape)
    light[~_covered(row, plane)] = np.nan
    return light


def _from_target(row: SampleRow, plane: Floats) -> Floats:
    """Points of the instrument's plane as offsets to the east and north, arcsec."""
    angle = np.radians(row.pointing.pa_deg)
    roll = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned: Floats = plane @ roll.T
    return turned


def _star_pixels(row: SampleRow, plane: ImagePlane) -> tuple[Floats, Floats, Floats]:
    """Pixel positions (n, 2), fluxes and redness of the stars on the image."""
    if row.target is None:
        return np.zeros((0, 2)), np.zeros(0), np.zeros(0)
    stars = stars_of(row.target)
    angle = np.radians(row.pointing.pa_deg)
    x = stars.east * np.cos(angle) - stars.north * np.sin(angle)
    y = stars.east * np.sin(angle) + stars.north * np.cos(angle)
    pixels = plane.pixels(np.stack([x, y], axis=1))
    on = (np.abs(pixels + 0.5 - [plane.nx / 2, plane.ny / 2]) < [plane.nx / 2, plane.ny / 2]).all(axis=1)
    return pixels[on], stars.flux[on], stars.redness[on]


def _starlight(row: SampleRow, plane: ImagePlane, wavelength_nm: float) -> Floats:
    """Stars as small Gaussians, with the same light whatever the pixels' size."""
    light = np.zeros((plane.ny, plane.nx))
    pixels, flux, redness = _star_pixels(row, plane)
    if len(pixels) == 0:
        return light
    sigma = max(0.75, 0.12 / float(plane.scale.min()))
    steps = np.arange(-_PATCH, _PATCH + 1)
    corner = np.rint(pixels).astype(int)
    column, line = corner[:, 0, None, None] + steps[None, None, :], corner[:, 1, None, None] + steps[None, :, None]
    dx, dy = column - pixels[:, 0, None, None], line - pixels[:, 1, None, None]
    seen = (flux * brightness(wavelength_nm, redness))[:, None, None] * np.exp(-(dx**2 + dy**2) / (2 * sigma**2))
    line, column = np.broadcast_arrays(line, column)
    inside = (line >= 0) & (line < plane.ny) & (column >= 0) & (column < plane.nx)
    np.add.at(light, (line[inside], column[inside]), seen[inside])
    return light


def _covered(row: SampleRow, plane: ImagePlane) -> Array:
    """Which pixels of a mosaic some member's field covers, (ny, nx) bool; all of an exposure's."""
    fields = [field for member in row.members for field in member.rectangles]
    covered = np.full((plane.ny, plane.nx), not fields)
    points = plane.plane()
    for field in fields:
        corners = plane_corners(field)
        edges = np.roll(corners, -1, axis=0) - corners
        away = points[:, :, None, :] - corners
        side = edges[:, 0] * away[..., 1] - edges[:, 1] * away[..., 0]
        covered |= (side <= 1e-9).all(axis=-1) | (side >= -1e-9).all(axis=-1)
    return covered


# FITS -----------------------------------------------------------------------------------------------------------------
def _primary_cards(row: SampleRow, filename: str) -> list[Card]:
    visit, program = row.visit, row.program
    elements = row.filters.split(";")
    return [
        Card("FILENAME", filename, "name of the file"),
        Card("ORIGIN", "SAMPLE", "made by the portal"),
        Card("TELESCOP", visit.mission, "telescope"),
        Card("INSTRUME", row.instrument.partition("/")[0], "instrument"),
        Card("FILTER", elements[0], "optical element"),
        *([Card("PUPIL", elements[1], "second optical element")] if len(elements) > 1 else []),
        Card("TARGNAME", visit.target, "target"),
        Card("TARG_RA", row.pointing.ra_deg, "[deg] target, ICRS"),
        Card("TARG_DEC", row.pointing.dec_deg, "[deg] target, ICRS"),
        Card("PROGRAM", visit.program.zfill(5), "program number"),
        Card("PI_NAME", program.pi_name, "principal investigator"),
        Card("TITLE", program.title, "program title"),
        Card("EXPSTART", row.t_min, "[d] start, MJD UTC"),
        Card("EXPEND", row.t_max, "[d] end, MJD UTC"),
        Card("EFFEXPTM", row.exptime_s, "[s] effective exposure time"),
        *reference_cards(row),
        Card("HISTORY", SAMPLE),
    ]


def _units(row: SampleRow, facts: ProductFacts) -> bytes:
    group = facts.product_group
    if group == "S3D":
        return _cube(row)
    if group == "S2D":
        return _spectral_image(row)
    if units := spectral_units(row, facts):
        return units
    return _image_units(row)


def _image_units(row: SampleRow) -> bytes:
    content = b""
    for version, (plane, data) in enumerate(zip(planes_of(row), images_of(row), strict=True), 1):
        cards = [*plane.wcs_cards(), Card("BUNIT", "MJy/sr"), Card("S_REGION", row.s_region, "footprint")]
        seen = np.isfinite(data)
        content += image_hdu("SCI", data, cards, version)
        content += image_hdu(
            "ERR", np.where(seen, np.sqrt(np.abs(data)) * 0.05 + 0.05, np.nan).astype("f4"), version=version
        )
        if row.level == 3:
            content += image_hdu("WHT", seen.astype("f4"), version=version)
        else:
            content += image_hdu("DQ", np.zeros(data.shape, "i2"), version=version)
    return content


def _cube(row: SampleRow) -> bytes:
    plane = ImagePlane.of(row.pointing, row.rectangles[0], _CUBE_PIXELS)
    waves = wavelengths_nm(row, _CUBE_CHANNELS)
    data = (_seen(row, plane)[None] * relative_flux(row, waves)[:, None, None]).astype("f4")
    spatial = [Card("WCSAXES", 3), *plane.wcs_cards()[1:]]
    step_m = float(waves[1] - waves[0]) * 1e-9
    spectral = [
        Card("CTYPE3", "WAVE"),
        Card("CUNIT3", "m"),
        Card("CRVAL3", float(waves[0]) * 1e-9),
        Card("CRPIX3", 1.0),
        Card("CD3_3", step_m),
    ]
    cards = [*spatial, *spectral, Card("BUNIT", "MJy/sr"), Card("S_REGION", row.s_region, "footprint")]
    error = np.full(data.shape, 0.05, "f4")
    return image_hdu("SCI", data, cards) + image_hdu("ERR", error) + image_hdu("DQ", np.zeros(data.shape, "i2"))


def _spectral_image(row: SampleRow) -> bytes:
    waves = wavelengths_nm(row, SPECTRUM_CHANNELS)
    across = np.exp(-(((np.arange(15) - 7) / 2.0) ** 2))
    data = (across[:, None] * relative_flux(row, waves)[None, :]).astype("f4")
    cards = [Card("BUNIT", "MJy/sr"), Card("S_REGION", row.s_region, "footprint")]
    return image_hdu("SCI", data, cards) + image_hdu("ERR", np.full(data.shape, 0.05, "f4"))


# Other files ----------------------------------------------------------------------------------------------------------
def _preview(row: SampleRow, long_side: int) -> bytes:
    """A picture of the first image, its first line at the bottom, in an arcsinh stretch."""
    data = images_of(row)[0]
    low, high = np.nanpercentile(data, [5, 99.5])
    stretched = np.arcsinh(
        12 * np.clip((np.nan_to_num(data, nan=low) - low) / max(high - low, 1e-6), 0, 1)
    ) / np.arcsinh(12)
    picture = Image.fromarray((255 * stretched[::-1]).astype(np.uint8))
    scale = long_side / max(picture.size)
    picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def _catalogue(row: SampleRow, filename: str) -> bytes:
    """The brightest stars of the mosaic with their positions, ECSV."""
    plane = planes_of(row)[0]
    pixels, flux, _ = _star_pixels(row, plane)
    order = np.argsort(-flux)[:200]
    lines = [
        f"{number} {x:.2f} {y:.2f} {light:.4g}"
        for number, ((x, y), light) in enumerate(zip(pixels[order], flux[order], strict=True), 1)
    ]
    head = [
        "# %ECSV 1.0",
        "# ---",
        "# datatype:",
        "# - {name: label, datatype: int64}",
        "# - {name: xcentroid, unit: pix, datatype: float64}",
        "# - {name: ycentroid, unit: pix, datatype: float64}",
        "# - {name: segment_flux, unit: MJy / sr, datatype: float64}",
        f"# meta: {{comments: ['{SAMPLE}'], file: {filename}}}",
        "# schema: astropy-2.0",
        "label xcentroid ycentroid segment_flux",
    ]
    return ("\n".join([*head, *lines]) + "\n").encode()


def _association(row: SampleRow, filename: str) -> bytes:
    members = [{"expname": member.main_file, "exptype": "science"} for member in row.members]
    content = {
        "asn_type": filename.rsplit("_", 3)[1],
        "asn_id": row.obs_id.split("-")[1].split("_")[0],
        "program": row.visit.program.zfill(5),
        "target": row.visit.target,
        "comment": SAMPLE,
        "products": [{"name": row.obs_id, "members": members}],
    }
    return json.dumps(content, indent=1).encode()
