"""Addresses of the wire protocol, from the root. Programs write them in any case, some with a slash at the end."""

import re
from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path

from api.downloads import download_file
from api.whoami import whoami


def in_any_case(address: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
    """A class of two for each letter, since Django makes no address of a pattern with flags."""
    letters = (f"[{each}{each.swapcase()}]" if each.isalpha() else re.escape(each) for each in address)
    return re_path(f"^{''.join(letters)}/?$", view)


urlpatterns = [
    path("whoami", whoami, name="whoami"),
    in_any_case("api/v0.1/Download/file", download_file),
    # where older clients ask
    in_any_case("api/v0/download/file", download_file),
    in_any_case("jwst/api/v0.1/download/file", download_file),
]
