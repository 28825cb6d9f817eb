"""What the export dialog offers, with the number of rows that each choice writes."""

import datetime as dt
from dataclasses import dataclass, replace

from django.http import QueryDict

from search.criteria import Criteria, parse_criteria
from search.exports.choices import PARAMETERS, WhichRows, default_stem, obsids_in, title_of
from search.exports.counting import rows_within_limit
from search.exports.formats import FORMATS, Format
from search.messages import SearchError
from search.narrowing import RowCount, too_many_to_export


@dataclass(frozen=True)
class RowsOffer:
    """One choice of rows, and how many they are."""

    value: WhichRows
    label: str
    count: RowCount
    checked: bool


@dataclass(frozen=True)
class Dialog:
    """The dialog's content.

    ``query`` is the search without columns; ``displayed`` the columns that the page showed, in their order.
    """

    criteria: Criteria
    title: str
    rows: tuple[RowsOffer, ...]
    displayed: tuple[str, ...]
    obsids: tuple[int, ...]
    name: str
    formats: tuple[Format, ...] = FORMATS

    @property
    def query(self) -> str:
        return replace(self.criteria, columns=(), page="").to_query_string()

    @property
    def displayed_words(self) -> str:
        return ",".join(self.displayed)

    @property
    def can_export(self) -> bool:
        """Whether any of the choices can be written."""
        return any(offer.count.exports for offer in self.rows)

    @property
    def limit(self) -> SearchError:
        return too_many_to_export()


def dialog_of(address: QueryDict, form: QueryDict, now: dt.datetime) -> Dialog:
    """The dialog for the search in an address and the ticks in a form.

    Raises
    ------
    SearchError : the address says no search, or a tick no row; the rows could not be counted in time.
    """
    search = address.copy()
    for name in PARAMETERS:
        search.pop(name, None)
    criteria = parse_criteria(search).bare()
    obsids = obsids_in(form)
    columns = criteria.all_columns
    return Dialog(
        criteria=criteria,
        title=title_of(criteria),
        rows=tuple(_offers(criteria, obsids, now)),
        displayed=criteria.columns or tuple(column.name for column in columns if column.shown),
        obsids=obsids,
        name=default_stem(criteria),
    )


def _offers(criteria: Criteria, obsids: tuple[int, ...], now: dt.datetime) -> list[RowsOffer]:
    shown = "Filtered" if criteria.is_filtered else "All"
    offers = [RowsOffer(WhichRows.FILTERED, shown, rows_within_limit(criteria, now), not obsids)]
    if criteria.is_filtered:
        every = rows_within_limit(criteria.without_filters(), now)
        offers.append(RowsOffer(WhichRows.ALL, "All, filters aside", every, False))
    if obsids:
        offers.append(RowsOffer(WhichRows.SELECTED, "Selected", RowCount(len(obsids)), True))
    return offers
