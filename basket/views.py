"""The Download Manager's pages: parse, ask, render."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.middleware import HtmxDetails

from accounts.once import answered_once
from archive.clock import archive_now
from archive.models import PLANNED_LEVEL, Observation
from archive.templatetags.portal import file_size
from basket import actions, choosing, queries, tree
from basket.bundle_views import bundle_address, file_address, file_path
from basket.figures import survey
from basket.filters import SENT, Filters, parse_filters
from basket.listing_file import list_csv
from basket.models import Basket, Delivery, DeliveryKind
from basket.names import bundle_name
from basket.selection import Outlook, SelectionError, TooLargeError, freeze, outlook

UNDO_KEY = "basket_undo"
_FORMATS = {
    "zip": DeliveryKind.ZIP,
    "tar": DeliveryKind.TAR,
    "tar.gz": DeliveryKind.TAR_GZ,
    "curl": DeliveryKind.CURL,
}


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


# The manager ---------------------------------------------------------------------------------------------------------


@require_GET
def manager(request: HtmxHttpRequest) -> HttpResponse:
    """The basket as a tree of files behind filters; every state of it is in the address."""
    basket = queries.find_basket(request)
    if basket is None or not basket.observations.exists():
        return render(request, "basket/empty.html", {"undo": request.session.get(UNDO_KEY)})
    filters = parse_filters(request.GET, basket.recommended_only)
    if SENT in request.GET and filters.recommended != basket.recommended_only:
        basket.recommended_only = filters.recommended  # how the person likes to look, no more than that
        basket.save(update_fields=["recommended_only"])
    return _render_manager(request, basket, filters)


def _render_manager(request: HtmxHttpRequest, basket: Basket, filters: Filters) -> HttpResponse:
    now = archive_now()
    look = tree.Look(basket, filters, tree.View.parse(request.GET), queries.person_of(request), now)
    page = tree.manager(look)
    context = {
        "manager": page,
        "basket_files": page.total.files,  # the header need not ask again
        "basket_bytes": page.total.size_bytes,
        "file_address": _file_address(request, page.details),
        "preview_address": _preview_address(page.details),
        "undo": request.session.get(UNDO_KEY),
        "suggested_name": bundle_name(now),
        "email": getattr(request.user, "email", ""),
    }
    return render(request, "basket/_manager.html" if request.htmx else "basket/manager.html", context)


def _file_address(request: HttpRequest, details: tree.Details | None) -> str:
    if details is None or not details.decision.allowed or details.missing_reason:
        return ""
    return file_address(request, details.product)


def _preview_address(details: tree.Details | None) -> str:
    """On the pages' own host, where the content policy lets pictures come from."""
    return file_path(details.preview) if details and details.preview else ""


@require_POST
def tick(request: HtmxHttpRequest) -> HttpResponse:
    """Tick or untick what one box of the tree stands for, as far as the filters of the address show it."""
    basket = queries.find_basket(request)
    if basket is None:
        return redirect("basket:manager")
    filters = parse_filters(request.GET, basket.recommended_only)
    on = "tick" in request.POST
    try:
        scope = actions.Scope.parse(request.POST.get("tick" if on else "untick", ""))
    except ValueError:
        return HttpResponse("This box is not in the tree. Reload the page and try again.", status=400)
    actions.set_ticks(basket, scope, filters, on)
    if request.htmx:
        return _render_manager(request, basket, filters)
    return redirect(f"{reverse('basket:manager')}?{request.GET.urlencode()}")


@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """GET: the quick choices by themselves. POST: tick what one of them stands for."""
    basket = queries.find_basket(request)
    if basket is None or not basket.observations.exists():
        return redirect("basket:manager")
    if request.method == "GET":
        return render(request, "basket/choose.html", {"level_table": choosing.level_table(survey(basket).cells)})
    try:
        ticked = choosing.choose(basket, choosing.parse_choice(request.POST))
    except choosing.ChoiceError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, f"{_count(ticked, 'file')} selected")
    return redirect(f"{reverse('basket:manager')}?{request.GET.urlencode()}")


@require_GET
def list_file(request: HttpRequest) -> HttpResponseBase:
    """The list of all files, or with ``what=selected`` of the ticked ones, as CSV."""
    basket = queries.find_basket(request)
    if basket is None:
        return render(request, "basket/empty.html", {})
    person, now, selected = queries.person_of(request), archive_now(), request.GET.get("what") == "selected"
    lines = list_csv(basket, person, now, selected_only=selected)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{bundle_name(now)}_list.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


# Adding --------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def estimate(request: HttpRequest) -> HttpResponse:
    """How many files and bytes some observations would add, in the words of the button that adds them."""
    obsids = (request.POST or request.GET).getlist("obsid")[: actions.MAX_OBSERVATIONS]
    found = queries.estimate(obsids, queries.person_of(request), archive_now()) if obsids else None
    return render(request, "basket/_estimate.html", {"estimate": found})


@require_POST
def add(request: HtmxHttpRequest) -> HttpResponse:
    """Put the posted observations into the basket."""
    return add_chosen(request, request.POST.getlist("obsid"))


def add_chosen(request: HtmxHttpRequest, obsids: Sequence[str]) -> HttpResponse:
    """Put observations into the basket and say what came in, what has no files and what nobody knows."""
    if not obsids:
        messages.warning(request, "No observation is selected. Tick rows in the results first.")
        return _after_adding(request)
    wanted = queries.sort_wanted(obsids)
    if wanted.known:
        basket = actions.basket_for_adding(request)
        try:
            added = actions.add_observations(basket, wanted)
        except actions.BasketFullError as error:
            messages.error(request, str(error))
            return _after_adding(request)
        found = queries.estimate(obsids, queries.person_of(request), archive_now())
        messages.success(request, _added_text(added, found))
    _tell_what_was_not_added(request, wanted)
    return _after_adding(request)


def _added_text(added: int, found: queries.Estimate) -> str:
    already = len(found.wanted.known) - added
    figure = f"{_count(found.files, 'file')}, {file_size(found.size_bytes)}"
    if not added:
        return f"In the basket already: {_count(already, 'observation')}, {figure}"
    kept = f" ({already:,} in it already)" if already else ""
    return f"Added {_count(added, 'observation')}{kept}: {figure}"


def _tell_what_was_not_added(request: HttpRequest, wanted: queries.Wanted) -> None:
    if wanted.planned:
        names = _named(wanted.planned)
        messages.warning(request, f"Not added, planned and without files yet: {names}")
    if wanted.unknown:
        messages.warning(request, f"Not added, no observation has this number: {_named(wanted.unknown)}")


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(name[:80] for name in names[:5])
    return f"{shown} and {len(names) - 5:,} more" if len(names) > 5 else shown


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _after_adding(request: HtmxHttpRequest) -> HttpResponse:
    if request.htmx:
        return render(request, "basket/_added.html", {"out_of_band": True})
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(target)
    return redirect("basket:manager")


# Removing ------------------------------------------------------------------------------------------------------------


@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    """Take the ticked files out, or everything with ``what=all``; a button undoes it."""
    basket = queries.find_basket(request)
    if basket is None:
        return redirect("basket:manager")
    everything = request.POST.get("what") == "all"
    if not everything and not basket.ticks.exists():
        messages.warning(request, "No file is selected. Tick what should go first.")
        return redirect(f"{reverse('basket:manager')}?{request.GET.urlencode()}")
    before = queries.totals(queries.files(basket))[0]
    copy = actions.remove_all(basket) if everything else actions.remove_ticked(basket)
    gone = before - queries.totals(queries.files(basket))[0]
    _forget_undo(request)
    request.session[UNDO_KEY] = {"token": str(copy.token), "text": f"Removed {_count(gone, 'file')} from the basket."}
    return redirect(f"{reverse('basket:manager')}?{request.GET.urlencode()}")


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Bring back what the last removal took."""
    kept = request.session.pop(UNDO_KEY, None)
    copy = Basket.objects.filter(token=kept["token"], owner=None).first() if kept else None
    if copy is None:
        messages.warning(request, "There is nothing to bring back any more.")
    else:
        actions.restore(actions.basket_for_adding(request), copy)
    return redirect(f"{reverse('basket:manager')}?{request.GET.urlencode()}")


def _forget_undo(request: HttpRequest) -> None:
    """Only the last removal can be undone."""
    if kept := request.session.pop(UNDO_KEY, None):
        Basket.objects.filter(token=kept["token"], owner=None).delete()


# Taking home ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@answered_once
def download(request: HttpRequest) -> HttpResponseBase:
    """GET: what would arrive, and the form. POST: fix the list and go to the bundle at the download door."""
    basket = queries.find_basket(request)
    if basket is None:
        return render(request, "basket/empty.html", {})
    person, now = queries.person_of(request), archive_now()
    ticked = queries.ticked_products(basket)
    if request.method == "GET":
        return _download_page(request, queries.arriving(basket, person, now), bundle_name(now))
    kind = _FORMATS.get(request.POST.get("format", "zip"))
    if kind is None:
        return _cannot(request, "This format is not known.", "Choose zip, tar, tar.gz or cURL script.", status=400)
    flat = request.POST.get("layout") == "flat"
    name, also_under = request.POST.get("name", ""), queries.also_under(basket)
    try:
        delivery = freeze(kind, ticked, person, now, name=name, flat=flat, also_under=also_under)
    except TooLargeError as error:
        return _too_large(request, error)
    except SelectionError as error:
        return _cannot(request, error.text, error.remedy)
    if "remove_completed" in request.POST:
        Delivery.objects.filter(pk=delivery.pk).update(empties=basket)
    return _see_other(bundle_address(request, delivery))


def _too_large(request: HttpRequest, error: TooLargeError) -> HttpResponse:
    """Said before a byte is sent, with the ways that take any size."""
    sent = {name: request.POST[name] for name in ("name", "layout", "remove_completed") if name in request.POST}
    context = {"text": error.text, "remedy": error.remedy, "sent": sent}
    return render(request, "basket/too_large.html", context, status=409)


def _download_page(request: HttpRequest, arriving: Outlook, name: str) -> HttpResponse:
    context = {"arriving": arriving, "suggested_name": name, "email": getattr(request.user, "email", "")}
    return render(request, "basket/download.html", context)


def _cannot(request: HttpRequest, text: str, remedy: str, status: int = 409) -> HttpResponse:
    return render(request, "basket/cannot.html", {"text": text, "remedy": remedy}, status=status)


def _see_other(address: str) -> HttpResponse:
    response = HttpResponse(status=303)
    response.headers["Location"] = address
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@answered_once
def one_click(request: HttpRequest, obsid: int) -> HttpResponseBase:
    """The Minimum Recommended Products of one observation as a zip.

    A page comes first where some would stay behind, or where better ones are to come.
    """
    observation = get_object_or_404(Observation, pk=obsid)
    if observation.calib_level == PLANNED_LEVEL:
        text = f"{observation.obs_id} is planned: it has not been observed, so there are no files."
        return _cannot(request, text, "Its page tells when it may be observed.")
    person, now = queries.person_of(request), archive_now()
    products = queries.recommended_products(observation)
    arriving = outlook(products, person, now)
    if not arriving.files or ((arriving.withheld or arriving.stale) and "go_on" not in request.POST):
        context = {"observation": observation, "arriving": arriving}
        return render(request, "basket/one_click.html", context, status=200 if arriving.files else 409)
    try:
        delivery = freeze(DeliveryKind.ZIP, products, person, now)
    except SelectionError as error:
        return _cannot(request, error.text, error.remedy)
    return _see_other(bundle_address(request, delivery))
