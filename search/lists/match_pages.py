"""What the page of a cross-match shows."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from archive.models import Observation
from search import query
from search.cells import state_text
from search.facets import FacetPanel
from search.facets.counting import Counted
from search.grid_columns import ColumnChoice, column_choices
from search.lists.actions import fields_of
from search.lists.crossmatch import unmatched
from search.lists.limits import MAX_FACET_PAIRS
from search.lists.look import MatchLook
from search.lists.match_columns import match_columns, offered_facets
from search.lists.pages import heading_of, links_of, mark_of, panel_of_look
from search.lists.rows import Looked, pairs_looked_at
from search.lists.shown import ShownGrid
from search.locator import Chart, Shape, chart
from search.models import CrossMatch, CrossMatchPair, TargetList, TargetRow
from search.page import Heading, PageLinks
from search.results import NOT_READ
from search.sky.shapes import Source, source

#: Before the number of a list's row on the sky, where observations have their own.
TARGET = "target-"

#: Rows without a match that the page names; the list itself shows them all.
NAMED = 50


@dataclass(frozen=True)
class MatchedRow:
    """A row of the list and an observation near it."""

    pair: CrossMatchPair
    target: TargetRow
    observation: Observation

    @property
    def state(self) -> str:
        return str(vars(self.observation)["state"])


@dataclass(frozen=True)
class MatchPage(ShownGrid):
    """A cross-match as its page shows it: ``count`` pairs of ``total`` fit the look.

    ``missed`` names rows without a match, ``missed_count`` counts them all.
    """

    match: CrossMatch
    own: TargetList
    look: MatchLook
    headings: tuple[Heading, ...]
    column_choices: tuple[ColumnChoice, ...]
    panel: FacetPanel
    rows: tuple[MatchedRow, ...]
    count: int
    links: PageLinks
    first_number: int
    missed: tuple[TargetRow, ...]
    chart: Chart | None

    @property
    def total(self) -> int:
        return self.match.pairs

    @property
    def targets(self) -> list[TargetRow]:
        """The rows of the list that this page shows."""
        return list({row.target.number: row.target for row in self.rows}.values())

    @property
    def sources(self) -> list[Source]:
        """Its targets for a sky view."""
        return [
            source(f"{TARGET}{row.number}", row.ra_deg, row.dec_deg, str(row))
            for row in self.targets
            if row.ra_deg is not None and row.dec_deg is not None
        ]

    @property
    def missed_count(self) -> int:
        return self.match.targets - self.match.targets_matched

    @property
    def missed_unnamed(self) -> int:
        return self.missed_count - len(self.missed)


def match_page(own: TargetList, match: CrossMatch, look: MatchLook, now: dt.datetime) -> MatchPage:
    """The page of a cross-match that a look asks for.

    Raises
    ------
    ConstraintError : a filter that cannot be read.
    """
    columns = match_columns(fields_of(own))
    looked = pairs_looked_at(match, columns, look, now)
    counted = looked.facets() if match.pairs <= MAX_FACET_PAIRS else Counted(too_many=True)
    count = _count(match, looked, counted)
    number = min(look.number, max(1, math.ceil(count / look.size)))
    first = (number - 1) * look.size
    numbers = list(looked.rows.values_list("pk", flat=True)[first : first + look.size])
    rows = matched_rows(numbers, now, not_read=() if "s_region" in look.columns else ("s_region",))
    shown = look.shown_columns(columns)
    has_missed = match.targets > match.targets_matched
    return MatchPage(
        match=match,
        own=own,
        look=look,
        headings=tuple(heading_of(column, look) for column in shown),
        column_choices=column_choices(columns, shown, is_cone=False),
        panel=panel_of_look(look, offered_facets(columns), counted.facets, _too_many(counted)),
        rows=rows,
        count=count,
        links=links_of(look, number, count),
        first_number=first + 1 if rows else 0,
        missed=tuple(unmatched(match)[:NAMED]) if has_missed else (),
        chart=_chart_of_pairs(rows),
    )


def page_with(looked: Looked[CrossMatchPair], name: str) -> str:
    """The page with the first pair of ``name``, on the sky an observation or a row of the list; else the first."""
    field = "number" if name.startswith(TARGET) else "observation_id"
    wanted = name.removeprefix(TARGET)
    for before, number in enumerate(looked.rows.values_list(field, flat=True).iterator(chunk_size=10_000)):
        if str(number) == wanted:
            return str(before // looked.look.size + 1)
    return ""


def _count(match: CrossMatch, looked: Looked[CrossMatchPair], counted: Counted) -> int:
    if not counted.too_many:
        return counted.shown
    return looked.rows.order_by().count() if looked.look.is_filtered else match.pairs


def _too_many(counted: Counted) -> str:
    if not counted.too_many:
        return ""
    return f"Values are counted for up to {MAX_FACET_PAIRS:,} pairs. The keyword filter and the address work for more."


def matched_rows(numbers: Sequence[int], now: dt.datetime, not_read: tuple[str, ...] = ()) -> tuple[MatchedRow, ...]:
    """The pairs with these numbers of the table, in their order, with both their rows."""
    pairs = CrossMatchPair.objects.in_bulk(numbers)
    targets = TargetRow.objects.in_bulk({pair.target_id for pair in pairs.values()})
    observed = query.observations((), now).defer(*NOT_READ, *not_read)
    observations = observed.in_bulk({pair.observation_id for pair in pairs.values()})
    found = (pairs[number] for number in numbers if number in pairs)
    return tuple(
        MatchedRow(pair, targets[pair.target_id], observations[pair.observation_id])
        for pair in found
        if pair.target_id in targets and pair.observation_id in observations
    )


def _chart_of_pairs(rows: Sequence[MatchedRow]) -> Chart | None:
    observed = {row.observation.pk: row for row in rows}
    targets = {row.target.number: row.target for row in rows}
    shapes = [_footprint(row) for row in observed.values()]
    return chart([*shapes, *(mark_of(target) for target in targets.values())]) if rows else None


def _footprint(row: MatchedRow) -> Shape:
    own = row.observation
    words = state_text(own, vars(own)["state"])
    return Shape(
        obsid=own.pk,
        mission=own.obs_collection,
        state=row.state,
        label="\n".join(filter(None, (own.obs_id, own.target_name, words))),
        footprint=own.footprint or [],
        ra_deg=own.s_ra,
        dec_deg=own.s_dec,
    )
