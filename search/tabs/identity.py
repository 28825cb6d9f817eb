"""What makes two searches the same tab, and how a search is told in words."""

import hashlib
from collections.abc import Iterable

from search.columns import by_name
from search.criteria import Criteria, Wanted

MAX_TOOLTIP_LENGTH = 500
#: More values of one column than this are counted instead.
VALUES_TOLD = 3


def tab_key(criteria: Criteria) -> str:
    """The same for searches that match the same: collection, box and criteria, not what is shown of the rows."""
    matched = Criteria(collection=criteria.collection, q=criteria.q, wanted=criteria.wanted)
    return hashlib.sha256(matched.to_query_string().encode()).hexdigest()[:32]


def tooltip_of(criteria: Criteria) -> str:
    """The values of the criteria, as the original lists them: ``M31 r=0.6; JWST; HST``."""
    values = [criteria.q, *(value for wanted in criteria.wanted for value in wanted.values)]
    return _cut("; ".join(filter(None, values)))


def told(criteria: Criteria) -> str:
    """Criteria and filters in words: ``M31 r=0.6 · Mission: JWST, HST · Filters: 6 values``."""
    columns = by_name(criteria.asked_columns)

    def tell(all_wanted: Iterable[Wanted]) -> list[str]:
        return [
            f"{columns[wanted.column].label if wanted.column in columns else wanted.column}: {_values(wanted.values)}"
            for wanted in all_wanted
        ]

    text = f"text “{criteria.text}”" if criteria.text else ""
    return _cut(" · ".join(filter(None, [criteria.q, *tell(criteria.wanted), *tell(criteria.filters), text])))


def _values(values: tuple[str, ...]) -> str:
    return ", ".join(values) if len(values) <= VALUES_TOLD else f"{len(values)} values"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TOOLTIP_LENGTH else text[: MAX_TOOLTIP_LENGTH - 1] + "…"
