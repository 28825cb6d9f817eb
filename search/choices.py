"""How a person likes to see a collection: the columns of its grid and the facets of its panel, kept in the session."""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from django.http import HttpRequest

from search.collections import collection_of
from search.columns import by_name
from search.criteria import Criteria

SESSION_KEY = "search_choices"


class Choice(StrEnum):
    """What is chosen; the value is the parameter of the address."""

    COLUMNS = "columns"
    FACETS = "facets"


def remember(request: HttpRequest, criteria: Criteria, choice: Choice, names: Iterable[str]) -> Criteria:
    """Keep a choice for the search's collection, no name meaning the collection's own; the search with it."""
    known = by_name(collection_of(criteria.collection).columns)
    chosen = tuple(dict.fromkeys(name for name in names if name in known))
    kept = request.session.get(SESSION_KEY, {})
    request.session[SESSION_KEY] = {**kept, _key(criteria, choice): list(chosen)}
    return _with(criteria, choice, chosen)


def with_remembered(request: HttpRequest, criteria: Criteria) -> Criteria:
    """The search with what the session remembers, where its address leaves the choice open."""
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return criteria
    known = by_name(collection_of(criteria.collection).columns)
    for choice in Choice:
        names = tuple(name for name in kept.get(_key(criteria, choice), ()) if name in known)
        if names and not getattr(criteria, choice.value):
            criteria = _with(criteria, choice, names)
    return criteria


def _key(criteria: Criteria, choice: Choice) -> str:
    return f"{criteria.collection}.{choice.value}"


def _with(criteria: Criteria, choice: Choice, names: tuple[str, ...]) -> Criteria:
    if choice is Choice.COLUMNS:
        return replace(criteria, columns=names)
    return replace(criteria, facets=names)
