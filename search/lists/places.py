"""Where a row of a list lies: by its coordinates, else by its footprint, else by its name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive import sky
from archive.sky.vectors import positions
from search.lists.limits import MAX_NAME_CHARACTERS
from search.lists.roles import Roles
from search.lists.table import Cell, Field, Format
from search.messages import SearchError
from search.target import Name, Position, parse_target

#: Degrees of one unit, for coordinates given as numbers.
_DEGREES = {"": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0, "rad": math.degrees(1.0), "h": 15.0, "hourangle": 15.0}
_DEGREES |= {"arcmin": 1 / 60, "arcsec": 1 / 3600, "mas": 1 / 3.6e6}


@dataclass(frozen=True)
class Place:
    """What is known of a row's place.

    A position (deg, ICRS), or ``asked``, the name to resolve, or a ``problem`` that makes the line a bad one, or none
    of them. ``source`` says where the position comes from, ``note`` what else a person should know.
    """

    name: str = ""
    ra_deg: float | None = None
    dec_deg: float | None = None
    source: str = ""
    asked: str = ""
    problem: str = ""
    note: str = ""


def places(rows: Sequence[Sequence[Cell]], fields: Sequence[Field], roles: Roles, form: Format) -> list[Place]:
    """The place of each row, as far as it needs no resolver.

    Parameters
    ----------
    rows : the cells of each row, in the order of ``fields``.
    """
    found = [_plain(str(row[0])) if form is Format.NAMES else _from_columns(row, fields, roles) for row in rows]
    if roles.region is None or form is Format.NAMES:
        return found
    regions = [_text(row[roles.region]) for row in rows]
    covers = sky.sky_covers([(None, None, region) for region in regions])
    return [_with_region(place, cover) for place, cover in zip(found, covers, strict=True)]


def _plain(text: str) -> Place:
    """A line of a plain list: a name or a position."""
    try:
        target = parse_target(text, max_radius_deg=180.0)
    except SearchError as error:
        return Place(_label(text), problem=_sentence(error))
    if target.radius_deg is not None:
        return Place(_label(text), problem="The line gives a radius: leave it out, Cross-Match asks for one.")
    if isinstance(target, Name):
        return Place(_label(target.text), asked=target.text)
    return Place(_label(text), target.ra_deg, target.dec_deg, "coordinates")


def _from_columns(row: Sequence[Cell], fields: Sequence[Field], roles: Roles) -> Place:
    name = _label(_text(row[roles.name])) if roles.name is not None else ""
    unplaced = Place(name, asked=name)
    if roles.ra is None or roles.dec is None:
        return unplaced
    ra, dec = row[roles.ra], row[roles.dec]
    if _is_blank(ra) and _is_blank(dec):
        return unplaced
    if _is_blank(ra) or _is_blank(dec):
        missing, given = ("right ascension", "declination") if _is_blank(ra) else ("declination", "right ascension")
        return Place(name, problem=f"The {given} has no {missing}: give both, or neither and a name.")
    try:
        ra_deg, dec_deg = _position(ra, fields[roles.ra], dec, fields[roles.dec])
    except SearchError as error:
        return Place(name, problem=_sentence(error))
    return Place(name, ra_deg, dec_deg, "coordinates")


def _position(ra: Cell, ra_field: Field, dec: Cell, dec_field: Field) -> tuple[float, float]:
    """Degrees, ICRS, of two cells, each a number or sexagesimal."""
    ra_text, dec_text = _angle(ra, ra_field), _angle(dec, dec_field)
    target = parse_target(f"{ra_text}, {dec_text}", max_radius_deg=180.0)
    if not isinstance(target, Position) or target.radius_deg is not None:
        raise SearchError(
            f"“{ra_text[:60]}” and “{dec_text[:60]}” are no right ascension and declination.",
            "Write decimal degrees, or sexagesimal hours and degrees.",
        )
    return target.ra_deg, target.dec_deg


def _angle(cell: Cell, field: Field) -> str:
    """The cell as a search box takes it; numbers in the column's unit become degrees."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    degrees = float(cell) * _DEGREES.get(field.unit.strip().lower(), 1.0)
    return f"{degrees:.12f}".rstrip("0").rstrip(".")


def _with_region(place: Place, cover: sky.SkyCover | sky.RegionError | None) -> Place:
    """The footprint's centre stands in where a row has no coordinates."""
    if cover is None or place.problem:
        return place
    has_position = place.ra_deg is not None
    if isinstance(cover, sky.RegionError):
        note = f"The footprint cannot be read: {cover}."
        if has_position or place.asked:
            return Place(place.name, place.ra_deg, place.dec_deg, place.source, place.asked, note=note)
        return Place(place.name, problem=note)
    if has_position:
        return place
    ra_deg, dec_deg = positions(np.array([cover.cover_x, cover.cover_y, cover.cover_z]))
    return Place(place.name, float(ra_deg), float(dec_deg), "footprint")


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _label(text: str) -> str:
    return " ".join(text.split())[:MAX_NAME_CHARACTERS]


def _sentence(error: SearchError) -> str:
    return f"{error.text} {error.remedy}".strip()
