"""The Advanced Search page over HTTP: its address is its state, its form is brought into that address."""

from functools import reduce
from urllib.parse import urlsplit

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from archive.clock import archive_now
from search.advanced import actions
from search.advanced.page import AdvancedPage, page_of
from search.advanced.state import State, parse_state
from search.compressed import compressed_page
from search.criteria import CriteriaError
from search.views import HtmxHttpRequest


@require_safe
@compressed_page
def advanced(request: HtmxHttpRequest) -> HttpResponse:
    """The page, for htmx the form that it consists of; *Search* leads on to the rows.

    ``do`` is the button that was pressed, after those whose answers had not come yet.
    """
    done = request.GET.getlist("do")
    action = done[-1] if done else ""
    try:
        state = reduce(actions.after, done, parse_state(request.GET))
    except CriteriaError as error:
        return _refused(request, error)
    own_address = f"{reverse('search:advanced')}?{state.to_query_string()}"
    if not request.htmx and action not in actions.LEAVING and not state.errors and _came_by_form(request, state):
        return HttpResponseRedirect(own_address)
    page = page_of(state, archive_now())
    if action == actions.UPLOAD_MOC and not state.errors:
        upload = f"{reverse('search:moc-upload')}?{page.search_query}"
        return HttpResponseClientRedirect(upload) if request.htmx else HttpResponseRedirect(upload)
    if action == actions.SEARCH and page.records.can_search:
        found = f"{reverse('search:results')}?{page.search_query}"
        return HttpResponseClientRedirect(found) if request.htmx else HttpResponseRedirect(found)
    return _rendered(request, page, state, own_address)


def _came_by_form(request: HtmxHttpRequest, state: State) -> bool:
    """Whether the request says the state in other words than the page's address does."""
    return bool(request.GET) and QueryDict(state.to_query_string()) != request.GET


def _rendered(request: HtmxHttpRequest, page: AdvancedPage, state: State, own_address: str) -> HttpResponse:
    fragment = bool(request.htmx) and not request.htmx.history_restore_request
    template = "search/advanced/_form.html" if fragment else "search/advanced/advanced.html"
    response = render(request, template, {"page": page, "state": state})
    if fragment and not _is_current(request, own_address):
        response["HX-Push-Url"] = own_address
    patch_vary_headers(response, ("HX-Request", "HX-History-Restore-Request"))
    return response


def _is_current(request: HtmxHttpRequest, own_address: str) -> bool:
    current = urlsplit(request.htmx.current_url or "")
    return f"{current.path}?{current.query}" == own_address


def _refused(request: HtmxHttpRequest, error: CriteriaError) -> HttpResponse:
    fragment = bool(request.htmx) and not request.htmx.history_restore_request
    template = "search/advanced/_refused.html" if fragment else "search/advanced/refused.html"
    response = render(request, template, {"message": error.as_message()}, status=400)
    response["X-Fragment"] = "1" if fragment else "0"
    patch_vary_headers(response, ("HX-Request", "HX-History-Restore-Request"))
    return response
