"""What every page's search panel needs."""

from django.http import HttpRequest

from search.collections import COLLECTIONS


def search_box(request: HttpRequest) -> dict[str, object]:
    return {"search_collections": COLLECTIONS}
