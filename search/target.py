"""What stands in the search box of a position search: a name or coordinates, and perhaps a radius.

    query   := target [ blank "r=" number [unit] ]
    unit    := "d" | "m" | "s"          degrees when none is given, arc-minutes, arc-seconds
    target  := name | equatorial | galactic

Everything is ICRS. Besides, what other sites' links use is understood: a comma between the coordinates, ``r0.0167``,
``radius=0.5``, and the signs ° ′ ″.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote

from astropy import units as u
from astropy.coordinates import SkyCoord

from search import formats
from search.messages import SearchError
from search.text import cleaned

LONGEST = 200


class TargetError(SearchError):
    """A target or radius that cannot be searched."""

    def __init__(self, code: str, title: str, text: str, remedy: str, query: str = "") -> None:
        super().__init__(text, remedy, query)
        self.code = code
        self.title = title


@dataclass(frozen=True)
class Name:
    text: str
    radius_deg: float | None = None


@dataclass(frozen=True)
class Position:
    """A place on the sky, degrees, ICRS: 0 ≤ ``ra_deg`` < 360, −90 ≤ ``dec_deg`` ≤ 90."""

    ra_deg: float
    dec_deg: float
    radius_deg: float | None = None


def parse_target(text: str, *, max_radius_deg: float) -> Name | Position:
    """The name or position that ``text`` says.

    Parameters
    ----------
    text : as typed or pasted, for instance ``m57 r=1m``, ``14 03 12.6 54 20 56.7`` or ``g102.0373+59.7711 r=0.5``.
    max_radius_deg : the largest radius of the collection, deg.

    Raises
    ------
    SearchError : nothing to search, a radius that is no angle from 0 to ``max_radius_deg``, a declination beyond a
        pole, minutes of 60 and more, wildcards, more than `LONGEST` characters.
    """
    target, radius_text = _split(cleaned(text, LONGEST))
    radius_deg = None if radius_text is None else parse_radius(radius_text, max_radius_deg)
    if not target:
        raise TargetError("target", "Nothing to search for", "There is no target.", "Type a name or a position.")
    coordinates = _galactic(target) or _decimal(target) or _sexagesimal(target)
    if coordinates:
        return _position(*coordinates, radius_deg)
    _refuse_wildcards(target)
    if _ONLY_COORDINATE_SIGNS.fullmatch(target) and re.search(r"[\s:,]", target):
        raise TargetError(
            "coordinates",
            "The coordinates cannot be read",
            f"“{target}” is neither two decimal numbers nor two sexagesimal ones.",
            "Write 180.468 -18.866, 14 03 12.6 54 20 56.7 or 14:03.210 54:20.945.",
        )
    return Name(target, radius_deg)


def without_radius(text: str) -> str:
    """The target alone, as a new search with another radius repeats it."""
    return _split(cleaned(text, LONGEST))[0]


# The radius ----------------------------------------------------------------------------------------------------------

_RADIUS_WORD = re.compile(r"(?:^|(?<=[\s,]))(?:r|radius)\s*=\s*", re.IGNORECASE)
#: Without the equals sign a number must look like a radius: R136 is a star cluster.
_BARE_RADIUS = re.compile(r"(?<=[\s,])r(?=[0-9]*\.[0-9]+\s*[a-z°′″'\"]*$|[0-9]+\s*(?:[dms°′″'\"]|deg|arcmin|arcsec)$)")
_RADIUS = re.compile(
    r"([-+]?[0-9]+\.?[0-9]*(?:e[-+]?[0-9]{1,3})?|[-+]?\.[0-9]+(?:e[-+]?[0-9]{1,3})?)\s*(\D*)", re.IGNORECASE
)
_UNITS_PER_DEGREE = {
    **dict.fromkeys(("", "d", "deg", "degree", "degrees", "°"), 1),
    **dict.fromkeys(("m", "min", "arcmin", "′", "'"), 60),
    **dict.fromkeys(("s", "sec", "arcsec", "″", "′′", '"', "''"), 3600),
}


def _split(text: str) -> tuple[str, str | None]:
    """The target and the text of its radius, None when there is none."""
    parts = _RADIUS_WORD.split(text, maxsplit=1)
    if len(parts) == 1:
        parts = _BARE_RADIUS.split(text, maxsplit=1)
    if len(parts) == 1:
        return text, None
    return parts[0].strip(" ,"), parts[1].strip()


def parse_radius(text: str, max_radius_deg: float) -> float:
    """Degrees of ``0.5``, ``1m``, ``30″``; `TargetError` for anything that is no angle from 0 to the maximum."""
    found = _RADIUS.fullmatch(text)
    if not found or found[2].strip().lower() not in _UNITS_PER_DEGREE:
        raise TargetError(
            "radius",
            "The radius cannot be read",
            f"“{text}” is not an angle.",
            "Write the radius last, with d, m or s for degrees, arc-minutes or arc-seconds: r=0.2, r=12m, r=30s.",
        )
    radius_deg = float(found[1]) / _UNITS_PER_DEGREE[found[2].strip().lower()]
    if radius_deg < 0:
        raise TargetError(
            "radius", "The radius is negative", f"“{text}” is below zero.", "Give a radius of zero or more."
        )
    if radius_deg > max_radius_deg:
        limit = formats.angle(max_radius_deg)
        raise TargetError(
            "radius-large",
            "The radius is too large",
            f"“{text}” is more than {limit}.",
            f"Give a radius of at most {limit}.",
        )
    return radius_deg


# Coordinates ---------------------------------------------------------------------------------------------------------

Coordinates = tuple[float, float]
_ONLY_COORDINATE_SIGNS = re.compile(r"[-+0-9.:,°′″'\"\s]*[0-9][-+0-9.:,°′″'\"\s]*")
_NUMBER = r"[0-9]+\.?[0-9]*|\.[0-9]+"
#: No blanks, and a decimal point somewhere: G 29-38 is a star.
_GALACTIC = re.compile(rf"g\s?(?=\S*\.)({_NUMBER}),?([-+](?:{_NUMBER}))", re.IGNORECASE)
_DEGREE = r"\s*(?:°|deg|d)?"
_DECIMAL = re.compile(rf"([-+]?(?:{_NUMBER})){_DEGREE}(?:\s*,\s*|\s+)([-+]?(?:{_NUMBER})){_DEGREE}", re.IGNORECASE)
"""Two decimal numbers; whole numbers joined by a sign alone are names such as 0957+561."""


def _galactic(text: str) -> Coordinates | None:
    found = _GALACTIC.fullmatch(text)
    if not found:
        return None
    l_deg, b_deg = float(found[1]), float(found[2])
    if abs(b_deg) > 90:
        raise _beyond_pole("Galactic latitude", b_deg)
    centre = SkyCoord(l=l_deg % 360 * u.deg, b=b_deg * u.deg, frame="galactic").icrs
    return float(centre.ra.deg), float(centre.dec.deg)


def _decimal(text: str) -> Coordinates | None:
    found = _DECIMAL.fullmatch(text)
    return (float(found[1]), float(found[2])) if found else None


def _position(ra_deg: float, dec_deg: float, radius_deg: float | None) -> Position:
    if abs(dec_deg) > 90:
        raise _beyond_pole("Declination", dec_deg)
    # a right ascension just below zero is 360 after rounding
    return Position(ra_deg % 360 % 360, dec_deg, radius_deg)


def _beyond_pole(name: str, angle_deg: float) -> TargetError:
    return TargetError(
        "coordinates",
        "The coordinates are out of range",
        f"{name} {angle_deg:+.6g}° is outside −90° to +90°.",
        "Right ascension comes first, in hours when sexagesimal, else in degrees; then declination.",
    )


# Sexagesimal coordinates ---------------------------------------------------------------------------------------------

#: One coordinate of two or three numbers: the first in hours or degrees, then minutes, then seconds.
_ANGLE = re.compile(
    r"""([-+]?)\s*
    ([0-9]{1,3}) (?:\s*(?P<unit>[hd°])\s*|\s*:\s*|\s+)
    (?: ([0-9]{1,2}) (?:\s*[m′']\s*|\s*:\s*|\s+) ([0-9]{1,2}(?:\.[0-9]*)?)\s*(?:s|″|′′|"|'')?
      | ([0-9]{1,2}(?:\.[0-9]*)?)\s*[m′']? )""",
    re.IGNORECASE | re.VERBOSE,
)
_BARE = re.compile(rf"[-+]?(?:{_NUMBER})")
_SINGLE = re.compile(rf"([-+]?(?:{_NUMBER}))\s*(?P<unit>h|d|°|deg)?", re.IGNORECASE)


def _sexagesimal(text: str) -> Coordinates | None:
    """RA and Dec when some split of ``text`` gives two angles, at least one of them sexagesimal."""
    for ra_text, dec_text in _splits(text):
        if _BARE.fullmatch(ra_text) and _BARE.fullmatch(dec_text):
            continue
        ra_deg, dec_deg = _ra_deg(ra_text), _dec_deg(dec_text)
        if ra_deg is not None and dec_deg is not None:
            return ra_deg, dec_deg
    return None


def _splits(text: str) -> list[tuple[str, str]]:
    """Where RA may end: at the comma, else before the sign, else at the blank that leaves two angles of one shape."""
    if text.count(",") == 1:
        return [_pair(text, text.index(","), text.index(",") + 1)]
    signs = [found.start() for found in re.finditer(r"[-+]", text) if found.start()]
    if len(signs) == 1:
        return [_pair(text, signs[0], signs[0])]
    blanks = [found.start() for found in re.finditer(r"\s", text)]
    if signs or not blanks:
        return []
    pairs = [_pair(text, blank, blank) for blank in blanks]
    return [pair for pair in pairs if _count(pair[0]) == _count(pair[1])]


def _pair(text: str, stop: int, start: int) -> tuple[str, str]:
    return text[:stop].strip(), text[start:].strip()


def _count(text: str) -> int:
    return len(re.findall(_NUMBER, text))


def _ra_deg(text: str) -> float | None:
    """Degrees of a right ascension: hours when sexagesimal or marked so, degrees when marked so or one number."""
    if found := _SINGLE.fullmatch(text):
        return float(found[1]) * (15 if found["unit"] in {"h", "H"} else 1)
    if not (found := _ANGLE.fullmatch(text)):
        return None
    in_degrees = (found["unit"] or "h").lower() in {"d", "°"}
    return _value_of(found, "right ascension") * (1 if in_degrees else 15)


def _dec_deg(text: str) -> float | None:
    found = _SINGLE.fullmatch(text)
    if found and found["unit"] not in {"h", "H"}:
        return float(found[1])
    found = _ANGLE.fullmatch(text)
    if not found or found["unit"] in {"h", "H"}:
        return None
    return _value_of(found, "declination")


def _value_of(found: re.Match[str], name: str) -> float:
    """Whole units and their sixtieths; the sign is that of the whole."""
    sign, whole, minutes, seconds = found[1], float(found[2]), float(found[4] or found[6]), float(found[5] or 0)
    if minutes >= 60 or seconds >= 60:
        raise TargetError(
            "coordinates",
            "The coordinates are out of range",
            f"The {name} “{found[0].strip()}” has 60 or more minutes or seconds.",
            "Minutes and seconds go from 0 to 59.999.",
        )
    return (whole + minutes / 60 + seconds / 3600) * (-1 if sign == "-" else 1)


# Names ---------------------------------------------------------------------------------------------------------------


def _refuse_wildcards(name: str) -> None:
    """``*`` before a blank belongs to star names (``* alf Lyr``, ``V* RR Lyr``); anywhere else it is a wildcard."""
    if re.search(r"%|\*(?![\s*])", name):
        pattern = name.replace("%", "*")
        fits = pattern.count("*") == 1
        raise TargetError(
            "wildcard",
            "An object name takes no wildcards",
            f"“{name}” cannot be resolved to one position.",
            f"Search the target names for “{pattern}”" if fits else "Type the name without wildcards.",
            query=f"collection=observations&target_name={quote(pattern, safe='*')}" if fits else "",
        )
