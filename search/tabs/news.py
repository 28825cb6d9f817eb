"""How many rows saved searches show now."""

import datetime as dt

from search.criteria import Criteria
from search.results import run


def rows_now(criteria: Criteria, now: dt.datetime) -> int | None:
    """The rows that a search shows at ``now``, None when it could not be run."""
    page = run(criteria.with_size(50), now)
    return None if page.failed else page.count
