"""Headings of the grid and the lines of Edit Columns as HTML, by plain joins: a template takes ten times as long."""

from collections.abc import Sequence
from functools import cache, lru_cache

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from archive.templatetags.portal import icon
from search.columns import Column
from search.grid_columns import ColumnChoice
from search.page import Heading

_ARROWS = {"ascending": "caret-up-fill", "descending": "caret-down-fill"}
_LINK = (
    '<a id="h-{name}" href="{here}?{query}" hx-get="{here}?{query}" data-added="{added}" draggable="false">{text}</a>'
)
_CHOICE = (
    '<li><label><input class="tick" type="checkbox" name="column" value="{name}"{checked}> '
    '<span class="cut"{title}>{label}</span></label> <span class="moves">{drop}'
    '<button class="fold" type="submit" name="earlier" value="{name}"'
    ' aria-label="Move {label} to the left" title="To the left">{up}</button>'
    '<button class="fold" type="submit" name="later" value="{name}"'
    ' aria-label="Move {label} to the right" title="To the right">{down}</button></span></li>'
)
_DROP = (
    '<button class="fold" type="submit" name="drop" value="{}" aria-label="Delete the created column {}"'
    ' title="Delete {}">{}</button>'
)


def headings_html(headings: Sequence[Heading], *, several: bool) -> SafeString:
    """The cells of the heading row; with ``several`` columns to sort by, each says its place among them."""
    here = reverse("search:results")
    return SafeString(
        "".join(_heading(heading, here, first=not place, several=several) for place, heading in enumerate(headings))
    )


def _heading(heading: Heading, here: str, *, first: bool, several: bool) -> str:
    column = heading.column
    sort = f' aria-sort="{heading.sorted}"' if heading.sorted else ""
    return f"{_opened(column, first=first)}{sort}>{_name(heading, here)}{_unit(column)}{_order(heading, several)}</th>"


def _name(heading: Heading, here: str) -> str:
    column = heading.column
    text: str = escape(column.heading)
    if not heading.query:
        return text
    query, added = escape(heading.query), escape(heading.added_query)
    return _LINK.format(name=escape(column.name), here=here, query=query, added=added, text=text)


def _order(heading: Heading, several: bool) -> str:
    if not heading.sorted:
        return ""
    place = f'<span class="place">{heading.place}</span>' if several else ""
    return f" {icon(_ARROWS[heading.sorted])}{place}"


@lru_cache(maxsize=1000)
def _opened(column: Column, *, first: bool) -> str:
    """The beginning of a heading's start tag, with its tool tip."""
    classes = " ".join(name for name, wanted in (("f-first", first), ("right", column.align_right)) if wanted)
    says = [
        f"{column.label}." if column.short else "",
        column.description,
        f"Unit: {column.unit}" if column.unit else "",
    ]
    title = escape(" ".join(filter(None, says)))
    return f'<th class="{classes}" scope="col" draggable="true" data-column="{escape(column.name)}" title="{title}"'


@lru_cache(maxsize=1000)
def _unit(column: Column) -> str:
    if not column.unit:
        return ""
    unit = escape(column.unit)
    both = column.name in {"s_ra", "s_dec"}
    shown = f'<span class="sexa">{unit}</span><span class="deg">deg</span>' if both else unit
    return f' <span class="unit">{shown}</span>'


def sort_menu_html(headings: Sequence[Heading]) -> SafeString:
    """The columns by which cards on a small screen can be sorted, each a link in a line."""
    here = reverse("search:results")
    return SafeString("".join(_sorting(heading, here) for heading in headings if heading.query))


def _sorting(heading: Heading, here: str) -> str:
    query = escape(heading.query)
    return f'<li><a href="{here}?{query}" hx-get="{here}?{query}">{escape(heading.column.label)}</a></li>'


@lru_cache(maxsize=100)
def choices_html(choices: tuple[ColumnChoice, ...]) -> SafeString:
    """The lines of Edit Columns."""
    return SafeString("".join(_choice(choice.column, choice.shown) for choice in choices))


def _choice(column: Column, shown: bool) -> str:
    name, label = escape(column.name), escape(column.label)
    return _CHOICE.format(
        name=name,
        label=label,
        checked=" checked" if shown else "",
        title=f' title="{escape(column.description)}"' if column.description else "",
        drop=_DROP.format(name, label, escape(column.expression), _icon("trash")) if column.expression else "",
        up=_icon("arrow-up"),
        down=_icon("arrow-down"),
    )


@cache
def _icon(name: str) -> str:
    return str(icon(name))
