"""What each room keeps of a person: the parts of My page, of the export, and of what goes with the account.

A room registers its keeper when it starts; `accounts` asks them all and knows none of them.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest

from accounts.models import User

#: Plain JSON values.
Record = Mapping[str, object]


@dataclass(frozen=True)
class Section:
    """A panel of My page: rows of cells under headings; the first cell of a row may lead to ``address``."""

    title: str
    icon: str
    headings: tuple[str, ...]
    rows: tuple["Row", ...]
    empty: str
    more: "Way | None" = None


@dataclass(frozen=True)
class Row:
    cells: tuple[str, ...]
    address: str = ""


@dataclass(frozen=True)
class Way:
    """A link under a panel."""

    label: str
    address: str


@dataclass(frozen=True)
class Keeper:
    """What a room answers about a person.

    name : of the file in the export.
    records : everything that is kept, for the export.
    section : the panel of My page, if any.
    forget : called in the transaction that deletes the account, for what the database does not remove with it.
    """

    name: str
    records: Callable[[User], Iterable[Record]]
    section: Callable[[HttpRequest, User, dt.datetime], Section] | None = None
    forget: Callable[[User], None] = field(default=lambda user: None)


_keepers: dict[str, Keeper] = {}


def register(keeper: Keeper) -> None:
    _keepers[keeper.name] = keeper


def keepers() -> tuple[Keeper, ...]:
    return tuple(_keepers.values())
