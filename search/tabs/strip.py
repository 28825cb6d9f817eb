"""The strip of tabs that a page shows: reading it, opening a tab in it, closing one."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.urls import reverse
from psycopg import sql

from archive.roundtrip import together
from search.models import Tab
from search.page import ResultsPage
from search.tabs.holder import Holder
from search.tabs.identity import tab_key, tooltip_of

MAX_TABS = 12
MAX_TITLE_LENGTH = 80
#: The tab that is always there.
HOME = "home"


@dataclass(frozen=True)
class ShownTab:
    """One tab: ``address`` is the path with the query string that it stands at."""

    key: str
    address: str
    title: str
    tooltip: str
    rows: int


@dataclass(frozen=True)
class TabStrip:
    """Open searches, the oldest first; ``current`` is the key of the one that is shown, or `HOME`, or empty.

    ``dropped`` are tabs that were closed to make room. ``query`` is what the page shows now, without its page key, for
    saving it; empty where that is no search; ``saved`` says that it is saved so already. ``focus`` is the key of the
    tab that the keyboard goes to. ``first`` asks the answer to carry the tab in a cookie (`search.tabs.first`).
    """

    tabs: tuple[ShownTab, ...] = ()
    current: str = ""
    dropped: tuple[ShownTab, ...] = ()
    query: str = ""
    saved: bool = False
    focus: str = ""
    first: ShownTab | None = None

    def neighbour_of(self, key: str) -> ShownTab | None:
        """The tab that takes the place of a closed one: the next, else the one before."""
        keys = [tab.key for tab in self.tabs]
        if key not in keys:
            return None
        place = keys.index(key)
        others = self.tabs[place + 1 :] or self.tabs[:place][-1:]
        return others[0] if others else None


def tab_of(page: ResultsPage) -> ShownTab:
    """The tab of a search that was run."""
    title = page.title if len(page.title) <= MAX_TITLE_LENGTH else page.title[: MAX_TITLE_LENGTH - 1] + "…"
    criteria = page.criteria
    address = f"{reverse('search:results')}?{criteria.to_query_string()}"
    return ShownTab(tab_key(criteria), address, title, tooltip_of(criteria), page.total)


def read_strip(holder: Holder, current: str = "") -> TabStrip:
    return TabStrip(tuple(map(_shown, _tabs_of(holder))), current)


def opened(holder: Holder, tabs: Sequence[ShownTab], now: dt.datetime, query: str = "", shown: int = 0) -> TabStrip:
    """The strip once ``tabs`` are open in it, the last of them the page's own.

    ``query`` is the query string of a search, empty for another page; ``shown`` how many rows it shows.

    One round trip writes and reads, whatever another window does at the same time; a second one closes the tab that was
    out of use longest when there are too many.
    """
    current = tabs[-1].key
    told = [_TELLING.format(sql.Literal(shown), sql.Literal(now), _saved_as(holder, query))] if query else []
    read = together(_opening(holder, tabs, now), *told, _reading(holder, query))[-1].rows
    rows = [_Kept(*values) for *values, _ in read]
    saved_id = read[0][-1] if read else None
    dropped = _without_room(rows, current)
    if dropped:
        Tab.objects.filter(pk__in=[row.pk for row in dropped]).delete()
    kept = [row for row in rows if row not in dropped]
    strip = TabStrip(tuple(map(_shown, kept)), current, tuple(map(_shown, dropped)), query)
    return replace(strip, saved=saved_id is not None)


def close(holder: Holder, key: str) -> None:
    Tab.objects.filter(holder.mine, key=key).delete()


def _tabs_of(holder: Holder) -> QuerySet[Tab]:
    return Tab.objects.filter(holder.mine).order_by("opened_at", "pk")


#: The saved search that says the same, the oldest where several do.
_SAVED = sql.SQL(
    "SELECT id FROM search_savedsearch WHERE {mine} AND query = {query} AND deleted_at IS NULL ORDER BY id LIMIT 1"
)
#: What a saved search shows now.
_TELLING = sql.SQL("UPDATE search_savedsearch SET rows = {}, opened_at = {} WHERE id = ({})")
_READING = sql.SQL(
    "SELECT id, key, address, title, tooltip, rows, used_at, ({saved}) FROM search_tab WHERE {mine}"
    " ORDER BY search_tab.opened_at, search_tab.id"
)


def _saved_as(holder: Holder, query: str) -> sql.Composed:
    return _SAVED.format(mine=_mine(holder), query=sql.Literal(query))


def _reading(holder: Holder, query: str) -> sql.Composed:
    return _READING.format(saved=_saved_as(holder, query), mine=_mine(holder))


def _mine(holder: Holder) -> sql.Composed:
    value = holder.owner.pk if holder.owner else holder.token
    return sql.SQL("{} = {}").format(_column_of(holder), sql.Literal(value))


def _column_of(holder: Holder) -> sql.Identifier:
    return sql.Identifier("owner_id" if holder.owner else "token")


_WRITTEN = ("owner_id", "token", "key", "address", "title", "tooltip", "rows", "opened_at", "used_at")
_OPENING = sql.SQL(
    "INSERT INTO search_tab ({columns}) VALUES {rows} ON CONFLICT ({holder}, key) DO UPDATE SET"
    " address = EXCLUDED.address, title = EXCLUDED.title, tooltip = EXCLUDED.tooltip, rows = EXCLUDED.rows,"
    " used_at = EXCLUDED.used_at"
)


def _opening(holder: Holder, tabs: Sequence[ShownTab], now: dt.datetime) -> sql.Composed:
    """The statement that puts tabs into the strip, or brings those up to date that are in it."""
    owner = holder.owner.pk if holder.owner else None
    rows = [
        (owner, holder.token, tab.key, tab.address, tab.title, tab.tooltip, tab.rows, moment, moment)
        for tab, moment in ((tab, now + dt.timedelta(microseconds=i)) for i, tab in enumerate(tabs))
    ]
    return _OPENING.format(
        columns=sql.SQL(", ").join(map(sql.Identifier, _WRITTEN)),
        rows=sql.SQL(", ").join(sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, row))) for row in rows),
        holder=_column_of(holder),
    )


@dataclass(frozen=True)
class _Kept:
    """What is read of a tab."""

    pk: int
    key: str
    address: str
    title: str
    tooltip: str
    rows: int
    used_at: dt.datetime


def _shown(row: Tab | _Kept) -> ShownTab:
    return ShownTab(row.key, row.address, row.title, row.tooltip, row.rows)


def _without_room(rows: Iterable[_Kept], current: str) -> list[_Kept]:
    """The tabs that were out of use longest, as many as are too many."""
    others = sorted((row for row in rows if row.key != current), key=lambda row: row.used_at)
    return others[: max(0, len(others) + 1 - MAX_TABS)]
