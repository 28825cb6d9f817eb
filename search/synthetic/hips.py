"""The synthetic sky as a HiPS on disk: which files it consists of, making those that are missing, how far that is.

``PORTAL_HOME/hips/synthetic`` holds the orders up to `KEPT_ORDER` and, once they are all there, ``properties``. Deeper
tiles are drawn when somebody looks there, and not kept.
"""

import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from search.synthetic.place import folder, is_complete
from search.synthetic.render import draw, webp
from search.synthetic.tile import WIDTH_PX, tile_count

KEPT_ORDER = 3
#: The deepest order that is drawn: 1.6 arc-seconds a pixel.
DEEPEST_ORDER = 8

TITLE = "Synthetic sky, drawn from catalogues"
CREDIT = (
    "Stars: Hipparcos (ESA, van Leeuwen 2007, CDS I/311), at their places of 2020. "
    "Galaxies, clusters and nebulae: OpenNGC (Mattia Verga, CC BY-SA 4.0). Milky Way: a smooth model."
)
_MOSAIC_PX = 64


def tile_path(order: int, number: int) -> str:
    """Where HiPS keeps a tile, below the survey's folder."""
    return f"Norder{order}/Dir{number // 10000 * 10000}/Npix{number}.webp"


def total_tiles() -> int:
    return sum(tile_count(order) for order in range(KEPT_ORDER + 1))


def progress() -> tuple[int, int]:
    """Tiles that are drawn, and all that will be kept."""
    total = total_tiles()
    if is_complete():
        return total, total
    try:
        done = int(json.loads((folder() / "progress.json").read_text())["done"])
    except (OSError, ValueError, KeyError):
        return 0, total
    return min(done, total), total


def is_under_way() -> bool:
    """Whether drawing has begun and not ended."""
    return not is_complete() and (folder() / "progress.json").exists()


def make(tell: Callable[[int], None]) -> int:
    """Draw every tile that is missing; how many that were.

    Whatever was drawn by an earlier run that was cut short stays. ``tell`` hears how many tiles there are after each.
    """
    place = folder()
    made = 0
    for done, (order, number) in enumerate(_tiles(), 1):
        path = place / tile_path(order, number)
        if not path.exists():
            write(path, webp(draw(order, number)))
            made += 1
            write(place / "progress.json", json.dumps({"done": done, "total": total_tiles()}).encode())
        tell(done)
    for order in range(KEPT_ORDER + 1):
        write(place / f"Norder{order}" / "Allsky.webp", _mosaic(order))
    write(place / "properties", properties().encode())
    (place / "progress.json").unlink(missing_ok=True)
    return made


def _tiles() -> Iterator[tuple[int, int]]:
    for order in range(KEPT_ORDER + 1):
        for number in range(tile_count(order)):
            yield order, number


def write(path: Path, content: bytes) -> None:
    """All of the file or none of it, whoever looks meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


def _mosaic(order: int) -> bytes:
    """All tiles of an order in one picture, at order 3 27 small ones a row. Source: IVOA HiPS 1.0, section 4.3.2."""
    count = tile_count(order)
    columns = math.isqrt(count)
    rows = -(-count // columns)
    mosaic = Image.new("RGB", (columns * _MOSAIC_PX, rows * _MOSAIC_PX))
    for number in range(count):
        with Image.open(folder() / tile_path(order, number)) as tile:
            small = tile.reduce(WIDTH_PX // _MOSAIC_PX)
        mosaic.paste(small, (number % columns * _MOSAIC_PX, number // columns * _MOSAIC_PX))
    return webp(np.asarray(mosaic))


def properties() -> str:
    """What the survey says of itself. Source: IVOA HiPS 1.0, section 4.4.1."""
    lines = {
        "creator_did": "ivo://archive-portal/P/synthetic",
        "obs_title": TITLE,
        "obs_description": f"{TITLE}; not an image. {CREDIT}",
        "obs_ack": CREDIT,
        "obs_copyright": CREDIT,
        "hips_version": "1.4",
        "hips_order": DEEPEST_ORDER,
        "hips_order_min": 0,
        "hips_tile_width": WIDTH_PX,
        "hips_tile_format": "webp",
        "hips_frame": "equatorial",
        "hips_status": "private master unclonable",
        "hips_initial_ra": 266.4,
        "hips_initial_dec": -28.9,
        "hips_initial_fov": 60,
        "dataproduct_type": "image",
        "dataproduct_subtype": "color",
        "client_category": "Image/Optical",
        "em_min": 4e-07,
        "em_max": 7e-07,
    }
    return "".join(f"{name:<24} = {text}\n" for name, text in lines.items())
