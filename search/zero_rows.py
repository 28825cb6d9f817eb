"""When nothing matches: which criterion takes the last row away."""

from functools import reduce

from django.conf import settings
from django.db.models import Count, Value

from archive.roundtrip import fetched
from search.messages import Message, Tone
from search.narrowing import Narrowed, all_of
from search.query import condition

#: Criteria that the message names.
MOST_NAMED = 3


def last_rows_taken(narrowed: Narrowed) -> tuple[Message, ...]:
    """What would match without one of several criteria, as a message; none when no criterion alone is to blame."""
    found = {name: rows for name, rows in _rows_without_each(narrowed).items() if rows}
    if not found:
        return ()
    names = sorted(found, key=lambda name: -found[name])
    labels = {name: narrowed.columns[name].label for name in names}
    parts = [f"without {labels[name]} {found[name]:,} {_match(found[name])}" for name in names[:MOST_NAMED]]
    text = "; ".join(parts)
    without = narrowed.criteria.with_criterion(names[0], ())
    return (
        Message(
            Tone.EMPTY,
            "last-row",
            f"{labels[names[0]]} takes the last row away",
            f"{text[0].upper()}{text[1:]}.",
            f"Search without {labels[names[0]]}",
            without.to_query_string(),
        ),
    )


def _match(rows: int) -> str:
    return "observation matches" if rows == 1 else "observations match"


def _rows_without_each(narrowed: Narrowed) -> dict[str, int]:
    """Rows that suit the box and all criteria but one, by the one's column; a single query."""
    conditions = {
        wanted.column: condition(narrowed.columns[wanted.column], wanted.values) for wanted in narrowed.criteria.wanted
    }
    if len(conditions) + bool(narrowed.question.constraints) < 2:
        return {}
    others = {name: all_of(other for column, other in conditions.items() if column != name) for name in conditions}
    rows = reduce(lambda narrower, constraint: constraint(narrower), narrowed.question.constraints, narrowed.everything)
    if all(others.values()):
        rows = rows.filter(reduce(lambda one, other: one | other, others.values()))
    counted = {
        f"without_{number}": Count("pk", filter=condition) if condition else Count("*")
        for number, condition in enumerate(others.values())
    }
    asked = rows.order_by().values(every=Value(1)).annotate(**counted).values_list(*counted)
    found = fetched(asked, 1000 * settings.SEARCH_TIMEOUT_S)
    return dict(zip(others, found[0], strict=True)) if found else {}
