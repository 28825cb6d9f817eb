"""When nothing matches: which criterion takes the last row away, and which value is only the beginning of others."""

from collections.abc import Iterator
from functools import reduce

from django.conf import settings
from django.db.models import Count, Value

from archive.roundtrip import fetched
from search.columns import Column, Kind
from search.criteria import Criteria, Wanted
from search.messages import Choice, Message, Tone
from search.narrowing import Narrowed, all_of
from search.operators import Exactly, Like, Operand, operands
from search.query import condition

#: Criteria that the message names.
MOST_NAMED = 3
#: Values that are tried with a wildcard; each costs a query.
MOST_WIDENED = 3


def last_rows_taken(narrowed: Narrowed) -> tuple[Message, ...]:
    """What would match without one of several criteria, as a message; none when no criterion alone is to blame.

    A value that is only the beginning of others, such as ``MIRI``, is offered with a wildcard.
    """
    found = {name: rows for name, rows in _rows_without_each(narrowed).items() if rows}
    wider = tuple(_wider(narrowed))
    if not found:
        return tuple(_is_beginning(choice) for choice in wider[:1])
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
            wider,
        ),
    )


# A value that is the beginning of others -----------------------------------------------------------------------------


def _is_beginning(wider: Choice) -> Message:
    text = f"A value is matched as a whole. {wider.label} has rows."
    return Message(
        Tone.EMPTY, "exact-value", "No observation has exactly this value", text, f"Search {wider.label}", wider.query
    )


def _wider(narrowed: Narrowed) -> Iterator[Choice]:
    """The search with a wildcard after one plain value, for each value where that finds rows."""
    candidates = [wanted for wanted in narrowed.criteria.wanted if _is_plain(narrowed.columns[wanted.column], wanted)]
    for wanted in candidates[:MOST_WIDENED]:
        text = f"{wanted.values[0]}*"
        criteria = narrowed.criteria.without_filters().with_criterion(wanted.column, [text])
        if _has_rows(criteria, narrowed):
            yield Choice(f"{narrowed.columns[wanted.column].label} {text}", criteria.to_query_string())


def _is_plain(column: Column, wanted: Wanted) -> bool:
    """One value of a text, which a wildcard after it changes into a beginning and nothing else."""
    if column.kind not in {Kind.TEXT, Kind.LIST} or len(wanted.values) != 1:
        return False
    value = wanted.values[0]
    is_value = operands(column, [value]) == (Operand(Exactly(value)),)
    return is_value and len(value) > 1 and operands(column, [f"{value}*"]) == (Operand(Like((value, ""))),)


def _has_rows(criteria: Criteria, narrowed: Narrowed) -> bool:
    rows = Narrowed.of(criteria, narrowed.now).matched.order_by().values_list("pk")[:1]
    return bool(fetched(rows, 1000 * settings.SEARCH_TIMEOUT_S))


# What matches without each criterion ---------------------------------------------------------------------------------


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
