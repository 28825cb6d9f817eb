"""Which files the viewers read, by the product group that a file's name gives; and what Jdaviz opens."""

import enum
from collections.abc import Iterable

#: One-dimensional spectra, the best first.
SPECTRUM_GROUPS = ("X1D", "C1D", "X1DSUM", "X1DSUM1", "X1DSUM2", "X1DSUM3", "X1DSUM4", "SX1", "X1DINTS")
#: Brightness against time, the best first.
SERIES_GROUPS = ("WHTLT", "PHOT", "X1DINTS", "CORRTAG_A", "CORRTAG_B", "CORRTAG", "TAG")

#: The configuration of Jdaviz that opens a group, and groups that it opens where they are images of the sky.
JDAVIZ = {
    "S3D": "cubeviz",
    **dict.fromkeys(("X1D", "C1D", "X1DSUM", "SX1"), "specviz"),
    "S2D": "specviz2d",
    **dict.fromkeys(("I2D", "DRZ", "DRC", "MOS"), "imviz"),
}
EXPOSURES = ("CAL", "RATE", "FLT", "FLC", "C0M")
_NAMES = {"cubeviz": "Cubeviz", "specviz": "Specviz", "specviz2d": "Specviz2d", "imviz": "Imviz"}


class Action(enum.StrEnum):
    """What can be done with a row beside taking its files home; the value is the name of its address."""

    SPECTRUM = "spectrum"
    SERIES = "timeseries"
    JDAVIZ = "jdaviz"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {Action.SPECTRUM: "Spectral viewer", Action.SERIES: "Time series viewer", Action.JDAVIZ: "Open in Jdaviz"}


def jdaviz_of(product_group: str, dataproduct_type: str = "image") -> str:
    """``specviz``, ``cubeviz`` …; empty for what Jdaviz does not open."""
    if product_group in EXPOSURES:
        return "imviz" if dataproduct_type == "image" else ""
    return JDAVIZ.get(product_group, "")


def jdaviz_name(configuration: str) -> str:
    return _NAMES[configuration]


def actions_of(product_groups: Iterable[str]) -> frozenset[Action]:
    """What the files of one observation allow."""
    groups = set(product_groups)
    found = {
        Action.SPECTRUM: groups & set(SPECTRUM_GROUPS),
        Action.SERIES: groups & set(SERIES_GROUPS),
        Action.JDAVIZ: {group for group in groups if jdaviz_of(group)},
    }
    return frozenset(action for action, having in found.items() if having)


#: Every group that some action reads; `EXPOSURES` are read where they are images.
VIEWED_GROUPS = tuple(dict.fromkeys((*SPECTRUM_GROUPS, *SERIES_GROUPS, *JDAVIZ)))
