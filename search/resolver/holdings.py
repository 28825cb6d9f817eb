"""What the archive itself knows by name: ingested names, and observations by their ids."""

import re

from archive.models import Name, Observation
from archive.names import name_key
from search.resolver.interfaces import Resolution

#: Nine characters name an HST exposure, six the visit it belongs to.
_HST_VISIT = re.compile(r"[a-z][a-z0-9]{5}", re.IGNORECASE)
_OBSERVATION_ID = re.compile(r"(?=\S*[0-9])[\w.+-]{6,100}", re.ASCII)


class Holdings:
    name = "holdings"
    network = False
    free = False

    def look_up(self, name: str) -> Resolution | None:
        return _by_name(name) or _by_observation_id(name)


def _by_name(text: str) -> Resolution | None:
    found = Name.objects.filter(key=name_key(text)).first()
    if found is None:
        return None
    return Resolution(
        found.canonical_name,
        found.ra_deg,
        found.dec_deg,
        found.resolver or "holdings",
        found.radius_deg,
        found.object_type,
    )


def _by_observation_id(text: str) -> Resolution | None:
    """An observation's own position; HLA ids go without their ``hst_``, HST visits by their first six characters."""
    if not _OBSERVATION_ID.fullmatch(text):
        return None
    placed = Observation.objects.filter(s_ra__isnull=False, s_dec__isnull=False).order_by("obs_id", "obsid")
    placed = placed.only("obs_id", "s_ra", "s_dec")
    spellings = {text, text.lower(), text.upper(), f"hst_{text.lower()}"}
    matches = placed.filter(obs_id__in=spellings)
    if _HST_VISIT.fullmatch(text):
        matches = matches | placed.filter(obs_collection="HST", obs_id__startswith=text.lower())
    found = matches.first()
    if found is None or found.s_ra is None or found.s_dec is None:
        return None
    return Resolution(found.obs_id, found.s_ra, found.s_dec, "holdings", object_type="observation")
