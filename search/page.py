"""What one page of a search holds, ready for a template."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.models import Observation, ObservationState
from archive.sky import Outline, outlines
from search.cells import Cell, cells_of
from search.collections import Collection
from search.collections.collection import FoundTarget
from search.columns import Column
from search.criteria import Criteria
from search.facets.model import EnumFacet, EnumValue, Facet, FacetPanel
from search.messages import Message
from search.viewers.groups import Action


@dataclass(frozen=True)
class Row:
    """An observation in the grid.

    ``number`` counts from 1 through the whole search. ``state_text`` says the state in full: "exclusive until
    2026-12-07 · Program 2736". ``outlines`` are the shapes of the footprint for drawing; empty for a row without one,
    whose ``observation.s_ra`` and ``s_dec`` may still be known. ``columns`` are those of the grid, ``actions`` the
    viewers that have a file to read.
    """

    observation: Observation
    number: int
    state: ObservationState
    state_text: str
    columns: tuple[Column, ...]
    actions: frozenset[Action] = frozenset()

    @property
    def cells(self) -> tuple[Cell, ...]:
        return cells_of(self.observation, self.columns)

    @property
    def outlines(self) -> Sequence[Outline]:
        return outlines(self.observation.footprint or [])

    @property
    def obsid(self) -> int:
        return self.observation.obsid

    @property
    def has_files(self) -> bool:
        """Planned rows have nothing to take home."""
        return self.state is not ObservationState.PLANNED


@dataclass(frozen=True)
class Heading:
    """A column's heading: ``sorted`` is "ascending", "descending" or empty; ``query`` the search after a click.

    ``place`` is the column's place in an order of several columns, 0 when the rows are not sorted by it.
    """

    column: Column
    sorted: str = ""
    place: int = 0
    query: str = ""
    #: The search after a click with shift, which keeps the order so far.
    added_query: str = ""


@dataclass(frozen=True)
class PageLinks:
    """Query strings of the neighbouring pages; empty where there is none."""

    first: str = ""
    previous: str = ""
    next: str = ""
    last: str = ""


@dataclass(frozen=True)
class PageSize:
    size: int
    chosen: bool
    query: str


@dataclass(frozen=True)
class ResultsPage:
    """Everything that the results page shows.

    ``count`` counts what the filters leave of ``total``; with ``is_exact`` False there are at least so many. The page
    holds rows ``first_number`` to ``last_number`` of them, both 0 when there is none. ``panel`` are the filters.
    ``failed`` means that nothing could be searched: a message says why.
    """

    criteria: Criteria
    collection: Collection
    title: str
    headings: tuple[Heading, ...] = ()
    rows: tuple[Row, ...] = ()
    count: int = 0
    total: int = 0
    is_exact: bool = True
    first_number: int = 0
    last_number: int = 0
    panel: FacetPanel | None = None
    target: FoundTarget | None = None
    links: PageLinks = PageLinks()
    sizes: tuple[PageSize, ...] = ()
    messages: tuple[Message, ...] = ()
    #: The search without filters; empty when there are none.
    clear_filters_query: str = ""
    failed: bool = False
    #: What a template needs besides and depends on nothing but the page: made once of a page that is shown again.
    written: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def query_with_columns(self) -> str:
        """The query string with the columns as they are shown, those by default included."""
        query = self.criteria.to_query_string()
        names = ",".join(heading.column.name for heading in self.headings)
        return query if self.criteria.columns else f"{query}&columns={names}"

    @property
    def facets(self) -> tuple[EnumFacet, ...]:
        """Access and Mission, in this order."""
        enumerated = {facet.column.name: facet for facet in self._facets if isinstance(facet, EnumFacet)}
        return tuple(enumerated[name] for name in ("state", "obs_collection") if name in enumerated)

    @property
    def state_counts(self) -> tuple[EnumValue, ...]:
        """The three states in their order, for the legend."""
        return next((facet.values for facet in self.facets if facet.column.name == "state"), ())

    @property
    def _facets(self) -> tuple[Facet, ...]:
        return self.panel.facets if self.panel else ()
