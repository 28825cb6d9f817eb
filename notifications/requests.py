"""What the views of this room read from requests."""

from collections.abc import Iterable

from django.http import HttpRequest

from accounts.models import User


class AuthenticatedHttpRequest(HttpRequest):
    user: User


def row_numbers(texts: Iterable[str]) -> list[int]:
    """The numbers of rows among the values of a parameter."""
    return [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]
