"""What the pages of a list and of a cross-match show."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast

from archive import sky
from archive.clock import to_mjd
from archive.models import Observation
from search.cells import state_text
from search.collections import DEFAULT_COLLECTION, collection_of
from search.columns import Column
from search.lists.actions import fields_of, roles_of
from search.lists.crossmatch import unmatched
from search.lists.paging import Look, Page, page_of
from search.lists.roles import Roles
from search.lists.table import Field, Format
from search.locator import Chart, Shape, chart
from search.models import CrossMatch, CrossMatchPair, RowState, TargetList, TargetRow

#: Rows without a match that the page names; the list itself shows them all.
NAMED = 50
#: Columns of an observation that a cross-match has its own for.
_OWN = frozenset({"distance", "centre_distance", "state", "s_region", "jpegURL", "dataURL"})


@dataclass(frozen=True)
class StateCount:
    value: str
    label: str
    count: int


@dataclass(frozen=True)
class ListPage:
    """A list as its page shows it: ``count`` rows of ``total`` fit the look, ``pending`` wait for a resolver."""

    own: TargetList
    fields: tuple[Field, ...]
    roles: Roles
    look: Look
    page: Page[TargetRow]
    states: tuple[StateCount, ...]
    count: int
    total: int
    pending: int
    first_number: int
    chart: Chart | None

    @property
    def last_number(self) -> int:
        return self.first_number + len(self.page.rows) - 1

    @property
    def resolved(self) -> int:
        return next(state.count for state in self.states if state.value == RowState.RESOLVED)

    @property
    def has_columns(self) -> bool:
        """A plain list has no columns to choose between."""
        return self.own.format != Format.NAMES

    @property
    def choices(self) -> list[tuple[str, str, int | None]]:
        """The columns that a person may choose: form field, label, and the place of the chosen one."""
        return [
            ("ra", "RA", self.roles.ra),
            ("dec", "Dec", self.roles.dec),
            ("name", "Name", self.roles.name),
            ("region", "Footprint", self.roles.region),
        ]


def list_page(own: TargetList, look: Look) -> ListPage:
    counts = own.rows.aggregate(
        **{state.value: Count("pk", filter=Q(state=state)) for state in RowState},
        pending=Count("pk", filter=Q(pending=True)),
    )
    rows = _looked_for(own, look)
    found = page_of(rows, "number", look)
    narrowed = bool(look.state or look.find)
    total = sum(counts[state.value] for state in RowState)
    first = found.rows[0].number if found.rows else 0
    fields, roles = fields_of(own), roles_of(own)
    return ListPage(
        own=own,
        fields=fields,
        roles=roles,
        look=look,
        page=found,
        states=tuple(StateCount(state.value, state.label, counts[state.value]) for state in RowState),
        count=rows.count() if narrowed else total,
        total=total,
        pending=counts["pending"],
        first_number=rows.filter(number__lt=first).count() + 1 if narrowed and first else first,
        chart=_chart_of_rows(found.rows, roles),
    )


def _looked_for(own: TargetList, look: Look) -> QuerySet[TargetRow]:
    """The rows in a state, and with a text in the name or in any cell."""
    rows = TargetRow.objects.filter(target_list=own)
    if look.state:
        rows = rows.filter(state=look.state)
    if look.find:
        text = rows.alias(text=Cast("cells", TextField()))
        rows = text.filter(Q(name__icontains=look.find) | Q(text__icontains=look.find))
    return rows


def _chart_of_rows(rows: Sequence[TargetRow], roles: Roles) -> Chart | None:
    """The rows of a page as marks, those with a footprint by its outline."""
    placed = [row for row in rows if row.ra_deg is not None and row.dec_deg is not None]
    covers: Sequence[sky.SkyCover | sky.RegionError | None] = [None] * len(placed)
    if roles.region is not None:
        covers = sky.sky_covers([(None, None, _region(row, roles.region)) for row in placed])
    shapes = [
        _mark(row, cover.footprint if isinstance(cover, sky.SkyCover) else None)
        for row, cover in zip(placed, covers, strict=True)
    ]
    return chart(shapes) if shapes else None


def _region(row: TargetRow, place: int) -> str:
    return str((row.cells or [])[place] or "") if row.cells else ""


def _mark(row: TargetRow, footprint: list[float] | None = None) -> Shape:
    """A row on the sky; its number stands where an observation has its own."""
    return Shape(row.number, "", "public", str(row), footprint or [], row.ra_deg, row.dec_deg)


# Cross-matches -------------------------------------------------------------------------------------------------------


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
class MatchPage:
    """A cross-match as its page shows it; ``missed`` names rows without a match, ``missed_count`` counts them all."""

    match: CrossMatch
    own: TargetList
    fields: tuple[Field, ...]
    columns: tuple[Column, ...]
    look: Look
    page: Page[CrossMatchPair]
    rows: tuple[MatchedRow, ...]
    missed: tuple[TargetRow, ...]
    chart: Chart | None

    @property
    def missed_count(self) -> int:
        return self.match.targets - self.match.targets_matched

    @property
    def missed_unnamed(self) -> int:
        return self.missed_count - len(self.missed)

    @property
    def first_number(self) -> int:
        return self.rows[0].pair.ordinal if self.rows else 0

    @property
    def last_number(self) -> int:
        return self.rows[-1].pair.ordinal if self.rows else 0


def match_page(own: TargetList, match: CrossMatch, look: Look, now: dt.datetime) -> MatchPage:
    found = page_of(CrossMatchPair.objects.filter(cross_match=match), "ordinal", look)
    rows = matched_rows(own, found.rows, now)
    has_missed = match.targets > match.targets_matched
    return MatchPage(
        match=match,
        own=own,
        fields=fields_of(own),
        columns=observation_columns(),
        look=look,
        page=found,
        rows=rows,
        missed=tuple(unmatched(match)[:NAMED]) if has_missed else (),
        chart=_chart_of_pairs(rows),
    )


def observation_columns() -> tuple[Column, ...]:
    """What the grid shows of the matched observations."""
    columns = collection_of(DEFAULT_COLLECTION).columns
    return tuple(column for column in columns if column.shown and column.name not in _OWN)


def matched_rows(own: TargetList, pairs: Sequence[CrossMatchPair], now: dt.datetime) -> tuple[MatchedRow, ...]:
    """The pairs with both their rows, in two queries."""
    targets = {row.number: row for row in own.rows.filter(number__in={pair.number for pair in pairs})}
    observed = Observation.objects.with_state(to_mjd(now)).in_bulk({pair.observation_id for pair in pairs})
    return tuple(MatchedRow(pair, targets[pair.number], observed[pair.observation_id]) for pair in pairs)


def _chart_of_pairs(rows: Sequence[MatchedRow]) -> Chart | None:
    observed = {row.observation.pk: row for row in rows}
    targets = {row.target.number: row.target for row in rows}
    shapes = [_footprint(row) for row in observed.values()]
    return chart([*shapes, *(_mark(target) for target in targets.values())]) if rows else None


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
