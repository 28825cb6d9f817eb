"""Pages of rows that are counted through by a number of their own: after a number, or before it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from django.http import QueryDict

from search.page import PageLinks

SIZES = (50, 100, 250, 500, 1000)
DEFAULT_SIZE = 100
_LARGEST_NUMBER = 2**31 - 1

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Look:
    """Which part of a table an address shows. Words that it cannot mean are taken for none."""

    after: int | None = None
    before: int | None = None
    size: int = DEFAULT_SIZE

    def query(self, **changes: object) -> str:
        """The query string of this look with other values, without a place unless one is given."""
        values: dict[str, object] = {"size": self.size} | changes
        defaults: dict[str, object] = {"size": DEFAULT_SIZE}
        return urlencode({key: value for key, value in values.items() if value not in ("", None, defaults.get(key))})

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What a form for another size repeats: nothing, it begins anew."""
        return []


def parse_look(query: QueryDict) -> Look:
    size = _number(query.get("size"))
    return Look(
        after=_number(query.get("after")),
        before=_number(query.get("before")),
        size=size if size in SIZES else DEFAULT_SIZE,
    )


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), _LARGEST_NUMBER) if is_number and text else None


@dataclass(frozen=True)
class Page(Generic[Row]):
    rows: list[Row]
    links: PageLinks


def page_of(rows: QuerySet[Row], key: str, look: Look) -> Page[Row]:
    """The rows that a look shows, in the order of the whole number ``key``, in one query."""
    backward = look.before is not None and look.after is None
    if backward:
        found = list(rows.filter(**{f"{key}__lt": look.before}).order_by(f"-{key}")[: look.size + 1])
    else:
        found = list(rows.filter(**{f"{key}__gt": look.after or 0}).order_by(key)[: look.size + 1])
    more = len(found) > look.size
    shown = found[: look.size]
    if backward:
        shown.reverse()
    return Page(shown, _links(look, shown, lambda row: getattr(row, key), more=more, backward=backward))


def _links(look: Look, shown: list[Row], number: Callable[[Row], int], *, more: bool, backward: bool) -> PageLinks:
    is_first = not more if backward else not look.after
    is_last = False if backward else not more
    if not shown:
        return PageLinks(first="" if is_first else look.query() or "after=0")
    return PageLinks(
        first="" if is_first else look.query() or "after=0",
        previous="" if is_first else look.query(before=number(shown[0])),
        next="" if is_last else look.query(after=number(shown[-1])),
        last="" if is_last else look.query(before=_LARGEST_NUMBER),
    )
