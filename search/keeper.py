"""What searching keeps of a person: searches, target lists, MOCs, open tabs, chosen columns, facets and page sizes."""

import datetime as dt
from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import reverse

from accounts.keepers import Keeper, Record, Row, Section, Way
from accounts.models import User
from search.models import KeptChoices, SavedSearch, SkyMoc, Tab, TargetList


def section(request: HttpRequest, user: User, now: dt.datetime) -> Section:
    """The saved searches."""
    saved = SavedSearch.objects.filter(owner=user, deleted_at=None).order_by("name")
    results = reverse("search:results")
    return Section(
        title="Saved searches",
        icon="bookmark",
        headings=("Name", "Last opened (UTC)"),
        rows=tuple(Row((row.name, f"{row.opened_at:%Y-%m-%d %H:%M}"), f"{results}?{row.query}") for row in saved),
        empty="None. A search is saved from its results.",
        more=Way("Search", reverse("search:home")),
    )


def records(user: User) -> Iterator[Record]:
    for row in SavedSearch.objects.filter(owner=user):
        yield {"saved_search": row.name, "query": row.query, "opened": row.opened_at}
    for tab in Tab.objects.filter(owner=user):
        yield {"tab": tab.title, "address": tab.address}
    for name in TargetList.objects.filter(owner=user).values_list("name", flat=True):
        yield {"target_list": name}
    for own in SkyMoc.objects.filter(owner=user):
        yield {"moc": own.name, "order": own.order, "starts": own.starts, "stops": own.stops}
    for kept in KeptChoices.objects.filter(owner=user).values_list("kept", flat=True):
        yield {"choices": kept}


KEEPER = Keeper("searches", records, section)
