"""What the pages of a list and of a cross-match have in common."""

from collections.abc import Sequence

from search.columns import Column
from search.lists.look import ListLook
from search.page import Heading


class ShownGrid:
    """The grid of either page: rows from ``first_number`` on, which counts from 1."""

    look: ListLook
    headings: tuple[Heading, ...]
    rows: Sequence[object]
    first_number: int

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(heading.column for heading in self.headings)

    @property
    def last_number(self) -> int:
        return self.first_number + len(self.rows) - 1

    @property
    def size_fields(self) -> list[tuple[str, str]]:
        return self.look.size_fields
