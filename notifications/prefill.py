"""What a link to the form already says: rows of observations, or a mission and programs."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from archive.models import Observation
from notifications.forms import DEFAULTS, missions

_MAX_OBSID = 2**63
#: Rows that a link may name, and programs that the form takes from them.
MAX_ROWS, MAX_PROGRAMS = 100, 20
_EXPOSURE = re.compile(r"jw\d{5}(\d{3})\d{3}_")
_COMBINED = re.compile(r"jw\d{5}-o(\d{3})_")


def address_for(rows: Iterable[Observation]) -> str:
    """The form for the programs of these rows: filled in where they are of one mission and not too many programs."""
    found = {(row.obs_collection, row.proposal_id) for row in rows}
    programs = sorted({program for _, program in found if program}, key=lambda text: (len(text), text))
    address = reverse("notifications:new")
    if len({mission for mission, _ in found}) != 1 or not 0 < len(programs) <= MAX_PROGRAMS:
        return address
    mission = next(iter(found))[0]
    return f"{address}?{urlencode({'mission': mission, 'program': ','.join(programs)})}"


def prefilled(given: QueryDict) -> dict[str, object]:
    """The form's first values, from each ``obsid``, or from ``mission`` and ``program``; others are ignored.

    One observation is subscribed to itself, several to their programs, as far as they are of the first one's mission.
    """
    rows = _observations(given.getlist("obsid"))
    if not rows:
        return _with(given.get("mission", ""), given.get("program", ""), "")
    mission = rows[0].obs_collection
    own = [row for row in rows if row.obs_collection == mission]
    programs = ", ".join(dict.fromkeys(row.proposal_id for row in own if row.proposal_id))
    return _with(mission, programs, _number_of(own[0]) if len(rows) == 1 else "")


def left_out(given: QueryDict) -> str:
    """What the form says of rows that it cannot subscribe to at once; empty when there are none."""
    obsids = given.getlist("obsid")
    rows = _observations(obsids)
    others = [row for row in rows if row.obs_collection != rows[0].obs_collection]
    words = dict.fromkeys(f"{row.obs_collection} {row.proposal_id}".strip() for row in others)
    said = f"A subscription is to one mission. Make another for {', '.join(list(words)[:MAX_PROGRAMS])}."
    many = f"The programs of the first {MAX_ROWS} rows are filled in; add those of the others."
    return " ".join(text for text, holds in ((said, words), (many, len(obsids) > MAX_ROWS)) if holds)


def _with(mission: str, programs: str, observation: str) -> dict[str, object]:
    if mission not in missions():
        return dict(DEFAULTS)
    return {**DEFAULTS, "mission": mission, "programs": programs[:400], "observation": observation}


def _observations(obsids: Sequence[str]) -> list[Observation]:
    """The rows in the order of the link."""
    numbers = [int(text) for text in obsids[:MAX_ROWS] if text.isascii() and text.isdecimal() and len(text) < 20]
    wanted = [number for number in numbers if number < _MAX_OBSID]
    found = Observation.objects.only("obs_collection", "proposal_id", "obs_id").in_bulk(wanted) if wanted else {}
    return [found[number] for number in dict.fromkeys(wanted) if number in found]


def _number_of(own: Observation) -> str:
    return jwst_number(own.obs_id) if own.obs_collection == "JWST" else own.obs_id


def jwst_number(obs_id: str) -> str:
    """The number of the observation in its program: data of a planned visit will be called otherwise than its plan."""
    found = _EXPOSURE.match(obs_id) or _COMBINED.match(obs_id)
    return found[1] if found else obs_id
