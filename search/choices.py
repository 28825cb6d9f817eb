"""How a person likes to see a collection: the columns of its grid, the facets of its panel, and the rows of a page.

Kept in the account of whoever is signed in, else in the session. What an address says itself comes first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from search.columns import by_name
from search.criteria import PAGE_SIZES, Criteria, with_first
from search.models import KeptChoices

SESSION_KEY = "search_choices"
#: What is kept: by collection and choice, ``observations.columns``, the names in their order, or the rows of a page.
Kept = Mapping[str, list[str] | int]


class Choice(StrEnum):
    """What is chosen; the value is the parameter of the address."""

    COLUMNS = "columns"
    FACETS = "facets"
    SIZE = "size"


def remember(request: HttpRequest, criteria: Criteria, choice: Choice, names: Iterable[str]) -> Criteria:
    """Keep columns or facets for the search's collection, no name meaning its own; the search with them."""
    known = by_name(criteria.all_columns)
    chosen = tuple(dict.fromkeys(name for name in names if name in known))
    _keep(request, {_key(criteria, choice): list(chosen)})
    return _with(criteria, choice, chosen)


def remember_size(request: HttpRequest, criteria: Criteria, size: int) -> Criteria:
    """Keep the rows of a page; the search with it, from its first page on."""
    _keep(request, {_key(criteria, Choice.SIZE): size})
    return criteria.with_size(size)


def with_remembered(request: HttpRequest, criteria: Criteria) -> Criteria:
    """The search with what is kept for the person, where its address leaves the choice open."""
    says_size = Choice.SIZE in request.GET
    if criteria.columns and criteria.facets and says_size:
        return criteria
    kept = kept_choices(request)
    if not kept:
        return criteria
    known = by_name(criteria.all_columns)
    for choice in (Choice.COLUMNS, Choice.FACETS):
        names = kept.get(_key(criteria, choice))
        chosen = tuple(name for name in names if name in known) if isinstance(names, list) else ()
        if chosen and not getattr(criteria, choice.value):
            criteria = _with(criteria, choice, _with_created(criteria, chosen) if choice is Choice.COLUMNS else chosen)
    size = kept.get(_key(criteria, Choice.SIZE))
    if says_size or not isinstance(size, int) or size not in PAGE_SIZES:
        return criteria
    return replace(criteria, size=size)


def kept_choices(request: HttpRequest) -> Kept:
    """What is kept for whoever asks; it was read with the session or the account."""
    if not isinstance(request.user, User):
        kept: Kept = request.session.get(SESSION_KEY, {})
        return kept
    found: KeptChoices | None = getattr(request.user, "kept_choices", None)
    return found.kept if found else {}


def take_choices_along(sender: type[User], request: HttpRequest, user: User, **signal: object) -> None:
    """At log-in: what was chosen before belongs to the account, where the account has no choice of its own."""
    chosen: Kept | None = request.session.pop(SESSION_KEY, None) if hasattr(request, "session") else None
    if chosen:
        _keep_for(user, chosen, over=False)


def _keep(request: HttpRequest, chosen: Kept) -> None:
    if isinstance(request.user, User):
        _keep_for(request.user, chosen)
    else:
        request.session[SESSION_KEY] = {**request.session.get(SESSION_KEY, {}), **chosen}


@transaction.atomic
def _keep_for(owner: User, chosen: Kept, *, over: bool = True) -> None:
    """Keep in an account, ``over`` what it has of the same choice or beside it; two windows lose nothing."""
    row, _ = KeptChoices.objects.select_for_update().get_or_create(owner=owner)
    row.kept = {**row.kept, **chosen} if over else {**chosen, **row.kept}
    row.save(update_fields=["kept"])


def _with_created(criteria: Criteria, columns: tuple[str, ...]) -> tuple[str, ...]:
    """A column that the address creates is in sight, whatever was kept before it was there."""
    for created in criteria.created:
        columns = with_first(columns, created.name)
    return columns


def _key(criteria: Criteria, choice: Choice) -> str:
    return f"{criteria.collection}.{choice.value}"


def _with(criteria: Criteria, choice: Choice, names: tuple[str, ...]) -> Criteria:
    if choice is Choice.COLUMNS:
        return replace(criteria, columns=names)
    return replace(criteria, facets=names)
