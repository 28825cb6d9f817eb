"""Reading regions: POLYGON and CIRCLE in the STC-S words that archives use; BOX too where people write the region."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: 10,000 vertices: six times the largest real footprint (202 NIRSpec shutters' quadrilaterals have 808).
MAX_NUMBERS = 20_000

#: A tenth of a milliarcsecond: thinner boxes are lines.
SMALLEST_SIDE_DEG = 3e-8

#: Frames whose axes are those of ICRS to better than the footprints are known.
ICRS_FRAMES = frozenset({"ICRS", "J2000", "FK5", "GSC1", "GSC2", "UNKNOWNFRAME"})
OTHER_FRAMES = frozenset({"FK4", "B1950", "GALACTIC", "GALACTIC_II", "SUPER_GALACTIC", "ECLIPTIC", "GEO_C", "GEO_D"})
#: STC-S words after the frame that do not change a footprint on the sky.
SILENT_WORDS = frozenset(
    {"BARYCENTER", "GEOCENTER", "HELIOCENTER", "TOPOCENTER", "UNKNOWNREFPOS", "SPHERICAL2", "UNION"}
)
OTHER_SHAPES = frozenset(
    {"BOX", "ELLIPSE", "POSITION", "RANGE", "ALLSKY", "INTERSECTION", "NOT", "DIFFERENCE", "CONVEX"}
)

_SEPARATORS = re.compile(r"[\s,()]+")


class RegionError(ValueError):
    """A region or position that cannot be read; the text says what is wrong with it."""


@dataclass(frozen=True)
class Polygon:
    """The smaller of the two regions that great-circle edges enclose, whichever way round the vertices are listed.

    Archives list vertices in either direction, so the direction carries no meaning here.
    """

    vertices: tuple[tuple[float, float], ...]  # (ra, dec), deg, ICRS; the last is not the first again


@dataclass(frozen=True)
class Circle:
    """All points within a radius, which may pass 90 degrees."""

    ra_deg: float
    dec_deg: float
    radius_deg: float


@dataclass(frozen=True)
class Region:
    """The union of its parts."""

    parts: tuple[Polygon | Circle, ...]


#: What turns the numbers of each kind of shape into the shape.
Readers = Mapping[str, Callable[[list[float]], Polygon | Circle]]


def parse_s_region(text: str) -> Region:
    """Read one ``s_region``.

    Parameters
    ----------
    text : one or more ``POLYGON [frame] ra dec ra dec …`` or ``CIRCLE [frame] ra dec radius``, in any letter case,
        bare or inside ``UNION ( … )``. Degrees; RA of any turn; frames that mean ICRS.

    Raises
    ------
    RegionError : the text says which shape is wrong and how.

    Source: STC-S (IVOA Note 1.33), as used for s_region in ObsCore 1.1.
    """
    return _region(text, _ARCHIVES)


def parse_region(text: str) -> Region:
    """Read a region that somebody searches: as `parse_s_region`, and ``BOX [frame] ra dec width height``.

    The sides of a box are great circles that meet the arms of a cross in its ends at right angles; the arms lead from
    the centre half the width east and west, half the height north and south. Each is below 180 degrees.

    Source: STC-S (IVOA Note 1.33) and ADQL 2.0, section 2.4.11.
    """
    return _region(text, _PEOPLES)


def _region(text: str, readers: Readers) -> Region:
    words = [word for word in _SEPARATORS.split(text) if word]
    if not words:
        raise RegionError("the region is empty")
    shapes = _shapes(words, readers)
    if not shapes:
        raise RegionError(f"the region names no shape: it needs {_listed(readers)}")
    return Region(tuple(readers[name](numbers) for name, numbers in shapes))


def _listed(readers: Readers) -> str:
    *most, last = readers
    return f"{', '.join(most)} or {last}"


def _shapes(words: list[str], readers: Readers) -> list[tuple[str, list[float]]]:
    """Each shape's name with its numbers."""
    shapes: list[tuple[str, list[float]]] = []
    room = MAX_NUMBERS
    for word in words:
        keyword = word.upper()
        if keyword in readers:
            shapes.append((keyword, []))
        elif keyword in ICRS_FRAMES or keyword in SILENT_WORDS:
            _refuse_inside_numbers(word, shapes)
        elif shapes:
            shapes[-1][1].append(_number(word, shapes[-1][0], readers))
            room -= 1
        else:
            raise RegionError(_unknown(word, readers))
        if room < 0:
            raise RegionError(f"the region has more than {MAX_NUMBERS} numbers")
    return shapes


def _refuse_inside_numbers(word: str, shapes: list[tuple[str, list[float]]]) -> None:
    if word.upper() != "UNION" and shapes and shapes[-1][1]:
        raise RegionError(
            f"{word} stands after the numbers of {shapes[-1][0]}: a frame stands right after the shape's name"
        )


def _number(word: str, shape: str, readers: Readers) -> float:
    try:
        number = float(word)
    except ValueError:
        raise RegionError(_unknown(word, readers)) from None
    if not math.isfinite(number):
        raise RegionError(f"{shape} contains {word}, which is not a finite number")
    return number


def _unknown(word: str, readers: Readers) -> str:
    shown = word if len(word) <= 30 else word[:30] + "…"
    if word.upper() in OTHER_FRAMES:
        return f"the frame {shown} is not read: convert the region to ICRS degrees"
    if word.upper() in OTHER_SHAPES:
        return f"the shape {shown} is not read: write the region as {_listed(readers)}"
    return f"“{shown}” is neither a shape ({', '.join(readers)}), a frame (ICRS) nor a number"


def _polygon(numbers: list[float]) -> Polygon:
    if len(numbers) % 2:
        raise RegionError(f"POLYGON has {len(numbers)} numbers: an RA or Dec is missing")
    listed = [_position(ra, dec, "POLYGON") for ra, dec in zip(numbers[::2], numbers[1::2], strict=True)]
    vertices = _without_repeats(listed)
    if len(vertices) < 3:
        different = "different " if len(vertices) < len(listed) else ""
        noun = "vertex" if len(vertices) == 1 else "vertices"
        raise RegionError(f"POLYGON has {len(vertices)} {different}{noun}; it needs at least 3")
    for one, other in zip(vertices, vertices[1:] + vertices[:1], strict=True):
        if _are_opposite(one, other):
            raise RegionError(
                f"POLYGON has neighbouring vertices 180 degrees apart, at {one[0]:g} {one[1]:g}: "
                "add a vertex between them"
            )
    return Polygon(tuple(vertices))


def _without_repeats(listed: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The ring without vertices that the next one repeats; the last, which often closes the ring, repeats the first."""
    following = listed[1:] + listed[:1]
    return [one for one, after in zip(listed, following, strict=True) if not _coincide(one, after)] or listed[:1]


def _circle(numbers: list[float]) -> Circle:
    if len(numbers) != 3:
        raise RegionError(f"CIRCLE has {len(numbers)} numbers; it needs 3: RA, Dec and radius")
    ra_deg, dec_deg = _position(numbers[0], numbers[1], "CIRCLE")
    if not 0 <= numbers[2] <= 180:
        raise RegionError(f"CIRCLE has the radius {numbers[2]:g}; it must lie within 0 and 180 degrees")
    return Circle(ra_deg, dec_deg, numbers[2])


def _box(numbers: list[float]) -> Polygon:
    if len(numbers) != 4:
        raise RegionError(f"BOX has {len(numbers)} numbers; it needs 4: RA, Dec, width and height")
    ra_deg, dec_deg = _position(numbers[0], numbers[1], "BOX")
    for name, size in (("width", numbers[2]), ("height", numbers[3])):
        if not SMALLEST_SIDE_DEG <= size < 180:
            raise RegionError(f"BOX has the {name} {size:g}; it must lie within {SMALLEST_SIDE_DEG:g} and 180 degrees")
    ra, dec = math.radians(ra_deg), math.radians(dec_deg)
    east, north = math.tan(math.radians(numbers[2] / 2)), math.tan(math.radians(numbers[3] / 2))
    return Polygon(tuple(_beside(ra, dec, x * east, y * north) for x, y in ((1, -1), (-1, -1), (-1, 1), (1, 1))))


def _beside(ra: float, dec: float, east: float, north: float) -> tuple[float, float]:
    """The position at a place of the tangent plane in a point, all in radians; the answer in degrees."""
    away = math.cos(dec) - north * math.sin(dec)
    up = math.sin(dec) + north * math.cos(dec)
    turned = ra + math.atan2(east, away)
    return math.degrees(turned) % 360.0, math.degrees(math.atan2(up, math.hypot(away, east)))


def _position(ra_deg: float, dec_deg: float, shape: str) -> tuple[float, float]:
    if not -90 <= dec_deg <= 90:
        raise RegionError(f"{shape} has the Dec {dec_deg:g}; it must lie within -90 and 90 degrees")
    return ra_deg % 360.0, dec_deg


_ARCHIVES: Readers = {"POLYGON": _polygon, "CIRCLE": _circle}
_PEOPLES: Readers = {**_ARCHIVES, "BOX": _box}


def _coincide(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two positions are nearer than 1e-10 degrees."""
    if abs(one[1] - other[1]) >= 1e-10:
        return False
    return abs((one[0] - other[0] + 180.0) % 360.0 - 180.0) * math.cos(math.radians(one[1])) < 1e-10


def _are_opposite(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return _coincide(one, ((other[0] + 180.0) % 360.0, -other[1]))
