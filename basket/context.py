"""What every page's header shows of the basket."""

from functools import cache

from django.http import HttpRequest

from basket.queries import files, own_basket, totals


def basket_summary(request: HttpRequest) -> dict[str, object]:
    """``basket_files`` and ``basket_bytes`` of the distinct files; asked for only by a page that shows them."""
    if not hasattr(request, "user"):  # refused before anybody asked who it is
        return {}

    @cache
    def figures() -> tuple[int, int]:
        basket = own_basket(request)
        return (0, 0) if basket is None else totals(files(basket))

    return {"basket_files": lambda: figures()[0], "basket_bytes": lambda: figures()[1]}
