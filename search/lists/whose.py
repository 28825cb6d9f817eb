"""What a request may see of lists, and which of their rows and which radius it means."""

import uuid

from django.http import Http404, HttpRequest

from search.lists.crossmatch import CrossMatchError
from search.models import CrossMatch, TargetList
from search.tabs.holder import holder_of


def own_list(request: HttpRequest, list_id: uuid.UUID) -> TargetList:
    """The list, for whoever brought it; for anybody else there is none."""
    holder = holder_of(request)
    own = TargetList.objects.filter(holder.mine, pk=list_id).first() if holder else None
    if own is None:
        raise Http404("You have no such target list. It was deleted, or belongs to another person or browser.")
    return own


def own_match(own: TargetList, match_id: uuid.UUID) -> CrossMatch:
    match = own.matches.filter(pk=match_id).first()
    if match is None:
        raise Http404("This cross-match was let go for newer ones. Make it again from its list.")
    match.target_list = own
    return match


def chosen_rows(request: HttpRequest) -> list[int]:
    """The numbers of the ticked rows: boxes of this page, and ``numbers``, those of all pages in one field."""
    return chosen_numbers(request, "numbers", *request.POST.getlist("row"))


def chosen_numbers(request: HttpRequest, field: str, *others: str) -> list[int]:
    """The numbers of a field, between commas, and the others that are numbers."""
    words = [*others, *request.POST.get(field, "").split(",")]
    return sorted({int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 7})


def radius_of(request: HttpRequest) -> float:
    """Arc-seconds, as the form says; whether there may be so many is for the cross-match to say."""
    text = request.POST.get("radius", "").strip()
    try:
        return float(text)
    except ValueError:
        raise CrossMatchError(f"The radius “{text[:40]}” is not a number.", "Give arc-seconds, such as 2.") from None
