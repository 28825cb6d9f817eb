"""What a person or a program asks of an export: format, rows, columns and name beside the search itself."""

import enum
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from basket.names import MAX_NAME_BYTES, safe_name
from search.collections import Collection, collection_of
from search.criteria import TEXT_FILTER, Criteria, parse_criteria
from search.exports.formats import FORMAT, FORMATS, Format
from search.messages import SearchError

#: The parameters of an export; the others say the search.
PARAMETERS = ("format", "rows", "name")
_LARGEST_OBSID = 2**63 - 1
#: Of the words of a search that its file is called by: a name's end is cut, its beginning tells more.
_LONGEST_STEM = 80


class ExportError(SearchError):
    code = "export"
    title = "This export cannot be written"


class WhichRows(enum.StrEnum):
    FILTERED = "filtered"  # what the page shows
    ALL = "all"  # before the filters
    SELECTED = "selected"


@dataclass(frozen=True)
class Choice:
    """An export as it was asked for.

    ``criteria.columns`` are the columns of the file, all published ones when empty. ``obsids`` are the selected rows.
    """

    criteria: Criteria
    format: Format
    rows: WhichRows = WhichRows.FILTERED
    obsids: tuple[int, ...] = ()
    name: str = ""

    @property
    def collection(self) -> Collection:
        return collection_of(self.criteria.collection)

    @property
    def narrowed(self) -> Criteria:
        """The search whose rows are written. Rows selected before a filter was set stay selected."""
        return self.criteria if self.rows is WhichRows.FILTERED else self.criteria.without_filters()

    @property
    def filename(self) -> str:
        stem = self.name.strip().removesuffix(self.format.extension) or default_stem(self.criteria)
        return safe_name(stem[: MAX_NAME_BYTES - len(self.format.extension)] + self.format.extension)


def parse_choice(request: HttpRequest) -> Choice:
    """The export that a request asks for: the search in the address, the choices there or in the form.

    Raises
    ------
    SearchError : an unknown format or word, no row selected, an address that says no search.
    """
    search = request.GET.copy()
    form = request.POST if request.method == "POST" else request.GET
    rows = _which_rows(form.get("rows", ""))
    for name in PARAMETERS:
        search.pop(name, None)
    if "columns" in request.POST:
        search["columns"] = request.POST["columns"]
    if rows is WhichRows.SELECTED and request.method != "POST":
        search.pop("obsid", None)
    return Choice(
        criteria=parse_criteria(search).bare(),
        format=_format(form.get("format", "")),
        rows=rows,
        obsids=_selected(form) if rows is WhichRows.SELECTED else (),
        name=form.get("name", ""),
    )


def obsids_in(form: QueryDict) -> tuple[int, ...]:
    """The rows ticked in a form, each once.

    Raises
    ------
    ExportError : a number that no row can have.
    """
    words = form.getlist("obsid")
    if not all(map(_is_obsid, words)):
        raise ExportError("A selected row has no number.", "Tick the rows anew.")
    return tuple(dict.fromkeys(map(int, words)))


def is_export(query: QueryDict) -> bool:
    """Whether an address or a form asks for a file."""
    return bool(query.get("format"))


def default_stem(criteria: Criteria) -> str:
    """The name of a file that got none: the collection and what was searched."""
    wanted = (value for one in (*criteria.wanted, *criteria.filters) for value in one.values)
    words = (criteria.collection, criteria.q, *wanted, criteria.text)
    return safe_name("_".join("-".join(word.split()) for word in words if word)[:_LONGEST_STEM])


def title_of(criteria: Criteria) -> str:
    """The search in words: ``MAST Observations by Object Name or RA/Dec: M57 r=1m, filters F200W``."""
    criteria_said = [criteria.q, *(f"{one.column} {', '.join(one.values)}" for one in criteria.wanted)]
    filters_said = [f"{one.column} {', '.join(one.values)}" for one in criteria.filters]
    if criteria.text:
        filters_said.append(f"{TEXT_FILTER} {criteria.text}")
    said = "; ".join(word for word in (*criteria_said, *filters_said) if word)
    return f"{collection_of(criteria.collection).label}: {said}"


def _which_rows(word: str) -> WhichRows:
    try:
        return WhichRows(word or WhichRows.FILTERED)
    except ValueError:
        raise ExportError(f"“{word[:40]}” does not say which rows.", "Write rows=all, filtered or selected.") from None


def _format(slug: str) -> Format:
    if slug not in FORMAT:
        offered = ", ".join(one.slug for one in FORMATS)
        raise ExportError(f"“{slug[:40]}” is not a format.", f"Choose one of {offered}.")
    return FORMAT[slug]


def _selected(form: QueryDict) -> tuple[int, ...]:
    obsids = obsids_in(form)
    if not obsids:
        raise ExportError("No row is selected.", "Tick rows in the results, or export all that the page shows.")
    return obsids


def _is_obsid(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 20 and int(word) <= _LARGEST_OBSID
