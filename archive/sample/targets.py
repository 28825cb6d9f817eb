"""Targets of the sample: where they are (ICRS, deg) and what they look like."""

from dataclasses import dataclass
from enum import StrEnum


class Look(StrEnum):
    """How the synthetic sky draws a target."""

    FIELD = "field"  # faint galaxies and a few stars
    RING = "ring"
    NEBULA = "nebula"
    SPIRAL = "spiral"
    CLUSTER = "cluster"
    STAR = "star"
    PLANET = "planet"
    LENS = "lens"  # a cluster of galaxies


@dataclass(frozen=True)
class Target:
    """``name`` as a proposal writes it; ``aliases`` are what people type, the first the usual name."""

    name: str
    ra_deg: float
    dec_deg: float
    classification: str
    look: Look
    size_arcsec: float
    aliases: tuple[str, ...] = ()
    moving: bool = False


TARGETS = {
    target.name: target
    for target in (
        Target("NGC-6720", 283.39623, 33.02913, "Planetary nebulae", Look.RING, 36, ("M 57", "Ring Nebula", "NGC 6720")),
        Target("NGC-3132", 151.75730, -40.43640, "Planetary nebulae", Look.RING, 26, ("NGC 3132", "Southern Ring", "Southern Ring Nebula", "Eight-Burst Nebula")),
        Target("NGC-3324", 159.22000, -58.62000, "Star forming region", Look.NEBULA, 120, ("Cosmic Cliffs",)),
        Target("SMACS-J0723.3-7327", 110.82700, -73.45460, "Galaxy clusters", Look.LENS, 40, ("SMACS J0723.3-7327", "SMACS 0723", "SMACS0723")),
        Target("STEPHANS-QUINTET", 338.98960, 33.96000, "Interacting galaxies", Look.SPIRAL, 40, ("Stephan's Quintet", "HCG 92")),
        Target("ABELL2744", 3.58625, -30.40017, "Galaxy clusters", Look.LENS, 50, ("Abell 2744", "A2744", "Pandora's Cluster")),
        Target("EGS", 214.82500, 52.82500, "Deep fields", Look.FIELD, 60, ("Extended Groth Strip", "AEGIS", "CEERS")),
        Target("COSMOS", 150.11632, 2.20583, "Deep fields", Look.FIELD, 60, ("COSMOS field",)),
        Target("UDS", 34.40650, -5.20000, "Deep fields", Look.FIELD, 60, ("UKIDSS UDS",)),
        Target("GOODS-SOUTH", 53.12500, -27.80556, "Deep fields", Look.FIELD, 60, ("GOODS-S", "GOODS South", "CDFS", "Chandra Deep Field South")),
        Target("GOODS-NORTH", 189.22880, 62.23800, "Deep fields", Look.FIELD, 60, ("GOODS-N", "GOODS North", "HDF-N", "Hubble Deep Field")),
        Target("HUDF", 53.16250, -27.79140, "Deep fields", Look.FIELD, 60, ("Hubble Ultra Deep Field", "UDF")),
        Target("NGC0628", 24.17394, 15.78366, "Spiral galaxies", Look.SPIRAL, 60, ("Phantom Galaxy",)),
        Target("NGC7496", 347.44703, -43.42785, "Spiral galaxies", Look.SPIRAL, 40),
        Target("IC5332", 353.61453, -36.10108, "Spiral galaxies", Look.SPIRAL, 50),
        Target("NGC1365", 53.40155, -36.14040, "Spiral galaxies", Look.SPIRAL, 60),
        Target("WASP-39", 217.32675, -3.44450, "Exoplanet systems", Look.STAR, 1, ("WASP-39 b", "WASP-39b")),
        Target("HIP-65426", 201.15042, -51.50447, "Exoplanet systems", Look.STAR, 1, ("HIP 65426", "HIP 65426 b")),
        Target("JUPITER", 8.47000, 2.12000, "Planet", Look.PLANET, 23, moving=True),
        Target("ORION-NEBULA", 83.81860, -5.38970, "Star forming region", Look.NEBULA, 150, ("Orion Nebula", "Great Orion Nebula", "Trapezium", "ONC")),
        Target("ORION-BAR", 83.83540, -5.42030, "Photodissociation regions", Look.NEBULA, 60, ("Orion Bar",)),
        Target("M92", 259.28080, 43.13590, "Globular clusters", Look.CLUSTER, 40),
        Target("M31-B01", 10.68471, 41.26875, "Spiral galaxies", Look.SPIRAL, 90, ("Andromeda Galaxy",)),
        Target("M51", 202.46958, 47.19526, "Spiral galaxies", Look.SPIRAL, 90, ("Whirlpool Galaxy",)),
        Target("M101", 210.80227, 54.34895, "Spiral galaxies", Look.SPIRAL, 120, ("Pinwheel Galaxy",)),
        Target("NGC-104", 6.02233, -72.08144, "Globular clusters", Look.CLUSTER, 60, ("47 Tuc", "47 Tucanae", "47Tuc")),
        Target("M16", 274.71250, -13.83060, "Star forming region", Look.NEBULA, 70, ("Eagle Nebula", "Pillars of Creation")),
        Target("J0925+4004", 141.47792, 40.07058, "QSO", Look.STAR, 1),
        Target("J0950+4831", 147.50304, 48.52481, "QSO", Look.STAR, 1),
        Target("ALPHA-BOO", 213.91530, 19.18241, "K giants", Look.STAR, 1, ("Arcturus", "alf Boo")),
        Target("ALPHA-ORI", 88.79294, 7.40706, "M supergiants", Look.STAR, 1, ("Betelgeuse", "alf Ori")),
        Target("GAMMA-DRA", 269.15154, 51.48890, "K giants", Look.STAR, 1, ("Eltanin", "gam Dra")),
        Target("BETA-GEM", 116.32896, 28.02620, "K giants", Look.STAR, 1, ("Pollux", "bet Gem")),
        Target("SAMPLE-NORTH-POLE", 120.0, 89.99, "Sample field", Look.FIELD, 60, ("North Celestial Pole",)),
        Target("SAMPLE-SOUTH-POLE", 200.0, -89.985, "Sample field", Look.FIELD, 60, ("South Celestial Pole",)),
        Target("SAMPLE-ZERO-HOURS", 0.0, 12.0, "Sample field", Look.FIELD, 60),
    )
}  # fmt: skip
