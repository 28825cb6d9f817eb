"""Everything about one observation."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from archive import columns as published
from archive import sky
from archive.clock import to_mjd
from archive.models import Held, Listing, Observation, ObservationState, Product, Program
from search import formats
from search.cells import state_text
from search.columns import OBSERVATION_COLUMNS, SortKey
from search.paging import Order

MAX_OBSID = 2**63
IN_TIME = Order.of((SortKey("t_min"),), OBSERVATION_COLUMNS)


@dataclass(frozen=True)
class Fact:
    """One column in words. ``name`` is the published spelling; ``more`` is another form of the value."""

    name: str
    label: str
    value: str
    more: str = ""
    unit: str = ""
    description: str = ""


@dataclass(frozen=True)
class FileGroup:
    """Files of one category in an observation's list, each file counted once."""

    category: str
    files: int
    size_bytes: int
    held_files: int

    @property
    def not_held_files(self) -> int:
        return self.files - self.held_files


@dataclass(frozen=True)
class FileSummary:
    """What the observation's list of files holds."""

    groups: tuple[FileGroup, ...]
    recommended_files: int
    recommended_bytes: int

    @property
    def total(self) -> FileGroup:
        return FileGroup(
            "",
            sum(group.files for group in self.groups),
            sum(group.size_bytes for group in self.groups),
            sum(group.held_files for group in self.groups),
        )


@dataclass(frozen=True)
class ObservationDetails:
    """One observation: every column, its state, its files, its program and its neighbours in time there."""

    observation: Observation
    state: ObservationState
    state_text: str
    facts: tuple[Fact, ...]
    files: FileSummary
    program: Program | None
    program_observations: int
    previous: Observation | None
    next: Observation | None
    outlines: Sequence[sky.Outline]


def observation_details(obsid: int, now: dt.datetime) -> ObservationDetails | None:
    """The observation with this number at ``now``; None when there is none."""
    if not 0 <= obsid < MAX_OBSID:
        return None
    row = Observation.objects.with_state(to_mjd(now)).filter(obsid=obsid).first()
    if row is None:
        return None
    state = ObservationState(getattr(row, "state"))  # noqa: B009 - an annotation, which types do not know
    siblings = Observation.objects.filter(obs_collection=row.obs_collection, proposal_id=row.proposal_id)
    siblings = siblings if row.proposal_id else siblings.none()
    return ObservationDetails(
        observation=row,
        state=state,
        state_text=state_text(row, state),
        facts=facts_of(row, state),
        files=file_summary(row),
        program=Program.objects.filter(mission=row.obs_collection, number=row.proposal_id).first(),
        program_observations=siblings.count(),
        previous=_neighbour(siblings, row, backward=True),
        next=_neighbour(siblings, row, backward=False),
        outlines=sky.outlines(row.footprint) if row.footprint else [],
    )


def facts_of(row: Observation, state: ObservationState) -> tuple[Fact, ...]:
    """Every published column of an observation, in the archive's order."""
    return tuple(_fact(row, state, column) for column in published.OBSERVATION_COLUMNS if column.name != "distance")


def _fact(row: Observation, state: ObservationState, column: published.Column) -> Fact:
    if column.name == "dataRights":
        value, more = ("EXCLUSIVE_ACCESS" if state is ObservationState.EXCLUSIVE else "PUBLIC"), ""
    else:
        value, more = _words(getattr(row, column.field), column)
    return Fact(column.name, column.label, value, more, column.unit if value else "", column.description)


def _words(value: object, column: published.Column) -> tuple[str, str]:
    """A value, and the same in another form where there is one."""
    if value is None or value == "":
        return "", ""
    if isinstance(value, float):
        return _number_words(value, column)
    return (str(value).lower() if isinstance(value, bool) else str(value)), ""


def _number_words(value: float, column: published.Column) -> tuple[str, str]:
    if column.type is published.ColumnType.MJD:
        return f"{value:.8f}".rstrip("0").rstrip("."), f"{formats.utc_second(value)} UTC"
    sexagesimal = {"s_ra": formats.sexagesimal_ra, "s_dec": formats.sexagesimal_dec}.get(column.name)
    return f"{value:.10g}", sexagesimal(value) if sexagesimal else ""


def file_summary(row: Observation) -> FileSummary:
    """Files of an observation's list by category; a file that is listed several times counts once."""
    listed = Listing.objects.filter(parent=row, reference=False, product=OuterRef("pk"))
    products = Product.objects.filter(Exists(listed)).annotate(is_recommended=Exists(listed.filter(recommended=True)))
    groups = products.order_by("product_type").values("product_type").annotate(
        files=Count("pk"),
        size=Sum("size_bytes"),
        held_files=Count("pk", filter=Q(held=Held.YES)),
        chosen=Count("pk", filter=Q(is_recommended=True)),
        chosen_size=Sum("size_bytes", filter=Q(is_recommended=True), default=0),
    )  # fmt: skip
    rows = list(groups)
    return FileSummary(
        groups=tuple(
            FileGroup(group["product_type"], group["files"], group["size"], group["held_files"]) for group in rows
        ),
        recommended_files=sum(group["chosen"] for group in rows),
        recommended_bytes=sum(group["chosen_size"] for group in rows),
    )


def _neighbour(siblings: QuerySet[Observation], row: Observation, *, backward: bool) -> Observation | None:
    """The observation before or after ``row`` in its program's time; rows without a time stand last."""
    beyond = siblings.filter(IN_TIME.beyond(IN_TIME.values_of(row), backward=backward))
    return beyond.order_by(*IN_TIME.order_by(backward=backward)).only("obsid", "obs_collection", "obs_id").first()
