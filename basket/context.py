"""What every page's header shows of the basket."""

from django.http import HttpRequest


def basket_summary(request: HttpRequest) -> dict[str, object]:
    return {}
