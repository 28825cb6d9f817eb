"""What every page's header shows of the basket."""

from functools import cache

from django.http import HttpRequest

from basket.queries import files, find_basket, totals


def basket_summary(request: HttpRequest) -> dict[str, object]:
    """``basket_files`` and ``basket_bytes`` of the distinct files; asked for only by a page that shows them."""
    if not hasattr(request, "session"):
        return {}

    @cache
    def figures() -> tuple[int, int]:
        basket = find_basket(request)
        return totals(files(basket)) if basket else (0, 0)

    return {"basket_files": lambda: figures()[0], "basket_bytes": lambda: figures()[1]}
