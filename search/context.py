"""What every page's search panel needs."""

from django.http import HttpRequest


def search_box(request: HttpRequest) -> dict[str, object]:
    return {}
