"""The export of a search over HTTP: the dialog, and the file."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from archive.clock import archive_now
from search.criteria import parse_criteria
from search.exports.choices import PARAMETERS, Choice, WhichRows, is_export, parse_choice, title_of
from search.exports.columns import DISTANCE, export_columns
from search.exports.counting import counted
from search.exports.dialog import dialog_of
from search.exports.interfaces import Export
from search.exports.query_rows import QueryRows, moment_of, written
from search.messages import Message, SearchError
from search.narrowing import Narrowed, rows_of, too_many_to_export
from search.query import Observations
from search.script import scripts

Request = TypeVar("Request", bound=HttpRequest)


def gives_files(view: Callable[[Request], HttpResponseBase]) -> Callable[[Request], HttpResponseBase]:
    """Let a page of rows answer ``format=`` too."""

    @wraps(view)
    def answer(request: Request) -> HttpResponseBase:
        return export_file(request) if is_export(request.GET) else view(request)

    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """The dialog; with a ``format``, the file."""
    asked = request.POST if request.method == "POST" else request.GET
    return export_file(request) if is_export(asked) else _dialog(request)


@require_http_methods(["GET", "HEAD", "POST"])
def export_file(request: HttpRequest) -> HttpResponseBase:
    """The file that ``format`` in an address of a search asks for; a refusal is a page or a line of text."""
    now = archive_now()
    try:
        choice = parse_choice(request)
        rows = _rows(choice, now)
        count = counted(rows)
    except SearchError as error:
        return _refused(request, error.as_message(), 400)
    if not count.exports:
        return _refused(request, too_many_to_export().as_message(), 413)
    return _streamed(request, choice, _described(request, choice, rows, now))


def _rows(choice: Choice, now: dt.datetime) -> Observations:
    rows = rows_of(choice.narrowed, now)
    return rows.filter(pk__in=choice.obsids) if choice.rows is WhichRows.SELECTED else rows


def _described(request: HttpRequest, choice: Choice, rows: Observations, now: dt.datetime) -> Export:
    columns = export_columns(
        choice.criteria.columns, choice.criteria.all_columns, around_a_position=DISTANCE in rows.query.annotations
    )
    return Export(
        title=title_of(choice.narrowed),
        address=request.build_absolute_uri(f"{reverse('search:results')}?{choice.narrowed.to_query_string()}"),
        moment=moment_of(now),
        columns=columns,
        rows=QueryRows(rows, columns),
    )


def _streamed(request: HttpRequest, choice: Choice, described: Export) -> StreamingHttpResponse:
    """The rows are read while they are sent: after the view and its middleware, in a transaction of their own."""
    pieces = iter(()) if request.method == "HEAD" else written(described, choice.format.write)
    response = StreamingHttpResponse(pieces, content_type=choice.format.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=choice.filename) or ""
    response["Cache-Control"] = "no-store"
    return response


def _refused(request: HttpRequest, message: Message, status: int) -> HttpResponse:
    """Why there is no file: a page for people, a line for programs."""
    if "text/html" in request.headers.get("Accept", ""):
        back = f"{reverse('search:results')}?{_search_of(request).urlencode()}"
        return render(request, "search/export_refused.html", {"message": message, "back": back}, status=status)
    text = "\n".join(filter(None, (message.title, message.text, message.remedy)))
    return HttpResponse(f"{text}\n", content_type="text/plain; charset=utf-8", status=status)


def _search_of(request: HttpRequest) -> QueryDict:
    """The address without what says an export."""
    search = request.GET.copy()
    for name in PARAMETERS:
        search.pop(name, None)
    return search


def _dialog(request: HttpRequest) -> HttpResponse:
    """What can be chosen: a fragment for a page that opens it, else a page."""
    try:
        dialog = dialog_of(request.GET, request.POST if request.method == "POST" else QueryDict(), archive_now())
    except SearchError as error:
        return _refused(request, error.as_message(), 400)
    template = "search/_export_dialog.html" if request.headers.get("HX-Request") else "search/export.html"
    return render(request, template, {"dialog": dialog, "in_dialog": bool(request.headers.get("HX-Request"))})


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The search as lines for a terminal or a notebook."""
    try:
        criteria = parse_criteria(_search_of(request)).bare()
        shown = scripts(Narrowed.of(criteria, archive_now()), request.build_absolute_uri(reverse("search:results")))
    except SearchError as error:
        return _refused(request, error.as_message(), 400)
    context = {"scripts": shown, "title": title_of(criteria), "query": criteria.to_query_string()}
    return render(request, "search/script.html", context)
