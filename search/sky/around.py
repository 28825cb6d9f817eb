"""The page of a search that holds one row: a footprint was chosen on the sky, and its row is wanted."""

import datetime as dt

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from archive.models import Observation
from search.criteria import Criteria
from search.messages import Message, SearchError, Tone
from search.narrowing import Narrowed
from search.paging import PageKey
from search.results import time_limit

_LARGEST_OBSID = 2**63 - 1


def page_around(criteria: Criteria, text: str, now: dt.datetime) -> tuple[Criteria, Message | None]:
    """The search at the page with the row whose number is ``text``; its first page and a notice when there is none.

    What is wrong with the search itself is left to whoever runs it.
    """
    first = criteria.at_page("")
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _LARGEST_OBSID):
        return first, _missing(text)
    try:
        with time_limit():
            key = _key_of_page(Narrowed.of(first, now), int(text))
    except SearchError:
        return first, None
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return first, _too_long(text)
    return (first, _missing(text)) if key is None else (criteria.at_page(key.write()), None)


def _key_of_page(narrowed: Narrowed, obsid: int) -> PageKey | None:
    order, size = narrowed.order, narrowed.criteria.size
    row = narrowed.shown.filter(pk=obsid).first()
    if row is None:
        return None
    before = narrowed.shown.filter(order.beyond(order.values_of(row), backward=True)).count()
    whole = before // size * size
    return PageKey(values=order.values_of(_row_before(narrowed, whole))) if whole else PageKey()


def _row_before(narrowed: Narrowed, number: int) -> Observation:
    return narrowed.shown.order_by(*narrowed.order.order_by())[number - 1]


def _missing(text: str) -> Message:
    shown = "".join(character for character in text if character.isprintable())[:20]
    return Message(
        Tone.NOTICE,
        "not-here",
        "The row is not among those shown",
        f"This search shows no observation with the number “{shown}”; this is its first page.",
        "Clear a filter, or search for the observation by its ID.",
    )


def _too_long(text: str) -> Message:
    return Message(
        Tone.NOTICE,
        "not-found-in-time",
        "The row was not found in time",
        f"The page of the observation with the number “{text}” was not found in time; this is the first page.",
        "Search a smaller part of the sky, or add a criterion.",
    )
