"""Log-in services that the operator has not set up are not there."""

from functools import wraps
from typing import Any

from allauth.socialaccount.models import SocialApp
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver


def offered(entry: URLPattern | URLResolver) -> URLPattern | URLResolver:
    """The address, or all addresses under it, answering 404 while the service has no configuration."""
    if isinstance(entry, URLResolver):
        for each in entry.url_patterns:
            offered(each)
        return entry
    view = entry.callback

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response: HttpResponseBase = view(request, *args, **kwargs)
        except SocialApp.DoesNotExist:
            raise Http404("This log-in service is not set up here.") from None
        return response

    entry.callback = answer
    return entry
