"""MAST Observations by Object Name or RA/Dec: whatever was observed around one place on the sky."""

import math
from collections.abc import Callable
from urllib.parse import quote

from astropy.coordinates import angular_separation
from django.conf import settings

from archive import sky
from search import formats, query, regions
from search.collections.collection import Collection, Elsewhere, FoundTarget, Question, QuestionError
from search.columns import OBSERVATION_COLUMNS, SortKey
from search.messages import Choice, Message, Tone
from search.query import Observations
from search.resolver.chain import Finding, resolve
from search.resolver.interfaces import Resolution
from search.resolver.moving import is_solar_system_name
from search.resolver.spelling import near_names
from search.target import Name, Position, parse_target, without_radius

DEFAULT_RADIUS_DEG = 0.2
#: Positions of one name that lie farther apart are different places: one of a pair of galaxies, another object.
DIFFERENT_DEG = 1 / 60
#: The nearest row is looked for in growing circles: a wide first one saves queries and finds the same row.
FIRST_LOOK_DEG = 0.5
#: Nearest first; rows at the same distance, most of them at 0, by that of their centres.
SORT = (SortKey("distance"), SortKey("centre_distance"))
BLANK_SORT = (SortKey("obs_collection", descending=True), SortKey("t_min", descending=True))


def ask(text: str) -> Question:
    """The cone, or the region, that ``text`` describes."""
    if regions.is_region(text):
        return _in_region(text)
    typed = parse_target(text, max_radius_deg=settings.MAX_CONE_RADIUS_DEG)
    target = _at_position(typed) if isinstance(typed, Position) else _at_name(typed)
    return Question(
        title=target.name or target.sexagesimal,
        constraints=(query.in_cone(target.ra_deg, target.dec_deg, target.radius_deg),),
        sort=SORT,
        target=target,
        remark=lambda around, total, link: (
            *(() if total else (_nothing_here(without_radius(text), target, around, link),)),
            *_differing(target, link),
        ),
    )


def _in_region(text: str) -> Question:
    """A region as it is typed; one circle is a search around its centre."""
    shapes = () if regions.is_moc(text) else regions.parse(text).parts
    if len(shapes) == 1 and isinstance(shapes[0], sky.Circle):
        circle = shapes[0]
        if circle.radius_deg <= settings.MAX_CONE_RADIUS_DEG:
            return ask(f"{circle.ra_deg:.12f} {circle.dec_deg:.12f} r={circle.radius_deg:.12f}")
    words = regions.in_words(text)
    return Question(
        title=f"{words[0].upper()}{words[1:]}",
        constraints=(query.meeting([text]),),
        sort=BLANK_SORT,
    )


def _at_position(typed: Position) -> FoundTarget:
    radius_deg = DEFAULT_RADIUS_DEG if typed.radius_deg is None else typed.radius_deg
    return FoundTarget("", typed.ra_deg, typed.dec_deg, radius_deg)


def _at_name(typed: Name) -> FoundTarget:
    """A name at its resolver's position; the default radius grows to the object's own size."""
    if is_solar_system_name(typed.text):
        raise _moves(typed.text)
    finding = resolve(typed.text)
    found = finding.resolution
    if found is None:
        raise _not_resolved(typed.text, finding)
    own_radius_deg = min(max(DEFAULT_RADIUS_DEG, found.radius_deg or 0.0), settings.MAX_CONE_RADIUS_DEG)
    radius_deg = own_radius_deg if typed.radius_deg is None else typed.radius_deg
    others = (_elsewhere(found, other) for other in finding.others)
    elsewhere = tuple({other.resolver: other for other in others if other}.values())
    return FoundTarget(
        found.canonical_name, found.ra_deg, found.dec_deg, radius_deg, found.resolver, found.object_type, elsewhere
    )


def _elsewhere(found: Resolution, other: Resolution) -> Elsewhere | None:
    """Another resolver's position, when it is another place."""
    separation_deg = _separation_deg(found, other)
    if separation_deg <= DIFFERENT_DEG:
        return None
    return Elsewhere(other.resolver, other.ra_deg, other.dec_deg, separation_deg)


def _differing(target: FoundTarget, link: Callable[[str], str]) -> tuple[Message, ...]:
    """Where the resolvers differ: the other positions, each with the search there."""
    if not target.elsewhere:
        return ()
    parts = [
        f"{other.resolver} has the name at {other.sexagesimal}, {formats.angle(other.separation_deg)} away"
        for other in target.elsewhere
    ]
    radius = formats.radius_word(target.radius_deg) if target.radius_deg else "r=0"
    choices = tuple(
        Choice(
            f"the position of {other.resolver}",
            link(f"{formats.degrees(other.ra_deg)} {formats.degrees(other.dec_deg, signed=True)} {radius}"),
        )
        for other in target.elsewhere
    )
    text = f"{'; '.join(parts)}. This search is around the position of {target.resolver}."
    return (Message(Tone.NOTICE, "resolvers-differ", "The resolvers differ", text, choices=choices),)


def _separation_deg(one: Resolution, other: Resolution) -> float:
    places = (math.radians(angle) for angle in (one.ra_deg, one.dec_deg, other.ra_deg, other.dec_deg))
    return math.degrees(float(angular_separation(*places)))


def _nothing_here(target_text: str, target: FoundTarget, around: Observations, link: Callable[[str], str]) -> Message:
    """No row in the circle: say how far the nearest is, and offer the search that finds it."""
    name = target.name or target.sexagesimal
    title = f"No observation within {target.radius} of {name}" if target.radius_deg else f"No footprint contains {name}"
    nothing_within_deg = max(target.radius_deg, FIRST_LOOK_DEG)
    nearest = sky.nearest(around, target.ra_deg, target.dec_deg, beyond_deg=nothing_within_deg)
    if nearest is None or nearest.separation_deg > settings.MAX_CONE_RADIUS_DEG:
        return Message(Tone.EMPTY, "no-rows", title, "Nothing was observed anywhere near.", "Search another target.")
    radius = formats.radius_word(nearest.separation_deg)
    return Message(
        Tone.EMPTY,
        "no-rows",
        title,
        f"Nearest is {formats.angle(nearest.separation_deg)} away: {nearest.observation}.",
        f"Search {radius}",
        link(f"{target_text} {radius}"),
    )


def _not_resolved(name: str, finding: Finding) -> QuestionError:
    """The name is unknown, or could not be asked for; names like it are offered, and a search of target names."""
    if finding.unreachable:
        code, text = "resolver-down", f"“{name}” is in none of the catalogues held here, and {finding.unreachable}."
        advice = "Type coordinates, or try again in a minute."
    else:
        code, text = "name-unknown", f"No resolver knows “{name}”."
        advice = "Check the spelling, or type coordinates."
    error = _by_target_name(code, "The name was not resolved", f"{text} {advice}", name)
    error.choices = tuple(Choice(near, f"collection=observations&q={quote(near)}") for near in near_names(name))
    return error


def _moves(name: str) -> QuestionError:
    return _by_target_name(
        "moving",
        "Objects of the solar system have no fixed position",
        f"“{name}” moves across the sky, so no resolver gives it one position.",
        name,
    )


def _by_target_name(code: str, title: str, text: str, name: str) -> QuestionError:
    """A refusal whose way out is a search of the target names that proposers gave."""
    if "*" in name:
        return QuestionError(code, title, text, "Search another name.")
    query_string = f"collection=observations&target_name={quote(f'*{name}*', safe='*')}"
    return QuestionError(code, title, text, f"Search the target names for “{name[:40]}”", query_string)


COLLECTION = Collection(
    slug="observations",
    label="MAST Observations by Object Name or RA/Dec",
    hint="Object name or RA Dec, for instance M57 r=1m",
    help_text="A name or a position, ICRS, then r= and a radius in d, m or s. Without one: 0.2° or the object's size.",
    examples=("M57 r=1m", "14 03 12.6 54 20 56.7", "10.6847 41.2688 r=0.6", "g102.0373+59.7711"),
    forms=(
        ("M57, NGC 6720, 2MASS J0421…", "a name: capitals and blanks do not matter, no wildcards"),
        ("14 03 12.6 54 20 56.7", "hours and degrees, ICRS; also 14h03m12.6s +54d20m56.7s"),
        ("14:03.210 54:20.945", "decimal minutes"),
        ("180.468 -18.866", "decimal degrees; south of the equator with a minus"),
        ("g102.0373+59.7711", "galactic longitude and latitude, without blanks"),
        ("M57 r=1m", "with a radius: r=0.5 or r=0.5d in degrees, m arc-minutes, s arc-seconds; r=0 the exact point"),
        ("mu eri", "the star μ Eri; NED takes it for the variable MU Eri"),
        ("taurus, ophiuchus", "no one place: services differ by many degrees, so type a position"),
        ("Arp 2", "a globular cluster, or a galaxy of Arp's atlas: look at the position that was found"),
        ("M51", "the galaxy NGC 5194; in NED the middle of the pair"),
        ("Jupiter", "moves, so it has no position: its target names are searched instead"),
    ),
    columns=OBSERVATION_COLUMNS,
    ask=ask,
    sort=BLANK_SORT,
)
