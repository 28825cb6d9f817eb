"""What people type into a dialog's boxes, and the value of a criterion that it stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from search.columns import Column
from search.operators import ConstraintError, Exactly, Like, Operand, Span, operands


class BoxError(ValueError):
    """Boxes that do not say a range; ``low`` and ``high`` are what they hold."""

    def __init__(self, text: str, low: str, high: str) -> None:
        super().__init__(text)
        self.text = text
        self.low = low
        self.high = high


@dataclass(frozen=True)
class Boxes:
    """What stands in the two boxes, and the values beyond the one that they show."""

    low: str = ""
    high: str = ""
    more: tuple[str, ...] = ()


NO_BOXES = Boxes()
_LOW_SIGNS = (">=", "≥")
_HIGH_SIGNS = ("<=", "≤")
_OPERATORS = ("..", "!", "<", ">", "≤", "≥", ",")
_THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")


def expression_of(low: str, high: str) -> str:
    """The value of a criterion: ``500..5000``, ``500..``, ``..5000``, or an expression that stands in one box alone.

    Raises
    ------
    BoxError : an expression in one box, and something in the other.
    """
    first, second = _without_sign(low.strip(), _LOW_SIGNS), _without_sign(high.strip(), _HIGH_SIGNS)
    if first and second:
        first, second = _ungrouped(first), _ungrouped(second)
    if not any(operator in first + second for operator in _OPERATORS):
        return f"{first}..{second}" if first or second else ""
    if first and second:
        raise BoxError("Write a whole expression in the first box, or one limit in each.", low, high)
    return low.strip() or high.strip()


def _without_sign(text: str, signs: Sequence[str]) -> str:
    return next((text.removeprefix(sign).strip() for sign in signs if text.startswith(sign)), text)


def _ungrouped(limit: str) -> str:
    """``5,000`` beside another limit is one number, not a list."""
    return limit.replace(",", "") if _THOUSANDS.fullmatch(limit) else limit


def boxes_of(values: Sequence[str]) -> Boxes:
    """What the boxes show of a criterion's values: its first, as two limits where it has them."""
    if not values:
        return NO_BOXES
    first, *more = values
    low, dots, high = first.partition("..")
    if dots and not any(operator in low + high for operator in _OPERATORS):
        return Boxes(low.strip(), high.strip(), tuple(more))
    return Boxes(low=first, more=tuple(more))


# The box above a dialog's values -------------------------------------------------------------------------------------

_SIGNS = ("*", "%", "!", "<", ">", "≤", "≥", '"', "..")


def is_expression(column: Column, text: str) -> bool:
    """Whether ``text`` is a criterion of its own, such as ``MIRI*`` or ``!HST``, and not the beginning of a value."""
    if not text:
        return False
    try:
        read = operands(column, [text])
    except ConstraintError:
        return any(sign in text for sign in _SIGNS)
    return len(read) != 1 or text.startswith('"') or _says_more(read[0])


def _says_more(operand: Operand) -> bool:
    what = operand.what
    one_number = isinstance(what, Span) and what.low is not None and what.low == what.high
    return operand.negated or isinstance(what, Like) or not (isinstance(what, Exactly) or one_number)
