"""How the sky's questions are answered over HTTP: in JSON, a refusal too."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.db import OperationalError
from django.http import HttpResponse, JsonResponse, QueryDict
from psycopg.errors import QueryCanceled

from search.messages import SearchError

P = ParamSpec("P")


class SlowError(SearchError):
    status = 503

    def __init__(self) -> None:
        super().__init__("The database did not answer in time.", "Search a smaller part of the sky, or fewer programs.")


def refusing(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """A view that answers what cannot be searched, and what takes the database too long, with a refusal."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except SearchError as error:
            return refusal(error)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            return refusal(SlowError())

    return answer


def refusal(error: SearchError) -> JsonResponse:
    """What is wrong and the remedy, with the status of the error where it has one, else 400."""
    return JsonResponse({"error": error.text, "remedy": error.remedy}, status=getattr(error, "status", 400))


def without(query: QueryDict, name: str) -> QueryDict:
    """The search in an address that says more."""
    search = query.copy()
    search.pop(name, None)
    return search
