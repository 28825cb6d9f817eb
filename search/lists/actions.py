"""Keeping lists: one operation each, set by set."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from search.lists.limits import KEPT_WITHOUT_ACCOUNT, MAX_LISTS, NETWORK_BUDGET_S
from search.lists.places import Place, places
from search.lists.roles import Guess, Roles, guess
from search.lists.table import Cell, Field, FieldType, Format, ListError, Table
from search.models import CrossMatchPair, RowState, TargetList, TargetRow
from search.resolver.batch import Findings, resolve_many
from search.resolver.interfaces import Resolution
from search.tabs.holder import Holder

MAX_NAME_LENGTH = 80
_BATCH = 2000
_PLACED = ("name", "ra_deg", "dec_deg", "state", "pending", "source", "message")


def fields_of(own: TargetList) -> tuple[Field, ...]:
    return tuple(Field(**{**field, "type": FieldType(field["type"])}) for field in own.fields)


def roles_of(own: TargetList) -> Roles:
    return Roles(**own.roles)


# Making a list -------------------------------------------------------------------------------------------------------


def create(holder: Holder, name: str, table: Table, now: dt.datetime) -> TargetList:
    """Keep a table as a list of its own, and give its rows their places.

    Raises
    ------
    ListError : the person has too many lists, or no line of the table can be read.
    """
    if TargetList.objects.filter(holder.mine).count() >= MAX_LISTS:
        raise ListError(f"You have {MAX_LISTS} lists.", "Delete one of them first.")
    if all(line.problem for line in table.lines):
        raise ListError(*_nothing_to_read(table))
    found = guess(table.fields) if table.format is not Format.NAMES else Guess(Roles(name=0))
    own = TargetList(
        owner=holder.owner,
        token=holder.token,
        name=_shortened(name),
        format=table.format.value,
        fields=[asdict(field) for field in table.fields],
        roles=found.roles.as_json(),
        ambiguous=found.ambiguous,
        notes=list(table.notes),
        created_at=now,
        used_at=now,
    )
    rows = [
        TargetRow(
            target_list=own,
            number=number,
            line=line.number,
            state=RowState.BAD if line.problem else RowState.UNRESOLVED,
            message=line.problem,
            name=line.text if line.problem else "",
            cells=None if line.problem else list(line.cells),
        )
        for number, line in enumerate(table.lines, start=1)
    ]
    _place(own, [row for row in rows if row.cells is not None])
    with transaction.atomic():
        own.save(force_insert=True)
        TargetRow.objects.bulk_create(rows, batch_size=_BATCH)
    return own


def _nothing_to_read(table: Table) -> tuple[str, str]:
    if not table.lines:
        return "The table has no rows.", "Add rows below its header."
    first = table.lines[0]
    return f"No line can be read. Line {first.number}: {first.problem}", "Correct the file and upload it again."


def _shortened(name: str) -> str:
    visible = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split()) or "Target list"
    return visible if len(visible) <= MAX_NAME_LENGTH else visible[: MAX_NAME_LENGTH - 1] + "…"


# Where its rows lie --------------------------------------------------------------------------------------------------


def choose_position(own: TargetList, roles: Roles) -> None:
    """Take these columns for the position, the name and the footprint, and place all rows anew."""
    own.roles, own.ambiguous = roles.as_json(), ""
    rows = list(own.rows.filter(cells__isnull=False).order_by("number"))
    _place(own, rows)
    with transaction.atomic():
        own.save(update_fields=["roles", "ambiguous"])
        own.matches.all().delete()
        _write(rows)


def resolve_again(own: TargetList) -> int:
    """Ask the resolvers for the names that have no position; the number of rows that have one now."""
    rows = list(own.rows.filter(state=RowState.UNRESOLVED).exclude(name="").order_by("number"))
    _resolve(rows)
    _write(rows)
    return sum(row.state == RowState.RESOLVED for row in rows)


def _write(rows: Sequence[TargetRow]) -> None:
    TargetRow.objects.bulk_create(
        rows, batch_size=_BATCH, update_conflicts=True, update_fields=_PLACED, unique_fields=["id"]
    )


def _place(own: TargetList, rows: Sequence[TargetRow]) -> None:
    """Set the places of readable rows, without writing them."""
    cells: list[Sequence[Cell]] = [row.cells or [] for row in rows]
    found = places(cells, fields_of(own), roles_of(own), Format(own.format))
    for row, place in zip(rows, found, strict=True):
        _write_place(row, place)
    if own.ambiguous:
        return
    _resolve([row for row, place in zip(rows, found, strict=True) if place.asked and place.ra_deg is None])


def _write_place(row: TargetRow, place: Place) -> None:
    row.name, row.ra_deg, row.dec_deg = place.name, place.ra_deg, place.dec_deg
    row.source, row.pending = place.source, False
    if place.problem:
        row.state, row.message = RowState.BAD, place.problem
    elif place.ra_deg is not None:
        row.state, row.message = RowState.RESOLVED, place.note
    else:
        row.state = RowState.UNRESOLVED
        row.message = place.note or "The row has no position and no name."


def _resolve(rows: Sequence[TargetRow]) -> None:
    findings = resolve_many((row.name for row in rows), NETWORK_BUDGET_S)
    unasked = set(findings.unasked)
    for row in rows:
        resolution = findings.known.get(row.name)
        if resolution:
            _write_resolution(row, resolution)
        else:
            row.pending = row.name in unasked
            row.message = _why_not(findings) if row.pending else "No resolver knows the name."


def _write_resolution(row: TargetRow, resolution: Resolution) -> None:
    row.state, row.pending, row.message = RowState.RESOLVED, False, ""
    row.ra_deg, row.dec_deg = resolution.ra_deg, resolution.dec_deg
    row.source = f"{resolution.resolver}: {resolution.canonical_name}"


def _why_not(findings: Findings) -> str:
    reason = f": {findings.unreachable}" if findings.unreachable else ""
    return f"Not asked of the network yet{reason}."


def counted(lists: QuerySet[TargetList]) -> QuerySet[TargetList]:
    """Lists with the numbers of their rows and of those with a position, ``total`` and ``placed``."""
    return lists.annotate(total=Count("rows"), placed=Count("rows", filter=Q(rows__state=RowState.RESOLVED)))


def touch(own: TargetList, now: dt.datetime) -> None:
    """Remember that a list is in use, to the day."""
    if own.used_at < now - dt.timedelta(days=1):
        TargetList.objects.filter(pk=own.pk).update(used_at=now)


# Letting go ----------------------------------------------------------------------------------------------------------


def delete(own: TargetList) -> None:
    """Delete a list with its cross-matches, the long tables in one statement each."""
    with transaction.atomic():
        found = CrossMatchPair.objects.filter(cross_match__target_list=own)
        found._raw_delete(found.db)
        own.rows.all()._raw_delete(found.db)
        own.delete()


def forget_lists(now: dt.datetime) -> None:
    """Delete lists of sessions out of use; ``now`` of the machine's clock, as lists are dated."""
    for own in TargetList.objects.filter(owner=None, used_at__lt=now - KEPT_WITHOUT_ACCOUNT):
        delete(own)
