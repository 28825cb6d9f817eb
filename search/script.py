"""A search as lines for a terminal or a notebook: what is shown on a page works as it stands.

The lines for this portal read the export of the search, with astropy or with curl. The lines for `astroquery.mast` ask
the original archive the same question, as far as its criteria can say it; what they cannot is named beside them.
"""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from archive.sky import Circle
from search import regions
from search.collections import obsids, proposals
from search.collections.collection import FoundTarget
from search.columns import REGION, Column, Kind
from search.criteria import TEXT_FILTER, Criteria, Wanted
from search.exports.choices import default_stem
from search.narrowing import Narrowed
from search.operators import Exactly, Like, Operand, Span, operands

#: Columns of this portal alone, which the original archive has no criterion for.
_OWN = frozenset({"state", "distance", "centre_distance"})
#: A range of whole numbers becomes a list, up to this many.
_LONGEST_LIST = 50

#: What stands behind a keyword of `query_criteria`: a text, a number, or a list of them.
Argument = str | float | bool | Sequence["str | float | bool"]


@dataclass(frozen=True)
class Scripts:
    """One search in three spellings. ``left_out`` are the parts that astroquery cannot say, in words."""

    python: str
    curl: str
    astroquery: str
    left_out: tuple[str, ...]


def scripts(narrowed: Narrowed, results_url: str) -> Scripts:
    """The lines for a search.

    Parameters
    ----------
    results_url : absolute address of the results page, without a query.
    """
    criteria = narrowed.criteria
    address = f"{results_url}?{criteria.at_page('').to_query_string()}&format="
    arguments, left_out = _astroquery(narrowed)
    return Scripts(
        python=_python(f"{address}votable"),
        curl=f"curl --fail --silent --show-error --output {default_stem(criteria)}.csv {shlex.quote(f'{address}csv')}",
        astroquery=_query(arguments, criteria) if arguments else "",
        left_out=tuple(left_out),
    )


def _python(address: str) -> str:
    return f"""from astropy.table import Table

table = Table.read({_quoted(address)}, format="votable")
print(table)
"""


def _query(arguments: dict[str, Argument], criteria: Criteria) -> str:
    keywords = "".join(f"    {name}={_written(argument)},\n" for name, argument in arguments.items())
    method = "query_region" if set(arguments) == {"coordinates", "radius"} else "query_criteria"
    return f"""from astroquery.mast import Observations

table = Observations.{method}(
{keywords})
print(table)
"""


def _astroquery(narrowed: Narrowed) -> tuple[dict[str, Argument], list[str]]:
    """The keywords of the query, and what they leave out."""
    arguments: dict[str, Argument] = {}
    criteria = narrowed.criteria
    left_out = [f"{TEXT_FILTER} {criteria.text}"] if criteria.text else []
    left_out += [f"the created column {one.name}" for one in criteria.created]
    if target := narrowed.question.target:
        arguments |= _cone(target)
    elif criteria.q:
        arguments |= _listed(criteria)
    for wanted in (*criteria.wanted, *criteria.filters):
        if wanted.column == REGION.name and "coordinates" not in arguments and (circle := _lone_circle(wanted)):
            arguments |= circle
            continue
        argument = _argument(narrowed.columns[wanted.column], wanted)
        if argument is None or wanted.column in arguments:
            left_out.append(f"{wanted.column} {', '.join(wanted.values)}")
        else:
            arguments[wanted.column] = argument
    return arguments, left_out


def _lone_circle(wanted: Wanted) -> dict[str, Argument] | None:
    """A region of one circle, which the original archive can be asked for."""
    if regions.is_moc(wanted.values[0]):
        return None
    region = regions.parse(wanted.values[0])
    circle = region.parts[0]
    if len(wanted.values) > 1 or len(region.parts) > 1 or not isinstance(circle, Circle):
        return None
    return _around(circle.ra_deg, circle.dec_deg, circle.radius_deg)


def _cone(target: FoundTarget) -> dict[str, Argument]:
    return _around(target.ra_deg, target.dec_deg, target.radius_deg)


def _around(ra_deg: float, dec_deg: float, radius_deg: float) -> dict[str, Argument]:
    return {"coordinates": f"{ra_deg:.7f}d {dec_deg:+.7f}d", "radius": f"{radius_deg:.10g} deg"}


def _listed(criteria: Criteria) -> dict[str, Argument]:
    """The numbers or ids of a search box that takes a list."""
    if criteria.collection == proposals.COLLECTION.slug:
        return {"proposal_id": list(proposals.proposal_numbers(criteria.q))}
    if criteria.collection == obsids.COLLECTION.slug:
        return {"obs_id": [str(wanted) for wanted in obsids.observation_ids(criteria.q)]}
    return {}


def _argument(column: Column, wanted: Wanted) -> Argument | None:
    """The criterion as `query_criteria` takes it; None when it cannot."""
    if column.kind is Kind.REGION:
        return None
    read = operands(column, wanted.values)
    if column.name in _OWN or any(operand.negated for operand in read):
        return None
    spans = [operand.what for operand in read if isinstance(operand.what, Span)]
    if spans:
        return _numbers(column, spans) if len(spans) == len(read) else None
    words = [_word(operand) for operand in read]
    return words[0] if len(words) == 1 else words


def _word(operand: Operand) -> str | bool:
    what = operand.what
    if isinstance(what, Like):
        return "*".join(what.runs)
    return what.value if isinstance(what, Exactly) else ""


def _numbers(column: Column, spans: Sequence[Span]) -> Argument | None:
    """A range ``[low, high]``; for whole numbers, which have no ranges there, every number of them."""
    closed = [span for span in spans if span.with_low and span.with_high]
    ends = [(span.low, span.high) for span in closed if isinstance(span.low, float | int) and
            isinstance(span.high, float | int)]  # fmt: skip
    if len(ends) != len(spans):
        return None
    if column.kind is not Kind.WHOLE:
        return [float(ends[0][0]), float(ends[0][1])] if len(ends) == 1 else None
    numbers = [number for low, high in ends if high - low < _LONGEST_LIST for number in range(int(low), int(high) + 1)]
    return numbers if 0 < len(numbers) <= _LONGEST_LIST else None


def _written(argument: Argument) -> str:
    """As Python writes it, in plain ASCII."""
    if isinstance(argument, str):
        return _quoted(argument)
    if isinstance(argument, bool | int | float):
        return repr(argument)
    return f"[{', '.join(map(_written, argument))}]"


def _quoted(text: str) -> str:
    """A Python string in double quotes; JSON's escapes are Python's, but for characters beyond 16 bits."""
    return json.dumps(text) if all(character <= "\uffff" for character in text) else ascii(text)
