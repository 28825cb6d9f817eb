"""The Reference Files window: parse, ask, render."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.once import answered_once
from basket import queries, references
from basket.actions import BasketFullError
from basket.figures import survey
from basket.filters import Filters
from basket.models import Basket

#: The manager with the references in sight.
_SHOWN = Filters(recommended=False, chosen={"productType": ("CALIBRATION",)})


@require_http_methods(["GET", "POST"])
@answered_once
def retrieve(request: HttpRequest) -> HttpResponse:
    """GET: the references of the ticked files. POST: put the chosen ones, or all, into the basket."""
    basket = queries.find_basket(request)
    if basket is None or not basket.observations.exists():
        return redirect("basket:manager")
    if reason := references.why_not(survey(basket).cells, Filters(recommended=basket.recommended_only)):
        messages.warning(request, reason)
        return redirect("basket:manager")
    if request.method == "GET":
        return render(request, "basket/references.html", {"page": references.references_page(basket)})
    return _add(request, basket)


def _add(request: HttpRequest, basket: Basket) -> HttpResponse:
    everything = request.POST.get("what") == "all"
    chosen = [int(text) for text in request.POST.getlist("reference") if queries.is_row_number(text)]
    if not chosen and not everything:
        messages.warning(request, "No reference is selected. Tick some, or add all of them.")
        return redirect("basket:references")
    try:
        added = references.retrieve(basket, None if everything else chosen)
    except BasketFullError as error:
        messages.error(request, str(error))
        return redirect("basket:references")
    noun = "reference file" if added == 1 else "reference files"
    messages.success(
        request, f"Added {added:,} {noun} to the basket, not selected yet: tick what you want to download."
    )
    return redirect(f"{reverse('basket:manager')}?{_SHOWN.address}")
