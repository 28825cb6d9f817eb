"""Log-in services: one that the operator has not set up is not there, one that is away is explained."""

import logging
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.socialaccount.models import SocialApp
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver
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
        return response

    entry.callback = answer
    return entry
