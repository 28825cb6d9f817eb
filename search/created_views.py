"""Create Column: the dialog, or without a script its page, and the search with the new column."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from search.columns import Column
from search.created import FUNCTIONS, MAX_CREATED, OPERATIONS, CreateColumnError, numeric_columns, read_created
from search.criteria import RESERVED, Criteria, CriteriaError, parse_criteria
from search.messages import SearchError

#: The dialog beside the grid.
DIALOG = "create-column"


class HtmxHttpRequest(HttpRequest):
    htmx: HtmxDetails


@dataclass(frozen=True)
class ColumnForm:
    """What was filled in: a name, an operation, and two operands, each a column or else a number."""

    name: str = ""
    first: str = "t_exptime"
    first_number: str = ""
    operation: str = "/"
    second: str = ""
    second_number: str = ""
    unit: str = ""

    @property
    def expression(self) -> str:
        """The expression as an address writes it."""
        first = self.first or self.first_number
        unit = f" [{self.unit}]" if self.unit else ""
        if self.operation in FUNCTIONS:
            return f"{self.operation}({first}){unit}"
        return f"{first} {self.operation} {self.second or self.second_number}{unit}"


@require_http_methods(["GET", "HEAD", "POST"])
def create_column(request: HtmxHttpRequest) -> HttpResponse:
    """The form for a search; posted, the search with the column."""
    posted = request.method == "POST"
    try:
        criteria = parse_criteria(QueryDict(request.POST.get("search", "")) if posted else request.GET)
    except CriteriaError:
        return redirect("search:home")
    if not posted:
        return _form(request, criteria, ColumnForm())
    fields = ColumnForm(**{name: request.POST.get(name, "").strip() for name in ColumnForm.__dataclass_fields__})
    try:
        created = read_created(fields.name, fields.expression, criteria.all_columns, RESERVED)
        if len(criteria.created) >= MAX_CREATED:
            raise CreateColumnError(f"There are {MAX_CREATED} created columns already.", "Take one away first.")
    except CreateColumnError as error:
        return _form(request, criteria, fields, error)
    address = criteria.with_created(created).at_page("").to_query_string()
    return redirect(f"{reverse('search:results')}?{address}")


def _form(
    request: HtmxHttpRequest, criteria: Criteria, fields: ColumnForm, error: SearchError | None = None
) -> HttpResponse:
    context = {
        "criteria": criteria,
        "fields": fields,
        "error": error,
        "columns": _offered(criteria),
        "operations": OPERATIONS,
        "functions": FUNCTIONS,
        "in_dialog": bool(request.htmx),
    }
    template = "search/_create_column.html" if request.htmx else "search/create_column.html"
    response = render(request, template, context, status=400 if error else 200)
    if request.htmx and error:
        response["X-Fragment"] = "1"
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Push-Url"] = f"#{DIALOG}", "innerHTML", "false"
    patch_vary_headers(response, ("HX-Request",))
    return response


def _offered(criteria: Criteria) -> list[Column]:
    """The columns of numbers, by their labels; the distances last, which only a search around a position has."""
    return sorted(numeric_columns(criteria.all_columns), key=lambda column: (column.cones_only, column.label))
