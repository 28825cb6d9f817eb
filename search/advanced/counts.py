"""How many records match, and how they are spread over the values of the open dialogs.

The rows of the search box (all rows while it is empty) are counted by `search.facets`, with the criteria as its
filters: a dialog's own criterion is left out of its counts, so that a tick can be judged beforehand. When there are
very many rows the dialogs count a part of them, spread evenly, and say so; how many records match is exact.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_, or_

from django.core.cache import cache
from django.db import OperationalError
from django.db.models import F, Q
from django.db.models.functions import Mod
from psycopg.errors import QueryCanceled

from search import query
from search.columns import Column
from search.facets import EnumFacet, RangeFacet
from search.facets.asked import Asked
from search.facets.counting import Counted, count_facets
from search.query import Constraint, Observations
from search.results import time_limit

#: Rows that the dialogs count exactly; of more, about `SAMPLED_ROWS`: every fifth, sixth … row.
COUNTED_ROWS = 250_000
SAMPLED_ROWS = 60_000
#: Criteria up to which the rows near a match are told from the others; the statement grows with their square.
MOST_CRITERIA = 8
#: Values of one dialog that are looked through.
MOST_VALUES = 20_000
#: Seconds that an answer is kept: going back, folding and sorting ask for the same counts again.
KEPT_S = 30


@dataclass(frozen=True)
class Counts:
    """``count`` of ``total`` records match; None when they were not counted, for ``reason``.

    ``values`` and ``ranges`` are the facets of the columns asked for. They count every ``one_in``-th row.
    """

    count: int | None
    total: int | None
    values: Mapping[str, EnumFacet] = field(default_factory=dict)
    ranges: Mapping[str, RangeFacet] = field(default_factory=dict)
    one_in: int = 1
    reason: str = ""


NOT_COUNTED = Counts(None, None)


def counted(
    constraints: Sequence[Constraint],
    criteria: Mapping[str, Q],
    asked: Sequence[Column],
    now: dt.datetime,
) -> Counts:
    """What matches ``constraints`` and all ``criteria`` (conditions by column), spread over the columns ``asked``."""
    rows = query.observations(constraints, now)
    try:
        with time_limit():
            return _kept(rows, criteria, asked)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Counts(None, None, reason="Counting took too long. Add a criterion, or hide some dialogs.")


def _kept(rows: Observations, criteria: Mapping[str, Q], asked: Sequence[Column]) -> Counts:
    """The counts, from the cache when the same ones were asked for within `KEPT_S`."""
    said = [str(rows.query), str(_all_of(rows, criteria).query), *sorted(column.name for column in asked)]
    key = "advanced-" + hashlib.sha256("\n".join(said).encode()).hexdigest()
    kept: Counts | None = cache.get(key)
    if kept is None:
        kept = _count(rows, criteria, asked)
        cache.set(key, kept, KEPT_S)
    return kept


def _all_of(rows: Observations, criteria: Mapping[str, Q]) -> Observations:
    return rows.filter(reduce(and_, criteria.values(), Q()))


def _count(rows: Observations, criteria: Mapping[str, Q], asked: Sequence[Column]) -> Counts:
    total = rows.order_by().count()
    facets_asked = Asked(tuple(asked), chosen={}, link=lambda name, texts: "", most_values=MOST_VALUES)
    if total <= COUNTED_ROWS:
        return _counts_of(count_facets(rows, facets_asked, criteria, limit=total), total)
    if 2 <= len(criteria) <= MOST_CRITERIA:
        near = count_facets(_near(rows, criteria), facets_asked, criteria, limit=SAMPLED_ROWS)
        if not near.too_many:
            return _counts_of(near, total)
    one_in = -(-total // SAMPLED_ROWS)
    part = rows.annotate(_part=Mod(F("obsid"), one_in)).filter(_part=0)
    sampled = _counts_of(count_facets(part, facets_asked, criteria, limit=total), total)
    return replace(sampled, count=_all_of(rows, criteria).order_by().count(), one_in=one_in)


def _counts_of(found: Counted, total: int) -> Counts:
    return Counts(
        count=found.shown,
        total=total,
        values={facet.column.name: facet for facet in found.facets if isinstance(facet, EnumFacet)},
        ranges={facet.column.name: facet for facet in found.facets if isinstance(facet, RangeFacet)},
    )


def _near(rows: Observations, criteria: Mapping[str, Q]) -> Observations:
    """The rows that fail one criterion at most: no other can count in any dialog."""
    without_one = (reduce(and_, (criteria[other] for other in criteria if other != name)) for name in criteria)
    return rows.filter(reduce(or_, without_one))
