"""Spectral lines to mark: rest wavelengths in vacuum, and their shift by redshift or velocity.

Wavelengths are those of the NIST Atomic Spectra Database, of molecular hydrogen those of its ground state's
transitions; the features of PAH are broad, their places are round. `tests/unit/search/viewers/test_lines.py` holds
hydrogen to Rydberg's formula.
"""

import math
from dataclasses import dataclass

LIGHT_KM_S = 299_792.458
#: Beyond these nothing is seen.
MAX_Z = 30.0


@dataclass(frozen=True)
class SpectralLine:
    """``rest_nm`` in vacuum."""

    name: str
    rest_nm: float


@dataclass(frozen=True)
class LineList:
    slug: str
    label: str
    lines: tuple[SpectralLine, ...]


def _list(slug: str, label: str, *lines: tuple[str, float]) -> LineList:
    return LineList(slug, label, tuple(SpectralLine(name, rest_nm) for name, rest_nm in lines))


LINE_LISTS: tuple[LineList, ...] = (
    _list(
        "hydrogen", "Hydrogen",
        ("Lyβ", 102.572), ("Lyα", 121.567), ("Hδ", 410.289), ("Hγ", 434.169), ("Hβ", 486.269), ("Hα", 656.461),
        ("Paγ", 1094.11), ("Paβ", 1282.16), ("Paα", 1875.61), ("Brγ", 2166.12), ("Brβ", 2625.87), ("Pfγ", 3740.56),
        ("Brα", 4052.26), ("Pfβ", 4653.78), ("Pfα", 7459.86), ("Huα", 12371.9),
    ),
    _list(
        "helium", "Helium",
        ("He II", 164.042), ("He II", 468.70), ("He I", 587.725), ("He I", 667.999), ("He I", 1083.33),
        ("He I", 2058.69),
    ),
    _list(
        "nebular", "Forbidden lines, UV and optical",
        ("C III]", 190.873), ("[O II]", 372.95), ("[Ne III]", 386.986), ("[O III]", 436.444), ("[O III]", 496.030),
        ("[O III]", 500.824), ("[N II]", 575.619), ("[O I]", 630.205), ("[N II]", 654.985), ("[N II]", 658.528),
        ("[S II]", 671.829),
        ("[S II]", 673.267), ("[Ar III]", 713.779), ("[S III]", 907.11), ("[S III]", 953.32),
    ),
    _list(
        "infrared", "Forbidden lines, infrared",
        ("[Fe II]", 1257.02), ("[Fe II]", 1644.00), ("[Mg IV]", 4487.1), ("[Fe II]", 5340.2), ("[Ar II]", 6985.3),
        ("[Ne VI]", 7652.4), ("[Ar III]", 8991.4), ("[S IV]", 10510.5), ("[Ne II]", 12813.5), ("[Ne V]", 14321.7),
        ("[Ne III]", 15555.1), ("[S III]", 18713.0), ("[Ne V]", 24317.5), ("[O IV]", 25890.3), ("[Fe II]", 25988.3),
    ),
    _list(
        "molecular-hydrogen", "Molecular hydrogen",
        ("H₂ 1-0 S(3)", 1957.56), ("H₂ 1-0 S(2)", 2033.76), ("H₂ 1-0 S(1)", 2121.83), ("H₂ 1-0 S(0)", 2223.30),
        ("H₂ 1-0 Q(1)", 2406.59), ("H₂ S(7)", 5511.2), ("H₂ S(6)", 6108.6), ("H₂ S(5)", 6909.5), ("H₂ S(4)", 8025.0),
        ("H₂ S(3)", 9664.9), ("H₂ S(2)", 12278.6), ("H₂ S(1)", 17034.8), ("H₂ S(0)", 28218.8),
    ),
    _list(
        "pah", "PAH features",
        ("PAH", 3290.0), ("PAH", 6220.0), ("PAH", 7700.0), ("PAH", 8600.0), ("PAH", 11300.0), ("PAH", 12700.0),
    ),
    _list(
        "interstellar", "Interstellar and stellar absorption",
        ("Si II", 126.042), ("O I", 130.217), ("C II", 133.453), ("Si IV", 139.376), ("Si IV", 140.277),
        ("C IV", 154.820),
        ("C IV", 155.077), ("Al II", 167.079), ("Fe II", 238.276), ("Fe II", 260.017), ("Mg II", 279.635),
        ("Mg II", 280.353),
        ("Ca II K", 393.477), ("Ca II H", 396.959), ("Na I D", 589.158), ("Na I D", 589.756),
        ("Ca II", 850.035), ("Ca II", 854.444), ("Ca II", 866.452),
    ),
)  # fmt: skip


def shifted_nm(line: SpectralLine, z: float) -> float:
    """Where a line is seen at redshift ``z``, nm."""
    return line.rest_nm * (1.0 + z)


def redshift_of_velocity(velocity_km_s: float) -> float:
    """The redshift of a radial velocity, positive away from us, by the relativistic Doppler formula.

    Raises
    ------
    ValueError : nothing is as fast as light.
    """
    beta = velocity_km_s / LIGHT_KM_S
    if not -1.0 < beta < 1.0:
        raise ValueError(f"A velocity lies between -{LIGHT_KM_S:,.0f} and {LIGHT_KM_S:,.0f} km/s.")
    return math.sqrt((1.0 + beta) / (1.0 - beta)) - 1.0
