"""One file of the archive as the answer to a request: decided, at hand, and followed while it goes out.

Every address that gives one file (by its number, by its URI) answers with `answer`; how it says that a file stays
behind is its own.
"""

import datetime as dt
import enum
import logging

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.access import Decision, decide
from accounts.models import User
from archive.clock import archive_now
from archive.models import Held, Product
from archive.storage import StorageError, archive_storage
from basket.accel import internal_address
from basket.bundles import BrokenBundleError
from basket.bundles.plan import SingleFile
from basket.fetch_log import note_file
from basket.guard import as_now, guarded
from basket.models import ItemVerdict
from basket.names import safe_name
from basket.queries import person_of
from basket.ranges import ranged_response
from basket.selection import MISSING_REASONS, verdict_on

logger = logging.getLogger(__name__)

#: Of a store that gives something else than the catalogue says.
DAMAGED = "the stored copy of the file is not the one of the catalogue"


class Why(enum.Enum):
    """What keeps a file back."""

    REFUSED = enum.auto()  # the person may not have it
    NOT_HELD = enum.auto()
    NOT_GIVEN = enum.auto()  # the store does not give the bytes of the catalogue


class WithheldError(Exception):
    """The file does not go out; ``text`` says why, in words fit for a page or a manifest."""

    def __init__(self, why: Why, decision: Decision, text: str) -> None:
        super().__init__(text)
        self.why, self.decision, self.text = why, decision, text

    @property
    def is_for_operators(self) -> bool:
        return self.why == Why.NOT_GIVEN


def answer(request: HttpRequest, product: Product, *, pictures_inline: bool = False) -> HttpResponseBase:
    """The file, or the part of it that is asked for, to GET or HEAD.

    ``product.observation`` should be loaded by the caller.

    Raises
    ------
    WithheldError : nothing of the file goes out.
    """
    person = person_of(request)
    decision = decide(person, product, archive_now())
    if not decision.allowed:
        raise WithheldError(Why.REFUSED, decision, f"Not authorized: {decision.text}")
    if product.held != Held.YES:
        raise WithheldError(Why.NOT_HELD, decision, MISSING_REASONS[Held(product.held)])
    whole = SingleFile.of(product, archive_storage())
    try:
        path = whole.bring(fully=request.method == "GET")
    except BrokenBundleError as error:
        raise WithheldError(Why.NOT_GIVEN, decision, DAMAGED) from error
    except StorageError as error:
        logger.error("%s is not given: %s", product.uri, error)
        raise WithheldError(Why.NOT_GIVEN, decision, error.reason) from error
    note_file(request, product, decision)
    return ranged_response(
        request,
        whole,
        safe_name(product.filename),
        inline=pictures_inline and whole.is_picture,
        guard=guarded(request, lambda now: _may_go_on(product, as_now(person), now)),
        internal=internal_address(path, decision.for_everyone),
    )


def _may_go_on(product: Product, person: User | None, now: dt.datetime) -> bool:
    again = Product.objects.select_related("observation").get(pk=product.pk)
    return verdict_on(again, person, now)[0] == ItemVerdict.INCLUDED
