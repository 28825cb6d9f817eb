"""Log-in services: one that the operator has not set up is not there, one that is away is explained.

The way to a service leads over a page of ours. A browser holds each redirect that follows a form to the page's
`form-action`, and where a service's pages lie, and to which other service it leads on, is its own affair. A page that
leads away by itself is held to nothing.
"""

import logging
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.models import SocialApp
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver
from django.utils.cache import add_never_cache_headers
from requests import RequestException

logger = logging.getLogger(__name__)


def offered(entry: URLPattern | URLResolver) -> URLPattern | URLResolver:
    """The address, or all under it, answering 404 while the service has no configuration, 502 while it is away."""
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
        except RequestException as error:
            logger.warning("log-in service %s does not answer: %s", request.path, error)
            return render(request, "socialaccount/authentication_error.html", status=HTTPStatus.BAD_GATEWAY)
        if isinstance(response, HttpResponseRedirect) and urlsplit(response.url).netloc not in {"", request.get_host()}:
            return _leave(request, response.url)
        return response

    entry.callback = answer
    return entry


def _leave(request: HttpRequest, address: str) -> HttpResponseBase:
    """The page that leads to the service by itself, or by its link."""
    page = render(request, "socialaccount/leave.html", {"address": address, "host": urlsplit(address).netloc})
    add_never_cache_headers(page)
    return page
