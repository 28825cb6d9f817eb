"""What the page of a list shows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from search.columns import Column
from search.facets import Facet, FacetPanel, Offer, TextFilter
from search.grid_columns import ColumnChoice, column_choices
from search.lists.actions import fields_of, roles_of
from search.lists.columns import list_columns
from search.lists.footprints import Footprints, footprints_of, shapes_of_footprints
from search.lists.look import ListLook
from search.lists.roles import Roles
from search.lists.rows import looked_at
from search.lists.shown import ShownGrid
from search.lists.table import Field, Format
from search.locator import Chart, Shape, chart
from search.models import RowState, TargetList, TargetRow
from search.page import Heading, PageLinks
from search.sky.shapes import Shape as SkyShape
from search.sky.shapes import Source, source

#: Bad lines that the page of a list tells in full; the filter of the state shows all.
BAD_NAMED = 5


@dataclass(frozen=True)
class ListPage(ShownGrid):
    """A list as its page shows it: ``count`` rows of ``total`` fit the look, ``pending`` wait for a resolver.

    ``columns`` are those of the grid in its order, ``choices`` all of them for Edit Columns. ``sources`` are the
    placed rows that fit the look, on every page, for a sky view; ``sky_rows`` the footprints of this page's.
    ``bad_rows`` are the first of the ``bad`` lines.
    """

    own: TargetList
    fields: tuple[Field, ...]
    roles: Roles
    look: ListLook
    headings: tuple[Heading, ...]
    column_choices: tuple[ColumnChoice, ...]
    rows: tuple[TargetRow, ...]
    panel: FacetPanel
    count: int
    total: int
    placed: int
    pending: int
    bad: int
    bad_rows: tuple[TargetRow, ...]
    links: PageLinks
    first_number: int
    chart: Chart | None
    sky_rows: list[SkyShape]
    sources: list[Source]

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


def list_page(own: TargetList, look: ListLook) -> ListPage:
    """The page of a list that a look asks for.

    Raises
    ------
    ConstraintError : a filter that cannot be read.
    """
    fields, roles = fields_of(own), roles_of(own)
    columns = list_columns(fields)
    looked = looked_at(own, columns, look)
    counted = looked.facets()
    number = min(look.number, max(1, math.ceil(counted.shown / look.size)))
    first = (number - 1) * look.size
    rows = tuple(looked.rows[first : first + look.size])
    counts = own.rows.aggregate(
        placed=Count("pk", filter=Q(state=RowState.RESOLVED)),
        pending=Count("pk", filter=Q(pending=True)),
        bad=Count("pk", filter=Q(state=RowState.BAD)),
    )
    shown = look.shown_columns(columns)
    footprints = footprints_of(rows, roles)
    return ListPage(
        own=own,
        fields=fields,
        roles=roles,
        look=look,
        headings=tuple(heading_of(column, look) for column in shown),
        column_choices=column_choices(columns[1:], shown, is_cone=False),
        rows=rows,
        panel=panel_of_look(look, columns, counted.facets),
        count=counted.shown,
        total=counted.total,
        placed=counts["placed"],
        pending=counts["pending"],
        bad=counts["bad"],
        bad_rows=tuple(own.rows.filter(state=RowState.BAD).order_by("number")[:BAD_NAMED]) if counts["bad"] else (),
        links=links_of(look, number, counted.shown),
        first_number=first + 1 if rows else 0,
        chart=_chart(footprints),
        sky_rows=shapes_of_footprints(footprints),
        sources=_sources(looked.rows),
    )


def heading_of(column: Column, look: ListLook) -> Heading:
    names = [key.column for key in look.sort]
    place = names.index(column.name) + 1 if column.name in names else 0
    way = ("descending" if look.sort[place - 1].descending else "ascending") if place else ""
    if not column.sortable:
        return Heading(column, way, place)
    clicked, added = look.with_sort_clicked(column.name, look.sort), look.with_sort_added(column.name, look.sort)
    return Heading(column, way, place, _query(clicked), _query(added))


def _query(look: ListLook) -> str:
    """The query string; never empty, so that it tells a link from none."""
    return look.to_query_string() or "page=1"


def links_of(look: ListLook, number: int, count: int) -> PageLinks:
    def link(page: int) -> str:
        return _query(look.at_page(str(page) if page > 1 else ""))

    last = math.ceil(count / look.size)
    return PageLinks(
        first=link(1) if number > 1 else "",
        previous=link(number - 1) if number > 1 else "",
        next=link(number + 1) if number < last else "",
        last=link(last) if number < last else "",
    )


def panel_of_look(
    look: ListLook, offered: Sequence[Column], facets: tuple[Facet, ...], too_many: str = ""
) -> FacetPanel:
    """The filters panel; ``offered`` are the columns that can be facets."""
    names = look.facet_names(tuple(offered))
    return FacetPanel(
        facets=facets,
        text=TextFilter(look.text, _query(look.with_text("")) if look.text else ""),
        offers=tuple(Offer(column, column.name in names, "") for column in offered),
        clear_query=_query(look.without_filters()) if look.is_filtered else "",
        reset_query=_query(look.with_facets(())) if look.facets else "",
        too_many=too_many,
    )


def _sources(rows: QuerySet[TargetRow]) -> list[Source]:
    """Every placed row, by its number, and with its name."""
    placed = rows.filter(state=RowState.RESOLVED, ra_deg__isnull=False, dec_deg__isnull=False)
    found = placed.values_list("number", "name", "ra_deg", "dec_deg")
    return [
        source(str(number), ra, dec, name or f"row {number}")
        for number, name, ra, dec in found
        if ra is not None and dec is not None
    ]


def _chart(footprints: Footprints) -> Chart | None:
    """The rows of a page as marks, those with a footprint by its outline."""
    marks = [mark_of(row, footprint) for row, footprint in footprints]
    return chart(marks) if marks else None


def mark_of(row: TargetRow, footprint: list[float] | None = None) -> Shape:
    """A row on the sky; its number stands where an observation has its own."""
    return Shape(row.number, "", "public", str(row), footprint or [], row.ra_deg, row.dec_deg)
