"""Regions of the sky as people write them in a criterion, a filter or the search box, and the rows that meet them.

    region := shape { shape }           any of the shapes
    shape  := "CIRCLE" [ "ICRS" ] ra dec radius
            | "POLYGON" [ "ICRS" ] ra dec ra dec ra dec …
            | "BOX" [ "ICRS" ] ra dec width height
    region := "MOC" id                  an uploaded coverage map (`search.mocs`)

Degrees, ICRS; `archive.sky.regions` reads the shapes.
"""

import re
import uuid
from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db.models import Q

from archive import sky
from search import formats
from search.mocs.condition import meets_moc
from search.models import SkyMoc
from search.operators import ConstraintError

#: 160 vertices and more; an address of this length passes every server on the way.
MAX_LENGTH = 4_000
MAX_SHAPES = 40
REMEDY = (
    "Write CIRCLE ra dec radius, POLYGON ra dec ra dec ra dec …, or BOX ra dec width height, all in degrees ICRS, "
    "for instance CIRCLE 283.4 33.03 0.1."
)
_MOC = re.compile(r"\s*MOC\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*", re.IGNORECASE | re.ASCII)
_BEGINS = re.compile(r"\s*(?:UNION|CIRCLE|POLYGON|BOX)\b[\s(,]*(?:[A-Z_0-9]+[\s(,]+)?[-+.0-9(]", re.IGNORECASE)


class RegionRefusedError(ConstraintError):
    title = "The region cannot be used"


def is_region(text: str) -> bool:
    """Whether the text of a search box begins as a region does, and not as the name of a target."""
    return bool(_BEGINS.match(text) or is_moc(text))


def is_moc(text: str) -> bool:
    """Whether the text names an uploaded MOC."""
    return bool(_MOC.fullmatch(text))


def moc_text(own: SkyMoc) -> str:
    """An uploaded MOC as a region."""
    return f"MOC {own.pk}"


def moc_of(text: str) -> SkyMoc:
    """The MOC that a text names by a number that nobody can guess: whoever was given it may search by it.

    Raises
    ------
    RegionRefusedError : it is not kept any more.
    """
    named = _MOC.fullmatch(text)
    own = SkyMoc.objects.filter(pk=uuid.UUID(named[1])).first() if named else None
    if own is None:
        raise RegionRefusedError("The MOC of this search is not kept any more.", "Upload it again.")
    return own


def parse(text: str) -> sky.Region:
    """The shapes that a text says.

    Raises
    ------
    RegionRefusedError : what is wrong with it, and how regions are written.
    """
    if text.upper().split()[:1] == ["MOC"]:
        raise RegionRefusedError("A MOC is searched by with the number that its upload gave it.", "Upload it again.")
    try:
        region = sky.parse_region(text)
    except sky.RegionError as error:
        sentence = str(error)
        raise RegionRefusedError(f"{sentence[0].upper()}{sentence[1:]}.", REMEDY) from None
    if len(region.parts) > MAX_SHAPES:
        raise RegionRefusedError(
            f"The region has {len(region.parts)} shapes; a search takes up to {MAX_SHAPES}.",
            "Search it in several steps.",
        )
    return region


def meeting(texts: Sequence[str]) -> Q:
    """The rows whose footprint meets any of the regions.

    Raises
    ------
    RegionRefusedError : as `parse`.
    """
    return reduce(or_, (meets_moc(moc_of(text)) if is_moc(text) else sky.meets_region(parse(text)) for text in texts))


def in_words(text: str) -> str:
    """A region as a title or a chip says it: ``circle 6′ around 18 53 35.1 +33 01 45``, ``polygon of 5 corners``."""
    try:
        if is_moc(text):
            return f"MOC {moc_of(text).name}"
        region = parse(text)
    except RegionRefusedError:
        return text
    first = region.parts[0]
    more = len(region.parts) - 1
    return f"{_shape_in_words(first, text)}{f' and {more} more' if more else ''}"


def _shape_in_words(shape: sky.Circle | sky.Polygon, text: str) -> str:
    if isinstance(shape, sky.Circle):
        place = f"{formats.sexagesimal_ra(shape.ra_deg)} {formats.sexagesimal_dec(shape.dec_deg)}"
        return f"circle {formats.angle(shape.radius_deg)} around {place}"
    if text.upper().startswith("BOX"):
        words = [word for word in re.split(r"[\s,()]+", text) if word]
        width, height = (float(word) for word in words[-2:]) if len(words) <= 6 else (0.0, 0.0)
        return f"box of {formats.angle(width)} × {formats.angle(height)}" if width else "box"
    return f"polygon of {len(shape.vertices)} corners"
