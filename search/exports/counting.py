"""How many rows a file would have."""

import datetime as dt

from django.conf import settings
from django.db import OperationalError
from psycopg.errors import QueryCanceled

from search.criteria import Criteria
from search.exports.choices import ExportError
from search.narrowing import RowCount, count_up_to, rows_of
from search.query import Observations
from search.results import time_limit


def rows_within_limit(criteria: Criteria, now: dt.datetime) -> RowCount:
    """The number of rows of a search, counted no further than an export goes.

    Raises
    ------
    SearchError : what cannot be searched, or takes too long.
    """
    return counted(rows_of(criteria, now))


def counted(rows: Observations) -> RowCount:
    try:
        with time_limit():
            return count_up_to(rows, settings.EXPORT_LIMIT_ROWS)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise ExportError(
            f"The rows could not be counted within {settings.SEARCH_TIMEOUT_S} s.",
            "Search a smaller radius, or fewer programs at a time.",
        ) from None
