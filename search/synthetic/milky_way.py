"""The glow of the Milky Way: starlight summed along each line of sight through a smooth disc and bulge, behind dust.

Scale lengths after Bland-Hawthorn & Gerhard (2016, ARA&A 54, 529); the dust layer after Misiriotis et al. (2006, A&A
459, 113). Structure finer than the disc itself is left out on purpose: it would be invented.
"""

import numpy as np

from search.synthetic.tile import Floats, Singles, Tile, stretched

_SUN_KPC = 8.2
#: Steps along the line of sight, kpc from the Sun.
_STEPS_KPC = np.geomspace(0.03, 22.0, 56)
#: From ICRS to galactic coordinates (Hipparcos vol. 1, section 1.5.3).
_TO_GALACTIC = np.array(
    [
        [-0.0548755604, -0.8734370902, -0.4838350155],
        [0.4941094279, -0.4448296300, 0.7469822445],
        [-0.8676661490, -0.1980763734, 0.4559837762],
    ]
)
#: The night between the stars, the glow at half its height and at its brightest.
_NIGHT, _MIDDLE, _BRIGHTEST = (np.array(colour) / 255 for colour in ((8, 12, 24), (40, 44, 60), (112, 100, 86)))
_HALF = 0.35


def paint_glow(image: Singles, tile: Tile) -> None:
    """Add night and glow to an image of a tile, shape (512, 512, 3)."""
    count = {0: 129, 1: 97, 2: 65, 3: 33}.get(tile.order, 17)
    image += stretched(_colour(brightness(tile.nodes(count)))).astype(np.float32)


def brightness(vectors: Floats) -> Floats:
    """Of unit vectors, ICRS, shape (…, 3): 0 at the galactic poles, 1 towards the brightest part of the bulge."""
    x, y, z = np.moveaxis(vectors @ _TO_GALACTIC.T, -1, 0)[..., None] * _STEPS_KPC
    radius = np.hypot(_SUN_KPC - x, y)
    height = np.abs(z)
    disc = np.exp((_SUN_KPC - radius) / 2.6 - height / 0.3)
    bulge = 26.0 * np.exp(-np.sqrt(radius**2 + (height / 0.55) ** 2) / 0.75)
    dust = 0.42 * np.exp((_SUN_KPC - radius) / 4.2 - height / 0.13)
    lengths = np.gradient(_STEPS_KPC)
    depth = np.cumsum(dust * lengths, axis=-1)
    light = np.sum((disc + bulge) * np.exp(-depth) * lengths, axis=-1)
    return np.asarray(1.0 - np.exp(-np.maximum(light - 0.32, 0.0) / 3.4))


def _colour(bright: Floats) -> Floats:
    """From navy to sand, shape (…, 3)."""
    bright = bright[..., None]
    lower = _NIGHT + (_MIDDLE - _NIGHT) * np.minimum(bright / _HALF, 1.0)
    return np.asarray(lower + (_BRIGHTEST - _MIDDLE) * np.clip((bright - _HALF) / (1 - _HALF), 0.0, 1.0))
