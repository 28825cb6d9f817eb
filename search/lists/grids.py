"""The grids of a list and of a cross-match as HTML rows; every value is escaped where it enters the string."""

from collections.abc import Sequence
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString

from archive.models import ObservationState
from archive.templatetags.portal import icon, mission_class
from search import formats
from search.cells import Cell as GridCell
from search.cells import cell_of, state_text
from search.columns import Column, Kind
from search.lists.columns import place_of
from search.lists.match_columns import CENTRE_SEPARATION, LIST_NAME, SEPARATION, field_of_observation
from search.lists.match_pages import TARGET, MatchedRow, MatchPage
from search.lists.pages import ListPage
from search.lists.table import Cell
from search.models import RowState, TargetRow

#: A cell shows no more of a long text; hovering shows more of it.
_SHOWN, _TOLD = 200, 1000
_GAP = '<span class="slot"></span>'


def list_rows_html(shown: ListPage) -> SafeString:
    return SafeString("".join(_list_row(row, shown.columns) for row in shown.rows))


def _list_row(row: TargetRow, columns: Sequence[Column]) -> str:
    """Tick and state, then the grid's columns."""
    number, name = row.number, escape(row.name or f"row {row.number}")
    tick = (
        f'<label><input class="tick" type="checkbox" name="row" value="{number}" aria-label="Select {name}"'
        ' autocomplete="off"></label>'
        if row.state == RowState.RESOLVED
        else ""
    )
    cells = "".join(_list_cell(row, column, first=place == 0) for place, column in enumerate(columns))
    return (
        f'<tr class="target-{row.state}" data-row data-obsid="{number}" tabindex="-1">'
        f'<td class="f-tick">{tick}</td><td class="f-actions">{_state(row)}</td>{cells}</tr>'
    )


def _list_cell(row: TargetRow, column: Column, *, first: bool) -> str:
    start = _start(column, first=first)
    if column.kind in {Kind.RA, Kind.DEC} and place_of(column) is None:
        return f"{start}>{_angle_of(row, column.kind)}</td>"
    text = _text_of(row, column)
    return f"{start}{_title(text)}>{escape(text[:_SHOWN])}</td>"


def _start(column: Column, *, first: bool) -> str:
    """The start tag of a cell, open."""
    names = [name for name, holds in (("f-first", first), ("right", column.align_right)) if holds]
    return f'<td class="{" ".join(names)}"' if names else "<td"


def _text_of(row: TargetRow, column: Column) -> str:
    place = place_of(column)
    if place is not None:
        return _value(row.cells[place]) if row.cells else ""
    return {"name": row.name, "origin": row.message or row.source, "line": str(row.line)}[column.field]


def _angle_of(row: TargetRow, kind: Kind) -> str:
    ra_deg, dec_deg = row.ra_deg, row.dec_deg
    if ra_deg is None or dec_deg is None:
        return ""
    if kind is Kind.RA:
        return _both(formats.sexagesimal_ra(ra_deg), formats.degrees(ra_deg))
    return _both(formats.sexagesimal_dec(dec_deg), formats.degrees(dec_deg, signed=True))


def _state(row: TargetRow) -> str:
    label = "Not asked yet" if row.pending else RowState(row.state).label
    name = {RowState.RESOLVED: "check-lg", RowState.UNRESOLVED: "question-circle"}.get(RowState(row.state), "x-circle")
    return f'<span class="target-state">{icon("hourglass-split" if row.pending else name)} {label}</span>'


def _both(sexagesimal: str, degrees: str) -> str:
    return f'<span class="sexa">{sexagesimal}</span><span class="deg">{degrees}</span>'


def _value(cell: Cell) -> str:
    if cell is None:
        return ""
    return repr(cell) if isinstance(cell, float) else str(cell)


def _title(text: str) -> str:
    return f' title="{escape(text[:_TOLD])}"' if len(text) > 12 else ""


# Cross-matches -------------------------------------------------------------------------------------------------------


def match_rows_html(shown: MatchPage) -> SafeString:
    columns = shown.columns
    return SafeString("".join(_match_row(row, columns) for row in shown.rows))


def _match_row(row: MatchedRow, columns: Sequence[Column]) -> str:
    own, state = row.observation, ObservationState(row.state)
    obs_id = escape(own.obs_id)
    cells = "".join(_match_cell(row, column, first=place == 0) for place, column in enumerate(columns))
    return (
        f'<tr class="state-{state.value}" data-row data-obsid="{own.obsid}" data-pair="{row.pair.ordinal}"'
        f' data-target="{TARGET}{row.target.number}"'
        f' tabindex="-1"><td class="f-tick"><label><input class="tick" type="checkbox" name="obsid" value="{own.obsid}"'
        f' aria-label="Select {obs_id} near {escape(str(row.target))}" autocomplete="off"></label></td>'
        f'<td class="f-actions">{_actions(row, state, obs_id)}</td>{cells}</tr>'
    )


def _match_cell(row: MatchedRow, column: Column, *, first: bool) -> str:
    """A cell of the observation, of the pair, or of the row of the list."""
    field = field_of_observation(column)
    if field is not None:
        return _grid_cell(cell_of(column, getattr(row.observation, field)), first=first)
    if column in (SEPARATION, CENTRE_SEPARATION):
        return f"{_start(column, first=first)}>{_separation(getattr(row.pair, column.field))}</td>"
    if column == LIST_NAME:
        return f"{_start(column, first=first)}{_title(row.target.name)}>{escape(str(row.target))}</td>"
    return _list_cell(row.target, column, first=first)


def _separation(arcsec: float) -> str:
    """To a thousandth; what is less is the rounding of coordinates."""
    return formats.number(round(arcsec, 3), 3)


def _actions(row: MatchedRow, state: ObservationState, obs_id: str) -> str:
    """The state, and the way to the observation's details."""
    says = escape(state_text(row.observation, state))
    mark = {ObservationState.EXCLUSIVE: "lock-fill", ObservationState.PLANNED: "clock"}.get(state)
    symbol = f'<span class="slot slot-state icon-{state.value}" title="{says}">{icon(mark)}</span>' if mark else ""
    address = reverse("search:observation", args=[row.observation.obsid])
    return (
        f'<span class="state-word">{state.label}, {says}</span><span class="slots">'
        f"{symbol or _GAP}"
        f'<a class="slot slot-details" data-details href="{address}" title="Details"'
        f' aria-label="Details of {obs_id}">{icon("info-circle")}</a></span>'
    )


def _grid_cell(cell: GridCell, *, first: bool) -> str:
    column, start = cell.column, _start(cell.column, first=first)
    if not cell.text:
        return f"{start}></td>"
    if column.kind in {Kind.RA, Kind.DEC}:
        return f"{start}>{_both(escape(cell.text), escape(cell.full))}</td>"
    content = escape(cell.text[:_SHOWN])
    if column.name == "obs_collection":
        content = f'<span class="mission {mission_class(cell.text)}">{content}</span>'
    return f"{start}{_title(cell.full or cell.text)}>{content}</td>"
