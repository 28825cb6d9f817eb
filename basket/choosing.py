"""Quick choices: which files of the basket a word, a table of levels and suffixes, or a name pattern stands for."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from archive.models import Listing
from basket.actions import insert_from
from basket.figures import Cell
from basket.filters import EVERYTHING, FACETS, NOTHING
from basket.models import Basket, Tick
from basket.queries import listed

MAX_PATTERN = 200
GUIDE_STARS = Q(product__product_group__istartswith="GS-")
_GROUP = next(facet for facet in FACETS if facet.column == "productSubGroupDescription")


class ChoiceError(ValueError):
    """What was asked for is no choice; the text says why."""


@dataclass(frozen=True)
class QuickChoice:
    """Files to tick, as a condition on listings; ``adds`` keeps what is ticked already."""

    condition: Q
    adds: bool


def parse_choice(form: QueryDict) -> QuickChoice:
    """The choice that the form's button stands for. Raises `ChoiceError`."""
    adds = "adds" in form
    match form.get("choice", ""):
        case "all":
            return QuickChoice(EVERYTHING, adds)
        case "none":
            return QuickChoice(NOTHING, False)
        case "recommended":
            return QuickChoice(Q(recommended=True), adds)
        case "no_guide_stars":
            return QuickChoice(~GUIDE_STARS, adds)
        case "table":
            return QuickChoice(_of_table(form.getlist("cell")), adds)
        case "pattern":
            return QuickChoice(_of_pattern(form.get("pattern", "")), adds)
    raise ChoiceError("This quick choice is not known.")


@transaction.atomic
def choose(basket: Basket, choice: QuickChoice) -> int:
    """Tick the files, hidden by filters or not; how many are ticked afterwards."""
    if not choice.adds:
        basket.ticks.all().delete()
    chosen: QuerySet[Listing] = listed(basket).filter(choice.condition)
    insert_from(Tick, basket, "product_id", chosen.values("product_id").distinct())
    return basket.ticks.count()


def _of_table(cells: Sequence[str]) -> Q:
    if not cells:
        raise ChoiceError("No box of the table is ticked.")
    condition = NOTHING
    for cell in cells:
        level, colon, group = cell.partition(":")
        if not colon or "\0" in group or not re.fullmatch(r"-?[0-9]{0,3}", level) or level == "-":
            raise ChoiceError("This box is not in the table.")
        of_level = Q(product__calib_level=int(level)) if level else Q(product__calib_level=None)
        condition |= of_level & Q(product__product_group=group)
    return condition


def _of_pattern(text: str) -> Q:
    """``*`` stands for any signs and ``?`` for one; without either, the text may stand anywhere. Commas separate."""
    patterns = [part.strip() for part in text.split(",") if part.strip()]
    if not patterns:
        raise ChoiceError("The name pattern is empty: write for example *_cal.fits.")
    if len(text) > MAX_PATTERN or "\0" in text:
        raise ChoiceError(f"The name pattern is too long: at most {MAX_PATTERN} letters.")
    condition = NOTHING
    for pattern in patterns:
        condition |= Q(product__filename__iregex=_expression(pattern))
    return condition


def _expression(pattern: str) -> str:
    if not set(pattern) & set("*?"):
        pattern = f"*{pattern}*"
    shortened = re.sub(r"\*+", "*", pattern)
    return "^" + "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in shortened) + "$"


# The table -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """Files of one level and suffix."""

    value: str
    files: int
    label: str


@dataclass(frozen=True)
class SuffixRow:
    suffix: str
    boxes: tuple[Box | None, ...]  # in the order of the levels


@dataclass(frozen=True)
class LevelTable:
    levels: tuple[str, ...]
    rows: tuple[SuffixRow, ...]


def level_table(table: Iterable[Cell]) -> LevelTable:
    """How many files of the basket each level and each suffix (Data Product Group) has."""
    counts: dict[tuple[str, str], int] = {}
    for cell in table:
        key = (cell.value(_GROUP), "" if cell.level is None else str(cell.level))
        counts[key] = counts.get(key, 0) + cell.files
    levels = sorted({level for _, level in counts}, key=lambda level: (level == "", level.rjust(4)))
    suffixes = sorted({suffix for suffix, _ in counts})
    rows = (
        SuffixRow(suffix or "(none)", tuple(_box(suffix, level, counts) for level in levels)) for suffix in suffixes
    )
    return LevelTable(tuple(level or "none" for level in levels), tuple(rows))


def _box(suffix: str, level: str, counts: dict[tuple[str, str], int]) -> Box | None:
    files = counts.get((suffix, level), 0)
    if not files:
        return None
    return Box(f"{level}:{suffix}", files, f"{suffix or 'files without a suffix'}, level {level or 'unknown'}")
