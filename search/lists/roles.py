"""Which columns of a list hold the position, the name and the footprint: found by type, UCD and name, or chosen."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from search.lists.table import Field, FieldType

RA_NAMES = frozenset({"ra", "raj2000"})
DEC_NAMES = frozenset({"dec", "decj2000", "dej2000"})
#: Asked only where none of the documented names stands.
OTHER_RA_NAMES = frozenset(
    {"_raj2000", "_ra", "s_ra", "ra_deg", "radeg", "ra_icrs", "ra_j2000", "ra2000", "right_ascension", "ra(j2000)"}
)
OTHER_DEC_NAMES = frozenset(
    {
        "_dej2000", "_decj2000", "_de", "_dec", "s_dec", "dec_deg", "decdeg", "dedeg", "dec_icrs", "de_icrs",
        "dec_j2000", "dec2000", "decl", "declination", "dec(j2000)",
    }
)  # fmt: skip
REGION_NAMES = ("s_region", "regionstcs")
#: In order of preference.
NAME_NAMES = (
    "target_name", "targetname", "target", "name", "object_name", "object", "objname", "main_id", "source_name",
    "source", "designation", "obj", "id",
)  # fmt: skip


@dataclass(frozen=True)
class Roles:
    """Places of the columns that say where a row lies, from 0; None where no column does."""

    ra: int | None = None
    dec: int | None = None
    name: int | None = None
    region: int | None = None

    @property
    def have_position(self) -> bool:
        return self.ra is not None and self.dec is not None

    def as_json(self) -> dict[str, int | None]:
        return asdict(self)


@dataclass(frozen=True)
class Guess:
    """``ambiguous`` says why a person has to choose; empty when nobody has to."""

    roles: Roles
    ambiguous: str = ""


def is_known_name(name: str) -> bool:
    """Whether a header's word is a usual name of a column that says where a row lies."""
    return _key(name) in RA_NAMES | DEC_NAMES | OTHER_RA_NAMES | OTHER_DEC_NAMES | {*REGION_NAMES, *NAME_NAMES}


def guess(fields: Sequence[Field]) -> Guess:
    """The columns that say where the rows lie, as far as that is beyond doubt."""
    region = _first(fields, REGION_NAMES)
    name = _first(fields, NAME_NAMES)
    if name is None and len(fields) == 1 and region is None:
        name = 0
    ra, ra_doubt = _only(fields, FieldType.RA, "pos.eq.ra", RA_NAMES, OTHER_RA_NAMES)
    dec, dec_doubt = _only(fields, FieldType.DEC, "pos.eq.dec", DEC_NAMES, OTHER_DEC_NAMES)
    doubts = [*(ra_doubt or ()), *(dec_doubt or ())]
    if doubts:
        names = ", ".join(f"“{fields[place].name}”" for place in doubts)
        return Guess(Roles(name=name, region=region), f"Several columns may hold the position: {names}.")
    if (ra is None) is not (dec is None):
        missing = "declination" if dec is None else "right ascension"
        return Guess(Roles(name=name, region=region), f"No column is known to hold the {missing}.")
    roles = Roles(ra, dec, name, region)
    if ra is None and region is None and name is None:
        return Guess(roles, "No column is known to hold positions or names.")
    return Guess(roles)


def _key(name: str) -> str:
    return "".join(name.split()).lower()


def _first(fields: Sequence[Field], names: Sequence[str]) -> int | None:
    places = {_key(field.name): place for place, field in reversed(list(enumerate(fields)))}
    return next((places[name] for name in names if name in places), None)


def _only(
    fields: Sequence[Field], kind: FieldType, ucd: str, names: frozenset[str], other_names: frozenset[str]
) -> tuple[int | None, list[int] | None]:
    """The one column that fits the best clue, or the several that fit it alike."""
    old_ucd = ucd.upper().replace(".", "_") + "_MAIN"
    clues: tuple[Iterable[int], ...] = (
        (place for place, field in enumerate(fields) if field.type is kind),
        (place for place, field in enumerate(fields) if _is_main(field.ucd, ucd, old_ucd)),
        (place for place, field in enumerate(fields) if _key(field.name) in names),
        (place for place, field in enumerate(fields) if field.ucd.lower().split(";")[0] == ucd),
        (place for place, field in enumerate(fields) if _key(field.name) in other_names),
    )
    for clue in clues:
        places = list(clue)
        if places:
            return (places[0], None) if len(places) == 1 else (None, places)
    return None, None


def _is_main(said: str, ucd: str, old_ucd: str) -> bool:
    return said.upper() == old_ucd or {ucd, "meta.main"} <= set(said.lower().split(";"))
