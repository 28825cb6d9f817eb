"""A tile of the synthetic sky, from nothing to a picture."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from search.synthetic.deep_sky import paint_objects
from search.synthetic.milky_way import paint_glow
from search.synthetic.stars import paint_stars, read_stars
from search.synthetic.tile import WIDTH_PX, Tile

#: Below this, dark specks show around stars.
_QUALITY = 86


def draw(order: int, number: int) -> NDArray[np.uint8]:
    """The pixels of a tile, shape (512, 512, 3); the same tile is the same picture, whenever it is drawn."""
    tile = Tile(order, number)
    image = np.zeros((WIDTH_PX, WIDTH_PX, 3), dtype=np.float32)
    paint_glow(image, tile)
    paint_objects(image, tile)
    paint_stars(image, tile, read_stars())
    # without the dither the glow shows bands
    dither = np.random.default_rng([order, number]).random((WIDTH_PX, WIDTH_PX, 1), dtype=np.float32)
    return np.asarray(np.clip(image * 255 + dither, 0, 255), dtype=np.uint8)


def webp(pixels: NDArray[np.uint8]) -> bytes:
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "WEBP", quality=_QUALITY, method=3, use_sharp_yuv=True)
    return held.getvalue()
