"""Exoplanets: a planet stands where its star does, as far as the archive knows the star."""

import re
from collections.abc import Sequence
from dataclasses import replace

from search.resolver.holdings import Holdings
from search.resolver.identifiers import Identifiers
from search.resolver.interfaces import Resolution
from search.resolver.targets import Targets

#: ``WASP-39 b``, ``TOI 172b``, ``55 Cnc e``: a small letter after the star's name.
_PLANET = re.compile(r"(?P<star>.*[0-9])\s*[b-j]|(?P<constellation>.*\S)\s+[b-j]")
#: ``TOI 172.01``: a candidate.
_CANDIDATE = re.compile(r"(?P<star>(?:TOI|KOI)[\s-]*[0-9]+)\.[0-9]{1,2}", re.IGNORECASE)
#: Small letters after these number the galaxies of a pair.
_DEEP_SKY = re.compile(r"(?:M|NGC|IC|UGCA?|ESO|MCG|PGC|ARP|ABELL|ACO|MRK|VV|HCG|CGCG|SDSS)[\s\d+-]", re.IGNORECASE)


class Exoplanets:
    name = "exoplanets"
    network = False
    free = False

    def look_up(self, name: str) -> Resolution | None:
        return self.look_up_many([name]).get(name)

    def look_up_many(self, names: Sequence[str]) -> dict[str, Resolution]:
        stars = {name: star for name in names if (star := star_of(name))}
        known: dict[str, Resolution] = {}
        for link in (Holdings(), Identifiers(), Targets()):
            left = sorted({star for star in stars.values() if star not in known})
            known |= link.look_up_many(left) if left else {}
        return {
            name: replace(known[star], canonical_name=" ".join(name.split()), resolver="EXO", object_type="exoplanet")
            for name, star in stars.items()
            if star in known
        }


def star_of(name: str) -> str:
    """The star of a planet's name; empty for what is none."""
    text = " ".join(name.split())
    found = None if _DEEP_SKY.match(text) else _CANDIDATE.fullmatch(text) or _PLANET.fullmatch(text)
    return next((star for star in found.groups() if star), "") if found else ""
