"""Links of the original portal, ``?searchQuery=…``, read as searches of this one.

The value is a text for the search box, or a JSON object that names a service and what was asked of it
(`docs/tabs.md`). What a link asks is never narrowed or widened silently: what has no place here is named.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.http import QueryDict

from search.collections import collection_of
from search.columns import Column, Kind, by_name
from search.criteria import Criteria, CriteriaError, parse_criteria
from search.messages import SearchError
from search.operators import WILDCARDS, literal

PARAMETER = "searchQuery"
MAX_LENGTH = 20_000
MAX_FILTERS = 60
MAX_VALUES = 200
_RANGE_KEYS = {"min", "max"}
#: Planned rows are PUBLIC too: nothing of them is withheld.
_RIGHTS = {"PUBLIC": "PUBLIC", "EXCLUSIVE_ACCESS": "EXCLUSIVE_ACCESS", "PROPRIETARY": "EXCLUSIVE_ACCESS"}
_NO_POSITION = {"", "undefined", "null", "nan"}
_SERVICES_OF_PROGRAMS = re.compile(r"proposal|program", re.IGNORECASE)


class PermalinkError(SearchError):
    """A link of the original portal that cannot be followed."""

    code = "permalink"
    title = "The link of the original portal cannot be followed"


@dataclass
class Permalink:
    """What a link asks for, in the words of this portal's address."""

    collection: str = "observations"
    q: str = ""
    wanted: list[tuple[str, str]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def criteria(self) -> Criteria:
        query = QueryDict(mutable=True)
        query.update({"collection": self.collection, "q": self.q})
        for column, value in self.wanted:
            query.appendlist(column, value)
        return parse_criteria(query)


def criteria_of(text: str) -> Criteria:
    """The search that a link's ``searchQuery`` asks for.

    Raises
    ------
    PermalinkError : what cannot be read, or cannot be carried over in full; its ``query`` is the search with the rest.
    """
    if len(text) > MAX_LENGTH:
        raise PermalinkError(f"It is {len(text):,} characters long.", f"Links of up to {MAX_LENGTH:,} can be read.")
    text = text.strip()
    if text[:3].upper() == "%7B":
        text = unquote(text)  # encoded twice, as mail programs do
    link = _of_object(_json_object(text)) if text.startswith("{") else Permalink(q=text)
    try:
        criteria = link.criteria()
    except CriteriaError as error:
        raise PermalinkError(error.text, error.remedy) from None
    if link.left_out:
        raise _not_in_full(link, criteria)
    if criteria.is_blank:
        raise PermalinkError("It asks for nothing.", "Search by name, position, observation ID or program.")
    return criteria


def _not_in_full(link: Permalink, criteria: Criteria) -> PermalinkError:
    shown = "; ".join(link.left_out[:8]) + (f"; and {len(link.left_out) - 8} more" if len(link.left_out) > 8 else "")
    text = f"Not carried over: {shown}."
    if criteria.is_blank:
        return PermalinkError(text, "Search by name, position, observation ID or program.")
    return PermalinkError(text, "Search without that", criteria.to_query_string())


def _json_object(text: str) -> Mapping[str, object]:
    try:
        found = json.loads(text, parse_constant=lambda word: None)
    except (ValueError, RecursionError):
        raise PermalinkError("Its JSON cannot be read.", "Copy the link anew, in full.") from None
    if not isinstance(found, dict):
        raise PermalinkError("It is no JSON object.", "Copy the link anew, in full.")
    return found


# One service ---------------------------------------------------------------------------------------------------------


def _of_object(asked: Mapping[str, object]) -> Permalink:
    service = asked.get("service")
    reader = _READERS.get(service.upper()) if isinstance(service, str) else None
    return reader(asked) if reader else _of_another_service(asked)


def _cone(asked: Mapping[str, object]) -> Permalink:
    return Permalink(q=_words(asked.get("inputText")))


def _by_observation_id(asked: Mapping[str, object]) -> Permalink:
    return Permalink("obsids", _words(asked.get("inputText")))


def _by_program(asked: Mapping[str, object]) -> Permalink:
    return Permalink("proposals", _words(asked.get("inputText")))


def _filtered(asked: Mapping[str, object]) -> Permalink:
    """Criteria of Advanced Search, around a position or not."""
    link = Permalink()
    _put_position(link, asked.get("position"))
    filters = asked.get("inputText")
    if isinstance(filters, str) and filters.lstrip().startswith("["):
        filters = _listed(filters)
    if not isinstance(filters, list):
        raise PermalinkError("Its filters are no list.", "Copy the link anew, in full.")
    columns = by_name(collection_of(link.collection).columns)
    for each in filters[:MAX_FILTERS]:
        _put_filter(link, each, columns)
    if len(filters) > MAX_FILTERS:
        link.left_out.append(f"{len(filters) - MAX_FILTERS} filters beyond the first {MAX_FILTERS}")
    return link


def _listed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _of_another_service(asked: Mapping[str, object]) -> Permalink:
    """A catalogue that is not here; its text may still be a target."""
    service = asked.get("service")
    parameters = asked.get("paramsService")
    if any(isinstance(word, str) and _SERVICES_OF_PROGRAMS.search(word) for word in (service, parameters)):
        return _by_program(asked)
    text = asked.get("inputText")
    name = f"the collection {_short(service)}" if isinstance(service, str) and service else "a link without a service"
    return Permalink(q=_words(text) if isinstance(text, str | int | float) else "", left_out=[name])


_READERS: dict[str, Callable[[Mapping[str, object]], Permalink]] = {
    "CAOMDB": _cone,
    "CAOMFILTERED": _filtered,
    "CAOMBYOBS": _by_observation_id,
}


# Positions and filters -----------------------------------------------------------------------------------------------


def _put_position(link: Permalink, position: object) -> None:
    """``"ra, dec, radius"`` in degrees; ``undefined`` three times where there is none."""
    words = [part.strip() for part in _words(position).split(",")]
    if all(word.lower() in _NO_POSITION for word in words):
        return
    numbers = [_finite(word) for word in words]
    if len(numbers) not in {2, 3} or None in numbers[:2]:
        link.left_out.append(f"the position “{_short(_words(position))}”")
        return
    radius = f" r={words[2]}" if len(numbers) == 3 and numbers[2] is not None else ""
    link.q = f"{words[0]} {words[1]}{radius}"


def _put_filter(link: Permalink, given: object, columns: Mapping[str, Column]) -> None:
    """One filter object as values of its column, or its name among what is left out."""
    if not isinstance(given, dict):
        link.left_out.append("a filter that is no object")
        return
    name = given.get("paramName")
    shown = _short(_words(given.get("niceName")) or _words(name)) or "a filter without a name"
    column = columns.get(name) if isinstance(name, str) else None
    values = _values(given)
    if name == "dataRights":
        _put_rights(link, values)
    elif column is None or not values or len(values) > MAX_VALUES or column.cones_only:
        link.left_out.append(shown)
    else:
        link.wanted.extend((column.name, _as_written(column, value)) for value in values)


def _as_written(column: Column, value: str) -> str:
    """A text without a wildcard means itself, also where a box would read an operator in it."""
    plain = column.kind in {Kind.TEXT, Kind.LIST} and not any(wildcard in value for wildcard in WILDCARDS)
    return literal(column, value) if plain else value


def _put_rights(link: Permalink, rights: Iterable[str]) -> None:
    for right in rights:
        held = _RIGHTS.get(right.upper())
        if held:
            link.wanted.append(("dataRights", held))
        else:
            link.left_out.append(f"Data Rights {_short(right)}")


def _values(given: Mapping[str, object]) -> list[str]:
    """The values of a filter: its list, its range, else the text that was typed."""
    values = given.get("values")
    ends = [each for each in values if _is_range(each)] if isinstance(values, list) else []
    if _is_range(values):
        ends = [values]
    if not ends and not values and _is_range(given):
        ends = [given]
    if ends:
        return [text for text in map(_range, ends) if text]
    listed = values if isinstance(values, list) else [values]
    words = [word for word in map(_words, listed) if word]
    return words or [word for word in [_words(given.get("freeText"))] if word]


def _is_range(value: object) -> bool:
    return isinstance(value, dict) and not _RANGE_KEYS.isdisjoint(value)


def _range(ends: object) -> str:
    """``low..high`` with either end open; empty without any."""
    low, high = (_words(ends.get(end)) for end in ("min", "max")) if isinstance(ends, dict) else ("", "")
    return f"{low}..{high}" if low or high else ""


def _words(value: object) -> str:
    """A text or a number as the address spells it; a list of them with commas; empty for anything else."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(filter(None, map(_words, value)))
    return ""


def _finite(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _short(text: str) -> str:
    visible = "".join(character for character in text if character.isprintable())
    return visible if len(visible) <= 40 else visible[:39] + "…"
