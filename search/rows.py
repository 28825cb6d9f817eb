"""The grid's rows as HTML.

A page has thousands of cells; a template's tags and tests for each would take most of its time. Here one format string
is made a page, from the columns, and every row fills it in. Whatever comes from the archive goes through `escape`.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from html import escape
from operator import attrgetter

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from archive.models import ObservationState
from archive.templatetags.portal import icon, mission_class, program_address
from search.cells import Cell, cell_of
from search.columns import Column, Kind
from search.page import Row
from search.previews import Preview
from search.viewers.groups import Action

#: Columns that a card on a small screen shows, by a class of their own.
ON_CARDS = frozenset(
    {
        "obs_collection",
        "instrument_name",
        "filters",
        "target_name",
        "s_ra",
        "s_dec",
        "t_exptime",
        "t_min",
        "proposal_id",
    }
)
#: Pixels that a character takes on average, and what the cell's padding takes: a text that is cut has its tool tip.
CHARACTER_PX, PADDING_PX = 6.6, 16

ICONS = ("lock-fill", "clock", "download", "info-circle", "three-dots-vertical", "activity", "graph-up", "bell")

_OPEN = (
    '<tr class="state-{state}" data-row data-obsid="{obsid}" aria-rowindex="{index}" tabindex="{tabindex}"'
    "{program}{actions}>"
    '<td class="f-tick"><label><input class="tick" type="checkbox" name="obsid" value="{obsid}"'
    ' aria-label="Select {obs_id}" autocomplete="off"></label></td>'
    '<td class="f-actions"><span class="state-word">{word}</span>{line}<span class="slots">{mark}{download}{viewers}'
    '<a class="slot slot-details" data-details href="{details}" title="Details"'
    ' aria-label="Details of {obs_id}">{info}</a>'
    '<a class="slot" data-row-menu href="{details}" title="More actions"'
    ' aria-label="More actions for {obs_id}">{dots}</a>'
    "</span></td>{preview}"
)
_DOWNLOAD = (
    '<button class="slot" type="submit" form="one-row" formaction="{}"'
    ' title="Download the Minimum Recommended Products" aria-label="Download {}">{}</button>'
)
_SUBSCRIBE = '<a class="slot" href="{}?obsid={}" title="Create a Subscription" aria-label="Subscribe to {}">{}</a>'
_PICTURE = (
    '<td class="c-preview"><a href="{}" title="Open the preview"><img src="{}" alt="Preview of {}"'
    ' loading="lazy" decoding="async" width="72" height="72"></a></td>'
)
_VIEWER = '<a class="slot slot-viewer" href="{}" title="{}" aria-label="{} of {}">{}</a>'
_GAP = '<span class="slot"></span>'
_NO_MARK = '<span class="slot slot-state"></span>'


def rows_html(
    rows: Sequence[Row],
    columns: Sequence[Column],
    previews: Mapping[int, Preview] | None = None,
    missing: str = "no preview",
) -> SafeString:
    """The rows of a page as table rows; the first one is where the keyboard enters.

    ``previews`` by row number add a column of pictures, None leaves it out; ``missing`` stands where a row has none.
    """
    page = _RowFormat(columns, previews, viewers_of(rows), missing)
    return SafeString("".join(page.row(row, entered=place == 0) for place, row in enumerate(rows)))


def viewers_of(rows: Sequence[Row]) -> tuple[Action, ...]:
    """The viewers that some row of a page has a file for: each is a place among the icons of every row."""
    return tuple(action for action in Action if any(action in row.actions for row in rows))


class _RowFormat:
    """What is the same for every row of a page."""

    def __init__(
        self, columns: Sequence[Column], previews: Mapping[int, Preview] | None, viewers: Sequence[Action], missing: str
    ) -> None:
        self._missing = f'<td class="c-preview"><span class="secondary">{escape(missing)}</span></td>'
        self._previews = previews
        self._viewers = [(action, _around_number(reverse(f"search:{action}", args=[0]))) for action in viewers]
        self._format = _OPEN + "".join(map(_cell_format, columns, range(len(columns)))) + "</tr>"
        self._values = attrgetter(*(column.field for column in columns), "obsid")
        self._cells = [_cells_of(column) for column in columns]
        self._details = _around_number(reverse("search:observation", args=[0]))
        self._one_click = _around_number(reverse("basket:one_click", args=[0]))
        self._subscribe = reverse("notifications:new")
        self._program = cache(program_address)
        self._words = {state: _word(state) for state in ObservationState}
        self._icons = {name: icon(name) for name in ICONS}

    def row(self, row: Row, *, entered: bool) -> str:
        own = row.observation
        program = escape(self._program(own.obs_collection, own.proposal_id))
        says = escape(capfirst(row.state_text))
        obs_id = escape(own.obs_id)
        return self._format.format(
            *[
                cells.written.get(value) or cells.filled(value, program)
                for cells, value in zip(self._cells, self._values(own), strict=False)
            ],
            state=row.state.value,
            obsid=row.obsid,
            index=row.number + 1,
            tabindex=0 if entered else -1,
            program=f' data-program="{program}"' if program else "",
            obs_id=obs_id,
            word=self._words[row.state],
            line="" if row.state is ObservationState.PUBLIC else f'<span class="state-line">{says}</span>',
            mark=self._mark(row.state, says),
            download=self._first_slot(row, obs_id),
            viewers="".join(self._viewer(row, *viewer, obs_id) for viewer in self._viewers),
            actions=f' data-actions="{" ".join(sorted(row.actions))}"' if row.actions else "",
            details=self._details[0] + str(row.obsid) + self._details[1],
            info=self._icons["info-circle"],
            dots=self._icons["three-dots-vertical"],
            preview="" if self._previews is None else self._preview(self._previews.get(row.obsid), obs_id),
        )

    def _preview(self, preview: Preview | None, obs_id: str) -> str:
        if preview is None:
            return self._missing
        if not preview.address:
            return f'<td class="c-preview">{self._icons["lock-fill"]} <span class="secondary">exclusive</span></td>'
        address = escape(preview.address)
        return _PICTURE.format(address, address, obs_id)

    def _mark(self, state: ObservationState, says: str) -> str:
        if state is ObservationState.PUBLIC:
            return _NO_MARK
        name = "lock-fill" if state is ObservationState.EXCLUSIVE else "clock"
        return f'<span class="slot slot-state icon-{state.value}" data-tip="{says}">{self._icons[name]}</span>'

    def _viewer(self, row: Row, action: Action, around: tuple[str, str], obs_id: str) -> str:
        if action not in row.actions:
            return _GAP
        sign = "<b>Jda</b>" if action is Action.JDAVIZ else self._icons[_VIEWER_ICONS[action]]
        return _VIEWER.format(around[0] + str(row.obsid) + around[1], action.label, action.label, obs_id, sign)

    def _first_slot(self, row: Row, obs_id: str) -> str:
        """What can be done first: download what is there, or wait for what is planned."""
        if row.has_files:
            return self._download(row.obsid, obs_id)
        if row.state is ObservationState.PLANNED:
            return _SUBSCRIBE.format(self._subscribe, row.obsid, obs_id, self._icons["bell"])
        return _GAP

    def _download(self, obsid: int, obs_id: str) -> str:
        address = self._one_click[0] + str(obsid) + self._one_click[1]
        return _DOWNLOAD.format(address, obs_id, self._icons["download"])


_VIEWER_ICONS = {Action.SPECTRUM: "activity", Action.SERIES: "graph-up"}


def _word(state: ObservationState) -> str:
    if state is ObservationState.EXCLUSIVE:
        return icon("lock-fill", "icon-exclusive") + " Exclusive"
    if state is ObservationState.PLANNED:
        return icon("clock", "icon-planned") + " Planned"
    return "Public"


def _cell_format(column: Column, place: int) -> str:
    """A cell with a gap for its content."""
    names = [f"c-{column.name}"] if column.name in ON_CARDS else []
    if place == 0:
        names.append("f-first")
    if column.align_right:
        names.append("right")
    start = f'<td class="{" ".join(names)}"' if names else "<td"
    return f"{start}{{{place}}}</td>"


#: Written cells that are kept of a column.
KEPT_CELLS = 4_000


class _Cells:
    """The cells of one column. Values that repeat, as most do on a page and from page to page, are written once."""

    def __init__(self, column: Column) -> None:
        self._column = column
        #: By value, but for a column whose cells depend on more than it.
        self.written: dict[object, str] = {}
        self._with_program: dict[object, str] = {}
        self._depends_on_program = column.name == "proposal_id"

    def filled(self, value: object, program: str) -> str:
        """A cell that is not written yet, or that depends on the row's program."""
        kept, key = (self._with_program, (value, program)) if self._depends_on_program else (self.written, value)
        if key not in kept:
            if len(kept) >= KEPT_CELLS:
                kept.clear()
            kept[key] = _filled(cell_of(self._column, value), program)
        return kept[key]


@lru_cache(maxsize=256)
def _cells_of(column: Column) -> _Cells:
    return _Cells(column)


def _filled(cell: Cell, program: str) -> str:
    """From the end of the cell's start tag on: its tool tip where there is more to say, and its content."""
    if not cell.text:
        return ">"
    text, column = escape(cell.text), cell.column
    if column.kind in {Kind.RA, Kind.DEC}:
        return f'><span class="sexa">{text}</span><span class="deg">{escape(cell.full)}</span>'
    if column.kind is Kind.DATE:
        return f' title="{escape(cell.full)}">{text[:10]}<span class="clock">{text[10:]}</span>'
    return f"{_tool_tip(cell)}>{_content(cell, text, program)}"


def _tool_tip(cell: Cell) -> str:
    """The whole text, where the column is too narrow for it."""
    is_cut = len(cell.text) * CHARACTER_PX > cell.column.width_px - PADDING_PX
    return f' title="{escape(cell.full or cell.text)}"' if is_cut else ""


def _content(cell: Cell, text: str, program: str) -> str:
    if cell.column.name == "obs_collection":
        return f'<span class="mission {mission_class(cell.text)}">{text}</span>'
    if cell.column.name == "proposal_id" and program:
        return f'<a href="{program}">{text}</a>'
    return text


def _around_number(address: str) -> tuple[str, str]:
    """What stands before and after the 0 that an address was made with."""
    before, _, after = address.rpartition("0")
    return before, after
