"""Searches kept under a name: each operation once, in one transaction."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import QueryDict

from search.criteria import Criteria, CriteriaError, parse_criteria
from search.models import SavedSearch
from search.tabs.holder import Holder
from search.tabs.identity import told
from search.text import TextError, cleaned

MAX_SAVED = 200
MAX_NAME_LENGTH = 80


class SavedSearchError(ValueError):
    """A search that cannot be kept under this name; the message names the remedy."""


def saved_searches(holder: Holder) -> QuerySet[SavedSearch]:
    """The kept ones, the last opened first."""
    return SavedSearch.objects.filter(holder.mine, deleted_at=None).order_by("-opened_at", "pk")


def criteria_of(query: str) -> Criteria:
    """The first page of the search that a query string says.

    Raises
    ------
    CriteriaError : it says none, or no longer.
    """
    return parse_criteria(QueryDict(query)).bare()


def save(holder: Holder, name: str, query: str, rows: int, now: dt.datetime) -> SavedSearch:
    """Keep a search.

    Raises
    ------
    SavedSearchError : no usable name or search, the name is taken, or too many are kept already.
    """
    name = _name(name)
    try:
        criteria = criteria_of(query)
    except CriteriaError as error:
        raise SavedSearchError(f"{error.text} {error.remedy}") from None
    if criteria.is_blank:
        raise SavedSearchError("There is no search to save. Search first.")
    if saved_searches(holder).count() >= MAX_SAVED:
        raise SavedSearchError(f"{MAX_SAVED} searches are saved already. Delete one first.")
    facts = {"query": criteria.to_query_string(), "tooltip": told(criteria), "rows": rows}
    try:
        with transaction.atomic():
            return SavedSearch.objects.create(
                owner=holder.owner, token=holder.token, name=name, saved_at=now, opened_at=now, **facts
            )
    except IntegrityError:
        raise _taken(name) from None


def rename(saved: SavedSearch, name: str) -> None:
    """Raises `SavedSearchError` for a name that is not usable, or taken."""
    saved.name = _name(name)
    try:
        with transaction.atomic():
            saved.save(update_fields=["name"])
    except IntegrityError:
        raise _taken(saved.name) from None


def delete(saved: SavedSearch, now: dt.datetime) -> None:
    """Out of the list; `restore` brings it back until it is forgotten."""
    saved.deleted_at = now
    saved.save(update_fields=["deleted_at"])


def restore(saved: SavedSearch) -> None:
    """Undo a deletion, under a name of its own when another search has taken the old one since."""
    saved.deleted_at = None
    taken = SavedSearch.objects.filter(owner=saved.owner, token=saved.token, deleted_at=None)
    saved.name = free_name(saved.name, set(taken.exclude(pk=saved.pk).values_list("name", flat=True)))
    saved.save(update_fields=["deleted_at", "name"])


def free_name(name: str, taken: set[str]) -> str:
    """``name``, or with a number after it: ``M 31 (2)``."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def _name(raw: str) -> str:
    try:
        name = cleaned(raw, MAX_NAME_LENGTH)
    except TextError as error:
        raise SavedSearchError(f"{error.text} {error.remedy}") from None
    if not name:
        raise SavedSearchError("The name is empty. Give the search a name.")
    return name


def _taken(name: str) -> SavedSearchError:
    return SavedSearchError(f"A search is already saved as “{name}”. Choose another name, or rename that one first.")
