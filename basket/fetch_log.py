"""The log of fetched exclusive files: who took what, by which right. Public files leave no line."""

from django.http import HttpRequest

from accounts import audit
from accounts.access import Decision
from accounts.models import User
from accounts.token_door import token_of
from archive.clock import machine_now
from archive.models import Product
from basket.models import Delivery, ItemVerdict
from basket.selection import EXCLUSIVE

#: Pictures are fetched by the dozen with a page.
_PICTURES = {".jpg", ".jpeg", ".png"}


def note_file(request: HttpRequest, product: Product, decision: Decision) -> None:
    """One line a fetch of an exclusive file; a download that goes on after a break is the same fetch."""
    if decision.for_everyone or _goes_on(request) or product.extension in _PICTURES:
        return
    _note(_who(request), "fetched", product, decision)


def note_transfer(person: User | None, product: Product, decision: Decision) -> None:
    """One line a transfer of an exclusive file over FTPS; the caller leaves out those that go on after a break."""
    if not decision.for_everyone:
        _note(person or "anonymous", "fetched over FTPS", product, decision)


def _note(who: User | str, action: str, product: Product, decision: Decision) -> None:
    own = product.observation
    program = f"{own.obs_collection} {own.proposal_id}" if own.proposal_id else ""
    audit.record(who, action, machine_now(), program=program, subject=product.filename, detail=decision.text)


def note_bundle(request: HttpRequest, delivery: Delivery) -> None:
    """One line a program with exclusive files in the bundle."""
    if _goes_on(request) or not isinstance(request.user, User):
        return
    note_delivery(_who(request), "fetched in a bundle", delivery)


def note_delivery(who: User | str, action: str, delivery: Delivery) -> None:
    items = delivery.items.filter(verdict=ItemVerdict.INCLUDED, access=EXCLUSIVE).order_by()
    programs: dict[str, int] = {}
    for mission, number in items.values_list(
        "product__observation__obs_collection", "product__observation__proposal_id"
    ):
        programs[f"{mission} {number}"] = programs.get(f"{mission} {number}", 0) + 1
    for program, files in sorted(programs.items()):
        audit.record(
            who, action, machine_now(), program=program, subject=delivery.name, detail=f"{files} exclusive files"
        )


def _goes_on(request: HttpRequest) -> bool:
    ranged = request.headers.get("Range", "").replace(" ", "")
    return request.method == "HEAD" or (bool(ranged) and not ranged.startswith("bytes=0-"))


def _who(request: HttpRequest) -> User | str:
    if isinstance(request.user, User):
        return request.user
    return f"token {token.name}" if (token := token_of(request)) else "anonymous"
