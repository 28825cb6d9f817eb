"""Names of the solar system, which move and are therefore resolved by nobody."""

import re

_BODIES = """MERCURY VENUS EARTH MOON MARS JUPITER SATURN URANUS NEPTUNE PLUTO SUN CERES VESTA PALLAS HYGIEA ERIS HAUMEA
    MAKEMAKE SEDNA QUAOAR CHARON PHOBOS DEIMOS IO EUROPA GANYMEDE CALLISTO MIMAS ENCELADUS TETHYS DIONE RHEA TITAN
    HYPERION IAPETUS PHOEBE MIRANDA ARIEL UMBRIEL TITANIA OBERON TRITON NEREID CHIRON CHARIKLO BENNU RYUGU DIDYMOS
    DIMORPHOS OUMUAMUA"""
#: Comets: C/2017 K2, 67P, 1P/Halley. Interstellar ones: 2I/Borisov. Asteroids in brackets: (433) Eros.
_DESIGNATION = re.compile(
    r"[CPDXAI]/-?[0-9]{1,4} ?[A-Z]{1,2}[0-9]*.*|[0-9]{1,3}[PDI](/.*)?|\([0-9]+\) ?.*|COMET .*|ASTEROID .*"
)


def is_solar_system_name(name: str) -> bool:
    capitals = name.upper().strip()
    return capitals in _BODIES.split() or bool(_DESIGNATION.fullmatch(capitals))
