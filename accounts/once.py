"""A form that is sent twice at once makes one thing: the second sending is answered as the first was.

Each page that is drawn gives its forms a CSRF token of its own. A click too many sends that token again, with the very
same fields: it waits for the answer to the first and gets it, messages and cookies included. A form that was refused,
or that a later page sends, is a form of its own.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from typing import TypeVar, cast

import redis
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.throttle import redis_server

logger = logging.getLogger(__name__)

_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])

#: Seconds after which a first sending whose answer did not come holds up the second no longer.
WORK_S = 120
#: Milliseconds for which an answer is there for the same form.
KEEP_MS = 3000
#: Headers of an answer that lead on.
_LEADING = ("Location", "HX-Redirect")
_KEPT = (*_LEADING, "Cache-Control")


@dataclass(frozen=True)
class _Answer:
    """What the first sending was answered; cookies and messages are those that the view gave.

    ``new_session`` is the key of a session that began with it. That of somebody who came with one is a secret of
    theirs: it is not written down, and the second sending brings it too.
    """

    status: int
    headers: dict[str, str]
    cookies: list[tuple[str, str, dict[str, str]]]
    messages: list[tuple[int, str, str]]
    new_session: str | None


def answered_once(view: _View) -> _View:
    """A view that makes something and then leads on: for a form that is sent twice at once it makes it once.

    It stands below whatever refuses a request.
    """

    @wraps(view)
    def once(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.method != "POST" or not request.POST.get("csrfmiddlewaretoken"):
            return view(request, *args, **kwargs)
        form = _form_of(request)
        try:
            first = _first_answer(form)
        except redis.RedisError as error:
            logger.warning("nobody tells whether a form was sent twice (%s)", error)
            return view(request, *args, **kwargs)
        if first:
            return _repeated(request, first)
        made: _Answer | None = None
        try:
            response = view(request, *args, **kwargs)
            made = _told(request, response)
        finally:
            _leave(form, made)
        return response

    return cast("_View", once)


def _form_of(request: HttpRequest) -> str:
    """The key of the form as it was sent: from this browser, to this address, with these fields and files."""
    files = [(name, file.name, file.size) for name, sent in request.FILES.lists() for file in sent]
    browser = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    said = json.dumps([browser, request.get_full_path(), sorted(request.POST.lists()), files])
    return f"once:{hashlib.sha256(said.encode()).hexdigest()}"


def _first_answer(form: str) -> _Answer | None:
    """The answer to the same form, awaited; None when this is the first sending."""
    server = redis_server()
    while not server.set(form, "1", nx=True, ex=WORK_S):
        # a look at the list that waits for its first entry, for less than the client waits for the server
        kept = server.blmove(f"{form}:answer", f"{form}:answer", timeout=1, src="LEFT", dest="LEFT")
        if kept:
            return _Answer(**json.loads(kept))
    return None


def _leave(form: str, made: _Answer | None) -> None:
    """Answer who waits; where nothing was made, the next sending is a first one."""
    try:
        if made is None:
            redis_server().delete(form)
            return
        with redis_server().pipeline(transaction=True) as pipe:
            pipe.rpush(f"{form}:answer", json.dumps(asdict(made)))
            pipe.pexpire(f"{form}:answer", KEEP_MS)
            pipe.pexpire(form, KEEP_MS)
            pipe.execute()
    except redis.RedisError as error:
        logger.warning("whoever sent a form twice waits in vain (%s)", error)


def _told(request: HttpRequest, response: HttpResponseBase) -> _Answer | None:
    """What to repeat of an answer that leads on; its session is written first, for the next page reads it."""
    if not any(name in response.headers for name in _LEADING):
        return None
    if request.session.modified:
        request.session.save()
    cookies = [
        (name, morsel.value, {key: str(value) for key, value in morsel.items() if value})
        for name, morsel in response.cookies.items()
    ]
    headers = {name: response.headers[name] for name in _KEPT if name in response.headers}
    return _Answer(response.status_code, headers, cookies, _messages_of(request), _new_session(request))


def _new_session(request: HttpRequest) -> str | None:
    key = request.session.session_key
    return key if key != request.COOKIES.get(settings.SESSION_COOKIE_NAME) else None


def _messages_of(request: HttpRequest) -> list[tuple[int, str, str]]:
    storage = messages.get_messages(request)
    if not isinstance(storage, BaseStorage):
        return []
    found = [(message.level, str(message.message), message.extra_tags or "") for message in storage]
    storage.used = False  # the next page shows them
    return found


def _repeated(request: HttpRequest, first: _Answer) -> HttpResponse:
    request.session = type(request.session)(first.new_session or request.session.session_key)  # as it was left
    request.session.modified = first.new_session is not None  # this answer brings its cookie
    for level, text, tags in first.messages:
        messages.add_message(request, level, text, extra_tags=tags)
    response = HttpResponse(status=first.status, headers=first.headers)
    for name, value, attributes in first.cookies:
        response.cookies[name] = value
        response.cookies[name].update(attributes)
    return response
