"""`Download/file`: one file by its URI, as the stock clients and other archives ask for it.

The bytes, the decision and the log are those of `basket.single`. Whatever keeps a file back is said in plain text with
a status that clients understand: they would store a page, and follow a redirect to a log-in.
"""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts import refusals, tokens
from accounts.token_door import opens_to_tokens
from archive.models import Product
from basket import single

#: Of what stays behind for other reasons than the person's rights. 404 is the one error that no client repeats.
_STATUS = {single.Why.REFUSED: 404, single.Why.NOT_HELD: 404, single.Why.NOT_GIVEN: 503}


@opens_to_tokens(tokens.EXCLUSIVE)
@csrf_exempt
@require_safe
def download_file(request: HttpRequest) -> HttpResponseBase:
    """The file that ``uri`` names, whole or in part; other parameters, such as ``bundle_name``, change nothing."""
    uris = request.GET.getlist("uri")
    if len(uris) != 1 or not uris[0]:
        return _said(400, f"Name one file by one parameter uri, as in {request.path}?uri=mast:JWST/product/<file>")
    product = _named(uris[0])
    if product is None:
        return _said(404, f"This archive has no file {uris[0]}; its files are listed with their observations")
    try:
        return single.answer(request, product)
    except single.WithheldError as withheld:
        return _withheld(request, product, withheld)


def _named(uri: str) -> Product | None:
    """The product of a URI. A plus sign that was sent as it stands reads as a space."""
    if "\0" in uri:  # which the database takes in no text
        return None
    products = Product.objects.select_related("observation")
    return products.filter(uri=uri).first() or products.filter(uri=uri.replace(" ", "+")).first()


def _withheld(request: HttpRequest, product: Product, withheld: single.WithheldError) -> HttpResponse:
    if withheld.decision.can_be_asked_for:
        return _kept_private(refusals.unauthorized(request, withheld.decision, product.observation))
    return _said(_STATUS[withheld.why], f"{product.uri}: {withheld.text}")


def _said(status: int, text: str) -> HttpResponse:
    line = " ".join(text.split())
    return _kept_private(HttpResponse(f"{line}.\n", content_type="text/plain; charset=utf-8", status=status))


def _kept_private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
