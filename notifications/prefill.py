"""What a link to the form already says: an observation's row, or a program's page."""

import re
from collections.abc import Mapping

from archive.models import Observation
from notifications.forms import DEFAULTS, missions

_MAX_OBSID = 2**63
_EXPOSURE = re.compile(r"jw\d{5}(\d{3})\d{3}_")
_COMBINED = re.compile(r"jw\d{5}-o(\d{3})_")


def prefilled(given: Mapping[str, str]) -> dict[str, object]:
    """The form's first values, from ``obsid``, or from ``mission`` and ``program``; others are ignored."""
    own = _observation(given.get("obsid", ""))
    if own is not None:
        observation = jwst_number(own.obs_id) if own.obs_collection == "JWST" else own.obs_id
        return _with(own.obs_collection, own.proposal_id, observation)
    return _with(given.get("mission", ""), given.get("program", ""), "")


def _with(mission: str, program: str, observation: str) -> dict[str, object]:
    if mission not in missions():
        return dict(DEFAULTS)
    return {**DEFAULTS, "mission": mission, "programs": program[:100], "observation": observation}


def _observation(obsid: str) -> Observation | None:
    if not (obsid.isascii() and obsid.isdecimal() and int(obsid[:20]) < _MAX_OBSID):
        return None
    return Observation.objects.only("obs_collection", "proposal_id", "obs_id").filter(pk=int(obsid)).first()


def jwst_number(obs_id: str) -> str:
    """The number of the observation in its program: data of a planned visit will be called otherwise than its plan."""
    found = _EXPOSURE.match(obs_id) or _COMBINED.match(obs_id)
    return found[1] if found else obs_id
