"""Statements that Django composes once and that run many times with other values.

Composing a small look-up costs more than the database takes to answer it.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import QuerySet


class Compiled:
    """A queryset of values whose ``marks`` are filled in at each call.

    Parameters
    ----------
    rows : makes the queryset; called once, when it is first asked.
    marks : values in the queryset that stand for others, by the names of those; no other value of it equals one.
    """

    def __init__(self, rows: Callable[[], QuerySet[Any, Any]], marks: Mapping[str, Any]) -> None:
        self._rows, self._marks = rows, marks

    def __call__(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows with ``values``, one for each mark, as the driver gives them."""
        statement, parameters = self._statement
        with connection.cursor() as cursor:
            cursor.execute(statement, [values[name] if name else own for name, own in parameters])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    @cached_property
    def _statement(self) -> tuple[str, tuple[tuple[str, Any], ...]]:
        """The statement, and its parameters: each with the name of the mark that it is, or none."""
        statement, parameters = self._rows().query.sql_with_params()
        named = tuple((self._named(parameter), parameter) for parameter in parameters)
        missing = self._marks.keys() - {name for name, _ in named}
        if missing:
            raise ValueError(f"the statement has no parameter for {', '.join(sorted(missing))}")
        return statement, named

    def _named(self, parameter: Any) -> str:
        return next((name for name, mark in self._marks.items() if mark == parameter), "")
