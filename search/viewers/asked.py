"""What the address of a viewer says, read box by box: numbers, choices, lists of numbers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.http import QueryDict

from search import written
from search.viewers.axes import Axis, Floats, spanning
from search.viewers.files import ViewerError

LONGEST = 40
_BIGGEST = 2**63


def number(query: QueryDict, name: str, label: str) -> float | None:
    """A finite number; None for an empty box.

    Raises
    ------
    ViewerError : anything else, naming the box.
    """
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text) if len(text) <= LONGEST and text.isascii() else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e300 or "_" in text:
        raise ViewerError(
            f"{label}: “{_short(text)}” is not a number.", "Write it as 1.5 or 2e-3, or leave the box empty."
        )
    return value


def moment(query: QueryDict, name: str, label: str, *, end: bool = False) -> float | None:
    """The MJD UTC of a date or of a number; a day at the end of a range lasts to its end.

    Raises
    ------
    ViewerError : neither, naming the box.
    """
    text = query.get(name, "").strip()
    try:
        found = written.moment(text, end=end)
        return number(query, name, label) if found is None else found
    except (ValueError, OverflowError, ViewerError):
        remedy = "Write a date, UTC, as 2022-07-12 or 2022-07-12 10:30, or an MJD."
        raise ViewerError(f"{label}: “{_short(text)}” is no date.", remedy) from None


@dataclass(frozen=True)
class Span:
    """The ends of an axis that were asked for, None where the values decide, and whether it is logarithmic.

    The texts are those of the boxes, as they were typed.
    """

    low: float | None = None
    high: float | None = None
    log: bool = False
    low_text: str = ""
    high_text: str = ""


WIDE = Span()


def span(query: QueryDict, name: str, label: str, *, dates: bool = False) -> Span:
    """The two boxes of a range, ``name.from`` and ``name.to``, and the tick ``namelog``; of ``dates`` in MJD UTC.

    Raises
    ------
    ViewerError : no numbers, or the first is not below the second.
    """
    low_box, high_box = f"{name}.from", f"{name}.to"
    if dates:
        low, high = moment(query, low_box, f"{label} from"), moment(query, high_box, f"{label} to", end=True)
    else:
        low, high = number(query, low_box, f"{label} from"), number(query, high_box, f"{label} to")
    if low is not None and high is not None and not low < high:
        raise ViewerError(f"{label}: {low:g} is not below {high:g}.", "Give the smaller number first.")
    texts = (query.get(box, "").strip() for box in (low_box, high_box))
    return Span(low, high, flag(query, f"{name}log"), *texts)


def axis_holding(heading: Axis, values: Sequence[Floats], asked: Span, margin: float = 0.03) -> Axis:
    """The axis that holds the values, its ends replaced by those that were asked for.

    Parameters
    ----------
    heading : label, unit and kind of the axis; its ends do not matter.

    Raises
    ------
    ViewerError : an end that a logarithmic axis cannot have, or ends that leave nothing between them.
    """
    low, high = spanning(np.concatenate(values) if values else np.zeros(0), log=asked.log, margin=margin)
    low, high = (low if asked.low is None else asked.low), (high if asked.high is None else asked.high)
    if asked.log and low <= 0:
        remedy = "Give a positive number, or take off the tick of “log”."
        raise ViewerError(f"{heading.label}: a logarithmic axis begins above 0.", remedy)
    if not low < high or high - low < 1e-13 * max(abs(low), abs(high)):
        remedy = "Give other ends, or leave the boxes empty."
        raise ViewerError(f"{heading.label}: nothing lies from {low:g} to {high:g}.", remedy)
    return replace(heading, low=low, high=high, log=asked.log)


def whole(query: QueryDict, name: str, label: str, default: int, bounds: tuple[int, int]) -> int:
    """A whole number within bounds; ``default`` for an empty box."""
    text = query.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and bounds[0] <= int(text) <= bounds[1]):
        raise ViewerError(
            f"{label}: “{_short(text)}” cannot be used.", f"Give a whole number from {bounds[0]:,} to {bounds[1]:,}."
        )
    return int(text)


def choice(query: QueryDict, name: str, label: str, offered: Iterable[str], default: str) -> str:
    """One of the offered words; ``default`` when the box is empty."""
    text = query.get(name, "").strip()
    words = list(offered)
    if text and text not in words:
        raise ViewerError(f"{label}: “{_short(text)}” is not offered.", f"Choose one of {', '.join(words)}.")
    return text or default


def several(query: QueryDict, name: str, label: str, offered: Sequence[str]) -> tuple[str, ...]:
    """Any of the offered words, in the order in which they are offered."""
    given = set(filter(None, query.getlist(name)))
    if others := given - set(offered):
        raise ViewerError(f"{label}: “{_short(min(others))}” is not offered.", f"Choose of {', '.join(offered)}.")
    return tuple(word for word in offered if word in given)


def numbers_of(query: QueryDict, name: str, label: str, most: int) -> tuple[int, ...]:
    """Row or file numbers, each once, in the order of the address."""
    texts = [part.strip() for value in query.getlist(name)[: most + 1] for part in value.split(",")[: most + 1]]
    found = dict.fromkeys(text for text in texts if text)
    for text in found:
        if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < _BIGGEST):
            raise ViewerError(f"{label}: “{_short(text)}” is not a number.", "Open the viewer from a row of the grid.")
    if len(found) > most:
        raise ViewerError(f"{label}: more than {most} were chosen.", f"Choose at most {most}.")
    return tuple(map(int, found))


def flag(query: QueryDict, name: str, *, default: bool = False) -> bool:
    """A box with a hidden ``sent`` beside it: an unticked box of a form that was sent is off."""
    return query.get(name) == "on" if "sent" in query else default or query.get(name) == "on"


def _short(text: str) -> str:
    visible = "".join(character for character in text if character.isprintable())
    return visible if len(visible) <= LONGEST else visible[: LONGEST - 1] + "…"
