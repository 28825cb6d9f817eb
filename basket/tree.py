"""The Download Manager as data: its figures, its filters, and the part of the tree that is shown."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict

from accounts.access import Decision, Person, Rights, decide, readable_by
from archive.models import Held, Listing, Observation, Product
from basket import figures
from basket.choosing import LevelTable, level_table
from basket.figures import Cell, Choice, FacetBoxes, Figure, facet_boxes, recommended_box
from basket.filters import FACETS, Filters
from basket.models import Basket, Tick
from basket.queries import entries, files, is_row_number, listed
from basket.references import why_not
from basket.selection import MISSING_REASONS, Outlook, outlook_of, readable_ones

OBSERVATIONS_PER_PAGE = 50
FILES_PER_FOLDER = 200
MAX_FILES_PER_FOLDER = 5_000
MAX_OPEN_FOLDERS = 25
#: A basket of so few observations begins with its folders open.
OPEN_AT_FIRST = 3
PICTURES = (".jpg", ".jpeg", ".png")
MAX_PREVIEWS = 50


# The tree ------------------------------------------------------------------------------------------------------------


class TriState:
    """``true``, ``false`` or ``mixed``, as aria-checked says it."""

    @staticmethod
    def of(ticked: int, shown: int) -> str:
        if not ticked or not shown:
            return "false"
        return "true" if ticked >= shown else "mixed"


@dataclass(frozen=True)
class FileRow:
    product: Product
    decision: Decision
    ticked: bool

    @property
    def held(self) -> bool:
        return self.product.held == Held.YES

    @property
    def missing_reason(self) -> str:
        return "" if self.held else MISSING_REASONS[Held(self.product.held)]

    @property
    def state(self) -> str:
        return "public" if self.decision.allowed else self.decision.reason.value

    @property
    def checked(self) -> str:
        return TriState.of(int(self.ticked), 1)


@dataclass
class ObservationFolder:
    observation: Observation
    files: int
    ticked: int
    readable: int
    size_bytes: int
    is_open: bool
    toggled: list[int]  # the open folders when this one is opened or closed
    rows: list[FileRow]

    @property
    def checked(self) -> str:
        return TriState.of(self.ticked, self.files)

    @property
    def state(self) -> str:
        """Exclusive where no shown file may be fetched."""
        return "exclusive" if self.files and not self.readable else "public"

    @property
    def files_refused(self) -> int:
        return self.files - self.readable

    @property
    def more_files(self) -> int:
        return self.files - len(self.rows) if self.is_open else 0

    @property
    def more_rows(self) -> int:
        """How many files the folder shows after "show more"; 0 where it shows as many as a page can."""
        return min(2 * len(self.rows), MAX_FILES_PER_FOLDER) if len(self.rows) < MAX_FILES_PER_FOLDER else 0


@dataclass
class MissionFolder:
    mission: str
    shown: Figure
    ticked: int
    observations: list[ObservationFolder]

    @property
    def checked(self) -> str:
        return TriState.of(self.ticked, self.shown.files)


@dataclass(frozen=True)
class View:
    """Which part of the tree the address asks for."""

    open: frozenset[int] | None = None  # None: the address says nothing
    after: int | None = None  # obsid before the page's first
    file: int | None = None  # the file in the details pane
    rows: int = FILES_PER_FOLDER  # files shown of each open folder

    @classmethod
    def parse(cls, query: QueryDict) -> "View":
        """What is no number is left out: an address that was cut short still shows the basket."""
        opened = frozenset(n for text in query.getlist("open") if (n := _number(text)) is not None)
        rows = _number(query.get("rows", "")) or FILES_PER_FOLDER
        return cls(
            open=opened if "open" in query else None,
            after=_number(query.get("after", "")),
            file=_number(query.get("file", "")),
            rows=min(max(rows, 1), MAX_FILES_PER_FOLDER),
        )


def _number(text: str) -> int | None:
    return int(text) if is_row_number(text) else None


@dataclass(frozen=True)
class Look:
    """Who looks at which basket, through which filters, at which part, and when."""

    basket: Basket
    filters: Filters
    view: View
    person: Person
    now: dt.datetime


@dataclass(frozen=True)
class TreePage:
    missions: list[MissionFolder]
    next_after: int | None
    observations: int  # with a shown file, on all pages


def tree_page(look: Look, table: Sequence[Cell]) -> TreePage:
    """The missions and observations of one page with their figures, and the files of the open folders."""
    passing = listed(look.basket).filter(look.filters.on_listings())
    parents = _parents(look.basket, passing)
    everyone = list(parents.values_list("obsid", flat=True))
    start = _start(parents, everyone, look.view.after)
    numbers = everyone[start : start + OBSERVATIONS_PER_PAGE]
    known = Observation.objects.in_bulk(numbers)
    page = [known[number] for number in numbers]
    folders = _folders(look, page, passing.filter(parent__in=numbers))
    next_after = numbers[-1] if len(everyone) > start + OBSERVATIONS_PER_PAGE else None
    return TreePage(_by_mission(folders, table, look.filters), next_after, len(everyone))


def _parents(basket: Basket, passing: QuerySet[Listing]) -> QuerySet[Observation]:
    """The observations with a shown file, in the tree's order; a basket has at most some thousand."""
    mine = Observation.objects.filter(pk__in=basket.observations.values("observation_id"))
    shown = mine.filter(Exists(passing.filter(parent=OuterRef("pk"))))
    return shown.order_by("obs_collection", "obs_id", "obsid")


def _start(parents: QuerySet[Observation], numbers: list[int], after: int | None) -> int:
    """Where the page behind an observation begins; one that is not shown any more is compared by its key."""
    if after in numbers:
        return numbers.index(after) + 1
    last = Observation.objects.filter(pk=after).first() if after is not None else None
    if last is None:
        return 0
    same_mission = Q(obs_collection=last.obs_collection)
    behind = parents.filter(
        Q(obs_collection__gt=last.obs_collection)
        | same_mission & Q(obs_id__gt=last.obs_id)
        | same_mission & Q(obs_id=last.obs_id, obsid__gt=last.obsid)
    )
    return len(numbers) - behind.count()


class _FolderFigures(NamedTuple):
    files: int
    size_bytes: int
    ticked: int
    readable: int


def _folders(look: Look, page: list[Observation], on_page: QuerySet[Listing]) -> list[ObservationFolder]:
    found = _folder_figures(look, on_page) if page else {}
    opened = _opened(look.view, page)
    rows = _file_rows(look, opened) if opened else {}
    return [
        ObservationFolder(
            observation=observation,
            **found[observation.pk]._asdict(),
            is_open=observation.pk in opened,
            toggled=sorted({*opened} ^ {observation.pk}) or [0],  # 0: none
            rows=rows.get(observation.pk, []),
        )
        for observation in page
    ]


def _opened(view: View, page: list[Observation]) -> list[int]:
    keys = [observation.pk for observation in page]
    if view.open is None:
        return keys if len(keys) <= OPEN_AT_FIRST else []
    return [key for key in keys if key in view.open][:MAX_OPEN_FOLDERS]


#: Distinct files of each folder by what decides whether a person may have them.
_FOLDERS = """
SELECT e.parent_id, min(p.id), count(*), sum(p.size_bytes)::bigint, count(t.product_id)
FROM ({entries}) AS e (parent_id, product_id) JOIN archive_product p ON p.id = e.product_id
LEFT JOIN basket_tick t ON t.product_id = p.id AND t.basket_id = %s
GROUP BY e.parent_id, p.observation_id, p.t_release
"""


def _folder_figures(look: Look, on_page: QuerySet[Listing]) -> dict[int, _FolderFigures]:
    query = on_page.order_by().values_list("parent_id", "product_id").distinct().query
    statement, parameters = query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_FOLDERS.replace("{entries}", statement), [*parameters, look.basket.pk])
        groups = cursor.fetchall()
    readable = readable_ones([one for _, one, *_ in groups], look.person, look.now)
    found: dict[int, _FolderFigures] = {}
    for parent, one, number, size_bytes, ticked in groups:
        so_far = found.get(parent, _FolderFigures(0, 0, 0, 0))
        more = (number, size_bytes, ticked, number if one in readable else 0)
        found[parent] = _FolderFigures(*(a + b for a, b in zip(so_far, more, strict=True)))
    return found


def _is_ticked(basket: Basket) -> Exists:
    return Exists(Tick.objects.filter(basket=basket, product=OuterRef("product")))


def _file_rows(look: Look, opened: Sequence[int]) -> dict[int, list[FileRow]]:
    listings = entries(look.basket).filter(look.filters.on_listings(), parent_id__in=opened)
    order = [F("product__filename"), F("product__uri")]
    ranked = (
        listings.annotate(
            is_ticked=_is_ticked(look.basket),
            rank=Window(RowNumber(), partition_by=[F("parent_id")], order_by=order),
        )
        .filter(rank__lte=look.view.rows)
        .select_related("product__observation")
        .order_by("parent_id", "rank")
    )
    rows: dict[int, list[FileRow]] = {}
    rights = Rights(look.person, look.now)
    for listing in ranked:
        row = FileRow(listing.product, decide(look.person, listing.product, look.now, rights), listing.is_ticked)
        rows.setdefault(listing.parent_id, []).append(row)
    return rows


def _by_mission(folders: Sequence[ObservationFolder], table: Sequence[Cell], filters: Filters) -> list[MissionFolder]:
    mission_facet = next(facet for facet in FACETS if facet.column == "obs_collection")
    missions: dict[str, MissionFolder] = {}
    for folder in folders:
        name = folder.observation.obs_collection
        if name not in missions:
            inside = [cell for cell in table if cell.value(mission_facet) == name and cell.passes(filters)]
            ticked = sum(cell.files for cell in inside if cell.ticked)
            missions[name] = MissionFolder(name, Figure.of(inside), ticked, [])
        missions[name].observations.append(folder)
    return list(missions.values())


# The page ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Details:
    """The file in the details pane."""

    product: Product
    decision: Decision
    recommended: bool
    preview: Product | None

    @property
    def missing_reason(self) -> str:
        held = Held(self.product.held)
        return "" if held == Held.YES else MISSING_REASONS[held]


def details(look: Look) -> Details | None:
    """The file that the address names, when the basket has it."""
    if look.view.file is None:
        return None
    product = files(look.basket).select_related("observation").filter(pk=look.view.file).first()
    if product is None:
        return None
    recommended = listed(look.basket).filter(product=product, recommended=True).exists()
    return Details(product, decide(look.person, product, look.now), recommended, _preview(look, product))


def _preview(look: Look, product: Product) -> Product | None:
    """A picture of the same observation that the person may see, of the same file if there is one."""
    pictures = Product.objects.filter(
        observation=product.observation, product_type="PREVIEW", extension__in=PICTURES, held=Held.YES
    )
    seen = list(readable_by(pictures, look.person, look.now).order_by("filename")[:MAX_PREVIEWS])
    stem = product.filename.removesuffix(product.extension)
    return next((picture for picture in seen if picture.filename.startswith(stem)), seen[0] if seen else None)


@dataclass(frozen=True)
class Manager:
    """Everything that the Download Manager shows. Figures count each file once; entries once an observation."""

    total: Figure
    shown: Figure
    selected: Figure
    selected_hidden: int
    entries: int
    arriving: Outlook
    recommended: Choice
    facets: list[FacetBoxes]
    filters: Filters
    tree: TreePage
    details: Details | None
    level_table: LevelTable
    no_references: str  # why Retrieve References is off; empty where it is on

    @property
    def opened(self) -> list[int]:
        """The open folders, so that a change of filters keeps them."""
        return [
            folder.observation.pk for mission in self.tree.missions for folder in mission.observations if folder.is_open
        ]

    @property
    def hidden(self) -> int:
        return self.total.files - self.shown.files

    @property
    def duplicates(self) -> int:
        return self.entries - self.total.files

    @property
    def all_checked(self) -> str:
        return TriState.of(self.selected.files - self.selected_hidden, self.shown.files)


def manager(look: Look) -> Manager:
    survey = figures.survey(look.basket)
    table = survey.cells
    ticked = [cell for cell in table if cell.ticked]
    selected = Figure.of(ticked)
    return Manager(
        total=Figure.of(table),
        shown=Figure.of(cell for cell in table if cell.passes(look.filters)),
        selected=selected,
        selected_hidden=sum(cell.files for cell in ticked if not cell.passes(look.filters)),
        entries=sum(cell.entries for cell in table),
        arriving=replace(
            outlook_of(survey.ticked, look.person, look.now),
            duplicates=sum(cell.entries for cell in ticked) - selected.files,
        ),
        recommended=recommended_box(table, look.filters),
        facets=facet_boxes(table, look.filters),
        filters=look.filters,
        tree=tree_page(look, table),
        details=details(look),
        level_table=level_table(table),
        no_references=why_not(table, look.filters),
    )
